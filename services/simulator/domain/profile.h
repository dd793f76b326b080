// Who an account of the simulated portfolio is. Everything is made up.
#ifndef BELLWETHER_SERVICES_SIMULATOR_DOMAIN_PROFILE_H_
#define BELLWETHER_SERVICES_SIMULATOR_DOMAIN_PROFILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/simulator/domain/trajectory.h"

namespace bellwether::simulator {

// What a service level (A10) means for how busy an account is.
struct TierHabits {
  absl::string_view tier;
  // Share of the portfolio (A3), per mille.
  int64_t share;
  int64_t days_between_orders;
  // Interactions in a month of 21 workdays, and resource spends in it.
  int64_t interactions_monthly;
  int64_t spends_monthly;
  // Yearly purchases, in major units: least and most.
  int64_t yearly_value_least;
  int64_t yearly_value_most;
  // Strategic meetings and executive contact are held with these.
  bool executive;
};

struct Profile {
  int64_t number = 0;
  std::string account_id;
  // Chinese and English.
  std::string legal_name;
  std::string short_name;
  std::string domain;
  std::string industry;
  std::string region;
  std::string owner;
  std::string solution_expert;
  std::string success_manager;
  const TierHabits* habits = nullptr;
  int64_t yearly_value_minor = 0;
  int64_t annual_revenue_minor = 0;
  int64_t headcount = 0;
  int64_t licensed_users = 0;
  int64_t features_available = 0;
  // People of the decision chain.
  int64_t people = 0;
  bool reports_devices = false;
  // Days the account had been a customer at the portfolio's today.
  int64_t customer_days = 0;
  Trajectory trajectory;
};

inline constexpr int64_t kAccountsDefault = 300;
// As many different names as there are; 576 pairs of syllables.
inline constexpr int64_t kAccountsMax = 500;

// number: 0 to kAccountsMax − 1. Names are unique within a portfolio.
Profile MakeProfile(uint64_t seed, int64_t number);

}  // namespace bellwether::simulator

#endif  // BELLWETHER_SERVICES_SIMULATOR_DOMAIN_PROFILE_H_
