// What a partition keeps of subjects other than accounts: who they are, and what was last said of
// them, without knowing what it means.
#ifndef BELLWETHER_SERVICES_HEALTH_DOMAIN_SUBJECTS_H_
#define BELLWETHER_SERVICES_HEALTH_DOMAIN_SUBJECTS_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"

namespace bellwether::health {

struct SubjectId {
  int32_t type = 0;  // events.v1.SubjectType
  std::string id;
  friend auto operator<=>(const SubjectId&, const SubjectId&) = default;
};

struct KeptSubject {
  std::string account;  // the key of its records; empty: its own id
  int64_t entity_version = 0;
  // Stream time at which it closed, or moved away; unset while it is open.
  std::optional<int64_t> closed_micros;
  // Values and attributes as they go into signals; nothing once it has closed.
  std::string last;

  friend bool operator==(const KeptSubject&, const KeptSubject&) = default;
};

// One partition's. A subject stands once, under the key that its highest version names.
class Subjects {
 public:
  using Map = absl::btree_map<SubjectId, KeptSubject>;

  // Null for one that is not known.
  const KeptSubject* Find(const SubjectId& id) const;
  // False, without effect, when `subject` is not newer than what is kept.
  bool Keep(const SubjectId& id, KeptSubject subject);
  // Drops those that closed then or before, and names them.
  std::vector<SubjectId> ForgetClosedUntil(int64_t closed_micros);

  // In order of type and id; closed ones as well.
  const Map& all() const { return subjects_; }
  size_t size() const { return subjects_.size(); }
  // Resident size.
  size_t bytes() const;

 private:
  Map subjects_;
  // By the instant at which they closed.
  absl::btree_multimap<int64_t, SubjectId> closed_;
};

// The stored form: packed and checked.
std::string EncodeSubject(const KeptSubject& subject);
// Nothing for bytes that EncodeSubject did not write.
std::optional<KeptSubject> DecodeSubject(absl::string_view bytes);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_DOMAIN_SUBJECTS_H_
