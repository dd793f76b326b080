#include "services/health/adapters/live/live_health.h"

#include <utility>

#include "common/base/status.h"
#include "common/log/log.h"
#include "common/log/rate_limit.h"
#include "services/health/adapters/live/health_messages.h"

namespace bellwether::health {
namespace {

constexpr char kMissing[] = "CACHE_MISSING";
constexpr char kCorrupt[] = "CACHE_CORRUPT";

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : "OTHER";
}

}  // namespace

LiveHealth::LiveHealth(const Ports& ports, int32_t partitions)
    : cache_(ports.cache),
      partitions_(partitions),
      stored_(ports.store, ports.calendar, partitions),
      stored_ranking_(stored_, ports.clock),
      fallbacks_(ports.metrics.Counters(
          "bellwether_health_store_reads_total",
          "Accounts and pages read from the store because the live cache did not have them.",
          {"call", "reason"})) {}

void LiveHealth::CountFallback(absl::string_view call, absl::string_view why, size_t reads) {
  fallbacks_.With({call, why}).Increment(static_cast<double>(reads));
}

absl::StatusOr<std::optional<v1::AccountHealth>> LiveHealth::Get(const std::string& account_id) {
  ASSIGN_OR_RETURN(auto healths, GetMany({account_id}));
  return std::move(healths[0]);
}

absl::StatusOr<std::vector<std::optional<v1::AccountHealth>>> LiveHealth::GetMany(
    const std::vector<std::string>& account_ids) {
  std::vector<std::string> keys;
  keys.reserve(account_ids.size());
  for (const std::string& id : account_ids) keys.push_back(CacheKey(id));
  const auto cached = cache_.GetMany(keys);
  if (!cached.ok()) {
    CountFallback("get", ReasonOf(cached.status()), account_ids.size());
    return stored_.GetMany(account_ids);
  }
  std::vector<std::optional<v1::AccountHealth>> healths(account_ids.size());
  std::vector<size_t> missing;
  for (size_t i = 0; i < account_ids.size(); ++i) {
    const std::optional<cache::Entry>& entry = (*cached)[i];
    if (entry.has_value() && entry->tombstone) continue;  // the store need not know of it yet
    if (entry.has_value() && healths[i].emplace().ParseFromString(entry->value)) continue;
    if (entry.has_value()) {
      static LogGate gate(absl::Seconds(10));
      LogLimited(gate, LogLevel::kError, "a cached health cannot be read", {{"key", entry->key}});
      CountFallback("get", kCorrupt);
    }
    missing.push_back(i);
  }
  if (missing.empty()) return healths;
  std::vector<std::string> ids;
  for (const size_t i : missing) ids.push_back(account_ids[i]);
  ASSIGN_OR_RETURN(auto stored, stored_.GetMany(ids));
  for (size_t m = 0; m < missing.size(); ++m) {
    // An account that nobody knows is missing in both.
    const bool was_corrupt = (*cached)[missing[m]].has_value();
    if (stored[m].has_value() && !was_corrupt) CountFallback("get", kMissing);
    healths[missing[m]] = std::move(stored[m]);
  }
  return healths;
}

absl::StatusOr<LiveHealth::Places> LiveHealth::Lowest(const std::string& ranking, size_t limit,
                                                      const std::optional<cache::Ranked>& after) {
  auto ranked = cache_.Lowest(ranking, partitions_, limit, after);
  const bool from_store = !ranked.ok();
  if (from_store) {
    CountFallback("rank", ReasonOf(ranked.status()));
    ranked = stored_ranking_.Lowest(ranking, limit, after);
    if (!ranked.ok()) return ranked.status();
  }
  return Places{*std::move(ranked), from_store};
}

absl::StatusOr<bool> LiveHealth::ForEachPlace(
    const std::string& ranking,
    absl::FunctionRef<void(absl::string_view account_id, int64_t score)> look) {
  bool from_store = false;
  std::optional<cache::Ranked> after;
  while (true) {
    ASSIGN_OR_RETURN(Places places, Lowest(ranking, cache::kRankedMax, after));
    from_store = from_store || places.from_store;
    for (const cache::Ranked& place : places.lowest) {
      look(AccountOfCacheKey(place.key), place.score);
    }
    if (places.lowest.size() < cache::kRankedMax) return from_store;
    after = std::move(places.lowest.back());
  }
}

absl::StatusOr<LiveHealth::RankedPage> LiveHealth::Rank(const std::string& ranking, size_t limit,
                                                        const std::optional<cache::Ranked>& after,
                                                        int64_t below) {
  ASSIGN_OR_RETURN(Places places, Lowest(ranking, limit + 1, after));
  std::vector<cache::Ranked>& ranked = places.lowest;
  while (!ranked.empty() && ranked.back().score >= below) ranked.pop_back();
  RankedPage page;
  if (ranked.size() > limit) {
    ranked.resize(limit);
    page.next = ranked.back();
  }
  std::vector<std::string> ids;
  for (const cache::Ranked& place : ranked) ids.emplace_back(AccountOfCacheKey(place.key));
  ASSIGN_OR_RETURN(auto healths, GetMany(ids));
  for (auto& health : healths) {
    if (health.has_value()) page.healths.push_back(*std::move(health));  // else deleted since
  }
  return page;
}

}  // namespace bellwether::health
