// The whole service behind a real gRPC port, on parts in memory.
#include "services/health/app.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/health/adapters/live/health_messages.h"
#include "services/health/testing/app_fixture.h"

namespace bellwether::health::app_test {
namespace {

using bellwether::testing::Await;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TEST_F(HealthApp, ActivatesTheShippedModelOnceAndBeforeEverything) {
  Order("acme", "o1", FoldRig::Noon(), 1'000);
  EXPECT_EQ(Get("acme").model_id(), "six-dimension");
  Stop();
  Start();
  Order("acme", "o2", FoldRig::Noon(), 1'000);
  int activations = 0;
  for (int32_t p = 0; p < FoldRig::kPartitions; ++p) {
    auto reader = rig_.bus->NewReader(bus::kJournalTopic, p, 0).value();
    const auto batch = reader->Read(100, absl::ZeroDuration()).value();
    for (const auto& record : batch.records) {
      if (record.HeaderOr(bus::kHeaderType) != bus::kTypeModelActivated) continue;
      ++activations;
      EXPECT_EQ(record.HeaderOr(bus::kHeaderRecordedAt), "0");
    }
  }
  EXPECT_EQ(activations, FoldRig::kPartitions);
}

TEST_F(HealthApp, AnotherModelIsActivatedAtTheNextStart) {
  Order("acme", "o1", FoldRig::Noon(), 1'000);
  EXPECT_EQ(Get("acme").dimensions_size(), 6);
  Stop();
  config_.model = "three-dimension";
  Start();
  EXPECT_TRUE(Await([&] { return Get("acme").model_id() == "three-dimension"; }));
  EXPECT_EQ(Get("acme").dimensions_size(), 3);
  EXPECT_EQ(Call(&v1::HealthService::Stub::GetHealthModel, v1::GetHealthModelRequest()).model_id(),
            "three-dimension");
}

TEST_F(HealthApp, RefusesAModelThatIsNoneWithEveryProblem) {
  config_.model = "no-such-model";
  rpc::CallPool pool({.name = "test"}, hosted_->metrics);
  const auto app = App::Create(config_, {*rig_.bus, *rig_.store, rig_.clock, rig_.calendar,
                                         hosted_->metrics, pool, &rig_.cache});
  EXPECT_THAT(app.status().ToString(), HasSubstr("no-such-model"));
}

TEST_F(HealthApp, GetsOneAndManyAlsoWithoutTheCache) {  // H9
  Describe("acme", "core");
  Order("acme", "o1", FoldRig::Noon(), 1'000);
  const v1::AccountHealth cached = Get("acme");
  EXPECT_EQ(cached.display_name(), "The acme");
  EXPECT_GT(cached.confidence_micros(), 0);
  EXPECT_EQ(cached.last_cause().id(), "o1");

  v1::BatchGetHealthRequest many;
  many.add_accounts("accounts/nobody");
  many.add_accounts("accounts/acme");
  const auto batch = Call(&v1::HealthService::Stub::BatchGetHealth, many);
  EXPECT_THAT(batch.healths(), SizeIs(1));
  EXPECT_THAT(batch.missing_accounts(), ElementsAre("accounts/nobody"));

  v1::AccountHealth response;
  v1::GetHealthRequest request;
  request.set_account("accounts/nobody");
  EXPECT_EQ(ReasonOf(Try(&v1::HealthService::Stub::GetHealth, request, response)),
            "ACCOUNT_UNKNOWN");
  request.set_account("nobody");
  EXPECT_EQ(ReasonOf(Try(&v1::HealthService::Stub::GetHealth, request, response)), "NAME_INVALID");

  // A reader beside an empty cache: the store answers.
  Stop();
  cache::MemoryCache empty;
  metrics::Registry metrics;
  LiveHealth live({empty, *rig_.store, rig_.calendar, rig_.clock, metrics}, FoldRig::kPartitions);
  const auto stored = live.Get("acme").value();
  ASSERT_TRUE(stored.has_value());
  EXPECT_EQ(stored->score_micros(), cached.score_micros());
  EXPECT_EQ(stored->version(), cached.version());
  EXPECT_EQ(stored->metrics_size(), cached.metrics_size());
  EXPECT_EQ(live.Get("nobody").value(), std::nullopt);
}

TEST(HealthCache, IsNotOfOneProcessWhereTheStoreIsOfMany) {  // H9
  const absl::Status refused = CheckCacheIsShared("memory:", /*store_is_shared=*/true);
  EXPECT_TRUE(absl::IsInvalidArgument(refused));
  EXPECT_EQ(DetailOf(refused)->reason, "CACHE_NOT_SHARED");
  EXPECT_EQ(DetailOf(refused)->field, "cache");
  EXPECT_TRUE(CheckCacheIsShared("memory:", /*store_is_shared=*/false).ok());
  EXPECT_TRUE(CheckCacheIsShared("redis://127.0.0.1:1", /*store_is_shared=*/true).ok());
}

TEST_F(HealthApp, AnAccountDeletedInTheCacheIsNotAskedForInTheStore) {  // H9
  Order("acme", "o1", FoldRig::Noon(), 1'000);
  Order("bolt", "o1", FoldRig::Noon(), 1'000);
  Stop();
  cache::MemoryCache cache;
  metrics::Registry metrics;
  LiveHealth live({cache, *rig_.store, rig_.calendar, rig_.clock, metrics}, FoldRig::kPartitions);
  const cache::Write deleted{{CacheKey("acme"), 7, ""}, true, {}};
  ASSERT_TRUE(cache.Apply(FoldRig::PartitionFor("acme"), {deleted}, nullptr).ok());
  const auto healths = live.GetMany({"acme", "bolt"}).value();
  EXPECT_FALSE(healths[0].has_value()) << "the checkpoint is older";
  EXPECT_TRUE(healths[1].has_value());
}

TEST_F(HealthApp, AnswersFromNoStateOfThePast) {  // H9
  Order("acme", "o1", FoldRig::Noon(), 1'000);
  Stop();
  cache::MemoryCache empty;
  metrics::Registry metrics;
  LiveHealth live({empty, *rig_.store, rig_.calendar, rig_.clock, metrics}, FoldRig::kPartitions);
  rig_.FoldBackUntil(FoldRig::PartitionFor("acme"), 1);
  for (const absl::Status& refused :
       {live.Get("acme").status(), live.Rank(std::string(kRankingAll), 1, std::nullopt).status()}) {
    EXPECT_TRUE(absl::IsUnavailable(refused));
    EXPECT_EQ(DetailOf(refused)->reason, "FOLDING_BACK");
  }
  rig_.FoldBackUntil(FoldRig::PartitionFor("acme"), 0);
  EXPECT_TRUE(live.Get("acme")->has_value()) << "all that was folded before is there again";
  EXPECT_EQ(live.Rank(std::string(kRankingAll), 1, std::nullopt)->healths.size(), 1u);
}

TEST_F(HealthApp, RanksLowestFirstByTierAndPageByPage) {  // H9
  for (int i = 0; i < 5; ++i) {
    const std::string account = "a" + std::to_string(i);
    Describe(account, i < 3 ? "core" : "potential");
    // The longer ago the last order, the lower the score.
    Order(account, "o", FoldRig::Noon(-30 * (5 - i)), 1'000);
  }
  v1::RankHealthRequest request;
  request.set_page_size(2);
  std::vector<std::string> order;
  int64_t last = -1;
  do {
    const auto page = Call(&v1::HealthService::Stub::RankHealth, request);
    EXPECT_LE(page.healths_size(), 2);
    for (const auto& health : page.healths()) {
      EXPECT_GE(health.score_micros(), last);
      last = health.score_micros();
      order.push_back(health.account());
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(order, ElementsAre("accounts/a0", "accounts/a1", "accounts/a2", "accounts/a3",
                                 "accounts/a4"));
  v1::RankHealthRequest core;
  core.set_tier("core");
  EXPECT_THAT(Call(&v1::HealthService::Stub::RankHealth, core).healths(), SizeIs(3));
  core.set_owner("li");
  v1::RankHealthResponse response;
  EXPECT_EQ(ReasonOf(Try(&v1::HealthService::Stub::RankHealth, core, response)), "FILTER_INVALID");
  v1::RankHealthRequest bogus;
  bogus.set_tier("bogus");
  EXPECT_EQ(ReasonOf(Try(&v1::HealthService::Stub::RankHealth, bogus, response)), "TIER_UNKNOWN");
}

TEST_F(HealthApp, ListsDaysAsKnownNowAndAsKnownThen) {  // H9
  Order("acme", "o1", FoldRig::Noon(), 1'000);
  Tick(FoldRig::Noon(3));
  rig_.clock.Set(FoldRig::Noon(3));
  events::v1::Fact survey;
  survey.mutable_survey_answered()->set_kind(events::v1::SURVEY_KIND_CSAT);
  survey.mutable_survey_answered()->set_score_micros(40'000'000);
  AwaitApplied(rig_.SendFact("acme", "s1", FoldRig::Noon(1), survey, FoldRig::Noon(3)));
  Tick(FoldRig::Noon(3) + absl::Seconds(1));
  v1::ListHealthHistoryRequest request;
  request.set_account("accounts/acme");
  request.set_page_size(2);
  v1::ListHealthHistoryResponse page;
  // Snapshots are written with the next checkpoint.
  ASSERT_TRUE(Await([&] {
    page = Call(&v1::HealthService::Stub::ListHealthHistory, request);
    return page.snapshots_size() == 2 && page.snapshots(0).restated();
  }));
  EXPECT_EQ(page.snapshots(0).day(), "2026-03-04");
  EXPECT_EQ(page.snapshots(1).day(), "2026-03-03");
  request.set_page_token(page.next_page_token());
  const auto rest = Call(&v1::HealthService::Stub::ListHealthHistory, request);
  ASSERT_EQ(rest.snapshots_size(), 1);
  EXPECT_EQ(rest.snapshots(0).day(), "2026-03-02");
  EXPECT_FALSE(rest.snapshots(0).restated());
  EXPECT_EQ(rest.next_page_token(), "");

  v1::ListHealthHistoryRequest then;
  then.set_account("accounts/acme");
  *then.mutable_known_at() = journal::ToTimestamp(FoldRig::Noon(3));
  const auto known = Call(&v1::HealthService::Stub::ListHealthHistory, then);
  ASSERT_EQ(known.snapshots_size(), 3);
  for (const auto& snapshot : known.snapshots()) EXPECT_FALSE(snapshot.restated());
}

TEST_F(HealthApp, ExplainsEveryChangeExactly) {  // H4
  Order("acme", "o1", FoldRig::Noon(), 1'000);
  Order("acme", "o2", FoldRig::Noon(1), 5'000);
  Tick(FoldRig::Noon(2));
  rig_.clock.Set(FoldRig::Noon(2));
  v1::ExplainHealthRequest request;
  request.set_account("accounts/acme");
  request.set_limit(1'000);
  const auto explained = Call(&v1::HealthService::Stub::ExplainHealth, request);
  EXPECT_FALSE(explained.refold_differs());
  ASSERT_GE(explained.changes_size(), 2);
  int64_t score = explained.current().score_micros();
  for (const auto& change : explained.changes()) {  // newest first
    EXPECT_EQ(change.score_after_micros(), score);
    int64_t points = 0;
    for (const auto& point : change.points()) points += point.points_micros();
    EXPECT_EQ(points, change.score_after_micros() - change.score_before_micros());
    score = change.score_before_micros();
  }
  EXPECT_EQ(score, 0) << "from the first fact on";
  const auto& first = explained.changes(explained.changes_size() - 1);
  EXPECT_EQ(first.cause().kind(), events::v1::CAUSE_KIND_FACT);
  EXPECT_EQ(first.cause().id(), "o1");
  EXPECT_EQ(first.version(), rig_.SignalsOf("acme")[0].version());

  request.set_limit(1);
  EXPECT_EQ(Call(&v1::HealthService::Stub::ExplainHealth, request).changes_size(), 1);
}

TEST_F(HealthApp, AnswersAsOfAPastInstant) {  // H4
  Order("acme", "o1", FoldRig::Noon(), 1'000);
  const v1::AccountHealth then = Get("acme");
  Tick(FoldRig::Noon(5));
  rig_.clock.Set(FoldRig::Noon(5));
  EXPECT_NE(Get("acme").metrics(0).value_micros(), then.metrics(0).value_micros());
  v1::GetHealthAsOfRequest request;
  request.set_account("accounts/acme");
  *request.mutable_as_of() = journal::ToTimestamp(FoldRig::Noon() + absl::Seconds(1));
  const auto as_of = Call(&v1::HealthService::Stub::GetHealthAsOf, request);
  EXPECT_EQ(as_of.score_micros(), then.score_micros());
  EXPECT_EQ(as_of.confidence_micros(), then.confidence_micros());
  ASSERT_EQ(as_of.metrics_size(), then.metrics_size());
  for (int i = 0; i < then.metrics_size(); ++i) {
    EXPECT_EQ(as_of.metrics(i).value_micros(), then.metrics(i).value_micros());
  }
  EXPECT_EQ(as_of.version(), then.version());

  v1::AccountHealth response;
  *request.mutable_as_of() = journal::ToTimestamp(FoldRig::Noon(-1));
  EXPECT_EQ(ReasonOf(Try(&v1::HealthService::Stub::GetHealthAsOf, request, response)),
            "ACCOUNT_UNKNOWN");
  *request.mutable_as_of() = journal::ToTimestamp(FoldRig::Noon(6));
  EXPECT_EQ(ReasonOf(Try(&v1::HealthService::Stub::GetHealthAsOf, request, response)),
            "TIME_INVALID");
}

TEST_F(HealthApp, VerifiesItsStateAgainstHistoryAndRebuildsIt) {
  for (int i = 0; i < 30; ++i) {
    Order("a" + std::to_string(i % 7), "o" + std::to_string(i), FoldRig::Noon(i / 5), 100 * i);
  }
  Tick(FoldRig::Noon(10));
  const auto verified = Call(&v1::HealthService::Stub::VerifyHealth, v1::VerifyHealthRequest());
  EXPECT_EQ(verified.accounts_checked(), 7);
  EXPECT_EQ(verified.facts_folded(), 30);
  EXPECT_EQ(verified.difference_count(), 0);

  const v1::AccountHealth before = Get("a3");
  const auto rebuilt = Call(&v1::HealthService::Stub::RebuildHealth, v1::RebuildHealthRequest());
  EXPECT_EQ(rebuilt.partitions_rebuilt(), FoldRig::kPartitions);
  EXPECT_EQ(rebuilt.facts_folded(), 30);
  const v1::AccountHealth after = Get("a3");
  EXPECT_EQ(after.score_micros(), before.score_micros());
  EXPECT_EQ(
      Call(&v1::HealthService::Stub::VerifyHealth, v1::VerifyHealthRequest()).difference_count(),
      0);
}

TEST_F(HealthApp, AnswersTheOutcomeOfAFactAndOfAnImport) {  // X1
  Order("acme", "o1", FoldRig::Noon(), 100, "run");
  const auto last = Order("acme", "o1", FoldRig::Noon(), 100, "run");
  v1::GetFactOutcomeRequest fact;
  fact.set_account_id("acme");
  fact.set_source("test");
  fact.set_id("o1");
  EXPECT_EQ(Call(&v1::HealthService::Stub::GetFactOutcome, fact).outcome(), v1::OUTCOME_DUPLICATE);
  Order("acme", "o2", FoldRig::Noon(), 100);
  fact.set_id("o2");
  EXPECT_EQ(Call(&v1::HealthService::Stub::GetFactOutcome, fact).outcome(), v1::OUTCOME_COUNTED);
  fact.set_id("o3");
  v1::FactOutcome none;
  EXPECT_EQ(ReasonOf(Try(&v1::HealthService::Stub::GetFactOutcome, fact, none)), "FACT_UNKNOWN");

  v1::GetImportReportRequest request;
  request.set_import_run("run");
  auto* up_to = request.add_up_to();
  up_to->set_partition(last.partition);
  up_to->set_offset(last.offset);
  const auto report = Call(&v1::HealthService::Stub::GetImportReport, request);
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(report.counted(), 1);
  EXPECT_EQ(report.duplicates(), 1);
  up_to->set_offset(last.offset + 100);
  EXPECT_FALSE(Call(&v1::HealthService::Stub::GetImportReport, request).complete());
}

TEST_F(HealthApp, WatchersSeeWhatIsThereAndThenEveryChange) {  // H9
  Order("acme", "o1", FoldRig::Noon(), 100);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
  v1::WatchHealthRequest request;
  request.add_accounts("accounts/acme");
  const auto reader = stub_->WatchHealth(&context, request);
  v1::WatchHealthResponse seen;
  ASSERT_TRUE(reader->Read(&seen));
  EXPECT_EQ(seen.mark().kind(), type::v1::WATCH_MARK_KIND_SNAPSHOT);
  ASSERT_TRUE(reader->Read(&seen));
  EXPECT_EQ(seen.health().account(), "accounts/acme");
  const int64_t score = seen.health().score_micros();
  EXPECT_TRUE(seen.previous_absent()) << "a first score is no rise from nothing";
  ASSERT_TRUE(reader->Read(&seen));
  EXPECT_EQ(seen.mark().kind(), type::v1::WATCH_MARK_KIND_SNAPSHOT_END);
  Order("bolt", "o1", FoldRig::Noon(), 100);
  Order("acme", "o2", FoldRig::Noon(1), 900'000);
  ASSERT_TRUE(reader->Read(&seen));
  EXPECT_EQ(seen.health().account(), "accounts/acme");
  EXPECT_EQ(seen.cause().id(), "o2");
  EXPECT_LE(seen.previous_score_micros(), score);
  EXPECT_FALSE(seen.previous_absent());
  context.TryCancel();
  reader->Finish();
}

}  // namespace
}  // namespace bellwether::health::app_test
