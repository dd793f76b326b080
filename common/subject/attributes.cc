#include "common/subject/attributes.h"

#include <algorithm>

namespace bellwether {

Attributes::Attributes(std::vector<Entry> entries) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.first < b.first; });
  const auto put = [&](absl::string_view text) {
    const auto length = static_cast<Length>(text.size());
    packed_.append(reinterpret_cast<const char*>(&length), sizeof(length));
    packed_.append(text.data(), length);
  };
  size_t size = 0;
  for (const Entry& entry : entries) {
    size += 2 * sizeof(Length) + entry.first.size() + entry.second.size();
  }
  packed_.reserve(size);
  for (size_t i = 0; i < entries.size(); ++i) {
    const bool again = i + 1 < entries.size() && entries[i + 1].first == entries[i].first;
    if (again || entries[i].second.empty()) continue;
    put(entries[i].first);
    put(entries[i].second);
  }
}

absl::string_view Attributes::Get(absl::string_view name) const {
  absl::string_view found;
  ForEach([&](absl::string_view each, absl::string_view value) {
    if (each == name) found = value;
  });
  return found;
}

std::optional<Attributes> Attributes::Parse(absl::string_view packed) {
  absl::string_view left = packed;
  int texts = 0;
  while (!left.empty()) {
    Length length;
    if (left.size() < sizeof(length)) return std::nullopt;
    std::memcpy(&length, left.data(), sizeof(length));
    left.remove_prefix(sizeof(length));
    if (left.size() < length) return std::nullopt;
    left.remove_prefix(length);
    ++texts;
  }
  if (texts % 2 != 0) return std::nullopt;
  Attributes attributes;
  attributes.packed_.assign(packed.data(), packed.size());
  return attributes;
}

}  // namespace bellwether
