#include "services/opportunities/adapters/import_run_withdrawal.h"

#include <string>
#include <vector>

#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/rpc/paging.h"
#include "services/opportunities/adapters/opportunity_messages.h"

namespace bellwether::opportunities {

absl::StatusOr<v1::WithdrawImportRunResponse> ImportRunWithdrawal::Withdraw(
    const v1::WithdrawImportRunRequest& request, const rpc::Call& call) {
  if (!IsValidId(request.import_run())) {
    return InvalidArgument("IMPORT_RUN_INVALID", "import_run",
                           "an import run has 1-64 characters of [A-Za-z0-9._-]", "O1");
  }
  ASSIGN_OR_RETURN(const std::string after, rpc::PageCursor(request));
  std::vector<Opportunity> opened;
  {
    ASSIGN_OR_RETURN(auto reading, store_.BeginRead());
    ASSIGN_OR_RETURN(opened, opportunities_.List(*reading, {.import_run = request.import_run()},
                                                 after, kWithdrawnOfCallMax + 1));
  }
  v1::WithdrawImportRunResponse response;
  if (opened.size() > kWithdrawnOfCallMax) {
    opened.pop_back();
    response.set_next_page_token(rpc::NextPageToken(request, opened.back().id));
  }
  for (const Opportunity& each : opened) {
    const absl::StatusOr<Opportunity> left = commands_.Change(
        command::Of(request, call), each.id,
        [&](const Opportunity& present, const command::Moment&) -> absl::StatusOr<Opportunity> {
          return opportunities::Withdraw(present, request.import_run());
        });
    if (absl::IsNotFound(left.status())) continue;  // somebody withdrew it at the same moment
    RETURN_IF_ERROR(left.status());
    if (left->withdrawn) {
      response.set_withdrawn_count(response.withdrawn_count() + 1);
    } else {
      response.add_changed(OpportunityName(each.id));
    }
  }
  return response;
}

}  // namespace bellwether::opportunities
