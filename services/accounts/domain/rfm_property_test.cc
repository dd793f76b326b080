// The ranking against a computation that shares no code with it: counting pairs, placing one
// account at a time.
#include <set>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "services/accounts/domain/rfm.h"

namespace bellwether::accounts::rfm_property_test {
namespace {

const RfmScheme kScheme{200'000, 300'000, 500'000, {100'000, 200'000, 300'000, 250'000, 150'000}};

// Small ranges, so that ties are common.
std::vector<RfmOrders> ArbitraryOrders() {
  const int n = *rc::gen::inRange(1, 60);
  std::vector<RfmOrders> orders;
  for (int i = 0; i < n; ++i) {
    orders.push_back({"a" + std::to_string(i), *rc::gen::inRange<int64_t>(0, 20),
                      *rc::gen::inRange<int64_t>(1, 8), *rc::gen::inRange<int64_t>(-3, 30)});
  }
  return orders;
}

int Quintile(size_t worse, size_t n) {
  int score = 1;
  for (int fifth = 1; fifth <= 5; ++fifth) {
    if (worse * 5 >= fifth * n) ++score;
  }
  return std::min(score, 5);
}

RfmPlace BruteForce(const RfmOrders& subject, const std::vector<RfmOrders>& all) {
  size_t worse_recency = 0;
  size_t worse_frequency = 0;
  size_t worse_value = 0;
  for (const RfmOrders& other : all) {
    worse_recency += other.recency_days > subject.recency_days;
    worse_frequency += other.order_count < subject.order_count;
    worse_value += other.order_value_minor < subject.order_value_minor;
  }
  RfmPlace place;
  place.orders = subject;
  place.recency_score = Quintile(worse_recency, all.size());
  place.frequency_score = Quintile(worse_frequency, all.size());
  place.monetary_score = Quintile(worse_value, all.size());
  place.composite_micros = 200'000 * place.recency_score + 300'000 * place.frequency_score +
                           500'000 * place.monetary_score;
  return place;
}

bool Precedes(const RfmPlace& a, const RfmPlace& b) {
  if (a.composite_micros != b.composite_micros) return a.composite_micros > b.composite_micros;
  if (a.orders.order_value_minor != b.orders.order_value_minor) {
    return a.orders.order_value_minor > b.orders.order_value_minor;
  }
  return a.orders.account_id < b.orders.account_id;
}

RfmLevel LevelAt(size_t rank, size_t n) {
  const size_t cumulative_percent[] = {10, 30, 60, 85};
  for (size_t level = 0; level < 4; ++level) {
    if (rank <= n * cumulative_percent[level] / 100) return static_cast<RfmLevel>(level);
  }
  return RfmLevel::kMaintenance;
}

RC_GTEST_PROP(RfmRanking, AgreesWithCountingPairs, ()) {
  const std::vector<RfmOrders> orders = ArbitraryOrders();
  const std::vector<RfmPlace> places = RankRfm(orders, kScheme);
  RC_ASSERT(places.size() == orders.size());
  std::vector<RfmPlace> expected;
  for (const RfmOrders& each : orders) expected.push_back(BruteForce(each, orders));
  for (RfmPlace& place : expected) {
    size_t rank = 1;
    for (const RfmPlace& other : expected) rank += Precedes(other, place);
    place.level = LevelAt(rank, orders.size());
    RC_ASSERT(places[rank - 1] == place);
  }
}

RC_GTEST_PROP(RfmRanking, DoesNotDependOnTheOrderOfItsInput, ()) {
  std::vector<RfmOrders> orders = ArbitraryOrders();
  const std::vector<RfmPlace> places = RankRfm(orders, kScheme);
  std::rotate(orders.begin(), orders.begin() + *rc::gen::inRange<size_t>(0, orders.size()),
              orders.end());
  std::reverse(orders.begin(), orders.end());
  RC_ASSERT(RankRfm(orders, kScheme) == places);
}

}  // namespace
}  // namespace bellwether::accounts::rfm_property_test
