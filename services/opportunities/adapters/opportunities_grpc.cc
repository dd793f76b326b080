#include "services/opportunities/adapters/opportunities_grpc.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/idempotency/request_content.h"
#include "common/rpc/paging.h"
#include "services/opportunities/adapters/opportunity_proto.h"
#include "services/opportunities/domain/opportunity.h"

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
  if (request.state() != v1::STATE_UNSPECIFIED) filter.state = State(request.state());
  return filter;
}

}  // namespace

grpc::ServerUnaryReactor* OpportunitiesGrpc::CreateOpportunity(
    grpc::CallbackServerContext* context, const v1::CreateOpportunityRequest* request,
    v1::Opportunity* response) {
  return pool_.Handle(context, request, response,
                      [this](const auto& request, const auto&) { return Create(request); });
}

grpc::ServerUnaryReactor* OpportunitiesGrpc::GetOpportunity(
    grpc::CallbackServerContext* context, const v1::GetOpportunityRequest* request,
    v1::Opportunity* response) {
  return pool_.Handle(context, request, response,
                      [this](const auto& request, const auto&) { return Get(request); });
}

grpc::ServerUnaryReactor* OpportunitiesGrpc::ListOpportunities(
    grpc::CallbackServerContext* context, const v1::ListOpportunitiesRequest* request,
    v1::ListOpportunitiesResponse* response) {
  return pool_.Handle(context, request, response,
                      [this](const auto& request, const auto&) { return List(request); });
}

grpc::ServerUnaryReactor* OpportunitiesGrpc::AdvanceOpportunity(
    grpc::CallbackServerContext* context, const v1::AdvanceOpportunityRequest* request,
    v1::Opportunity* response) {
  return pool_.Handle(context, request, response,
                      [this](const auto& request, const auto&) { return Advance(request); });
}

grpc::ServerUnaryReactor* OpportunitiesGrpc::WinOpportunity(
    grpc::CallbackServerContext* context, const v1::WinOpportunityRequest* request,
    v1::Opportunity* response) {
  return pool_.Handle(context, request, response,
                      [this](const auto& request, const auto&) { return Win(request); });
}

grpc::ServerUnaryReactor* OpportunitiesGrpc::LoseOpportunity(
    grpc::CallbackServerContext* context, const v1::LoseOpportunityRequest* request,
    v1::Opportunity* response) {
  return pool_.Handle(context, request, response,
                      [this](const auto& request, const auto&) { return Lose(request); });
}

grpc::ServerUnaryReactor* OpportunitiesGrpc::AttachOpportunity(
    grpc::CallbackServerContext* context, const v1::AttachOpportunityRequest* request,
    v1::Opportunity* response) {
  return pool_.Handle(context, request, response,
                      [this](const auto& request, const auto&) { return Attach(request); });
}

absl::StatusOr<v1::Opportunity> OpportunitiesGrpc::Create(
    const v1::CreateOpportunityRequest& request) {
  ASSIGN_OR_RETURN(Opportunity wanted, FromProto(request.opportunity(), request.opportunity_id()));
  RETURN_IF_ERROR(Convert(wanted.amount));
  const std::string content = idempotency::ContentOf(request);
  ASSIGN_OR_RETURN(const Opportunity created,
                   commands_.Create(wanted, {"CreateOpportunity", request.request_id(), content}));
  return ToProto(created);
}

absl::StatusOr<v1::Opportunity> OpportunitiesGrpc::Get(const v1::GetOpportunityRequest& request) {
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

absl::StatusOr<v1::ListOpportunitiesResponse> OpportunitiesGrpc::List(
    const v1::ListOpportunitiesRequest& request) {
  ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size()));
  ASSIGN_OR_RETURN(const std::string after, rpc::PageCursor(request));
  ASSIGN_OR_RETURN(const OpportunityFilter filter, FilterOf(request));
  ASSIGN_OR_RETURN(auto transaction, store_.BeginRead());
  // One more than the page tells whether there is another.
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

template <typename Request>
absl::StatusOr<v1::Opportunity> OpportunitiesGrpc::Change(absl::string_view method,
                                                          const Request& request,
                                                          OpportunityCommands::Decide decide) {
  ASSIGN_OR_RETURN(const std::string id, OpportunityIdOf(request.name()));
  const std::string content = idempotency::ContentOf(request);
  ASSIGN_OR_RETURN(
      const Opportunity changed,
      commands_.Change(
          id,
          [&](const Opportunity& present, absl::Time now) -> absl::StatusOr<Opportunity> {
            RETURN_IF_ERROR(rpc::CheckEtag(request.etag(), present.version));
            return decide(present, now);
          },
          {method, request.request_id(), content}));
  return ToProto(changed);
}

absl::StatusOr<v1::Opportunity> OpportunitiesGrpc::Advance(
    const v1::AdvanceOpportunityRequest& request) {
  return Change("AdvanceOpportunity", request, [&](const Opportunity& present, absl::Time) {
    return opportunities::Advance(present, request.stage(), commands_.process());
  });
}

absl::StatusOr<v1::Opportunity> OpportunitiesGrpc::Win(const v1::WinOpportunityRequest& request) {
  std::optional<Money> amount = MoneyOf(request.has_amount(), request.amount());
  RETURN_IF_ERROR(Convert(amount));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> close_time,
                   TimeOf(request.has_close_time(), request.close_time(), "close_time"));
  return Change("WinOpportunity", request, [&](const Opportunity& present, absl::Time now) {
    return opportunities::Win(present, amount, close_time.value_or(now));
  });
}

absl::StatusOr<v1::Opportunity> OpportunitiesGrpc::Lose(const v1::LoseOpportunityRequest& request) {
  ASSIGN_OR_RETURN(const std::optional<absl::Time> close_time,
                   TimeOf(request.has_close_time(), request.close_time(), "close_time"));
  return Change("LoseOpportunity", request, [&](const Opportunity& present, absl::Time now) {
    return opportunities::Lose(present, request.loss_reason(), close_time.value_or(now),
                               commands_.process());
  });
}

absl::StatusOr<v1::Opportunity> OpportunitiesGrpc::Attach(
    const v1::AttachOpportunityRequest& request) {
  ASSIGN_OR_RETURN(const std::string account_id, AccountIdOf(request.account()));
  return Change("AttachOpportunity", request, [&](const Opportunity& present, absl::Time) {
    return opportunities::Attach(present, account_id);
  });
}

absl::Status OpportunitiesGrpc::Convert(std::optional<Money>& amount) const {
  if (!amount.has_value()) return absl::OkStatus();
  const absl::StatusOr<int64_t> base =
      currencies_.Convert(amount->currency_code, amount->amount_minor);
  if (!base.ok()) {
    const ErrorDetail detail = DetailOf(base.status()).value_or(ErrorDetail{});
    return InvalidArgument(detail.reason, "amount", base.status().message(), "O1");
  }
  amount->base_amount_minor = *base;
  return absl::OkStatus();
}

}  // namespace bellwether::opportunities
