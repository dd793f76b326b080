// The byte format of stored state: varints, and a reader that never runs past its end.
#ifndef BELLWETHER_COMMON_BASE_PACKING_H_
#define BELLWETHER_COMMON_BASE_PACKING_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"

namespace bellwether {

static_assert(std::endian::native == std::endian::little, "the state format is little-endian");

inline constexpr int kVarintBytesMax = 10;

// Writes up to kVarintBytesMax bytes at `at`; the end of what it wrote.
inline char* WriteVarint(char* at, uint64_t value) {
  while (value >= 0x80) {
    *at++ = static_cast<char>(value | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<char>(value);
  return at;
}

inline void PutVarint(std::string& out, uint64_t value) {
  char bytes[kVarintBytesMax];
  out.append(bytes, static_cast<size_t>(WriteVarint(bytes, value) - bytes));
}

inline uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63);
}
inline int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}
inline void PutSigned(std::string& out, int64_t value) { PutVarint(out, ZigZag(value)); }

inline void PutBytes(std::string& out, absl::string_view bytes) {
  PutVarint(out, bytes.size());
  out.append(bytes.data(), bytes.size());
}

// Reads what the functions above wrote. After the first failure every read yields zero and `ok` is
// false, so a sequence of reads needs one check at its end.
class PackedReader {
 public:
  explicit PackedReader(absl::string_view bytes)
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return ok_; }
  bool AtEnd() const { return at_ == end_; }
  const char* position() const { return at_; }
  size_t remaining() const { return static_cast<size_t>(end_ - at_); }

  uint64_t Varint() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) return Fail();
      const auto byte = static_cast<uint8_t>(*at_++);
      if (shift == 63 && byte > 1) return Fail();
      value |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    return Fail();
  }
  int64_t Signed() { return UnZigZag(Varint()); }

  // A varint that must not exceed `limit`.
  uint64_t VarintUpTo(uint64_t limit) {
    const uint64_t value = Varint();
    return value <= limit ? value : Fail();
  }

  absl::string_view Bytes() {
    const uint64_t size = Varint();
    return Raw(size);
  }
  absl::string_view Raw(uint64_t size) {
    if (size > remaining()) {
      Fail();
      return {};
    }
    absl::string_view bytes(at_, static_cast<size_t>(size));
    at_ += size;
    return bytes;
  }

  uint64_t Fail() {
    ok_ = false;
    at_ = end_;
    return 0;
  }

 private:
  const char* at_;
  const char* end_;
  bool ok_ = true;
};

// Detects flipped and lost bytes in stored state; eight bytes a step, because it runs over every
// dirty account at every checkpoint.
inline uint32_t Checksum(absl::string_view bytes) {
  uint64_t hash = 0x9e3779b97f4a7c15ULL ^ bytes.size();
  size_t at = 0;
  for (; at + 8 <= bytes.size(); at += 8) {
    uint64_t word;
    std::memcpy(&word, bytes.data() + at, 8);
    hash = std::rotl((hash ^ word) * 0xff51afd7ed558ccdULL, 29);
  }
  uint64_t rest = 0;
  std::memcpy(&rest, bytes.data() + at, bytes.size() - at);
  hash = (hash ^ rest) * 0xc4ceb9fe1a85ec53ULL;
  return static_cast<uint32_t>(hash ^ (hash >> 32));
}

}  // namespace bellwether

#endif  // BELLWETHER_COMMON_BASE_PACKING_H_
