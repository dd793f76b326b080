// Facts as the latency benchmarks send them.
#ifndef BELLWETHER_TESTS_BENCH_SAMPLE_FACTS_H_
#define BELLWETHER_TESTS_BENCH_SAMPLE_FACTS_H_

#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "bellwether/events/v1/fact.pb.h"

namespace bellwether {

// Satisfaction that falls by half raises an alert of this rule.
inline constexpr char kSatisfactionRule[] = "R38";

inline void SetSatisfaction(int64_t score, events::v1::Fact& fact) {
  fact.mutable_survey_answered()->set_kind(events::v1::SURVEY_KIND_CSAT);
  fact.mutable_survey_answered()->set_score_micros(score * 1'000'000);
}

inline void SetSomething(std::mt19937_64& random, events::v1::Fact& fact) {
  const uint64_t kind = random() % 100;
  if (kind < 45) {
    auto& usage = *fact.mutable_usage_reported();
    usage.set_logins(static_cast<int64_t>(random() % 200));
    usage.set_active_users(static_cast<int64_t>(random() % 80));
    usage.set_licensed_users(100);
    usage.set_features_used(static_cast<int32_t>(random() % 20));
    usage.set_features_available(25);
  } else if (kind < 70) {
    auto& interaction = *fact.mutable_interaction_held();
    interaction.set_channel(events::v1::INTERACTION_CHANNEL_CALL);
    interaction.set_level(static_cast<events::v1::ContactLevel>(1 + random() % 4));
    interaction.set_customer_initiated(random() % 2 == 0);
    interaction.set_representative("li.wei");
  } else if (kind < 85) {
    auto& order = *fact.mutable_order_placed();
    order.set_order_id(absl::StrCat("SO-", random() % 1'000'000));
    order.mutable_amount()->set_currency_code("CNY");
    order.mutable_amount()->set_amount_minor(static_cast<int64_t>(random() % 50'000'000));
    order.set_product("suite");
  } else {
    fact.mutable_sentiment_observed()->set_channel("mail");
    fact.mutable_sentiment_observed()->set_score_micros(static_cast<int64_t>(random() % 2'000'000) -
                                                        1'000'000);
  }
}

}  // namespace bellwether

#endif  // BELLWETHER_TESTS_BENCH_SAMPLE_FACTS_H_
