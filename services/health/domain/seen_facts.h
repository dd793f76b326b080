// The dedupe memory of one account: what still counts is still remembered.
#ifndef BELLWETHER_SERVICES_HEALTH_DOMAIN_SEEN_FACTS_H_
#define BELLWETHER_SERVICES_HEALTH_DOMAIN_SEEN_FACTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/packing.h"
#include "services/health/domain/daily_series.h"

namespace bellwether::health {

// A fact's identity (48 bits over source and id) and content (16 bits).
struct FactIdentity {
  static FactIdentity Of(uint64_t identity_hash, uint64_t content_hash) {
    return {(identity_hash & ~uint64_t{0xffff}) | (content_hash & 0xffff)};
  }
  uint64_t bits = 0;

  uint64_t id() const { return bits >> 16; }
  uint16_t content() const { return static_cast<uint16_t>(bits); }
};

enum class DedupeResult : uint8_t { kNew, kDuplicate, kConflict };

// Ten bytes a fact, sorted by identity: the lookup is a binary search, and an insertion moves a few
// hundred bytes of an account of usual size.
class SeenFacts {
 public:
  size_t size() const { return facts_.size(); }
  size_t bytes() const {
    return facts_.capacity() * sizeof(uint64_t) + forget_on_.capacity() * sizeof(uint16_t);
  }

  DedupeResult Look(FactIdentity fact) const { return Look(fact, fact.content()); }
  // The same where the content was hashed in another way when the fact may have been seen.
  DedupeResult Look(FactIdentity fact, uint16_t former_content) const;
  bool Knows(uint64_t id) const { return Look({id << 16}) != DedupeResult::kNew; }
  // Remembers a new fact until local day `forget_on`, on which it no longer counts.
  void Remember(FactIdentity fact, Day forget_on);
  // Drops what no longer counts on `day`.
  void Forget(Day day);

  void AppendTo(std::string& out) const;
  static std::optional<SeenFacts> Parse(PackedReader& reader);

  friend bool operator==(const SeenFacts& a, const SeenFacts& b) {
    return a.facts_ == b.facts_ && a.forget_on_ == b.forget_on_;
  }

 private:
  size_t LowerBound(FactIdentity fact) const;

  // Parallel; ascending strictly by id.
  std::vector<uint64_t> facts_;
  std::vector<uint16_t> forget_on_;
  Day next_forget_ = INT32_MAX;  // the earliest day in forget_on_
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_DOMAIN_SEEN_FACTS_H_
