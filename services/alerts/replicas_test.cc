// Two replicas of the service on one bus and store, each judging half of the partitions: a caller
// who watches or acts at either one sees everything.
#include <memory>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/rpc/client.h"
#include "common/rpc/status.h"
#include "common/stream/offsets_table.h"
#include "common/testing/await.h"
#include "gtest/gtest.h"
#include "services/alerts/testing/alerts_deployment.h"

namespace bellwether::alerts::replicas_test {
namespace {

using bellwether::testing::Await;
using testing::AlertsDeployment;

// A process beside the deployment's own.
struct OtherReplica {
  explicit OtherReplica(AlertsDeployment& alerts) : pool({.threads = 2}, metrics) {
    auto created = App::Create(alerts.config(), {.bus = alerts.bus(),
                                                 .store = alerts.store(),
                                                 .clock = alerts.clock(),
                                                 .calendar = alerts.calendar(),
                                                 .metrics = metrics,
                                                 .pool = pool});
    EXPECT_TRUE(created.ok()) << created.status();
    app = *std::move(created);
    app->Register(server);
    EXPECT_TRUE(app->Start().ok());
    EXPECT_TRUE(server.Start().ok());
    stub = v1::AlertsService::NewStub(*rpc::Connect(server.target()));
    EXPECT_TRUE(Await([this] { return app->Ready().ok() && app->Sending(); }));
  }
  ~OtherReplica() {
    stub.reset();
    server.Stop(absl::Now() + absl::Seconds(5));
    app->Stop();
    pool.Stop();
  }

  metrics::Registry metrics;
  rpc::CallPool pool;
  rpc::Server server{{}};
  std::unique_ptr<App> app;
  std::unique_ptr<v1::AlertsService::Stub> stub;
};

class Watcher {
 public:
  explicit Watcher(v1::AlertsService::Stub& stub, const std::string& token = "") {
    rpc::Prepare(context_, absl::Seconds(60));
    v1::WatchAlertsRequest request;
    request.set_resume_token(token);
    reader_ = stub.WatchAlerts(&context_, request);
    reader_->WaitForInitialMetadata();
  }
  ~Watcher() {
    context_.TryCancel();
    reader_->Finish();
  }
  // Reads until each of these has come: "alerts/R13.acme.1 TIMELINE_KIND_FIRED".
  ::testing::AssertionResult Sees(std::set<std::string> awaited) {
    v1::WatchAlertsResponse seen;
    while (!awaited.empty() && reader_->Read(&seen)) {
      awaited.erase(absl::StrCat(seen.change().alert().name(), " ",
                                 v1::TimelineKind_Name(seen.change().entry().kind())));
      if (!seen.resume_token().empty()) token_ = seen.resume_token();
    }
    if (awaited.empty()) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << *awaited.begin() << " never came";
  }
  // The newest.
  const std::string& token() const { return token_; }

 private:
  std::string token_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchAlertsResponse>> reader_;
};

class AlertsReplicas : public ::testing::Test {
 protected:
  AlertsReplicas() {
    alerts_.Start();
    other_ = std::make_unique<OtherReplica>(alerts_);
    // The group has agreed anew: one of the partitions has been taken a second time.
    EXPECT_TRUE(Await([this] { return EpochOf(0) + EpochOf(1) >= 3; }));
    for (int i = 0; subjects_[0].empty() || subjects_[1].empty(); ++i) {
      const std::string subject = absl::StrCat("s", i);
      subjects_[static_cast<size_t>(PartitionOf(subject, alerts_.config().partitions))] = subject;
    }
  }

  int64_t EpochOf(int32_t partition) {
    const auto row = stream::OffsetsTable("alerts").Read(
        alerts_.store(), **alerts_.store().BeginRead(), partition, /*lock=*/false);
    return row.ok() && row->has_value() ? (*row)->epoch : 0;
  }
  std::string AlertOf(size_t partition) const {
    return absl::StrCat("alerts/R13.", subjects_[partition], ".1");
  }
  std::set<std::string> Both(const std::string& kind) const {
    return {absl::StrCat(AlertOf(0), " ", kind), absl::StrCat(AlertOf(1), " ", kind)};
  }
  static bool HasDecided(const metrics::Registry& metrics) {
    const std::string exposed = metrics.Expose();
    return absl::StrContains(exposed, "bellwether_alerts_decision_delay_seconds_count") &&
           !absl::StrContains(exposed, "bellwether_alerts_decision_delay_seconds_count 0");
  }

  AlertsDeployment alerts_;
  std::unique_ptr<OtherReplica> other_;
  std::string subjects_[2];  // by partition
};

TEST_F(AlertsReplicas, WatchersOfEitherSeeWhatBothDecide) {
  Watcher here(alerts_.stub());
  Watcher there(*other_->stub);
  for (const std::string& subject : subjects_) alerts_.PublishSignal(subject, 1, 65);
  EXPECT_TRUE(here.Sees(Both("TIMELINE_KIND_FIRED")));
  EXPECT_TRUE(there.Sees(Both("TIMELINE_KIND_FIRED")));
  EXPECT_TRUE(HasDecided(alerts_.metrics())) << "each folds one of the partitions";
  EXPECT_TRUE(HasDecided(other_->metrics));
  for (const std::string& subject : subjects_) alerts_.PublishSignal(subject, 2, 95);
  EXPECT_TRUE(here.Sees(Both("TIMELINE_KIND_RESOLVED")));
  EXPECT_TRUE(there.Sees(Both("TIMELINE_KIND_RESOLVED")));
}

TEST_F(AlertsReplicas, PeopleActAtEitherOnWhatTheOtherDecided) {  // L3
  Watcher here(alerts_.stub());
  Watcher there(*other_->stub);
  for (const std::string& subject : subjects_) alerts_.PublishSignal(subject, 1, 65);
  ASSERT_TRUE(here.Sees(Both("TIMELINE_KIND_FIRED")));
  const auto acknowledge = [&](v1::AlertsService::Stub& stub, size_t partition) {
    grpc::ClientContext context;
    rpc::Prepare(context, absl::Seconds(20));
    v1::AcknowledgeAlertRequest request;
    request.set_name(AlertOf(partition));
    rpc::SetPrincipal(context, "wang");
    v1::Alert alert;
    return rpc::FromGrpcStatus(stub.AcknowledgeAlert(&context, request, &alert));
  };
  for (size_t partition = 0; partition < 2; ++partition) {
    EXPECT_TRUE(acknowledge(*other_->stub, partition).ok());
    EXPECT_TRUE(absl::IsFailedPrecondition(acknowledge(alerts_.stub(), partition)))
        << "it is acknowledged everywhere";
  }
  EXPECT_TRUE(here.Sees(Both("TIMELINE_KIND_ACKNOWLEDGED")));
  EXPECT_TRUE(there.Sees(Both("TIMELINE_KIND_ACKNOWLEDGED")));
}

TEST_F(AlertsReplicas, AWatcherMissesNothingWhenTheOtherGoes) {
  Watcher here(alerts_.stub());
  for (const std::string& subject : subjects_) alerts_.PublishSignal(subject, 1, 65);
  ASSERT_TRUE(here.Sees(Both("TIMELINE_KIND_FIRED")));
  other_ = nullptr;
  for (const std::string& subject : subjects_) alerts_.PublishSignal(subject, 2, 95);
  EXPECT_TRUE(here.Sees(Both("TIMELINE_KIND_RESOLVED")));
}

TEST_F(AlertsReplicas, AWatchOfOneThatWentIsTakenUpAtTheOther) {  // L7: w01
  std::string token;
  {
    Watcher there(*other_->stub);
    for (const std::string& subject : subjects_) alerts_.PublishSignal(subject, 1, 65);
    ASSERT_TRUE(there.Sees(Both("TIMELINE_KIND_FIRED")));
    token = there.token();
  }
  ASSERT_NE(token, "");
  other_ = nullptr;
  alerts_.clock().Advance(absl::Minutes(5));
  for (const std::string& subject : subjects_) alerts_.PublishSignal(subject, 2, 95);
  for (size_t partition = 0; partition < 2; ++partition) {
    ASSERT_TRUE(alerts_.AwaitState(AlertOf(partition).substr(sizeof("alerts/") - 1),
                                   v1::ALERT_STATE_RESOLVED));
  }
  Watcher here(alerts_.stub(), token);
  EXPECT_TRUE(here.Sees(Both("TIMELINE_KIND_RESOLVED"))) << "what ended while nobody watched";
}

}  // namespace
}  // namespace bellwether::alerts::replicas_test
