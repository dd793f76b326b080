// What was said of single facts of an account after they had been said, or before: that they do not
// count (retraction), or something else instead (a higher revision).
#ifndef BELLWETHER_SERVICES_HEALTH_DOMAIN_CORRECTIONS_H_
#define BELLWETHER_SERVICES_HEALTH_DOMAIN_CORRECTIONS_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "common/base/packing.h"
#include "services/health/domain/daily_series.h"

namespace bellwether::health {

// Takes back whatever was or will be said.
inline constexpr int64_t kEveryRevision = std::numeric_limits<int64_t>::max();
inline constexpr int64_t kNoRevision = -1;

struct Correction {
  uint64_t id = 0;                  // FactIdentity::id
  int64_t retracted = kNoRevision;  // this revision and lower ones do not count
  int64_t said = 0;                 // the highest revision that came
  Day forget_on = 0;

  // A fact of `revision` does not count, whatever else is known of it.
  bool Excludes(int64_t revision) const { return revision <= retracted || revision < said; }

  friend bool operator==(const Correction&, const Correction&) = default;
};

// Only what was corrected costs memory. Whichever of a fact, its retraction and its revisions comes
// first, the end is the same.
class Corrections {
 public:
  bool empty() const { return items_.empty(); }
  size_t bytes() const { return items_.capacity() * sizeof(Correction); }

  const Correction* Find(uint64_t id) const;
  // Both are kept until local day `forget_on`, or longer where something else of the fact is.
  void Retract(uint64_t id, int64_t up_to, Day forget_on);
  void Say(uint64_t id, int64_t revision, Day forget_on);
  // Drops what no fact that still counts could need on `day`.
  void Forget(Day day);

  void AppendTo(std::string& out) const;
  static std::optional<Corrections> Parse(PackedReader& reader);

  friend bool operator==(const Corrections&, const Corrections&) = default;

 private:
  Correction& FindOrAdd(uint64_t id, Day forget_on);

  std::vector<Correction> items_;  // ascending strictly by id
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_DOMAIN_CORRECTIONS_H_
