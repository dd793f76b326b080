#include "services/health/domain/seen_facts.h"

#include <algorithm>
#include <limits>

namespace bellwether::health {
namespace {

constexpr Day kForgetDayMax = std::numeric_limits<uint16_t>::max();  // in the year 2149

template <typename T>
void GrowByAnEighth(std::vector<T>& values) {
  if (values.size() == values.capacity()) values.reserve(values.size() + values.size() / 8 + 4);
}

}  // namespace

size_t SeenFacts::LowerBound(FactIdentity fact) const {
  const auto at = std::lower_bound(facts_.begin(), facts_.end(), fact.id() << 16);
  return static_cast<size_t>(at - facts_.begin());
}

DedupeResult SeenFacts::Look(FactIdentity fact, uint16_t former_content) const {
  const size_t at = LowerBound(fact);
  if (at == facts_.size() || facts_[at] >> 16 != fact.id()) return DedupeResult::kNew;
  const auto content = static_cast<uint16_t>(facts_[at]);
  return content == fact.content() || content == former_content ? DedupeResult::kDuplicate
                                                                : DedupeResult::kConflict;
}

void SeenFacts::Remember(FactIdentity fact, Day forget_on) {
  const auto at = static_cast<ptrdiff_t>(LowerBound(fact));
  forget_on = std::clamp<Day>(forget_on, 0, kForgetDayMax);
  GrowByAnEighth(facts_);
  GrowByAnEighth(forget_on_);
  facts_.insert(facts_.begin() + at, fact.bits);
  forget_on_.insert(forget_on_.begin() + at, static_cast<uint16_t>(forget_on));
  next_forget_ = std::min(next_forget_, forget_on);
}

void SeenFacts::Forget(Day day) {
  if (day < next_forget_) return;
  size_t kept = 0;
  next_forget_ = INT32_MAX;
  for (size_t i = 0; i < facts_.size(); ++i) {
    if (forget_on_[i] <= day) continue;
    facts_[kept] = facts_[i];
    forget_on_[kept] = forget_on_[i];
    next_forget_ = std::min<Day>(next_forget_, forget_on_[i]);
    ++kept;
  }
  facts_.resize(kept);
  forget_on_.resize(kept);
}

void SeenFacts::AppendTo(std::string& out) const {
  PutVarint(out, facts_.size());
  if (facts_.empty()) return;
  out.append(reinterpret_cast<const char*>(facts_.data()), facts_.size() * sizeof(uint64_t));
  out.append(reinterpret_cast<const char*>(forget_on_.data()),
             forget_on_.size() * sizeof(uint16_t));
}

std::optional<SeenFacts> SeenFacts::Parse(PackedReader& reader) {
  SeenFacts seen;
  const uint64_t size =
      reader.VarintUpTo(reader.remaining() / (sizeof(uint64_t) + sizeof(uint16_t)));
  const absl::string_view facts = reader.Raw(size * sizeof(uint64_t));
  const absl::string_view days = reader.Raw(size * sizeof(uint16_t));
  if (!reader.ok()) return std::nullopt;
  if (size == 0) return seen;
  seen.facts_.resize(size);
  seen.forget_on_.resize(size);
  std::memcpy(seen.facts_.data(), facts.data(), facts.size());
  std::memcpy(seen.forget_on_.data(), days.data(), days.size());
  for (size_t i = 0; i < size; ++i) {
    if (i > 0 && seen.facts_[i - 1] >> 16 >= seen.facts_[i] >> 16) return std::nullopt;
    seen.next_forget_ = std::min<Day>(seen.next_forget_, seen.forget_on_[i]);
  }
  return seen;
}

}  // namespace bellwether::health
