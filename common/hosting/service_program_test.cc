#include "common/hosting/service_program.h"

#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "bellwether/alerts/v1/alerts_service.grpc.pb.h"
#include "common/base/clock.h"
#include "common/hosting/drain.h"
#include "common/log/log.h"
#include "common/rpc/client.h"
#include "common/runtime/application.h"
#include "common/testing/fake_clock.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"

namespace bellwether::hosting::service_program_test {
namespace {

namespace v1 = ::bellwether::alerts::v1;

constexpr absl::Duration kDeadline = absl::Seconds(20);
constexpr absl::Duration kDrain = absl::Seconds(4);

// A call of it ends when it is cancelled, and not before.
class EndlessCalls final : public v1::AlertsService::CallbackService {
 public:
  explicit EndlessCalls(rpc::CallPool& pool) : pool_(pool) {}

  grpc::ServerUnaryReactor* GetAlert(grpc::CallbackServerContext* context,
                                     const v1::GetAlertRequest* request,
                                     v1::Alert* response) override {
    return pool_.Handle(
        context, request, response,
        [this](const v1::GetAlertRequest&, const rpc::CallInfo& call) -> absl::StatusOr<v1::Alert> {
          begun.Notify();
          while (!call.IsCancelled()) std::this_thread::yield();
          return absl::CancelledError();
        });
  }

  absl::Notification begun;

 private:
  rpc::CallPool& pool_;
};

// What a test sees of the service from outside its program.
struct Life {
  std::atomic<absl::Time> terminated = absl::InfiniteFuture();
  std::atomic<absl::Time> stopped = absl::InfiniteFuture();
};

// A service with something to commit when it is stopped.
class FakeService final : public HostedService {
 public:
  FakeService(rpc::CallPool& pool, Life& life) : calls_(pool), life_(life) {}

  void Register(rpc::Server& server) override {
    server.Add(v1::AlertsService::service_full_name(), &calls_, [this] { return Ready(); });
  }
  absl::Status Start() override { return absl::OkStatus(); }
  void Stop() override { life_.stopped = Clock::System().Now(); }
  absl::Status Ready() const override { return absl::OkStatus(); }

  EndlessCalls& calls() { return calls_; }

 private:
  EndlessCalls calls_;
  Life& life_;
};

// The address in the line that says where the program serves.
class ServingLine {
 public:
  std::string Await() const {
    absl::MutexLock lock(&mutex_);
    const auto known = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return !target_.empty(); };
    mutex_.AwaitWithTimeout(absl::Condition(&known), kDeadline);
    return target_;
  }

 private:
  void Look(absl::string_view line) {
    const std::pair<absl::string_view, absl::string_view> at =
        absl::StrSplit(line, absl::MaxSplits("\"grpc\":\"", 1));
    if (at.second.empty()) return;
    absl::MutexLock lock(&mutex_);
    target_ = std::string(at.second.substr(0, at.second.find('"')));
  }

  mutable absl::Mutex mutex_;
  std::string target_ ABSL_GUARDED_BY(mutex_);
  LogCapture capture_{[this](absl::string_view line) { Look(line); }};
};

TEST(ServiceProgram, HasTimeToCommitAndEndsCleanlyThoughACallWouldLastBeyondTheDrain) {
  const ServingLine serving;
  Life life;
  std::jthread caller;  // made by the program's threads, which leave signals to it
  grpc::StatusCode answered = grpc::StatusCode::OK;
  const auto call_and_terminate = [&](EndlessCalls& calls) {
    const auto stub = v1::AlertsService::NewStub(*rpc::Connect(serving.Await()));
    grpc::ClientContext context;
    rpc::Prepare(context, 2 * kDeadline);
    std::jthread terminate([&] {
      calls.begun.WaitForNotification();
      life.terminated = Clock::System().Now();
      kill(getpid(), SIGTERM);
    });
    v1::Alert alert;
    answered = stub->GetAlert(&context, {}, &alert).error_code();
  };
  const std::string drain = absl::FormatDuration(kDrain);
  const char* const argv[] = {
      "fake", "--bus", "embedded::memory:", "--store", "sqlite::memory:", "--drain", drain.c_str()};
  const int exit_code = RunService(
      {.name = "fake", .description = "Has endless calls."}, std::size(argv), argv,
      [](config::Settings&) {},
      [&](const Ports& ports) -> absl::StatusOr<std::unique_ptr<HostedService>> {
        auto service = std::make_unique<FakeService>(ports.pool, life);
        caller = std::jthread(call_and_terminate, std::ref(service->calls()));
        return service;
      });
  EXPECT_EQ(exit_code, runtime::kExitClean);
  EXPECT_LT(life.stopped.load() - life.terminated.load(), kDrain) << "it has time to commit";
  caller.join();
  EXPECT_NE(answered, grpc::StatusCode::OK);
}

TEST(CallsDeadline, LeavesTimeForWhatComesAfterTheCalls) {
  const testing::FakeClock clock(absl::UnixEpoch());
  EXPECT_EQ(CallsDeadline(absl::UnixEpoch() + absl::Seconds(20), clock),
            absl::UnixEpoch() + absl::Seconds(10));
  EXPECT_EQ(CallsDeadline(absl::InfinitePast(), clock), absl::InfinitePast());
}

}  // namespace
}  // namespace bellwether::hosting::service_program_test
