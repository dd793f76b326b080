// Bellwether in one process on port 0 with a folder of its own, for tests that see the whole.
#ifndef BELLWETHER_TESTS_INTEGRATION_STANDALONE_FIXTURE_H_
#define BELLWETHER_TESTS_INTEGRATION_STANDALONE_FIXTURE_H_

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "bellwether/accounts/v1/accounts_service.grpc.pb.h"
#include "bellwether/alerts/v1/alerts_service.grpc.pb.h"
#include "bellwether/health/v1/health_service.grpc.pb.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.grpc.pb.h"
#include "common/base/clock.h"
#include "common/rpc/client.h"
#include "common/rpc/status.h"
#include "common/testing/fake_clock.h"
#include "common/testing/shifted_clock.h"
#include "services/standalone/app.h"
#include "services/standalone/config.h"

namespace bellwether {

struct CtlRun {
  int exit_code = 0;
  std::string out;
  std::string err;
};

class StandaloneTest : public ::testing::Test {
 protected:
  StandaloneTest();
  ~StandaloneTest() override;
  // Before members of a derived fixture go.
  void TearDown() override { Shutdown(); }

  // Adjusted by a test before Boot. `live_at_start` is off: a test goes live when it wants to.
  standalone::StandaloneConfig config;
  // Set before Boot by a test that stops time. Kept here, because the process reads its clock until
  // Shutdown: one of the test's own would be gone by then.
  std::optional<testing::FakeClock> stopped_clock;
  // Or by one whose time runs, but is another.
  std::optional<testing::ShiftedClock> shifted_clock;
  // Removed at the end.
  std::string folder;

  const Clock& clock() const {
    if (shifted_clock.has_value()) return *shifted_clock;
    return stopped_clock.has_value() ? static_cast<const Clock&>(*stopped_clock) : Clock::System();
  }

  // Starts, and waits until everything is ready.
  void Boot();
  // Ends the process's life as SIGTERM does; Boot begins another one on the same folder.
  void Shutdown();

  // Runs `bellwetherctl` against the process.
  CtlRun Ctl(std::vector<std::string> arguments, const std::string& input = "");

  int http_port() const { return app_->http_port(); }

  template <typename Service>
  std::unique_ptr<typename Service::Stub> Stub() {
    return Service::NewStub(channel_);
  }

  // One unary call.
  template <typename StubType, typename Request, typename Response>
  absl::StatusOr<Response> Call(StubType& stub,
                                grpc::Status (StubType::*method)(grpc::ClientContext*,
                                                                 const Request&, Response*),
                                const Request& request) {
    grpc::ClientContext context;
    rpc::Prepare(context, absl::Seconds(60));
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return rpc::FromGrpcStatus(status);
    return response;
  }

  void GoLive();
  // Accepted, or the test fails.
  void Send(const events::v1::FactEvent& fact);
  // What the fold made of it, once it has passed it.
  health::v1::Outcome OutcomeOf(const events::v1::FactEvent& fact);
  // A fact with envelope; the test fills in the kind.
  static events::v1::FactEvent Fact(const std::string& account, const std::string& id,
                                    absl::Time time);

  std::string WriteFile(const std::string& name, const std::string& content);

 private:
  std::unique_ptr<standalone::App> app_;
  std::shared_ptr<grpc::Channel> channel_;
};

// The folder of public data sets (BELLWETHER_SHARED_DATA, or beside the checkout); empty when this
// machine has none.
std::string SharedDataFolder();

}  // namespace bellwether

#endif  // BELLWETHER_TESTS_INTEGRATION_STANDALONE_FIXTURE_H_
