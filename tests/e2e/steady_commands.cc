// Leads accounts and opportunities through the same lives on any server, however often it dies
// meanwhile.
//
//   steady_commands --server ADDR --until 2026-11-21T09:00:00Z [--lives 1000] [--rate 0]
//
// A life is one account with one opportunity: both are made, changed and closed, and an order is
// accepted; --until is when the last of it happened. Goes in steps (steps.h) of whole lives, --rate
// of them a second. A command that was not answered is given again under the same request id; and
// so is, at the end of a life, every command that was: its first answer has to come again. Prints
// one JSON object a line at the end of each step: how many lives have been led, how many commands
// it took, and how many of these nobody had answered.
#include <google/protobuf/util/message_differencer.h>
#include <grpcpp/grpcpp.h>

#include <array>
#include <cstdint>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "bellwether/accounts/v1/accounts_service.grpc.pb.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.grpc.pb.h"
#include "common/base/status.h"
#include "common/cli/command.h"
#include "common/feed/unary_pipeline.h"
#include "common/journal/timestamps.h"
#include "common/rpc/client.h"
#include "tests/e2e/steps.h"

namespace bellwether::e2e {
namespace {

using accounts::v1::Account;
using accounts::v1::AccountsService;
using ingest::v1::IngestService;
using opportunities::v1::OpportunitiesService;
using opportunities::v1::Opportunity;

// A server may stay away for two minutes: each attempt waits longer than the one before.
constexpr feed::PipelineOptions kUntilDone{
    .in_flight_max = 16, .timeout = absl::Seconds(5), .attempts_max = 40};
constexpr std::array<const char*, 3> kStages = {"needs-diagnosis", "solution",
                                                "negotiation-contract"};
constexpr int64_t kOwners = 7;

struct Arguments {
  std::string server;
  std::string until;
  size_t lives = 1'000;
  size_t rate = 0;
};

class Lives {
 public:
  Lives(const std::shared_ptr<grpc::Channel>& channel, absl::Time until)
      : accounts_(AccountsService::NewStub(channel)),
        opportunities_(OpportunitiesService::NewStub(channel)),
        ingest_(IngestService::NewStub(channel)),
        until_(until) {}

  // The lives from `begin` to before `end`, side by side.
  absl::Status Lead(size_t begin, size_t end);

  int64_t commands() const { return commands_; }
  int64_t unanswered() const { return commands_ - answered_; }

 private:
  // Gives one command of each life, again until it is answered. `method` is one of a stub's async
  // interface.
  template <typename Response, typename Request, typename Method>
  absl::StatusOr<std::vector<Response>> Command(const std::vector<Request>& requests,
                                                const Method& method);
  // Command, and at the end of the lives once more.
  template <typename Response, typename Request, typename Method>
  absl::StatusOr<std::vector<Response>> CommandTwice(std::vector<Request> requests, Method method);

  absl::StatusOr<std::vector<Account>> Update(const std::vector<Account>& present,
                                              const std::string& field, const std::string& value);
  absl::Status Order(size_t begin, size_t end);
  absl::StatusOr<std::vector<Opportunity>> Advance(const std::vector<Opportunity>& present,
                                                   const std::string& stage);
  absl::StatusOr<std::vector<Opportunity>> Close(const std::vector<Opportunity>& present);

  const std::unique_ptr<AccountsService::Stub> accounts_;
  const std::unique_ptr<OpportunitiesService::Stub> opportunities_;
  const std::unique_ptr<IngestService::Stub> ingest_;
  const absl::Time until_;
  int64_t commands_ = 0;
  int64_t answered_ = 0;
  // What gives the commands of the present lives once more.
  std::vector<std::function<absl::Status()>> again_;
};

template <typename Response, typename Request, typename Method>
absl::StatusOr<std::vector<Response>> Lives::Command(const std::vector<Request>& requests,
                                                     const Method& method) {
  std::vector<Response> answers(requests.size());
  absl::Status failure;
  feed::CallMany<Request, Response>(
      requests, kUntilDone,
      [&](auto* context, const auto* request, auto* response, auto done) {
        ++commands_;
        method(context, request, response, std::move(done));
      },
      [&](size_t index, const absl::Status& status, const Response& response) {
        ++answered_;
        failure.Update(status);
        answers[index] = response;
      });
  if (!failure.ok()) return failure;
  return answers;
}

template <typename Response, typename Request, typename Method>
absl::StatusOr<std::vector<Response>> Lives::CommandTwice(std::vector<Request> requests,
                                                          Method method) {
  ASSIGN_OR_RETURN(const auto first, Command<Response>(requests, method));
  again_.push_back(
      [this, requests = std::move(requests), method = std::move(method), first]() -> absl::Status {
        ASSIGN_OR_RETURN(const auto second, Command<Response>(requests, method));
        for (size_t i = 0; i < first.size(); ++i) {
          if (google::protobuf::util::MessageDifferencer::Equals(first[i], second[i])) continue;
          return Error(absl::StatusCode::kInternal, {"ANSWERED_OTHERWISE"},
                       absl::StrCat("a request id was answered first with ", first[i].DebugString(),
                                    "and then with ", second[i].DebugString()));
        }
        return absl::OkStatus();
      });
  return first;
}

absl::StatusOr<std::vector<Account>> Lives::Update(const std::vector<Account>& present,
                                                   const std::string& field,
                                                   const std::string& value) {
  std::vector<accounts::v1::UpdateAccountRequest> requests;
  for (const Account& account : present) {
    auto& request = requests.emplace_back();
    request.mutable_account()->set_name(account.name());
    request.mutable_account()->set_etag(account.etag());
    Account::GetReflection()->SetString(request.mutable_account(),
                                        Account::GetDescriptor()->FindFieldByName(field), value);
    request.mutable_update_mask()->add_paths(field);
    request.set_request_id(absl::StrCat(field, "/", account.name()));
  }
  return CommandTwice<Account>(
      std::move(requests), [this](auto... call) { accounts_->async()->UpdateAccount(call...); });
}

absl::Status Lives::Order(size_t begin, size_t end) {
  std::vector<ingest::v1::IngestFactsRequest> requests(1);
  for (size_t n = begin; n < end; ++n) {
    events::v1::FactEvent& event = *requests[0].add_events()->mutable_fact();
    event.set_id(absl::StrCat("order-", n));
    event.set_source("e2e/commands");
    event.set_account_id(absl::StrCat("life-", n));
    *event.mutable_time() = journal::ToTimestamp(until_);
    auto& order = *event.mutable_fact()->mutable_order_placed();
    order.set_order_id(event.id());
    order.mutable_amount()->set_currency_code("CNY");
    order.mutable_amount()->set_amount_minor(static_cast<int64_t>(n) + 1);
  }
  ASSIGN_OR_RETURN(const auto answers,
                   Command<ingest::v1::IngestFactsResponse>(
                       requests, [this](auto... call) { ingest_->async()->IngestFacts(call...); }));
  for (const auto& answer : answers[0].answers()) {
    if (answer.state() == ingest::v1::ANSWER_STATE_ACCEPTED) continue;
    return InvalidArgument(answer.rejection().reason(), answer.rejection().field(),
                           answer.rejection().message());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Opportunity>> Lives::Advance(const std::vector<Opportunity>& present,
                                                        const std::string& stage) {
  std::vector<opportunities::v1::AdvanceOpportunityRequest> requests;
  for (const Opportunity& opportunity : present) {
    auto& request = requests.emplace_back();
    request.set_name(opportunity.name());
    request.set_etag(opportunity.etag());
    request.set_stage(stage);
    request.set_request_id(absl::StrCat(stage, "/", opportunity.name()));
  }
  return CommandTwice<Opportunity>(std::move(requests), [this](auto... call) {
    opportunities_->async()->AdvanceOpportunity(call...);
  });
}

absl::StatusOr<std::vector<Opportunity>> Lives::Close(const std::vector<Opportunity>& present) {
  std::vector<opportunities::v1::WinOpportunityRequest> requests;
  for (const Opportunity& opportunity : present) {
    auto& request = requests.emplace_back();
    request.set_name(opportunity.name());
    request.set_etag(opportunity.etag());
    *request.mutable_close_time() = journal::ToTimestamp(until_);
    request.set_request_id(absl::StrCat("win/", opportunity.name()));
  }
  return CommandTwice<Opportunity>(std::move(requests), [this](auto... call) {
    opportunities_->async()->WinOpportunity(call...);
  });
}

absl::Status Lives::Lead(size_t begin, size_t end) {
  again_.clear();
  std::vector<accounts::v1::CreateAccountRequest> founded;
  std::vector<opportunities::v1::CreateOpportunityRequest> opened;
  for (size_t n = begin; n < end; ++n) {
    auto& account = founded.emplace_back();
    account.set_account_id(absl::StrCat("life-", n));
    account.mutable_account()->set_legal_name(absl::StrCat("Life ", n));
    account.mutable_account()->set_owner(absl::StrCat("owner-", n % kOwners));
    account.set_request_id(absl::StrCat("found/", n));
    auto& opportunity = opened.emplace_back();
    opportunity.set_opportunity_id(absl::StrCat("deal-", n));
    opportunity.mutable_opportunity()->set_account(absl::StrCat("accounts/life-", n));
    opportunity.mutable_opportunity()->set_title(absl::StrCat("Deal ", n));
    opportunity.set_request_id(absl::StrCat("open/", n));
  }
  ASSIGN_OR_RETURN(auto accounts, CommandTwice<Account>(std::move(founded), [this](auto... call) {
                     accounts_->async()->CreateAccount(call...);
                   }));
  ASSIGN_OR_RETURN(auto opportunities,
                   CommandTwice<Opportunity>(std::move(opened), [this](auto... call) {
                     opportunities_->async()->CreateOpportunity(call...);
                   }));
  ASSIGN_OR_RETURN(accounts, Update(accounts, "industry", "logistics"));
  RETURN_IF_ERROR(Order(begin, end));
  for (const char* stage : kStages) {
    ASSIGN_OR_RETURN(opportunities, Advance(opportunities, stage));
  }
  RETURN_IF_ERROR(Update(accounts, "region", "Tianjin").status());
  RETURN_IF_ERROR(Close(opportunities).status());
  for (const auto& again : again_) RETURN_IF_ERROR(again());
  return absl::OkStatus();
}

absl::Status Run(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const absl::Time until, ParseUntil(arguments.until));
  ASSIGN_OR_RETURN(const auto channel, rpc::Connect(arguments.server));
  Lives lives(channel, until);
  return RunSteps(
      arguments.lives, arguments.rate,
      [&](size_t begin, size_t end) { return lives.Lead(begin, end); },
      [&](size_t sent) {
        std::cout << absl::StreamFormat("{\"sent\": %d, \"commands\": %d, \"unanswered\": %d}\n",
                                        sent, lives.commands(), lives.unanswered())
                  << std::flush;
        return absl::OkStatus();
      });
}

}  // namespace
}  // namespace bellwether::e2e

int main(int argc, char** argv) {
  bellwether::e2e::Arguments arguments;
  bellwether::cli::Program program(
      "Leads accounts and opportunities through the same lives on any server.");
  program.AddOption("--server", arguments.server).Required();
  program.AddOption("--until", arguments.until).Required();
  program.AddOption("--lives", arguments.lives);
  program.AddOption("--rate", arguments.rate);
  if (const auto exit_code = program.Parse(argc, argv)) return *exit_code;
  const absl::Status status = bellwether::e2e::Run(arguments);
  if (!status.ok()) std::cerr << status << std::endl;
  return status.ok() ? 0 : 1;
}
