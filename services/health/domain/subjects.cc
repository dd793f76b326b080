#include "services/health/domain/subjects.h"

#include <cstring>
#include <utility>

#include "common/base/packing.h"

namespace bellwether::health {
namespace {

constexpr char kSubjectFormat = 1;
constexpr size_t kSubjectChecksumBytes = 4;

// What a string takes beyond its own object.
size_t HeapBytes(const std::string& text) {
  return text.capacity() > std::string().capacity() ? text.capacity() + 1 : 0;
}

}  // namespace

const KeptSubject* Subjects::Find(const SubjectId& id) const {
  const auto found = subjects_.find(id);
  return found == subjects_.end() ? nullptr : &found->second;
}

bool Subjects::Keep(const SubjectId& id, KeptSubject subject) {
  const KeptSubject* known = Find(id);
  if (subject.entity_version <= (known == nullptr ? 0 : known->entity_version)) return false;
  KeptSubject& kept = subjects_[id];
  if (kept.closed_micros) {
    auto [at, end] = closed_.equal_range(*kept.closed_micros);
    while (at != end && at->second != id) ++at;
    if (at != end) closed_.erase(at);
  }
  kept = std::move(subject);
  kept.last.shrink_to_fit();
  if (kept.closed_micros) closed_.emplace(*kept.closed_micros, id);
  return true;
}

std::vector<SubjectId> Subjects::ForgetClosedUntil(int64_t closed_micros) {
  std::vector<SubjectId> forgotten;
  while (!closed_.empty() && closed_.begin()->first <= closed_micros) {
    subjects_.erase(closed_.begin()->second);
    forgotten.push_back(std::move(closed_.begin()->second));
    closed_.erase(closed_.begin());
  }
  return forgotten;
}

size_t Subjects::bytes() const {
  size_t bytes = closed_.size() * sizeof(decltype(closed_)::value_type);
  for (const auto& [id, subject] : subjects_) {
    bytes += sizeof(Map::value_type) + HeapBytes(id.id) + HeapBytes(subject.account) +
             HeapBytes(subject.last);
  }
  return bytes;
}

std::string EncodeSubject(const KeptSubject& subject) {
  std::string bytes(1, kSubjectFormat);
  PutBytes(bytes, subject.account);
  PutSigned(bytes, subject.entity_version);
  PutVarint(bytes, subject.closed_micros.has_value() ? 1 : 0);
  PutSigned(bytes, subject.closed_micros.value_or(0));
  PutBytes(bytes, subject.last);
  const uint32_t checksum = Checksum(bytes);
  bytes.append(reinterpret_cast<const char*>(&checksum), kSubjectChecksumBytes);
  return bytes;
}

std::optional<KeptSubject> DecodeSubject(absl::string_view bytes) {
  if (bytes.size() <= kSubjectChecksumBytes || bytes[0] != kSubjectFormat) return std::nullopt;
  const absl::string_view body = bytes.substr(0, bytes.size() - kSubjectChecksumBytes);
  uint32_t checksum;
  std::memcpy(&checksum, bytes.data() + body.size(), kSubjectChecksumBytes);
  if (checksum != Checksum(body)) return std::nullopt;
  PackedReader reader(body.substr(1));
  KeptSubject subject;
  subject.account = std::string(reader.Bytes());
  subject.entity_version = reader.Signed();
  const bool closed = reader.VarintUpTo(1) != 0;
  const int64_t closed_micros = reader.Signed();
  if (closed) subject.closed_micros = closed_micros;
  subject.last = std::string(reader.Bytes());
  if (!reader.ok() || !reader.AtEnd()) return std::nullopt;
  return subject;
}

}  // namespace bellwether::health
