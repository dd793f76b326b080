// The demo: a portfolio with a past of 18 months, then life going on.
#ifndef BELLWETHER_SERVICES_SIMULATOR_APPLICATION_DEMO_H_
#define BELLWETHER_SERVICES_SIMULATOR_APPLICATION_DEMO_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "bellwether/accounts/v1/accounts_service.pb.h"
#include "bellwether/events/v1/fact.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.pb.h"
#include "services/simulator/application/portfolio.h"

namespace bellwether::simulator {

inline constexpr char kDemoImportRun[] = "demo";

// The running system. Calls block; each has a deadline. All are safe to repeat.
class DemoTarget {
 public:
  virtual ~DemoTarget() = default;

  // FAILED_PRECONDITION / JOURNAL_IS_LIVE when the journal has a past already.
  virtual absl::Status Backfill(absl::FunctionRef<std::optional<events::v1::FactEvent>()> next) = 0;
  virtual absl::Status GoLive() = 0;
  virtual absl::Status CreateAccounts(
      absl::Span<const accounts::v1::CreateAccountRequest> requests) = 0;
  virtual absl::Status CreateOpportunities(
      absl::Span<const opportunities::v1::CreateOpportunityRequest> requests) = 0;
  // Each opened when it was engaged, in the past that is being built; nothing in a journal that is
  // live already.
  virtual absl::Status CreatePastOpportunities(
      absl::Span<const opportunities::v1::CreateOpportunityRequest> requests) = 0;
  virtual absl::Status Send(absl::Span<const events::v1::FactEvent> facts) = 0;
};

struct PastOptions {
  int64_t days = kHistoryDaysDefault;
  // Asked between facts; true ends the past early with CANCELLED.
  std::function<bool()> cancelled = [] { return false; };
  // Called now and then, and at the end of each step: "past", facts sent so far.
  std::function<void(absl::string_view step, int64_t count)> progress = [](absl::string_view,
                                                                           int64_t) {};
};

// Creates the accounts, builds their past with the opportunities opened in it, goes live, and
// creates those that are not there. A journal that is live already keeps its past.
absl::Status BuildPast(const Portfolio& portfolio, const PastOptions& options, DemoTarget& target);

}  // namespace bellwether::simulator

#endif  // BELLWETHER_SERVICES_SIMULATOR_APPLICATION_DEMO_H_
