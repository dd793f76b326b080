#include "services/alerts/adapters/alertmanager_reporter.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/http/testing/http_receiver.h"
#include "common/outbox/outbox.h"
#include "common/store/testing/test_database.h"
#include "common/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/adapters/sql_case_rows.h"
#include "services/alerts/adapters/sql_silences.h"
#include "services/alerts/application/case_book.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::alertmanager_reporter_test {
namespace {

using for_tests::kStart;
using http::testing::HttpReceiver;
using http::testing::ReceivedRequest;
using http::testing::ReceiverAnswer;
using ::testing::HasSubstr;
using ::testing::Not;

// A store with alerts and a reporter that is stepped by hand.
class AlertmanagerReporterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(CreateTables(*store_).ok());
    ASSERT_TRUE(outbox::CreateTables(*store_).ok());
    ASSERT_TRUE(lease::CreateTables(*store_).ok());
  }

  void Change(ChangeKind kind, Level level, const std::string& subject = "acme",
              bool backfill = false) {
    ConditionChange change{.kind = kind,
                           .rule_id = "R13",
                           .subject = subject,
                           .account = subject,
                           .level = level,
                           .at = clock_.Now(),
                           .since = clock_.Now(),
                           .reason = VerdictReason::kThresholdCrossed};
    change.backfill = backfill;
    auto transaction = *store_->Begin();
    SqlCaseRows rows(*transaction, context_);
    ASSERT_TRUE(book_.ApplyChanges(rows, 0, {change}, clock_.Now()).ok());
    ASSERT_TRUE(transaction->Commit().ok());
  }

  void Silence(const std::string& account) {
    auto transaction = *store_->Begin();
    const alerts::Silence silence{.id = "s1",
                                  .matchers = {.accounts = {account}},
                                  .start = clock_.Now(),
                                  .end = clock_.Now() + absl::Hours(1)};
    ASSERT_TRUE(InsertSilence(*transaction, silence).ok());
    ASSERT_TRUE(transaction->Commit().ok());
  }

  void FireMany(size_t count) {
    for (size_t i = 0; i < count; ++i) {
      Change(ChangeKind::kFired, Level::kRed, absl::StrCat("a", i));
    }
  }

  std::unique_ptr<AlertmanagerReporter> ReporterTo(const std::string& url,
                                                   const std::string& owner = "one",
                                                   const std::string& token = "",
                                                   size_t alerts_max = 10'000) {
    return std::make_unique<AlertmanagerReporter>(
        *store_, clock_, http_, context_.policy, registry_,
        AlertmanagerOptions{.owner = owner,
                            .url = *http::ParseUrl(url),
                            .token = token,
                            .timeout = absl::Milliseconds(300),
                            .alerts_max = alerts_max});
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  bellwether::testing::FakeClock clock_{kStart};
  const http::Client http_;
  metrics::Registry registry_;
  const RuleSet rules_{{for_tests::R13()}};
  const CaseRowsContext context_{.policy = for_tests::Policy()};
  const CaseBook book_{rules_, context_.policy};
};

TEST_F(AlertmanagerReporterTest, PostsWhatAlertmanagerNeedsToKnow) {
  HttpReceiver receiver;
  Change(ChangeKind::kFired, Level::kRed);
  const auto reporter = ReporterTo(receiver.url("/api/v2/alerts"), "one", "sesame");
  ASSERT_TRUE(reporter->Report().ok());
  ASSERT_EQ(receiver.count(), 1u);
  const ReceivedRequest request = receiver.received()[0];
  EXPECT_EQ(request.target, "/api/v2/alerts");
  EXPECT_EQ(request.headers.at("content-type"), "application/json");
  EXPECT_EQ(request.headers.at("authorization"), "Bearer sesame");
  EXPECT_THAT(request.body,
              HasSubstr(R"([{"labels":{"alertname":"R13","severity":"red",)"
                        R"("alert_id":"R13.acme.1","subject_type":"account","subject":"acme"},)"));
  EXPECT_THAT(request.body, HasSubstr(R"("summary":"Title")"));
  EXPECT_THAT(request.body, HasSubstr(R"("summary_zh":"标题")"));
  EXPECT_THAT(request.body, HasSubstr(R"("state":"firing")"));
  EXPECT_THAT(request.body, HasSubstr(R"("startsAt":"2023-11-14T22:13:20+00:00")"));
  EXPECT_THAT(request.body, HasSubstr(R"("endsAt":"2023-11-14T22:17:20+00:00"}])"));
  ASSERT_TRUE(reporter->Report().ok());
  EXPECT_EQ(receiver.count(), 1u) << "nothing is due";
  EXPECT_THAT(registry_.Expose(), HasSubstr("bellwether_alerts_alertmanager_listed"));
}

TEST_F(AlertmanagerReporterTest, LeavesOutThePastAndWhatOnlyWaits) {
  HttpReceiver receiver;
  Change(ChangeKind::kFired, Level::kRed, "built", /*backfill=*/true);
  Change(ChangeKind::kPending, Level::kRed, "waiting");
  ASSERT_TRUE(ReporterTo(receiver.url())->Report().ok());
  EXPECT_EQ(receiver.count(), 0u);
}

TEST_F(AlertmanagerReporterTest, PostsAgainWhatAFailingAlertmanagerDidNotTake) {
  HttpReceiver receiver([](size_t before, const ReceivedRequest&) {
    return ReceiverAnswer{.status = before == 0 ? 500 : 200};
  });
  Change(ChangeKind::kFired, Level::kRed);
  const auto reporter = ReporterTo(receiver.url());
  EXPECT_TRUE(absl::IsUnavailable(reporter->Report().status()));
  ASSERT_TRUE(reporter->Report().ok());
  EXPECT_EQ(receiver.count(), 2u);
  EXPECT_EQ(receiver.received()[0].body, receiver.received()[1].body);
}

TEST_F(AlertmanagerReporterTest, DoesNotInsistOnWhatIsRefused) {
  HttpReceiver receiver(
      [](size_t, const ReceivedRequest&) { return ReceiverAnswer{.status = 400}; });
  Change(ChangeKind::kFired, Level::kRed);
  const auto reporter = ReporterTo(receiver.url());
  ASSERT_TRUE(reporter->Report().ok());
  ASSERT_TRUE(reporter->Report().ok());
  EXPECT_EQ(receiver.count(), 1u);
  clock_.Advance(absl::Minutes(1));
  ASSERT_TRUE(reporter->Report().ok());
  EXPECT_EQ(receiver.count(), 2u);
  EXPECT_THAT(registry_.Expose(), HasSubstr("outcome=\"REFUSED\""));
}

TEST_F(AlertmanagerReporterTest, ARaiseEndsTheLowerLevelAndTheEndEndsBoth) {
  HttpReceiver receiver;
  Change(ChangeKind::kFired, Level::kYellow);
  const auto reporter = ReporterTo(receiver.url());
  ASSERT_TRUE(reporter->Report().ok());
  clock_.Advance(absl::Seconds(10));
  Change(ChangeKind::kRaised, Level::kRed);
  ASSERT_TRUE(reporter->Report().ok());
  ASSERT_EQ(receiver.count(), 2u);
  EXPECT_THAT(receiver.received()[1].body, HasSubstr(R"("severity":"red")"));
  EXPECT_THAT(receiver.received()[1].body, HasSubstr(R"("severity":"yellow")"));
  EXPECT_THAT(receiver.received()[1].body, HasSubstr(R"("endsAt":"2023-11-14T22:13:30+00:00")"));
  clock_.Advance(absl::Seconds(10));
  Change(ChangeKind::kCleared, Level::kNone);
  ASSERT_TRUE(reporter->Report().ok());
  EXPECT_THAT(receiver.received()[2].body, HasSubstr(R"("severity":"red")"));
  EXPECT_THAT(receiver.received()[2].body, HasSubstr(R"("endsAt":"2023-11-14T22:13:40+00:00")"));
  EXPECT_THAT(receiver.received()[2].body, Not(HasSubstr("yellow")));
}

TEST_F(AlertmanagerReporterTest, PostsManyInMessagesOfALimitedSize) {
  HttpReceiver receiver;
  FireMany(kListingsPerPost + 1);
  ASSERT_TRUE(ReporterTo(receiver.url())->Report().ok());
  EXPECT_EQ(receiver.count(), 2u);
}

TEST_F(AlertmanagerReporterTest, AMessageThatFailsHoldsUpNoneBehindIt) {
  HttpReceiver receiver([](size_t before, const ReceivedRequest&) {
    return ReceiverAnswer{.status = before == 0 ? 500 : 200};
  });
  FireMany(kListingsPerPost + 1);
  const auto reporter = ReporterTo(receiver.url());
  EXPECT_TRUE(absl::IsUnavailable(reporter->Report().status()));
  EXPECT_EQ(receiver.count(), 2u);
  ASSERT_TRUE(reporter->Report().ok());
  ASSERT_EQ(receiver.count(), 3u) << "of what was taken nothing is said again";
  EXPECT_EQ(receiver.received()[0].body, receiver.received()[2].body);
}

TEST_F(AlertmanagerReporterTest, EachMessageHoldsFromWhenItIsSent) {
  HttpReceiver receiver([this](size_t, const ReceivedRequest&) {
    clock_.Advance(absl::Seconds(9));
    return ReceiverAnswer{};
  });
  FireMany(2 * kListingsPerPost + 1);
  ASSERT_TRUE(ReporterTo(receiver.url())->Report().ok());
  ASSERT_EQ(receiver.count(), 3u);
  EXPECT_THAT(receiver.received()[0].body, HasSubstr(R"("endsAt":"2023-11-14T22:17:20+00:00")"));
  EXPECT_THAT(receiver.received()[2].body, HasSubstr(R"("endsAt":"2023-11-14T22:17:38+00:00")"));
}

TEST_F(AlertmanagerReporterTest, StopsAmongItsMessagesOnceAnotherHoldsTheLease) {
  lease::Lease* others = nullptr;
  HttpReceiver receiver([&](size_t, const ReceivedRequest&) {
    clock_.Advance(absl::Minutes(1));  // longer than the lease
    EXPECT_TRUE(*others->Hold());
    return ReceiverAnswer{};
  });
  const std::string authority = http::ParseUrl(receiver.url())->Authority();
  lease::Lease lease(*store_, clock_,
                     {.name = absl::StrCat("alerts-alertmanager-", authority),
                      .owner = "other",
                      .duration = absl::Minutes(1)});
  others = &lease;
  FireMany(kListingsPerPost + 1);
  ASSERT_TRUE(ReporterTo(receiver.url())->Report().ok());
  EXPECT_EQ(receiver.count(), 1u);
}

TEST_F(AlertmanagerReporterTest, BeyondTheLimitDoesNotEndTheRest) {
  HttpReceiver receiver;
  Change(ChangeKind::kFired, Level::kYellow, "first");
  const auto reporter = ReporterTo(receiver.url(), "one", "", /*alerts_max=*/1);
  ASSERT_TRUE(reporter->Report().ok());
  Change(ChangeKind::kFired, Level::kRed, "second");
  ASSERT_TRUE(reporter->Report().ok());
  ASSERT_EQ(receiver.count(), 2u);
  EXPECT_THAT(receiver.received()[1].body, HasSubstr(R"("subject":"second")"));
  EXPECT_THAT(receiver.received()[1].body, Not(HasSubstr(R"("subject":"first")")));
  Change(ChangeKind::kCleared, Level::kNone, "second");
  ASSERT_TRUE(reporter->Report().ok());
  EXPECT_THAT(receiver.received()[2].body, HasSubstr(R"("subject":"second")"));
  EXPECT_THAT(receiver.received()[2].body, Not(HasSubstr(R"("subject":"first")")))
      << "it was never over, and is not due for a repeat";
}

TEST_F(AlertmanagerReporterTest, WhatASilenceKeepsBackTakesNoPlaceAndEndsNobody) {  // L3
  HttpReceiver receiver;
  Silence("silenced");
  Change(ChangeKind::kFired, Level::kYellow, "first");
  const auto reporter = ReporterTo(receiver.url(), "one", "", /*alerts_max=*/1);
  ASSERT_TRUE(reporter->Report().ok());
  ASSERT_EQ(receiver.count(), 1u);
  Change(ChangeKind::kFired, Level::kRed, "silenced");
  ASSERT_TRUE(reporter->Report().ok());
  EXPECT_EQ(receiver.count(), 1u) << "the first is neither over nor due for a repeat";
  Change(ChangeKind::kFired, Level::kOrange, "second");
  ASSERT_TRUE(reporter->Report().ok());
  ASSERT_EQ(receiver.count(), 2u);
  EXPECT_THAT(receiver.received()[1].body, HasSubstr(R"("subject":"second")"));
  EXPECT_THAT(receiver.received()[1].body, Not(HasSubstr(R"("subject":"first")")));
}

TEST_F(AlertmanagerReporterTest, OfTwoReplicasOnePostsAndTheOtherTakesOverWithEverything) {
  HttpReceiver receiver;
  Change(ChangeKind::kFired, Level::kRed);
  const auto one = ReporterTo(receiver.url(), "one");
  const auto other = ReporterTo(receiver.url(), "other");
  ASSERT_TRUE(one->Report().ok());
  ASSERT_TRUE(other->Report().ok());
  EXPECT_EQ(receiver.count(), 1u);
  one->Stop();
  ASSERT_TRUE(other->Report().ok());
  EXPECT_EQ(receiver.count(), 2u);
  EXPECT_EQ(receiver.received()[0].body, receiver.received()[1].body);
}

}  // namespace
}  // namespace bellwether::alerts::alertmanager_reporter_test
