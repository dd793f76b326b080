// The commands of OpportunitiesService: each reads its request, and a domain function does the
// rest.
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_COMMANDS_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_COMMANDS_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/opportunities/v1/opportunities_service.pb.h"
#include "common/base/clock.h"
#include "common/calendar/calendar.h"
#include "common/command/command.h"
#include "common/command/entity_commands.h"
#include "common/currency/currency_source.h"
#include "common/rpc/call.h"
#include "services/opportunities/domain/opportunity.h"
#include "services/opportunities/domain/process.h"

namespace bellwether::opportunities {

// Thread-safe. Errors as the domain functions and EntityCommands.
class OpportunityCommands {
 public:
  OpportunityCommands(command::Runner& runner, command::Entities<Opportunity>& opportunities,
                      const Process& process, const CurrencySource& currencies,
                      const Calendar& calendar, const Clock& clock);

  absl::StatusOr<v1::Opportunity> Create(const v1::CreateOpportunityRequest& request,
                                         const rpc::Call& call);
  absl::StatusOr<v1::Opportunity> Advance(const v1::AdvanceOpportunityRequest& request,
                                          const rpc::Call& call);
  absl::StatusOr<v1::Opportunity> Win(const v1::WinOpportunityRequest& request,
                                      const rpc::Call& call);
  absl::StatusOr<v1::Opportunity> Lose(const v1::LoseOpportunityRequest& request,
                                       const rpc::Call& call);
  absl::StatusOr<v1::Opportunity> Attach(const v1::AttachOpportunityRequest& request,
                                         const rpc::Call& call);

 private:
  // Changes the opportunity that the request names.
  template <typename Request>
  absl::StatusOr<v1::Opportunity> Change(const Request& request, const rpc::Call& call,
                                         command::EntityCommands<Opportunity>::Decide decide);
  // Fills in the amount in the reporting currency, by the rate of the local day of `close_time`; of
  // what is open, of the day of the command.
  absl::Status Convert(std::optional<Money>& amount, std::optional<absl::Time> close_time,
                       const command::Command& command) const;

  command::EntityCommands<Opportunity> commands_;
  const Process& process_;
  const CurrencySource& currencies_;
  const Calendar& calendar_;
  const Clock& clock_;
};

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_COMMANDS_H_
