// RFM levels (A3): recency, frequency and monetary value, ranked and cut into five levels.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_DOMAIN_RFM_H_
#define BELLWETHER_SERVICES_ACCOUNTS_DOMAIN_RFM_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace bellwether::accounts {

inline constexpr int64_t kMicros = 1'000'000;  // 1 in 10⁻⁶
inline constexpr int kRfmScoreMax = 5;

// Best first.
enum class RfmLevel { kStrategicPartner, kCore, kDevelopment, kPotential, kMaintenance };
inline constexpr size_t kRfmLevels = 5;

// The figures of the scheme; from configuration.
struct RfmScheme {
  // In 10⁻⁶; they add up to 1.
  int64_t recency_weight_micros = 0;
  int64_t frequency_weight_micros = 0;
  int64_t monetary_weight_micros = 0;
  // Share of the ranked accounts in each level, best first, in 10⁻⁶; they add up to 1.
  std::array<int64_t, kRfmLevels> share_micros = {};
};

// INVALID_ARGUMENT when weights or shares are negative or do not add up to 1.
absl::Status Validate(const RfmScheme& scheme);

// What an account did in the trailing window.
struct RfmOrders {
  std::string account_id;
  int64_t recency_days = 0;  // local days since the last order
  int64_t order_count = 0;   // > 0: accounts without orders are not ranked
  int64_t order_value_minor = 0;

  friend bool operator==(const RfmOrders&, const RfmOrders&) = default;
};

struct RfmPlace {
  RfmOrders orders;
  int recency_score = 0;  // 1–5, as the other two
  int frequency_score = 0;
  int monetary_score = 0;
  int64_t composite_micros = 0;
  RfmLevel level = RfmLevel::kMaintenance;

  friend bool operator==(const RfmPlace&, const RfmPlace&) = default;
};

// Ranks the accounts with orders in the window, best first; the place at index i has rank i + 1.
//
// Each figure is scored by percentile, as quintile by rank: with n accounts, an account of which
// `worse` others are strictly worse gets 1 + floor(5 · worse / n). Equal figures get equal scores,
// the best of five or more distinct figures gets 5, a single account gets 1. A smaller recency is
// better, a greater frequency and value are.
//
// The composite is the sum of weight · score. Accounts are ranked by composite; ties break by order
// value (greater first), then by account id. Level k ends at rank floor(n · cumulative share of the
// levels up to k), so every level may be empty but the last takes all that is left.
//
// `orders` have distinct account ids and an order_count above zero; `scheme` is valid.
std::vector<RfmPlace> RankRfm(std::vector<RfmOrders> orders, const RfmScheme& scheme);

// The ranking at an instant.
struct RfmCut {
  absl::Time time;
  std::vector<RfmPlace> places;  // best first
  // When it was taken: `time`, or the last instant before it at which anything had changed.
  absl::Time taken;
  // Since when it is known to be so: `taken`, or later of a corrected one.
  absl::Time known;
};

struct RfmLevelSince {
  std::string account_id;
  RfmLevel level = RfmLevel::kMaintenance;
  absl::Time since;
};

struct RfmLevelChange {
  std::string account_id;
  absl::Time cut;
  std::optional<RfmLevel> previous;  // none: the account's first level
  RfmLevel level = RfmLevel::kMaintenance;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_DOMAIN_RFM_H_
