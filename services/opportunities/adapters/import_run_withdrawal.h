// Use case: an import run is withdrawn, and with it the opportunities that it opened.
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_IMPORT_RUN_WITHDRAWAL_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_IMPORT_RUN_WITHDRAWAL_H_

#include "absl/status/statusor.h"
#include "bellwether/opportunities/v1/opportunities_service.pb.h"
#include "common/command/entity_commands.h"
#include "common/rpc/call.h"
#include "common/store/store.h"
#include "services/opportunities/adapters/sql_opportunities.h"

namespace bellwether::opportunities {

// Opportunities of one call; the rest is for the next.
inline constexpr size_t kWithdrawnOfCallMax = 500;

// Each opportunity is a command of its own, with its journal record and audit entry, so that what
// somebody changes meanwhile stays. Thread-safe; outlived by what it refers to.
class ImportRunWithdrawal {
 public:
  ImportRunWithdrawal(store::Store& store, command::Runner& runner, SqlOpportunities& opportunities)
      : store_(store),
        opportunities_(opportunities),
        commands_(runner, opportunities,
                  {.type = "opportunity",
                   .not_found = {"OPPORTUNITY_NOT_FOUND", "name", ""},
                   .exists = {"OPPORTUNITY_EXISTS", "opportunity_id", "O1"}}) {}

  // INVALID_ARGUMENT / IMPORT_RUN_INVALID, PAGE_TOKEN_INVALID.
  absl::StatusOr<v1::WithdrawImportRunResponse> Withdraw(
      const v1::WithdrawImportRunRequest& request, const rpc::Call& call);

 private:
  store::Store& store_;
  SqlOpportunities& opportunities_;
  command::EntityCommands<Opportunity> commands_;
};

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_IMPORT_RUN_WITHDRAWAL_H_
