// The health service behind a real gRPC port, on parts in memory.
#ifndef BELLWETHER_SERVICES_HEALTH_TESTING_APP_FIXTURE_H_
#define BELLWETHER_SERVICES_HEALTH_TESTING_APP_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bellwether/health/v1/health_service.grpc.pb.h"
#include "common/base/status.h"
#include "common/outbox/outbox.h"
#include "common/rpc/status.h"
#include "common/testing/await.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "services/health/app.h"
#include "services/health/testing/fold_rig.h"

namespace bellwether::health {

inline std::string ReasonOf(const grpc::Status& status) {
  if (status.ok()) return "OK";
  const auto detail = DetailOf(rpc::FromGrpcStatus(status));
  return detail.has_value() ? detail->reason : status.error_message();
}

class HealthApp : public ::testing::Test {
 protected:
  // On the rig's cache unless given another.
  explicit HealthApp(std::unique_ptr<cache::Cache> cache = nullptr) : cache_(std::move(cache)) {
    config_.partitions = FoldRig::kPartitions;
    config_.checkpoint_records = 1;  // the clock stands still
    Start();
  }
  ~HealthApp() override { Stop(); }

  void Start() {
    hosted_ = std::make_unique<Hosted>(config_, rig_, cache_ != nullptr ? *cache_ : rig_.cache);
    stub_ = v1::HealthService::NewStub(
        grpc::CreateChannel(hosted_->server.target(), grpc::InsecureChannelCredentials()));
    // The model has left for the journal, so that what a test sends comes behind it.
    ASSERT_TRUE(testing::Await([&] {
      return hosted_->app->Ready().ok() &&
             hosted_->app->folds().Status().size() == FoldRig::kPartitions &&
             outbox::ReadUnsent(**rig_.store->BeginRead(), 1)->empty();
    }));
  }
  void Stop() { hosted_.reset(); }

  // The fold has applied the record and shown it.
  void AwaitApplied(FoldRig::Sent sent) {
    const absl::Status applied = hosted_->app->folds().WaitUntilApplied(
        sent.partition, sent.offset, absl::Now() + absl::Seconds(20));
    ASSERT_TRUE(applied.ok()) << applied;
  }
  FoldRig::Sent Order(const std::string& account, const std::string& id, absl::Time time,
                      int64_t amount, const std::string& origin = "") {
    const FoldRig::Sent sent = rig_.SendOrder(account, id, time, amount, std::nullopt, origin);
    AwaitApplied(sent);
    return sent;
  }
  void Tick(absl::Time time) {
    rig_.SendTick(time);
    for (int32_t p = 0; p < FoldRig::kPartitions; ++p) {
      AwaitApplied({p, rig_.bus->Offsets(bus::kJournalTopic, p)->end - 1});
    }
  }
  void Describe(const std::string& account, const std::string& tier, int64_t version = 1) {
    events::v1::AccountChanged changed;
    changed.set_account_id(account);
    changed.set_display_name("The " + account);
    changed.set_entity_version(version);
    changed.set_tier(tier);
    AwaitApplied(rig_.SendAccount(changed, rig_.clock.Now()));
  }

  // Calls a method by its stub member; EXPECTs OK.
  template <typename Request, typename Response>
  Response Call(grpc::Status (v1::HealthService::Stub::*method)(grpc::ClientContext*,
                                                                const Request&, Response*),
                const Request& request) {
    Response response;
    const grpc::Status status = Try(method, request, response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }
  template <typename Request, typename Response>
  grpc::Status Try(grpc::Status (v1::HealthService::Stub::*method)(grpc::ClientContext*,
                                                                   const Request&, Response*),
                   const Request& request, Response& response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    return ((*stub_).*method)(&context, request, &response);
  }

  v1::AccountHealth Get(const std::string& account) {
    v1::GetHealthRequest request;
    request.set_account("accounts/" + account);
    return Call(&v1::HealthService::Stub::GetHealth, request);
  }

  // All pages, as "account=score".
  std::vector<std::string> Rank(int page_size = 2, const std::string& tier = "") {
    v1::RankHealthRequest request;
    request.set_page_size(page_size);
    request.set_tier(tier);
    std::vector<std::string> ranked;
    do {
      const auto page = Call(&v1::HealthService::Stub::RankHealth, request);
      for (const auto& health : page.healths()) {
        ranked.push_back(absl::StrCat(health.account(), "=", health.score_micros(),
                                      health.as_of_checkpoint() ? " stored" : ""));
      }
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return ranked;
  }

  struct Hosted {
    Hosted(const HealthConfig& config, FoldRig& rig, cache::Cache& cache)
        : pool({.name = "test", .threads = 4}, metrics) {
      auto created = App::Create(
          config, {*rig.bus, *rig.store, rig.clock, rig.calendar, metrics, pool, &cache});
      EXPECT_TRUE(created.ok()) << created.status();
      app = *std::move(created);
      app->Register(server);
      EXPECT_TRUE(app->Start().ok());
      EXPECT_TRUE(server.Start().ok());
    }
    ~Hosted() {
      server.Stop(absl::Now() + absl::Seconds(5));
      app->Stop();
      pool.Stop();
    }
    metrics::Registry metrics;
    rpc::CallPool pool;
    rpc::Server server{{}};
    std::unique_ptr<App> app;
  };

  FoldRig rig_;
  const std::unique_ptr<cache::Cache> cache_;  // null: the rig's
  HealthConfig config_;
  std::unique_ptr<Hosted> hosted_;
  std::unique_ptr<v1::HealthService::Stub> stub_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_TESTING_APP_FIXTURE_H_
