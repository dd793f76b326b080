#include "services/gateway/adapters/system_queries.h"

#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "common/rpc/client.h"
#include "common/rpc/status.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/impl/codegen/proto_utils.h"

namespace bellwether::gateway {
namespace {

using system::v1::GetServiceStatusRequest;
using system::v1::PartitionLag;
using system::v1::ProcessReport;
using system::v1::ServiceReport;
using system::v1::ServiceStatus;
using Stub = grpc::TemplatedGenericStub<GetServiceStatusRequest, ServiceStatus>;

constexpr char kLocal[] = "local";
constexpr char kCommitted[] = "committed";

void SetFailure(const absl::Status& status, ProcessReport& report) {
  report.set_error_code(static_cast<int32_t>(status.code()));
  report.set_error_message(std::string(status.message()));
}

}  // namespace

void MergeLags(ServiceReport& report) {
  std::map<std::pair<std::string, int32_t>, const PartitionLag*> best;
  for (const ProcessReport& process : report.processes()) {
    for (const PartitionLag& lag : process.status().lags()) {
      const PartitionLag*& chosen = best[{lag.topic(), lag.partition()}];
      // While a partition moves both may speak of it: who measured last.
      const auto rank = [](const PartitionLag& of) {
        return std::make_tuple(of.state() != kCommitted, of.measured_time().seconds(),
                               of.measured_time().nanos());
      };
      if (chosen == nullptr || rank(*chosen) < rank(lag)) chosen = &lag;
    }
  }
  for (const auto& [key, lag] : best) *report.add_lags() = *lag;
}

// One process that is being asked.
struct SystemQueries::Ask {
  ProcessReport* report = nullptr;
  std::string method;
  grpc::ClientContext context;
  GetServiceStatusRequest request;
  ServiceStatus response;
  std::unique_ptr<Stub> stub;
  grpc::Status status;
};

SystemQueries::SystemQueries(const service_status::StatusQueries& own,
                             std::vector<SystemPeer> peers, std::function<std::string()> own_target,
                             const Clock& clock)
    : own_(own), peers_(std::move(peers)), own_target_(std::move(own_target)), clock_(clock) {}

absl::StatusOr<std::shared_ptr<grpc::Channel>> SystemQueries::ChannelTo(const std::string& target) {
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<grpc::Channel>& channel = channels_[target];
  if (channel == nullptr) {
    ASSIGN_OR_RETURN(channel, rpc::Connect(target));
  }
  return channel;
}

const system::v1::SystemStatus* SystemQueries::LastWithin(absl::Duration age_max) const {
  return clock_.Now() - last_came_ < age_max ? &last_ : nullptr;
}

absl::StatusOr<system::v1::SystemStatus> SystemQueries::Get(
    const system::v1::GetSystemStatusRequest&) {
  {
    absl::MutexLock lock(&mutex_);
    if (asking_) {
      if (const auto* last = LastWithin(kAnswerSharedWhileAsking)) return *last;
      const auto answered = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !asking_; };
      mutex_.Await(absl::Condition(&answered));
    }
    if (const auto* last = LastWithin(kAnswerShared)) return *last;
    asking_ = true;
  }
  absl::StatusOr<system::v1::SystemStatus> system = AskAll();
  absl::MutexLock lock(&mutex_);
  asking_ = false;
  if (system.ok()) {
    last_ = *system;
    last_came_ = clock_.Now();
  }
  return system;
}

absl::StatusOr<system::v1::SystemStatus> SystemQueries::AskAll() {
  system::v1::SystemStatus system;
  *system.mutable_server_time() = journal::ToTimestamp(clock_.Now());
  ServiceReport& gateway = *system.add_services();
  gateway.set_service("gateway");
  gateway.add_processes()->set_address(kLocal);
  // Before any other is asked: nobody may return while their answers are still to be written here.
  ASSIGN_OR_RETURN(*gateway.mutable_processes(0)->mutable_status(), own_.Get({}));
  // All of them, before any is asked: what is added later would move them.
  for (const SystemPeer& peer : peers_) {
    ServiceReport& report = *system.add_services();
    report.set_service(peer.service);
    if (peer.addresses.empty()) report.add_processes()->set_address(kLocal);
    for (const std::string& address : peer.addresses) {
      report.add_processes()->set_address(address);
    }
  }
  std::vector<std::unique_ptr<Ask>> asks;
  for (size_t i = 0; i < peers_.size(); ++i) {
    ServiceReport& report = *system.mutable_services(static_cast<int>(i) + 1);
    for (ProcessReport& process : *report.mutable_processes()) {
      const auto channel =
          ChannelTo(process.address() == kLocal ? own_target_() : process.address());
      if (!channel.ok()) {
        SetFailure(channel.status(), process);
        continue;
      }
      Ask& ask = *asks.emplace_back(std::make_unique<Ask>());
      ask.report = &process;
      ask.method = absl::StrCat("/", peers_[i].api, "/GetServiceStatus");
      ask.stub = std::make_unique<Stub>(*channel);
      rpc::Prepare(ask.context, kAskedForMost);
    }
  }
  absl::BlockingCounter waiting(static_cast<int>(asks.size()));
  for (const auto& ask : asks) {
    ask->stub->UnaryCall(&ask->context, ask->method, grpc::StubOptions(), &ask->request,
                         &ask->response, [&ask = *ask, &waiting](grpc::Status status) {
                           ask.status = std::move(status);
                           waiting.DecrementCount();
                         });
  }
  waiting.Wait();  // each has a deadline
  for (const auto& ask : asks) {
    if (ask->status.ok()) {
      *ask->report->mutable_status() = std::move(ask->response);
    } else {
      SetFailure(rpc::FromGrpcStatus(ask->status), *ask->report);
    }
  }
  for (ServiceReport& report : *system.mutable_services()) MergeLags(report);
  return system;
}

}  // namespace bellwether::gateway
