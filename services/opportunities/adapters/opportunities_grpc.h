// OpportunitiesService over gRPC.
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITIES_GRPC_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITIES_GRPC_H_

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "bellwether/opportunities/v1/opportunities_service.grpc.pb.h"
#include "common/currency/currency_table.h"
#include "common/rpc/call_pool.h"
#include "common/store/store.h"
#include "services/opportunities/application/opportunity_commands.h"
#include "services/opportunities/application/opportunity_repository.h"

namespace bellwether::opportunities {

// Every call runs on the pool: all of them may wait for the store. Thread-safe; outlives the
// server.
class OpportunitiesGrpc final : public v1::OpportunitiesService::CallbackService {
 public:
  OpportunitiesGrpc(rpc::CallPool& pool, store::Store& store, OpportunityCommands& commands,
                    OpportunityRepository& opportunities, const CurrencyTable& currencies)
      : pool_(pool),
        store_(store),
        commands_(commands),
        opportunities_(opportunities),
        currencies_(currencies) {}

  grpc::ServerUnaryReactor* CreateOpportunity(grpc::CallbackServerContext* context,
                                              const v1::CreateOpportunityRequest* request,
                                              v1::Opportunity* response) override;
  grpc::ServerUnaryReactor* GetOpportunity(grpc::CallbackServerContext* context,
                                           const v1::GetOpportunityRequest* request,
                                           v1::Opportunity* response) override;
  grpc::ServerUnaryReactor* ListOpportunities(grpc::CallbackServerContext* context,
                                              const v1::ListOpportunitiesRequest* request,
                                              v1::ListOpportunitiesResponse* response) override;
  grpc::ServerUnaryReactor* AdvanceOpportunity(grpc::CallbackServerContext* context,
                                               const v1::AdvanceOpportunityRequest* request,
                                               v1::Opportunity* response) override;
  grpc::ServerUnaryReactor* WinOpportunity(grpc::CallbackServerContext* context,
                                           const v1::WinOpportunityRequest* request,
                                           v1::Opportunity* response) override;
  grpc::ServerUnaryReactor* LoseOpportunity(grpc::CallbackServerContext* context,
                                            const v1::LoseOpportunityRequest* request,
                                            v1::Opportunity* response) override;
  grpc::ServerUnaryReactor* AttachOpportunity(grpc::CallbackServerContext* context,
                                              const v1::AttachOpportunityRequest* request,
                                              v1::Opportunity* response) override;

 private:
  absl::StatusOr<v1::Opportunity> Create(const v1::CreateOpportunityRequest& request);
  absl::StatusOr<v1::Opportunity> Get(const v1::GetOpportunityRequest& request);
  absl::StatusOr<v1::ListOpportunitiesResponse> List(const v1::ListOpportunitiesRequest& request);
  absl::StatusOr<v1::Opportunity> Advance(const v1::AdvanceOpportunityRequest& request);
  absl::StatusOr<v1::Opportunity> Win(const v1::WinOpportunityRequest& request);
  absl::StatusOr<v1::Opportunity> Lose(const v1::LoseOpportunityRequest& request);
  absl::StatusOr<v1::Opportunity> Attach(const v1::AttachOpportunityRequest& request);

  // The custom methods: name, request id and etag are checked here, the rest is `decide`'s.
  template <typename Request>
  absl::StatusOr<v1::Opportunity> Change(absl::string_view method, const Request& request,
                                         OpportunityCommands::Decide decide);
  // Fills in the amount in the reporting currency.
  absl::Status Convert(std::optional<Money>& amount) const;

  rpc::CallPool& pool_;
  store::Store& store_;
  OpportunityCommands& commands_;
  OpportunityRepository& opportunities_;
  const CurrencyTable& currencies_;
};

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITIES_GRPC_H_
