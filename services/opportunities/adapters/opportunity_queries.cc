#include "services/opportunities/adapters/opportunity_queries.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/rpc/paging.h"
#include "services/opportunities/adapters/opportunity_messages.h"

namespace bellwether::opportunities {
namespace {

// The filter's name for leads without an account.
constexpr char kNoAccount[] = "-";

absl::StatusOr<OpportunityFilter> FilterOf(const v1::ListOpportunitiesRequest& request) {
  OpportunityFilter filter{.owner = request.owner()};
  if (request.account() == kNoAccount) {
    filter.account_id = "";
  } else if (!request.account().empty()) {
    ASSIGN_OR_RETURN(filter.account_id, AccountIdOf(request.account()));
  }
  if (!v1::State_IsValid(request.state())) {
    return InvalidArgument("STATE_INVALID", "state", "is no state of an opportunity", "O1");
  }
  if (request.state() != v1::STATE_UNSPECIFIED) filter.state = State(request.state());
  return filter;
}

}  // namespace

absl::StatusOr<v1::Opportunity> OpportunityQueries::Get(const v1::GetOpportunityRequest& request) {
  ASSIGN_OR_RETURN(const std::string id, OpportunityIdOf(request.name()));
  ASSIGN_OR_RETURN(auto transaction, store_.BeginRead());
  ASSIGN_OR_RETURN(const std::optional<Opportunity> opportunity,
                   opportunities_.Find(*transaction, id));
  if (!opportunity.has_value()) {
    return Error(absl::StatusCode::kNotFound, {"OPPORTUNITY_NOT_FOUND", "name"},
                 "there is no such opportunity");
  }
  return ToProto(*opportunity);
}

absl::StatusOr<v1::ListOpportunitiesResponse> OpportunityQueries::List(
    const v1::ListOpportunitiesRequest& request) {
  ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size()));
  ASSIGN_OR_RETURN(const std::string after, rpc::PageCursor(request));
  ASSIGN_OR_RETURN(const OpportunityFilter filter, FilterOf(request));
  ASSIGN_OR_RETURN(auto transaction, store_.BeginRead());
  // One more than the page shows whether there is another.
  ASSIGN_OR_RETURN(std::vector<Opportunity> opportunities,
                   opportunities_.List(*transaction, filter, after, static_cast<size_t>(size) + 1));
  ASSIGN_OR_RETURN(const int64_t total, opportunities_.Count(*transaction, filter));
  v1::ListOpportunitiesResponse response;
  response.set_total_size(total);
  if (opportunities.size() > static_cast<size_t>(size)) {
    opportunities.pop_back();
    response.set_next_page_token(rpc::NextPageToken(request, opportunities.back().id));
  }
  for (const Opportunity& opportunity : opportunities) {
    *response.add_opportunities() = ToProto(opportunity);
  }
  return response;
}

}  // namespace bellwether::opportunities
