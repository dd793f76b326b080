#include "services/health/domain/corrections.h"

#include <algorithm>

namespace bellwether::health {
namespace {

constexpr uint64_t kCorrectionDayMax = 1 << 20;

bool IdBefore(const Correction& correction, uint64_t id) { return correction.id < id; }

}  // namespace

const Correction* Corrections::Find(uint64_t id) const {
  const auto at = std::lower_bound(items_.begin(), items_.end(), id, IdBefore);
  return at == items_.end() || at->id != id ? nullptr : &*at;
}

Correction& Corrections::FindOrAdd(uint64_t id, Day forget_on) {
  auto at = std::lower_bound(items_.begin(), items_.end(), id, IdBefore);
  if (at == items_.end() || at->id != id) at = items_.insert(at, Correction{.id = id});
  at->forget_on = std::max(at->forget_on, forget_on);
  return *at;
}

void Corrections::Retract(uint64_t id, int64_t up_to, Day forget_on) {
  Correction& correction = FindOrAdd(id, forget_on);
  correction.retracted = std::max(correction.retracted, up_to);
}

void Corrections::Say(uint64_t id, int64_t revision, Day forget_on) {
  Correction& correction = FindOrAdd(id, forget_on);
  correction.said = std::max(correction.said, revision);
}

void Corrections::Forget(Day day) {
  std::erase_if(items_, [day](const Correction& each) { return each.forget_on <= day; });
}

void Corrections::AppendTo(std::string& out) const {
  PutVarint(out, items_.size());
  for (const Correction& correction : items_) {
    PutVarint(out, correction.id);
    PutSigned(out, correction.retracted);
    PutSigned(out, correction.said);
    PutVarint(out, static_cast<uint64_t>(correction.forget_on));
  }
}

std::optional<Corrections> Corrections::Parse(PackedReader& reader) {
  Corrections corrections;
  for (uint64_t left = reader.VarintUpTo(reader.remaining()); left > 0; --left) {
    Correction correction;
    correction.id = reader.Varint();
    correction.retracted = reader.Signed();
    correction.said = reader.Signed();
    correction.forget_on = static_cast<Day>(reader.VarintUpTo(kCorrectionDayMax));
    const bool ascends = corrections.items_.empty() || corrections.items_.back().id < correction.id;
    if (!reader.ok() || !ascends) return std::nullopt;
    corrections.items_.push_back(correction);
  }
  if (!reader.ok()) return std::nullopt;
  return corrections;
}

}  // namespace bellwether::health
