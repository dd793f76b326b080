// Two replicas of the service on one bus, store and cache, each folding half of the partitions:
// either one answers for every account.
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bellwether/health/v1/health_service.grpc.pb.h"
#include "common/base/status.h"
#include "common/outbox/outbox.h"
#include "common/rpc/status.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/message_differencer.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "services/health/adapters/history/committed_accounts.h"
#include "services/health/app.h"
#include "services/health/testing/fold_rig.h"

namespace bellwether::health::replicas_test {
namespace {

using bellwether::testing::Await;
using google::protobuf::util::MessageDifferencer;
using Stub = v1::HealthService::Stub;

// What one process has.
struct Replica {
  Replica(const HealthConfig& config, FoldRig& rig)
      : pool({.name = "test", .threads = 4}, metrics) {
    auto created = App::Create(
        config, {*rig.bus, *rig.store, rig.clock, rig.calendar, metrics, pool, &rig.cache});
    EXPECT_TRUE(created.ok()) << created.status();
    app = *std::move(created);
    app->Register(server);
    EXPECT_TRUE(app->Start().ok());
    EXPECT_TRUE(server.Start().ok());
    stub = v1::HealthService::NewStub(
        grpc::CreateChannel(server.target(), grpc::InsecureChannelCredentials()));
  }
  ~Replica() {
    server.Stop(absl::Now() + absl::Seconds(5));
    app->Stop();
    pool.Stop();
  }

  // EXPECTs OK.
  template <typename Request, typename Response>
  Response Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    Response response;
    const grpc::Status status = ((*stub).*method)(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  bool Folds(int32_t partition) const {
    for (const stream::PartitionStatus& status : app->folds().Status()) {
      if (status.partition == partition) return status.state == stream::PartitionState::kLive;
    }
    return false;
  }

  metrics::Registry metrics;
  rpc::CallPool pool;
  rpc::Server server{{}};
  std::unique_ptr<App> app;
  std::unique_ptr<Stub> stub;
};

class HealthReplicas : public ::testing::Test {
 protected:
  HealthReplicas() {
    config_.partitions = FoldRig::kPartitions;
    first_ = std::make_unique<Replica>(config_, rig_);
    second_ = std::make_unique<Replica>(config_, rig_);
    EXPECT_TRUE(Await([&] {
      return first_->app->folds().Status().size() == 1 &&
             second_->app->folds().Status().size() == 1 &&
             first_->Folds(0) + second_->Folds(0) == 1 &&
             first_->Folds(1) + second_->Folds(1) == 1 &&
             outbox::ReadUnsent(**rig_.store->BeginRead(), 1)->empty();
    }));
    for (int i = 0; i < 20; ++i) {
      const std::string account = "a" + std::to_string(i);
      of_partition_[FoldRig::PartitionFor(account)].push_back(account);
    }
    mine_ = of_partition_[first_->Folds(0) ? 0 : 1].front();
    others_ = of_partition_[first_->Folds(0) ? 1 : 0].front();
  }

  Replica& OwnerOf(const std::string& account) {
    return first_->Folds(FoldRig::PartitionFor(account)) ? *first_ : *second_;
  }
  FoldRig::Sent Order(const std::string& account, const std::string& id, absl::Time time,
                      int64_t amount, const std::string& origin = "") {
    const FoldRig::Sent sent = rig_.SendOrder(account, id, time, amount, std::nullopt, origin);
    const absl::Status applied = OwnerOf(account).app->folds().WaitUntilApplied(
        sent.partition, sent.offset, rig_.clock.Now() + absl::Seconds(30));
    EXPECT_TRUE(applied.ok()) << applied;
    return sent;
  }
  void Tick(absl::Time time) {
    rig_.clock.Set(time);
    rig_.SendTick(time);
    for (int32_t p = 0; p < FoldRig::kPartitions; ++p) {
      Replica& owner = first_->Folds(p) ? *first_ : *second_;
      const int64_t last = rig_.bus->Offsets(bus::kJournalTopic, p)->end - 1;
      EXPECT_TRUE(
          owner.app->folds().WaitUntilApplied(p, last, rig_.clock.Now() + absl::Seconds(30)).ok());
    }
  }
  // Everything applied is committed, by time alone.
  void Commit() {
    rig_.clock.Advance(config_.checkpoint_interval);
    ASSERT_TRUE(Await([&] {
      for (Replica* replica : {first_.get(), second_.get()}) {
        for (const stream::PartitionStatus& status : replica->app->folds().Status()) {
          if (status.committed_offset < status.next_offset) return false;
        }
      }
      return true;
    }));
  }

  // The same from both.
  template <typename Request, typename Response>
  Response Both(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                const Request& request) {
    const Response one = first_->Call(method, request);
    const Response other = second_->Call(method, request);
    EXPECT_TRUE(MessageDifferencer::Equals(one, other)) << one.DebugString() << "\n"
                                                        << other.DebugString();
    return other;
  }
  v1::ExplainHealthResponse Explain(const std::string& account) {
    v1::ExplainHealthRequest request;
    request.set_account("accounts/" + account);
    *request.mutable_to_time() = journal::ToTimestamp(rig_.clock.Now());
    request.set_limit(1'000);
    return Both(&Stub::ExplainHealth, request);
  }

  FoldRig rig_;
  HealthConfig config_;
  std::unique_ptr<Replica> first_;
  std::unique_ptr<Replica> second_;
  std::map<int32_t, std::vector<std::string>> of_partition_;
  std::string mine_;    // an account that the first replica folds
  std::string others_;  // and one that the second does
};

TEST_F(HealthReplicas, BothExplainTheNewestFactOfEveryAccountBeforeAnyCommit) {  // H4
  for (const std::string& account : {mine_, others_}) {
    Order(account, "o1", FoldRig::Noon(), 1'000);
    rig_.clock.Set(FoldRig::Noon(1));
    Order(account, "o2", FoldRig::Noon(1), 900'000);
    const auto explained = Explain(account);
    ASSERT_GE(explained.changes_size(), 2);
    EXPECT_EQ(explained.changes(0).cause().id(), "o2");
    EXPECT_EQ(explained.changes(0).score_after_micros(), explained.current().score_micros());
    EXPECT_EQ(explained.changes(0).version(), rig_.SignalsOf(account).back().version());
    EXPECT_FALSE(explained.refold_differs());
  }
}

TEST_F(HealthReplicas, BothAnswerForThePast) {  // H4
  for (const std::string& account : {mine_, others_}) Order(account, "o1", FoldRig::Noon(), 1'000);
  std::map<std::string, int64_t> then;
  for (const std::string& account : {mine_, others_}) {
    v1::GetHealthRequest get;
    get.set_account("accounts/" + account);
    then[account] = Both(&Stub::GetHealth, get).score_micros();
  }
  Tick(FoldRig::Noon(5));
  Commit();
  for (const std::string& account : {mine_, others_}) {
    v1::GetHealthAsOfRequest request;
    request.set_account("accounts/" + account);
    *request.mutable_as_of() = journal::ToTimestamp(FoldRig::Noon() + absl::Seconds(1));
    EXPECT_EQ(Both(&Stub::GetHealthAsOf, request).score_micros(), then[account]);
    EXPECT_GE(Explain(account).changes_size(), 1) << "days close alike";
  }
}

TEST_F(HealthReplicas, BothAnswerTheOutcomeOfAFact) {  // X1
  for (const std::string& account : {mine_, others_}) {
    Order(account, "o1", FoldRig::Noon(), 1'000);
    v1::GetFactOutcomeRequest request;
    request.set_account_id(account);
    request.set_source("test");
    request.set_id("o1");
    EXPECT_EQ(Both(&Stub::GetFactOutcome, request).outcome(), v1::OUTCOME_COUNTED);
    Order(account, "o1", FoldRig::Noon(), 1'000);
    EXPECT_EQ(Both(&Stub::GetFactOutcome, request).outcome(), v1::OUTCOME_DUPLICATE);
  }
}

TEST_F(HealthReplicas, AnImportIsCompleteEverywhereOnceItsFactsAreCommitted) {  // X1
  v1::GetImportReportRequest request;
  request.set_import_run("run");
  for (const std::string& account : {mine_, others_}) {
    Order(account, "o1", FoldRig::Noon(), 1'000, "run");
    const FoldRig::Sent last = Order(account, "o1", FoldRig::Noon(), 1'000, "run");
    v1::PartitionOffset& up_to = *request.add_up_to();
    up_to.set_partition(last.partition);
    up_to.set_offset(last.offset);
  }
  const auto before = first_->Call(&Stub::GetImportReport, request);
  EXPECT_FALSE(before.complete());
  EXPECT_EQ(before.counted(), 1) << "its own";
  Commit();
  const auto report = Both(&Stub::GetImportReport, request);
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(report.counted(), 2);
  EXPECT_EQ(report.duplicates(), 2);
  request.mutable_up_to(0)->set_offset(request.up_to(0).offset() + 1);
  EXPECT_FALSE(Both(&Stub::GetImportReport, request).complete());
}

TEST_F(HealthReplicas, EitherVerifiesEveryPartition) {
  for (int i = 0; i < 20; ++i) {
    Order("a" + std::to_string(i), "o1", FoldRig::Noon(), 100 * i);
    Order("a" + std::to_string(i), "o2", FoldRig::Noon(), 100 * i);
  }
  Tick(FoldRig::Noon(3));
  Commit();
  Order(others_, "not committed", FoldRig::Noon(3), 5'000);
  for (Replica* replica : {first_.get(), second_.get()}) {
    const auto verified = replica->Call(&Stub::VerifyHealth, v1::VerifyHealthRequest());
    EXPECT_EQ(verified.accounts_checked(), 20);
    EXPECT_EQ(verified.facts_folded(), replica == first_.get() ? 40 : 41);
    EXPECT_EQ(verified.difference_count(), 0) << verified.DebugString();
    EXPECT_EQ(verified.partitions_checked_live(), 1);
    EXPECT_EQ(verified.partitions_checked_as_committed(), 1);
  }
  v1::VerifyHealthRequest request;
  request.add_accounts("accounts/" + others_);
  request.add_accounts("accounts/nobody");
  const auto one = first_->Call(&Stub::VerifyHealth, request);
  EXPECT_EQ(one.accounts_checked(), 1);
  EXPECT_EQ(one.difference_count(), 0);
}

TEST_F(HealthReplicas, NeitherComparesStatesOfThePastThatAnotherFoldsAgain) {
  for (const std::string& account : {mine_, others_}) Order(account, "o1", FoldRig::Noon(), 1'000);
  Commit();
  const int32_t partition = FoldRig::PartitionFor(others_);
  const auto open = [&](std::optional<int64_t> generation) {
    return CommittedAccounts::Open(*rig_.store, first_->app->folds().committed(), rig_.calendar,
                                   partition, generation)
        .status();
  };
  EXPECT_TRUE(open(std::nullopt).ok());
  EXPECT_TRUE(open(1).ok());
  EXPECT_EQ(DetailOf(open(2))->reason, "FOLDING_BACK") << "of another generation";

  rig_.FoldBackUntil(partition, 1);
  EXPECT_TRUE(absl::IsUnavailable(open(std::nullopt)));
  v1::VerifyHealthRequest one;
  one.add_accounts("accounts/" + others_);
  for (const v1::VerifyHealthRequest& request : {one, v1::VerifyHealthRequest()}) {
    grpc::ClientContext context;
    v1::VerifyHealthResponse response;
    const grpc::Status refused = first_->stub->VerifyHealth(&context, request, &response);
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
    EXPECT_EQ(DetailOf(rpc::FromGrpcStatus(refused))->reason, "FOLDING_BACK");
  }
  rig_.FoldBackUntil(partition, 0);
  EXPECT_EQ(first_->Call(&Stub::VerifyHealth, v1::VerifyHealthRequest()).accounts_checked(), 2)
      << "it has come to where it was";
}

TEST_F(HealthReplicas, EitherFindsWhatIsWrongInTheStore) {
  const std::string wrong = of_partition_[FoldRig::PartitionFor(others_)].at(1);
  Order(others_, "o1", FoldRig::Noon(), 1'000);
  Order(wrong, "o1", FoldRig::Noon(), 900'000);
  Commit();
  const auto transaction = rig_.store->Begin().value();
  ASSERT_TRUE(transaction
                  ->Execute("UPDATE health_account SET state = (SELECT state FROM health_account "
                            "WHERE account = $1) WHERE account = $2",
                            {others_, wrong})
                  .ok());
  ASSERT_TRUE(transaction->Commit().ok());
  const auto found = first_->Call(&Stub::VerifyHealth, v1::VerifyHealthRequest());
  ASSERT_EQ(found.difference_count(), 1);
  EXPECT_EQ(found.differences(0).account(), "accounts/" + wrong);
  EXPECT_EQ(second_->Call(&Stub::VerifyHealth, v1::VerifyHealthRequest()).difference_count(), 0)
      << "what the owner has is right";
}

TEST_F(HealthReplicas, EitherHasEveryPartitionFoldedAgainThoughItsOwnerIsIdle) {
  for (int i = 0; i < 20; ++i) Order("a" + std::to_string(i), "o1", FoldRig::Noon(), 100 * i);
  Commit();
  const auto before = Explain(others_);
  auto rebuilt = std::async(std::launch::async, [&] {
    return first_->Call(&Stub::RebuildHealth, v1::RebuildHealthRequest());
  });
  ASSERT_TRUE(Await([&] {
    rig_.clock.Advance(config_.checkpoint_interval);  // nothing else happens
    return rebuilt.wait_for(std::chrono::milliseconds(20)) == std::future_status::ready;
  }));
  const auto response = rebuilt.get();
  EXPECT_EQ(response.partitions_rebuilt(), FoldRig::kPartitions);
  EXPECT_EQ(response.facts_folded(),
            static_cast<int64_t>(of_partition_[FoldRig::PartitionFor(mine_)].size()));
  ASSERT_TRUE(Await([&] { return second_->Folds(FoldRig::PartitionFor(others_)); }));
  for (Replica* replica : {first_.get(), second_.get()}) {
    EXPECT_EQ(replica->app->folds().Status().at(0).generation, 2);
    EXPECT_EQ(replica->Call(&Stub::VerifyHealth, v1::VerifyHealthRequest()).difference_count(), 0);
  }
  const auto after = Explain(others_);
  EXPECT_EQ(after.current().score_micros(), before.current().score_micros());
  ASSERT_EQ(after.changes_size(), before.changes_size());
  EXPECT_EQ(after.changes(0).version() >> stream::kGenerationShift, 2);
}

TEST_F(HealthReplicas, WhoIsLeftAnswersForAll) {
  Order(mine_, "o1", FoldRig::Noon(), 1'000);
  Order(others_, "o1", FoldRig::Noon(), 1'000);
  const auto before = Explain(others_);
  second_ = nullptr;
  ASSERT_TRUE(Await([&] { return first_->Folds(0) && first_->Folds(1); }));
  v1::ExplainHealthRequest request;
  request.set_account("accounts/" + others_);
  *request.mutable_to_time() = journal::ToTimestamp(rig_.clock.Now());
  EXPECT_TRUE(MessageDifferencer::Equals(first_->Call(&Stub::ExplainHealth, request).changes(0),
                                         before.changes(0)));
  const auto verified = first_->Call(&Stub::VerifyHealth, v1::VerifyHealthRequest());
  EXPECT_EQ(verified.partitions_checked_live(), FoldRig::kPartitions);
  EXPECT_EQ(verified.difference_count(), 0);
}

}  // namespace
}  // namespace bellwether::health::replicas_test
