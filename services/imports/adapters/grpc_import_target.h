// The running system an import talks to, over gRPC.
#ifndef BELLWETHER_SERVICES_IMPORTS_ADAPTERS_GRPC_IMPORT_TARGET_H_
#define BELLWETHER_SERVICES_IMPORTS_ADAPTERS_GRPC_IMPORT_TARGET_H_

#include <memory>
#include <string>

#include "bellwether/accounts/v1/accounts_service.grpc.pb.h"
#include "bellwether/health/v1/health_service.grpc.pb.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.grpc.pb.h"
#include "services/imports/application/import_run.h"

namespace bellwether::imports {

// Reads and creates go out as bounded pipelines of unary calls. What is there is asked first: it is
// compared field by field with what the row says, and only the rest is created.
class GrpcImportTarget : public ImportTarget {
 public:
  GrpcImportTarget(const std::shared_ptr<grpc::Channel>& channel, absl::Duration timeout);

  absl::Status CreateAccounts(absl::Span<const accounts::v1::CreateAccountRequest> requests,
                              absl::FunctionRef<void(const CreateAnswer&)> answered) override;
  absl::Status CreateOpportunities(
      absl::Span<const opportunities::v1::CreateOpportunityRequest> requests,
      absl::FunctionRef<void(const CreateAnswer&)> answered) override;
  absl::Status CreatePastOpportunities(
      absl::Span<const opportunities::v1::CreateOpportunityRequest> requests,
      absl::Span<const absl::Time> times,
      absl::FunctionRef<void(size_t index, const absl::Status&)> answered) override;
  absl::StatusOr<FactsAnswer> SendFacts(absl::Span<const events::v1::FactEvent> facts,
                                        const std::string& import_run, Advance advance) override;
  absl::StatusOr<FactsAnswer> Backfill(PlannedFacts& facts, const std::string& import_run,
                                       Advance advance,
                                       absl::FunctionRef<absl::Status(absl::Time)> before) override;
  absl::Status GoLive() override;
  absl::StatusOr<absl::Duration> StartRun(const std::string& import_run,
                                          const std::string& source) override;
  absl::StatusOr<absl::Duration> RenewRun(const std::string& import_run) override;
  absl::Status EndRun(const std::string& import_run) override;
  absl::StatusOr<health::v1::ImportReport> Report(
      const std::string& import_run, absl::Span<const health::v1::PartitionOffset> up_to) override;

 private:
  absl::Status SetCustomerSince(const accounts::v1::CreateAccountRequest& asked,
                                const accounts::v1::Account& present);

  const absl::Duration timeout_;
  const std::unique_ptr<accounts::v1::AccountsService::Stub> accounts_;
  const std::unique_ptr<opportunities::v1::OpportunitiesService::Stub> opportunities_;
  const std::unique_ptr<ingest::v1::IngestService::Stub> ingest_;
  const std::unique_ptr<health::v1::HealthService::Stub> health_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_ADAPTERS_GRPC_IMPORT_TARGET_H_
