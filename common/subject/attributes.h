// The attributes of a subject: an open set of names, none of which this code knows.
#ifndef BELLWETHER_COMMON_SUBJECT_ATTRIBUTES_H_
#define BELLWETHER_COMMON_SUBJECT_ATTRIBUTES_H_

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace bellwether {

inline constexpr size_t kAttributesMax = 64;
inline constexpr size_t kAttributeNameBytesMax = 128;
inline constexpr size_t kAttributeValueBytesMax = 1'024;

// "tier" → "core". An attribute without a value is none. Held in one string, in the order of names,
// because every account and every case has a set of its own and few are ever looked at.
class Attributes {
 public:
  using Entry = std::pair<absl::string_view, absl::string_view>;

  Attributes() = default;
  // In any order; of a name that comes twice the last one stands. What is longer than the limits
  // above is for the caller to refuse.
  explicit Attributes(std::vector<Entry> entries);
  Attributes(std::initializer_list<Entry> entries) : Attributes(std::vector<Entry>(entries)) {}

  // Empty where there is none.
  absl::string_view Get(absl::string_view name) const;

  // Calls visit(name, value) in the order of names.
  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const char* at = packed_.data(); at != packed_.data() + packed_.size();) {
      const absl::string_view name = Next(at);
      visit(name, Next(at));
    }
  }

  bool empty() const { return packed_.empty(); }
  // Beyond the object itself.
  size_t bytes() const { return packed_.capacity(); }

  // The stored form, and back: nothing where the bytes are not one.
  const std::string& packed() const { return packed_; }
  static std::optional<Attributes> Parse(absl::string_view packed);

  friend bool operator==(const Attributes&, const Attributes&) = default;

 private:
  // Each text after its length.
  using Length = uint16_t;
  static absl::string_view Next(const char*& at) {
    Length length;
    std::memcpy(&length, at, sizeof(length));
    const absl::string_view text(at + sizeof(length), length);
    at = text.data() + length;
    return text;
  }

  std::string packed_;
};

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_SUBJECT_ATTRIBUTES_H_
