#include "services/imports/application/value.h"

#include <cstdint>
#include <cstring>

namespace bellwether::imports {
namespace {

constexpr unsigned char kDateOnlyBit = 0x80;

}  // namespace

void AppendInteger(int64_t value, std::string& bytes) {
  auto rest = (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
  while (rest >= 0x80) {
    bytes.push_back(static_cast<char>(rest | 0x80));
    rest >>= 7;
  }
  bytes.push_back(static_cast<char>(rest));
}

int64_t TakeInteger(absl::string_view& bytes) {
  uint64_t value = 0;
  for (int shift = 0; !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) break;
  }
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

void AppendText(absl::string_view text, std::string& bytes) {
  AppendInteger(static_cast<int64_t>(text.size()), bytes);
  bytes.append(text.data(), text.size());
}

absl::string_view TakeText(absl::string_view& bytes) {
  const auto size = static_cast<size_t>(TakeInteger(bytes));
  const absl::string_view text = bytes.substr(0, size);
  bytes.remove_prefix(text.size());
  return text;
}

void AppendSortable(int64_t value, std::string& bytes) {
  const uint64_t shifted = static_cast<uint64_t>(value) ^ (uint64_t{1} << 63);
  for (int shift = 56; shift >= 0; shift -= 8) {
    bytes.push_back(static_cast<char>(shifted >> shift));
  }
}

void AppendValue(const Value& value, std::string& bytes) {
  bytes.push_back(static_cast<char>(static_cast<unsigned char>(value.kind) |
                                    (value.date_only ? kDateOnlyBit : 0)));
  switch (value.kind) {
    case Value::Kind::kEmpty:
      return;
    case Value::Kind::kText:
      return AppendText(value.text, bytes);
    case Value::Kind::kNumber:
      AppendInteger(static_cast<int64_t>(value.number.units >> 64), bytes);
      AppendInteger(static_cast<int64_t>(static_cast<uint64_t>(value.number.units)), bytes);
      return AppendInteger(value.number.scale, bytes);
    case Value::Kind::kTime: {
      absl::Duration rest;
      const int64_t seconds =
          absl::IDivDuration(value.time - absl::UnixEpoch(), absl::Seconds(1), &rest);
      AppendInteger(seconds, bytes);
      AppendInteger(absl::ToInt64Nanoseconds(rest), bytes);
      return AppendText(value.text, bytes);
    }
  }
}

Value TakeValue(absl::string_view& bytes) {
  Value value;
  if (bytes.empty()) return value;
  const auto head = static_cast<unsigned char>(bytes.front());
  bytes.remove_prefix(1);
  value.date_only = (head & kDateOnlyBit) != 0;
  value.kind = static_cast<Value::Kind>(head & ~kDateOnlyBit);
  switch (value.kind) {
    case Value::Kind::kEmpty:
      break;
    case Value::Kind::kText:
      value.text = std::string(TakeText(bytes));
      break;
    case Value::Kind::kNumber: {
      const auto high = static_cast<__int128>(TakeInteger(bytes));
      const auto low = static_cast<uint64_t>(TakeInteger(bytes));
      value.number.units = static_cast<__int128>(static_cast<unsigned __int128>(high) << 64 | low);
      value.number.scale = static_cast<int>(TakeInteger(bytes));
      break;
    }
    case Value::Kind::kTime: {
      const int64_t seconds = TakeInteger(bytes);
      value.time = absl::FromUnixSeconds(seconds) + absl::Nanoseconds(TakeInteger(bytes));
      value.text = std::string(TakeText(bytes));
      break;
    }
  }
  return value;
}

}  // namespace bellwether::imports
