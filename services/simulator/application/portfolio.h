// A simulated portfolio: who its accounts are and everything that happens to each on each day.
//
// Pure: (seed, today, account, day) → the same facts, byte for byte.
#ifndef BELLWETHER_SERVICES_SIMULATOR_APPLICATION_PORTFOLIO_H_
#define BELLWETHER_SERVICES_SIMULATOR_APPLICATION_PORTFOLIO_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "bellwether/accounts/v1/accounts_service.pb.h"
#include "bellwether/events/v1/fact.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.pb.h"
#include "services/simulator/domain/profile.h"

namespace bellwether::simulator {

inline constexpr char kFactSource[] = "demo/simulator";
inline constexpr int64_t kHistoryDaysDefault = 548;  // 18 months

struct PortfolioOptions {
  uint64_t seed = 1;
  int64_t accounts = kAccountsDefault;  // 1 to kAccountsMax
  // Day 0: the first one not yet in the past. Business days are days of `zone`.
  absl::CivilDay today;
  absl::TimeZone zone;
  std::string currency = "CNY";
};

// Immutable; safe to read from any thread.
class Portfolio {
 public:
  explicit Portfolio(PortfolioOptions options);

  const PortfolioOptions& options() const { return options_; }
  const std::vector<Profile>& profiles() const { return profiles_; }

  // What happens to account `number` on `day` (counted from today: −1 is yesterday), in order of
  // time, within that local day.
  std::vector<events::v1::FactEvent> FactsOfDay(int64_t number, int64_t day) const;
  // The same for all accounts, in order of time.
  std::vector<events::v1::FactEvent> FactsOfDay(int64_t day) const;

  std::vector<accounts::v1::CreateAccountRequest> Accounts() const;
  // The opportunities open today, most of them with the larger accounts.
  std::vector<opportunities::v1::CreateOpportunityRequest> OpenOpportunities() const;

 private:
  const PortfolioOptions options_;
  std::vector<Profile> profiles_;
};

}  // namespace bellwether::simulator

#endif  // BELLWETHER_SERVICES_SIMULATOR_APPLICATION_PORTFOLIO_H_
