#include "services/simulator/adapters/grpc_demo_target.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/feed/fact_feed.h"
#include "common/feed/unary_pipeline.h"
#include "common/rpc/client.h"
#include "common/rpc/status.h"

namespace bellwether::simulator {
namespace {

constexpr absl::Duration kCallTimeout = absl::Seconds(10);

absl::Status Rejected(const ingest::v1::Rejection& rejection) {
  return Error(absl::StatusCode::kInternal, {"FACT_REJECTED", rejection.field(), rejection.rule()},
               absl::StrCat("the server refused a simulated fact: ", rejection.reason(), " ",
                            rejection.message()));
}

// Keeps the first failure. What is there already is no failure: a demo may be started again.
void Keep(const absl::Status& status, absl::Status& first) {
  if (!status.ok() && !absl::IsAlreadyExists(status) && first.ok()) first = status;
}

}  // namespace

GrpcDemoTarget::GrpcDemoTarget(const std::shared_ptr<grpc::Channel>& channel)
    : accounts_(accounts::v1::AccountsService::NewStub(channel)),
      opportunities_(opportunities::v1::OpportunitiesService::NewStub(channel)),
      ingest_(ingest::v1::IngestService::NewStub(channel)) {}

absl::Status GrpcDemoTarget::Backfill(
    absl::FunctionRef<std::optional<events::v1::FactEvent>()> next) {
  ASSIGN_OR_RETURN(const auto response, feed::BackfillFacts(*ingest_, kDemoImportRun, {}, next));
  if (response.rejected_count() == 0) return absl::OkStatus();
  return Rejected(response.rejections_size() > 0 ? response.rejections(0).rejection()
                                                 : ingest::v1::Rejection());
}

absl::Status GrpcDemoTarget::GoLive() {
  grpc::ClientContext context;
  rpc::Prepare(context, kCallTimeout);
  ingest::v1::GoLiveResponse response;
  const grpc::Status status = ingest_->GoLive(&context, ingest::v1::GoLiveRequest(), &response);
  return status.ok() ? absl::OkStatus() : rpc::FromGrpcStatus(status);
}

absl::Status GrpcDemoTarget::CreateAccounts(
    absl::Span<const accounts::v1::CreateAccountRequest> requests) {
  absl::Status first;
  feed::CallMany<accounts::v1::CreateAccountRequest, accounts::v1::Account>(
      requests, {.timeout = kCallTimeout},
      [&](auto* context, const auto* request, auto* response, auto done) {
        accounts_->async()->CreateAccount(context, request, response, std::move(done));
      },
      [&](size_t, const absl::Status& status, const accounts::v1::Account&) {
        Keep(status, first);
      });
  return first;
}

absl::Status GrpcDemoTarget::CreateOpportunities(
    absl::Span<const opportunities::v1::CreateOpportunityRequest> requests) {
  return Create(requests, /*in_past=*/false);
}

absl::Status GrpcDemoTarget::CreatePastOpportunities(
    absl::Span<const opportunities::v1::CreateOpportunityRequest> requests) {
  const absl::Status status = Create(requests, /*in_past=*/true);
  const auto detail = DetailOf(status);
  const bool live = detail.has_value() && detail->reason == "EFFECTIVE_TIME_NOT_ALLOWED";
  return live ? absl::OkStatus() : status;
}

absl::Status GrpcDemoTarget::Create(
    absl::Span<const opportunities::v1::CreateOpportunityRequest> requests, bool in_past) {
  absl::Status first;
  feed::CallMany<opportunities::v1::CreateOpportunityRequest, opportunities::v1::Opportunity>(
      requests, {.timeout = kCallTimeout},
      [&](auto* context, const auto* request, auto* response, auto done) {
        if (in_past) {
          rpc::SetEffectiveTime(
              *context, absl::FromUnixSeconds(request->opportunity().engage_time().seconds()));
        }
        opportunities_->async()->CreateOpportunity(context, request, response, std::move(done));
      },
      [&](size_t, const absl::Status& status, const opportunities::v1::Opportunity&) {
        Keep(status, first);
      });
  return first;
}

absl::Status GrpcDemoTarget::Send(absl::Span<const events::v1::FactEvent> facts) {
  ingest::v1::IngestFactsRequest request;
  for (const auto& fact : facts) *request.add_events()->mutable_fact() = fact;
  grpc::ClientContext context;
  rpc::Prepare(context, kCallTimeout);
  ingest::v1::IngestFactsResponse response;
  const grpc::Status status = ingest_->IngestFacts(&context, request, &response);
  if (!status.ok()) return rpc::FromGrpcStatus(status);
  for (const auto& answer : response.answers()) {
    if (answer.state() != ingest::v1::ANSWER_STATE_ACCEPTED) return Rejected(answer.rejection());
  }
  return absl::OkStatus();
}

}  // namespace bellwether::simulator
