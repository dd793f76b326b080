#include "services/imports/adapters/grpc_import_target.h"

#include <google/protobuf/util/message_differencer.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/resource_name.h"
#include "common/base/status.h"
#include "common/feed/fact_feed.h"
#include "common/feed/unary_pipeline.h"
#include "common/journal/timestamps.h"
#include "common/rpc/client.h"
#include "common/rpc/status.h"

namespace bellwether::imports {
namespace {

constexpr int64_t kAdvanceEvery = 256;

// What the row says, all of it, is what is there. Other fields of what is there do not count.
bool HasEqualFields(const google::protobuf::Message& row, const google::protobuf::Message& present,
                    std::string* difference) {
  google::protobuf::util::MessageDifferencer differencer;
  differencer.set_scope(google::protobuf::util::MessageDifferencer::PARTIAL);
  // An unset field of the row and its default value there are the same.
  differencer.set_message_field_comparison(google::protobuf::util::MessageDifferencer::EQUIVALENT);
  differencer.ReportDifferencesToString(difference);
  return differencer.Compare(row, present);
}

// What is there of the requests' ids, by their index: one read each, a bounded number at a time.
template <typename Resource, typename Get, typename Requests, typename NameOf, typename Read>
absl::StatusOr<absl::flat_hash_map<size_t, Resource>> ReadPresent(const Requests& requests,
                                                                  NameOf name_of, Read read,
                                                                  absl::Duration timeout) {
  std::vector<Get> gets;
  gets.reserve(requests.size());
  for (const auto& request : requests) gets.emplace_back().set_name(name_of(request));
  absl::flat_hash_map<size_t, Resource> present;
  absl::Status failure;
  feed::CallMany<Get, Resource>(
      gets, {.timeout = timeout}, read,
      [&](size_t index, const absl::Status& status, const Resource& resource) {
        if (status.ok()) {
          present.emplace(index, resource);
        } else if (!absl::IsNotFound(status) && !absl::IsInvalidArgument(status)) {
          // Of an id that no resource can have the create says what is wrong with it.
          failure.Update(status);
        }
      });
  RETURN_IF_ERROR(failure);
  return present;
}

CreateAnswer Created(size_t index, const absl::Status& status) {
  return {index, status.ok() ? CreateState::kCreated : CreateState::kRefused, status};
}

// Of one that is there.
template <typename Resource>
CreateAnswer Judge(size_t index, const Resource& row, const Resource& present) {
  std::string difference;
  if (HasEqualFields(row, present, &difference)) return {index, CreateState::kUnchanged, {}};
  return {index, CreateState::kDiffers,
          Error(absl::StatusCode::kAlreadyExists, {"DIFFERS", "", ""},
                absl::StrCat("is there and says something else: ", difference))};
}

// The account that is there is known to the row's source by another id: it is another customer.
bool IsAnother(const accounts::v1::Account& row, const accounts::v1::Account& present) {
  for (const auto& named : row.external_ids()) {
    bool known = false;
    bool same = false;
    for (const auto& there : present.external_ids()) {
      known = known || there.source() == named.source();
      same = same || (there.source() == named.source() && there.id() == named.id());
    }
    if (known && !same) return true;
  }
  return false;
}

bool IsBefore(const google::protobuf::Timestamp& a, const google::protobuf::Timestamp& b) {
  return a.seconds() != b.seconds() ? a.seconds() < b.seconds() : a.nanos() < b.nanos();
}

CreateAnswer JudgeAccount(size_t index, const accounts::v1::Account& row,
                          const accounts::v1::Account& present) {
  if (IsAnother(row, present)) {
    return {index, CreateState::kRefused,
            Error(absl::StatusCode::kAlreadyExists, {"ID_TAKEN", "account_id", "A1"},
                  absl::StrCat("the id is that of another account, ", present.legal_name()))};
  }
  // A table of later orders knows a later first one: the earlier day holds.
  accounts::v1::Account asked = row;
  if (row.has_customer_since() && present.has_customer_since()) {
    *asked.mutable_customer_since() = present.customer_since();
  }
  CreateAnswer answer = Judge(index, asked, present);
  if (answer.state == CreateState::kUnchanged && row.has_customer_since() &&
      IsBefore(row.customer_since(), present.customer_since())) {
    answer.state = CreateState::kUpdated;
  }
  return answer;
}

constexpr int kBackfillAttemptsMax = 20;
constexpr absl::Duration kBackfillPoll = absl::Seconds(1);

// Another stream builds the past, or did when its gateway was killed.
bool IsRunning(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() && detail->reason == "BACKFILL_RUNNING";
}

// The run's lease.
template <typename Method, typename Request>
absl::StatusOr<absl::Duration> AskOfRun(ingest::v1::IngestService::Stub& ingest, Method method,
                                        const Request& request, absl::Duration timeout) {
  grpc::ClientContext context;
  rpc::Prepare(context, timeout);
  ingest::v1::ImportRun run;
  const grpc::Status status = (ingest.*method)(&context, request, &run);
  if (!status.ok()) return rpc::FromGrpcStatus(status);
  return absl::Seconds(run.lease().seconds()) + absl::Nanoseconds(run.lease().nanos());
}

}  // namespace

GrpcImportTarget::GrpcImportTarget(const std::shared_ptr<grpc::Channel>& channel,
                                   absl::Duration timeout)
    : timeout_(timeout),
      accounts_(accounts::v1::AccountsService::NewStub(channel)),
      opportunities_(opportunities::v1::OpportunitiesService::NewStub(channel)),
      ingest_(ingest::v1::IngestService::NewStub(channel)),
      health_(health::v1::HealthService::NewStub(channel)) {}

absl::Status GrpcImportTarget::CreateAccounts(
    absl::Span<const accounts::v1::CreateAccountRequest> requests,
    absl::FunctionRef<void(const CreateAnswer&)> answered) {
  if (requests.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      const auto present,
      (ReadPresent<accounts::v1::Account, accounts::v1::GetAccountRequest>(
          requests,
          [](const auto& request) { return ResourceName("accounts", request.account_id()); },
          [&](auto* context, const auto* request, auto* response, auto done) {
            accounts_->async()->GetAccount(context, request, response, std::move(done));
          },
          timeout_)));
  std::vector<accounts::v1::CreateAccountRequest> missing;
  std::vector<size_t> indexes;
  for (size_t i = 0; i < requests.size(); ++i) {
    const auto there = present.find(i);
    if (there == present.end()) {
      missing.push_back(requests[i]);
      indexes.push_back(i);
      continue;
    }
    CreateAnswer answer = JudgeAccount(i, requests[i].account(), there->second);
    if (answer.state == CreateState::kUpdated) {
      answer.status = SetCustomerSince(requests[i], there->second);
      if (!answer.status.ok()) answer.state = CreateState::kDiffers;
    }
    answered(answer);
  }
  // Parents come before their subsidiaries and must be there first: one wave per run of requests
  // none of which names a parent made in the same wave.
  for (size_t begin = 0; begin < missing.size();) {
    absl::flat_hash_set<std::string> in_wave;
    size_t end = begin;
    while (end < missing.size()) {
      if (in_wave.contains(ResourceId(missing[end].account().parent()))) break;
      in_wave.insert(missing[end].account_id());
      ++end;
    }
    feed::CallMany<accounts::v1::CreateAccountRequest, accounts::v1::Account>(
        absl::MakeConstSpan(missing).subspan(begin, end - begin), {.timeout = timeout_},
        [&](auto* context, const auto* request, auto* response, auto done) {
          accounts_->async()->CreateAccount(context, request, response, std::move(done));
        },
        [&](size_t index, const absl::Status& status, const accounts::v1::Account&) {
          answered(Created(indexes[begin + index], status));
        });
    begin = end;
  }
  return absl::OkStatus();
}

absl::Status GrpcImportTarget::CreateOpportunities(
    absl::Span<const opportunities::v1::CreateOpportunityRequest> requests,
    absl::FunctionRef<void(const CreateAnswer&)> answered) {
  if (requests.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      const auto present,
      (ReadPresent<opportunities::v1::Opportunity, opportunities::v1::GetOpportunityRequest>(
          requests,
          [](const auto& request) {
            return ResourceName("opportunities", request.opportunity_id());
          },
          [&](auto* context, const auto* request, auto* response, auto done) {
            opportunities_->async()->GetOpportunity(context, request, response, std::move(done));
          },
          timeout_)));
  std::vector<opportunities::v1::CreateOpportunityRequest> missing;
  std::vector<size_t> indexes;
  for (size_t i = 0; i < requests.size(); ++i) {
    const auto there = present.find(i);
    if (there == present.end()) {
      missing.push_back(requests[i]);
      indexes.push_back(i);
    } else {
      answered(Judge(i, requests[i].opportunity(), there->second));
    }
  }
  feed::CallMany<opportunities::v1::CreateOpportunityRequest, opportunities::v1::Opportunity>(
      missing, {.timeout = timeout_},
      [&](auto* context, const auto* request, auto* response, auto done) {
        opportunities_->async()->CreateOpportunity(context, request, response, std::move(done));
      },
      [&](size_t index, const absl::Status& status, const opportunities::v1::Opportunity&) {
        answered(Created(indexes[index], status));
      });
  return absl::OkStatus();
}

absl::Status GrpcImportTarget::SetCustomerSince(const accounts::v1::CreateAccountRequest& asked,
                                                const accounts::v1::Account& present) {
  accounts::v1::UpdateAccountRequest request;
  request.mutable_account()->set_name(present.name());
  request.mutable_account()->set_etag(present.etag());
  *request.mutable_account()->mutable_customer_since() = asked.account().customer_since();
  request.mutable_update_mask()->add_paths("customer_since");
  request.set_request_id(
      absl::StrCat(asked.request_id(), "-", asked.account().customer_since().seconds()));
  grpc::ClientContext context;
  rpc::Prepare(context, timeout_);
  accounts::v1::Account account;
  const grpc::Status status = accounts_->UpdateAccount(&context, request, &account);
  return status.ok() ? absl::OkStatus() : rpc::FromGrpcStatus(status);
}

absl::Status GrpcImportTarget::CreatePastOpportunities(
    absl::Span<const opportunities::v1::CreateOpportunityRequest> requests,
    absl::Span<const absl::Time> times,
    absl::FunctionRef<void(size_t index, const absl::Status&)> answered) {
  feed::CallMany<opportunities::v1::CreateOpportunityRequest, opportunities::v1::Opportunity>(
      requests, {.timeout = timeout_},
      [&](auto* context, const auto* request, auto* response, auto done) {
        rpc::SetEffectiveTime(*context, times[static_cast<size_t>(request - requests.data())]);
        opportunities_->async()->CreateOpportunity(context, request, response, std::move(done));
      },
      [&](size_t index, const absl::Status& status, const opportunities::v1::Opportunity&) {
        answered(index, status);
      });
  return absl::OkStatus();
}

absl::StatusOr<FactsAnswer> GrpcImportTarget::SendFacts(
    absl::Span<const events::v1::FactEvent> facts, const std::string& import_run, Advance advance) {
  FactsAnswer result;
  std::map<int32_t, int64_t> up_to;
  RETURN_IF_ERROR(feed::StreamFacts(
      *ingest_, facts, import_run, {}, [&](const ingest::v1::StreamFactsResponse& answer) {
        if (answer.state() == ingest::v1::ANSWER_STATE_ACCEPTED) {
          ++result.accepted;
          int64_t& greatest = up_to[answer.partition()];
          greatest = std::max(greatest, answer.offset());
        } else {
          ++result.rejected;
          if (result.rejections.size() < kRefusalsKeptMax) {
            result.rejections.push_back({answer.sequence(), answer.rejection()});
          }
        }
        const int64_t done = result.accepted + result.rejected;
        if (done % kAdvanceEvery == 0) advance(done);
      }));
  advance(result.accepted + result.rejected);
  for (const auto& [partition, offset] : up_to) {
    health::v1::PartitionOffset& at = result.up_to.emplace_back();
    at.set_partition(partition);
    at.set_offset(offset);
  }
  return result;
}

absl::StatusOr<FactsAnswer> GrpcImportTarget::Backfill(
    PlannedFacts& facts, const std::string& import_run, Advance advance,
    absl::FunctionRef<absl::Status(absl::Time)> before) {
  int64_t sent = 0;
  absl::Status failure;
  const auto send = [&] {
    sent = 0;
    facts.Rewind();
    return feed::BackfillFacts(*ingest_, import_run, {},
                               [&]() -> std::optional<events::v1::FactEvent> {
                                 events::v1::FactEvent event;
                                 if (!facts.Next(event)) return std::nullopt;
                                 const auto time = journal::FromTimestamp(event.time());
                                 if (time.has_value()) failure.Update(before(*time));
                                 if (!failure.ok()) return std::nullopt;
                                 if (sent++ % kAdvanceEvery == 0) advance(sent - 1);
                                 return event;
                               });
  };
  auto response = send();
  // A gateway that was killed while it built the past holds the right to until its lease runs out.
  for (int attempt = 1; attempt < kBackfillAttemptsMax && IsRunning(response.status());
       ++attempt, response = send()) {
    // STYLE(sleep): the server is asked again, a limited number of times
    absl::SleepFor(kBackfillPoll);
  }
  RETURN_IF_ERROR(failure);
  RETURN_IF_ERROR(facts.status());
  RETURN_IF_ERROR(response.status());
  advance(sent);
  FactsAnswer result{.accepted = response->accepted_count(),
                     .rejected = response->rejected_count()};
  for (const auto& rejection : response->rejections()) {
    result.rejections.push_back({rejection.sequence(), rejection.rejection()});
  }
  return result;
}

absl::Status GrpcImportTarget::GoLive() {
  grpc::ClientContext context;
  rpc::Prepare(context, timeout_);
  ingest::v1::GoLiveResponse response;
  const grpc::Status status = ingest_->GoLive(&context, ingest::v1::GoLiveRequest(), &response);
  return status.ok() ? absl::OkStatus() : rpc::FromGrpcStatus(status);
}

absl::StatusOr<absl::Duration> GrpcImportTarget::StartRun(const std::string& import_run,
                                                          const std::string& source) {
  ingest::v1::StartImportRunRequest request;
  request.set_import_run(import_run);
  request.set_source(source);
  return AskOfRun(*ingest_, &ingest::v1::IngestService::Stub::StartImportRun, request, timeout_);
}

absl::StatusOr<absl::Duration> GrpcImportTarget::RenewRun(const std::string& import_run) {
  ingest::v1::RenewImportRunRequest request;
  request.set_import_run(import_run);
  return AskOfRun(*ingest_, &ingest::v1::IngestService::Stub::RenewImportRun, request, timeout_);
}

absl::Status GrpcImportTarget::EndRun(const std::string& import_run) {
  ingest::v1::EndImportRunRequest request;
  request.set_import_run(import_run);
  return AskOfRun(*ingest_, &ingest::v1::IngestService::Stub::EndImportRun, request, timeout_)
      .status();
}

absl::StatusOr<health::v1::ImportReport> GrpcImportTarget::Report(
    const std::string& import_run, absl::Span<const health::v1::PartitionOffset> up_to) {
  grpc::ClientContext context;
  rpc::Prepare(context, timeout_);
  health::v1::GetImportReportRequest request;
  request.set_import_run(import_run);
  for (const auto& at : up_to) *request.add_up_to() = at;
  health::v1::ImportReport report;
  const grpc::Status status = health_->GetImportReport(&context, request, &report);
  if (!status.ok()) return rpc::FromGrpcStatus(status);
  return report;
}

}  // namespace bellwether::imports
