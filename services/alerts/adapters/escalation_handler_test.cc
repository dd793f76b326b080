#include "services/alerts/adapters/escalation_handler.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/bus/topics.h"
#include "common/journal/clock_round.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "common/store/testing/test_database.h"
#include "common/stream/testing/sim_bus.h"
#include "common/testing/fake_clock.h"
#include "common/timers/timer_runner.h"
#include "gmock/gmock.h"
#include "services/alerts/adapters/escalation_timer.h"
#include "services/alerts/adapters/sql_board.h"
#include "services/alerts/migration_files.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::escalation_handler_test {
namespace {

using for_tests::kStart;

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Alerts that nobody acknowledges, and a runner of timers that is stepped.
class EscalationHandlerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(CreateTables(*store_).ok());
    ASSERT_TRUE(outbox::CreateTables(*store_).ok());
    bus_.CreateTopic(bus::kClockTopic, journal::kClockPartitions);
  }

  // When.
  absl::Time Fire(const std::string& subject) {
    const absl::Time at = clock_.Now();
    const ConditionChange fired{.kind = ChangeKind::kFired,
                                .rule_id = "R13",
                                .subject = subject,
                                .subject_type = "account",
                                .level = Level::kYellow,
                                .at = clock_.Now(),
                                .since = clock_.Now(),
                                .reason = VerdictReason::kThresholdCrossed};
    const auto transaction = *store_->Begin();
    SqlCaseRows rows(*transaction, context_);
    EXPECT_TRUE(book_.ApplyChanges(rows, 0, {fired}, at).ok());
    EXPECT_TRUE(transaction->Commit().ok());
    clock_.Advance(absl::Seconds(1));
    return at;
  }
  void MakeUnreadable(const std::string& subject) {
    const auto transaction = *store_->Begin();
    ASSERT_EQ(*transaction->Execute("UPDATE alert_cases SET stored = $2 WHERE subject = $1",
                                    {subject, store::Blob{"no case"}}),
              1);
    ASSERT_TRUE(transaction->Commit().ok());
  }
  int32_t RungOf(const std::string& subject) {
    const auto transaction = *store_->BeginRead();
    return ReadAlert(*transaction, context_.policy, absl::StrCat("R13.", subject, ".1"))
        ->escalation_level();
  }

  // A round of the clock at its present time, and the look that follows.
  absl::Status Tick() {
    bus_.Append(bus::kClockTopic, 0, journal::EncodeClockRound({.time = clock_.Now()}));
    return runner_.Step().status();
  }

  const LogCapture quiet_{[](absl::string_view) {}};
  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  bellwether::testing::FakeClock clock_{kStart};
  metrics::Registry registry_;
  const RuleSet rules_{{for_tests::R13()}};
  const CaseRowsContext context_{.for_update = std::string(store_->ForUpdate()),
                                 .policy = for_tests::Policy()};
  const CaseBook book_{rules_, context_.policy};
  int written_ = 0;
  EscalationHandler handler_{book_, context_, registry_, [this] { ++written_; }};
  stream::testing::SimBus bus_;
  stream::testing::SimClient client_{bus_};
  timers::TimerRunner runner_{
      {*store_, client_, clock_, registry_}, {.service = "alerts"}, {{kEscalation, &handler_}}};
};

TEST_F(EscalationHandlerTest, WhatIsNotAcknowledgedInTimeGoesOneRungUp) {  // L3
  const absl::Time fired = Fire("acme");
  clock_.Set(fired + for_tests::R13().acknowledge_within);
  ASSERT_TRUE(Tick().ok());
  EXPECT_EQ(RungOf("acme"), 0) << "an acknowledgement would still be in time";
  clock_.Advance(absl::Microseconds(1));
  ASSERT_TRUE(Tick().ok());
  EXPECT_EQ(RungOf("acme"), 1);
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(Tick().ok());
  EXPECT_EQ(RungOf("acme"), 1);
  EXPECT_EQ(written_, 1);
}

TEST_F(EscalationHandlerTest, AnAcknowledgedAlertDoesNotEscalate) {  // L3
  Fire("acme");
  const auto transaction = *store_->Begin();
  SqlCaseRows rows(*transaction, context_);
  ASSERT_TRUE(book_.Acknowledge(rows, "R13.acme.1", {.actor = "li", .at = clock_.Now()}).ok());
  ASSERT_TRUE(transaction->Commit().ok());
  clock_.Advance(for_tests::R13().acknowledge_within);
  ASSERT_TRUE(Tick().ok());
  EXPECT_EQ(RungOf("acme"), 0);
  EXPECT_EQ(written_, 0);
}

TEST_F(EscalationHandlerTest, OneAlertThatCannotBeReadHoldsUpNoneBehindIt) {
  Fire("acme");
  Fire("bravo");
  MakeUnreadable("acme");
  clock_.Advance(for_tests::R13().acknowledge_within);
  ASSERT_TRUE(Tick().ok());
  EXPECT_EQ(RungOf("bravo"), 1);
  EXPECT_EQ(written_, 1);
  EXPECT_THAT(registry_.Expose(),
              HasSubstr("bellwether_timers_failed_total{kind=\"alerts.escalation\"} 1"));
}

// The tables and an unacknowledged case as the version before common/timers wrote them.
TEST(EscalationMigration, WhatWasPendingInAnOlderStoreStillFires) {
  const std::unique_ptr<store::Store> store = store::testing::NewScratchStore();
  ASSERT_TRUE(
      store::Migrate(*store, store::MigrationsFrom("alerts", MigrationFiles().subspan(0, 1))).ok());
  const absl::Time escalate_at = kStart + absl::Hours(1);
  {
    const auto transaction = *store->Begin();
    for (const auto& [id, micros] :
         {std::pair("pending", store::Value(absl::ToUnixMicros(escalate_at))),
          std::pair("acknowledged", store::Null())}) {
      ASSERT_TRUE(transaction
                      ->Execute("INSERT INTO alert_cases (alert_id, rule_id, subject, sequence, "
                                "partition_number, state, level, priority, began_micros, backfill, "
                                "escalate_micros, stored) VALUES ($1, 'R13', $1, 1, 0, 2, 1, 1, 0, "
                                "0, $2, $3)",
                                {id, micros, store::Blob{"stored"}})
                      .ok());
    }
    ASSERT_TRUE(transaction->Commit().ok());
  }
  ASSERT_TRUE(CreateTables(*store).ok());
  const auto reading = *store->BeginRead();
  EXPECT_THAT(*timers::Due(*reading, {.urgent = escalate_at}, 10), IsEmpty());
  const auto due = *timers::Due(*reading, {.urgent = escalate_at + kJustAfter}, 10);
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].kind, kEscalation.name);
  EXPECT_EQ(due[0].timer.subject, (timers::Subject{"alert", "pending"}));
}

}  // namespace
}  // namespace bellwether::alerts::escalation_handler_test
