// The running system a demo talks to, over the public gRPC API.
#ifndef BELLWETHER_SERVICES_SIMULATOR_ADAPTERS_GRPC_DEMO_TARGET_H_
#define BELLWETHER_SERVICES_SIMULATOR_ADAPTERS_GRPC_DEMO_TARGET_H_

#include <grpcpp/grpcpp.h>

#include <memory>

#include "bellwether/accounts/v1/accounts_service.grpc.pb.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.grpc.pb.h"
#include "services/simulator/application/demo.h"

namespace bellwether::simulator {

class GrpcDemoTarget : public DemoTarget {
 public:
  explicit GrpcDemoTarget(const std::shared_ptr<grpc::Channel>& channel);

  absl::Status Backfill(absl::FunctionRef<std::optional<events::v1::FactEvent>()> next) override;
  absl::Status GoLive() override;
  absl::Status CreateAccounts(
      absl::Span<const accounts::v1::CreateAccountRequest> requests) override;
  absl::Status CreateOpportunities(
      absl::Span<const opportunities::v1::CreateOpportunityRequest> requests) override;
  absl::Status CreatePastOpportunities(
      absl::Span<const opportunities::v1::CreateOpportunityRequest> requests) override;
  // INTERNAL / FACT_REJECTED when the server refuses one: the simulator only makes valid ones.
  absl::Status Send(absl::Span<const events::v1::FactEvent> facts) override;

 private:
  absl::Status Create(absl::Span<const opportunities::v1::CreateOpportunityRequest> requests,
                      bool in_past);

  const std::unique_ptr<accounts::v1::AccountsService::Stub> accounts_;
  const std::unique_ptr<opportunities::v1::OpportunitiesService::Stub> opportunities_;
  const std::unique_ptr<ingest::v1::IngestService::Stub> ingest_;
};

}  // namespace bellwether::simulator

#endif  // BELLWETHER_SERVICES_SIMULATOR_ADAPTERS_GRPC_DEMO_TARGET_H_
