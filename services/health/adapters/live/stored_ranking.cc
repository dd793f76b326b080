#include "services/health/adapters/live/stored_ranking.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "absl/status/status.h"
#include "common/base/status.h"
#include "services/health/adapters/live/health_messages.h"

namespace bellwether::health {
namespace {

bool Precedes(const cache::Ranked& a, const cache::Ranked& b) {
  return std::tie(a.score, a.key) < std::tie(b.score, b.key);
}

}  // namespace

absl::StatusOr<std::vector<cache::Ranked>> StoredRanking::Lowest(
    const std::string& ranking, size_t limit, const std::optional<cache::Ranked>& after) {
  ASSIGN_OR_RETURN(const std::shared_ptr<const Index> index, Current());
  const auto found = index->rankings.find(ranking);
  if (found == index->rankings.end()) return std::vector<cache::Ranked>();
  const std::vector<cache::Ranked>& places = index->places;
  auto at = found->second.begin();
  if (after.has_value()) {
    at = std::upper_bound(
        at, found->second.end(), *after,
        [&](const cache::Ranked& a, uint32_t place) { return Precedes(a, places[place]); });
  }
  std::vector<cache::Ranked> lowest;
  for (; at != found->second.end() && lowest.size() < limit; ++at) lowest.push_back(places[*at]);
  return lowest;
}

void StoredRanking::DropExpired() {
  std::shared_ptr<const Index> expired;  // ends outside of the lock
  absl::MutexLock lock(&mutex_);
  if (index_ != nullptr && clock_.Now() >= index_->kept_until) expired.swap(index_);
}

bool StoredRanking::holds_index() const {
  absl::MutexLock lock(&mutex_);
  return index_ != nullptr;
}

absl::Status StoredRanking::TooMany() const {
  return Error(absl::StatusCode::kResourceExhausted, {"RANKING_TOO_LARGE", "", "H9"},
               "too many accounts to rank without the live cache");
}

absl::StatusOr<std::shared_ptr<const StoredRanking::Index>> StoredRanking::Held(
    absl::Time Index::*until) const {
  absl::MutexLock lock(&mutex_);
  const absl::Time now = clock_.Now();
  if (now < too_many_until_) return TooMany();
  return index_ != nullptr && now < *index_.*until ? index_ : nullptr;
}

absl::StatusOr<std::shared_ptr<const StoredRanking::Index>> StoredRanking::Current() {
  ASSIGN_OR_RETURN(std::shared_ptr<const Index> index, Held(&Index::good_until));
  if (index != nullptr) return index;
  if (!making_.TryLock()) {
    ASSIGN_OR_RETURN(index, Held(&Index::kept_until));
    if (index != nullptr) return index;
    making_.Lock();
  }
  absl::StatusOr<std::shared_ptr<const Index>> renewed = Renew();
  making_.Unlock();
  return renewed;
}

absl::StatusOr<std::shared_ptr<const StoredRanking::Index>> StoredRanking::Renew() {
  ASSIGN_OR_RETURN(std::shared_ptr<const Index> index, Held(&Index::good_until));
  if (index != nullptr) return index;  // made while this one waited
  DropExpired();                       // not two of them if one is of no use
  ASSIGN_OR_RETURN(index, Make());
  std::shared_ptr<const Index> before = index;  // ends outside of the lock
  absl::MutexLock lock(&mutex_);
  before.swap(index_);
  return index;
}

absl::StatusOr<std::shared_ptr<const StoredRanking::Index>> StoredRanking::Make() {
  const absl::Time begin = clock_.Now();
  auto index = std::make_shared<Index>();
  std::vector<std::vector<const std::string*>> rankings_of;  // of each place, before it is ordered
  bool too_many = false;
  const absl::Status read =
      stored_.ForEach([&](const std::string& id, const Account& account, const ActiveModel* model) {
        const std::vector<cache::Write::Rank> ranks =
            RanksOf(account.attributes(), model, account.live());
        if (ranks.empty()) return absl::OkStatus();
        too_many = index->places.size() == accounts_max_;
        if (too_many) return TooMany();
        index->places.push_back({CacheKey(id), ranks.front().score});
        std::vector<const std::string*>& names = rankings_of.emplace_back();
        for (const cache::Write::Rank& rank : ranks) {
          names.push_back(&index->rankings.try_emplace(rank.ranking).first->first);
        }
        return absl::OkStatus();
      });
  if (too_many) {
    absl::MutexLock lock(&mutex_);
    too_many_until_ = clock_.Now() + kStoredRankingAge;
  }
  RETURN_IF_ERROR(read);
  std::vector<uint32_t> order(index->places.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return Precedes(index->places[a], index->places[b]); });
  std::vector<cache::Ranked> ordered;
  ordered.reserve(order.size());
  for (const uint32_t place : order) {
    for (const std::string* ranking : rankings_of[place]) {
      index->rankings.find(*ranking)->second.push_back(static_cast<uint32_t>(ordered.size()));
    }
    ordered.push_back(std::move(index->places[place]));
  }
  index->places = std::move(ordered);
  const absl::Time now = clock_.Now();
  const absl::Duration age = std::max(kStoredRankingAge, (now - begin) * kStoredRankingAgePerCost);
  index->good_until = now + age;
  index->kept_until = now + 2 * age;
  return index;
}

}  // namespace bellwether::health
