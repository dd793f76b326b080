#include "services/alerts/adapters/escalation_timers.h"

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "common/outbox/outbox.h"
#include "common/store/testing/test_database.h"
#include "common/stream/testing/faulty_store.h"
#include "common/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "services/alerts/adapters/sql_board.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::escalation_timers_test {
namespace {

using for_tests::kStart;

// Alerts that nobody acknowledges, and timers that are run by hand.
class EscalationTimersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(CreateTables(*store_).ok());
    ASSERT_TRUE(outbox::CreateTables(*store_).ok());
  }

  void Fire(const std::string& subject) {
    const ConditionChange fired{.kind = ChangeKind::kFired,
                                .rule_id = "R13",
                                .subject = subject,
                                .subject_type = SubjectType::kAccount,
                                .level = Level::kYellow,
                                .at = clock_.Now(),
                                .since = clock_.Now(),
                                .reason = VerdictReason::kThresholdCrossed};
    const auto transaction = *store_->Begin();
    SqlCaseRows rows(*transaction, context_);
    ASSERT_TRUE(book_.ApplyChanges(rows, 0, {fired}, clock_.Now()).ok());
    ASSERT_TRUE(transaction->Commit().ok());
    clock_.Advance(absl::Seconds(1));
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

  const LogCapture quiet_{[](absl::string_view) {}};
  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  stream::testing::FaultyStore faulty_{*store_};
  bellwether::testing::FakeClock clock_{kStart};
  metrics::Registry registry_;
  const RuleSet rules_{{for_tests::R13()}};
  const CaseRowsContext context_{.policy = for_tests::Policy()};
  const CaseBook book_{rules_, context_.policy};
  int written_ = 0;
  EscalationTimers timers_{faulty_,  clock_,    book_,
                           context_, registry_, {.written = [this] { ++written_; }}};
};

TEST_F(EscalationTimersTest, WhatIsNotAcknowledgedInTimeGoesOneRungUp) {
  Fire("acme");
  EXPECT_EQ(*timers_.RunDue(), 0);
  clock_.Advance(for_tests::R13().acknowledge_within);
  EXPECT_EQ(*timers_.RunDue(), 1);
  EXPECT_EQ(RungOf("acme"), 1);
  EXPECT_EQ(*timers_.RunDue(), 0);
  EXPECT_EQ(written_, 1);
}

TEST_F(EscalationTimersTest, OneAlertThatCannotBeReadHoldsUpNoneBehindIt) {
  Fire("acme");
  Fire("bravo");
  MakeUnreadable("acme");
  clock_.Advance(for_tests::R13().acknowledge_within);
  EXPECT_TRUE(absl::IsDataLoss(timers_.RunDue().status())) << "so that the loop waits and says so";
  EXPECT_EQ(RungOf("bravo"), 1);
  EXPECT_EQ(written_, 1);
}

TEST_F(EscalationTimersTest, AStoreThatIsAwayIsAskedOnceARoundAndNotOncePerAlert) {
  Fire("acme");
  Fire("bravo");
  clock_.Advance(for_tests::R13().acknowledge_within);
  int asked = 0;
  faulty_.fault = [&](absl::string_view call) {
    if (call != "Begin") return absl::OkStatus();
    ++asked;
    return absl::UnavailableError("away");
  };
  EXPECT_TRUE(absl::IsUnavailable(timers_.RunDue().status()));
  EXPECT_EQ(asked, 1);
  faulty_.fault = nullptr;
  EXPECT_EQ(*timers_.RunDue(), 2);
}

}  // namespace
}  // namespace bellwether::alerts::escalation_timers_test
