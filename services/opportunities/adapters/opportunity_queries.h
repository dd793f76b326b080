// The queries of OpportunitiesService.
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_QUERIES_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_QUERIES_H_

#include "absl/status/statusor.h"
#include "bellwether/opportunities/v1/opportunities_service.pb.h"
#include "common/store/store.h"
#include "services/opportunities/adapters/sql_opportunities.h"

namespace bellwether::opportunities {

// Thread-safe.
class OpportunityQueries {
 public:
  OpportunityQueries(store::Store& store, SqlOpportunities& opportunities)
      : store_(store), opportunities_(opportunities) {}

  absl::StatusOr<v1::Opportunity> Get(const v1::GetOpportunityRequest& request);
  absl::StatusOr<v1::ListOpportunitiesResponse> List(const v1::ListOpportunitiesRequest& request);

 private:
  store::Store& store_;
  SqlOpportunities& opportunities_;
};

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_QUERIES_H_
