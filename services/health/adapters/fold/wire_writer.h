// Writes protobuf's wire format directly, for the two messages that every fact makes. The bytes are
// those any protobuf parser reads; live_encoder_test.cc holds them against the generated code.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_WIRE_WRITER_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_WIRE_WRITER_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>

#include "absl/strings/string_view.h"
#include "common/base/packing.h"

namespace bellwether::health {

constexpr size_t VarintSize(uint64_t value) {
  return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7;
}
// Size of a number field with a tag of one byte; zero is not written (proto3).
constexpr size_t NumberFieldSize(int64_t value) {
  return value == 0 ? 0 : 1 + VarintSize(static_cast<uint64_t>(value));
}
constexpr size_t BytesFieldSize(size_t bytes) { return 1 + VarintSize(bytes) + bytes; }
// An optional text or message: nothing is not written.
inline size_t TextSize(absl::string_view text) {
  return text.empty() ? 0 : BytesFieldSize(text.size());
}

// Appends to a string in which the caller has reserved what is to come. Field numbers up to 15.
class WireWriter {
 public:
  // Exactly `size` bytes must be written before the writer is destroyed.
  WireWriter(std::string& out, size_t size) {
    const size_t begin = out.size();
    out.resize(begin + size);
    at_ = out.data() + begin;
  }

  void Number(int field, int64_t value) {
    if (value == 0) return;
    *at_++ = static_cast<char>(field << 3);
    Varint(static_cast<uint64_t>(value));
  }
  void Bytes(int field, absl::string_view bytes) {
    Begin(field, bytes.size());
    Raw(bytes);
  }
  void Text(int field, absl::string_view text) {
    if (!text.empty()) Bytes(field, text);
  }
  // A nested message of that many bytes follows.
  void Begin(int field, size_t size) {
    *at_++ = static_cast<char>(field << 3 | 2);
    Varint(size);
  }
  void Raw(absl::string_view bytes) {
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }

 private:
  void Varint(uint64_t value) { at_ = WriteVarint(at_, value); }

  char* at_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_WIRE_WRITER_H_
