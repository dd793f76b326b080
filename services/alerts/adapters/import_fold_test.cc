// The condition fold while imports run (L3): accounts that an import touches are judged once.
#include <functional>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/adapters/condition_fold.h"
#include "services/alerts/adapters/sql_import_holds.h"
#include "services/alerts/testing/folded_alerts.h"
#include "services/alerts/testing/rules.h"
#include "services/alerts/testing/signals.h"

namespace bellwether::alerts::import_fold_test {
namespace {

using for_tests::kStart;
using ::testing::ElementsAre;
using testing::FoldedAlerts;
using ::testing::IsEmpty;
using testing::Score;
using testing::Seen;
using testing::SignalOf;
using testing::SignalRecord;
using ::testing::SizeIs;

constexpr absl::Duration kLease = absl::Minutes(2);
constexpr absl::Duration kMicro = absl::Microseconds(1);

Rule WaitingR13() {
  Rule rule = for_tests::R13();
  rule.id = "R13w";
  rule.for_duration = absl::Hours(1);
  return rule;
}

// An opportunity that is worth more than 100.
Rule LargeDeal() {
  Threshold condition;
  condition.value = "opportunity.amount";
  condition.direction = Direction::kAbove;
  condition.levels = {{.level = Level::kYellow, .fire_micros = 100 * kMicros}};
  Rule rule = for_tests::RuleOf("T1", condition);
  rule.scope = "opportunity";
  return rule;
}

// Health says what it says, imports run, and the fold is looked at.
class ImportRig {
 public:
  explicit ImportRig(std::vector<Rule> rules) : alerts_(std::move(rules)) {}

  void Say(const std::string& account, absl::Time at, const testing::NamedFigures& values,
           const std::string& import_run = "") {
    events::v1::Signal signal = SignalOf(account, ++version_, at, values);
    signal.mutable_steps(0)->mutable_cause()->set_import_run(import_run);
    alerts_.Append(account, SignalRecord(signal, at));
  }
  // What is left of the account's values once the run is taken back.
  void Withdrawn(const std::string& account, absl::Time at, const testing::NamedFigures& values,
                 const std::string& run) {
    events::v1::Signal signal = SignalOf(account, ++version_, at, values);
    events::v1::SignalStep& step = *signal.mutable_steps(0);
    step.set_history_restated(true);
    step.mutable_cause()->set_kind(events::v1::CAUSE_KIND_IMPORT_RUN_WITHDRAWN);
    step.mutable_cause()->set_id(run);
    alerts_.Append(account, SignalRecord(signal, at));
  }
  void SayAttributes(const std::string& account, absl::Time at, const std::string& owner,
                     const std::string& tier) {
    events::v1::Signal signal = SignalOf(account, ++version_, at, {});
    signal.mutable_steps(0)->mutable_cause()->set_kind(events::v1::CAUSE_KIND_ACCOUNT_CHANGED);
    signal.mutable_steps(0)->mutable_attributes()->set_owner(owner);
    signal.mutable_steps(0)->mutable_attributes()->set_tier(tier);
    alerts_.Append(account, SignalRecord(signal, at));
  }
  void SayAmount(const std::string& opportunity, const std::string& account, absl::Time at,
                 int64_t amount, const std::string& moved_to = "") {
    events::v1::Signal signal;
    signal.set_subject(opportunity);
    signal.set_subject_type(events::v1::SUBJECT_TYPE_OPPORTUNITY);
    signal.set_account(account);
    signal.set_version(++version_);
    signal.set_entity_version(++entity_version_);
    events::v1::SignalStep& step = *signal.add_steps();
    step.set_time_micros(absl::ToUnixMicros(at));
    step.mutable_cause()->set_kind(events::v1::CAUSE_KIND_SUBJECT_CHANGED);
    step.set_moved_to(moved_to);
    if (moved_to.empty()) {
      step.add_values()->set_name("opportunity.amount");
      step.mutable_values(0)->set_value(amount * kMicros);
    }
    alerts_.Append(account, SignalRecord(signal, at));
  }

  void Started(const std::string& run, absl::Time at) {
    alerts_.AppendToAll(testing::RunStarted(run, kLease), at);
  }
  void Renewed(const std::string& run, absl::Time at) {
    alerts_.AppendToAll(testing::RunRenewed(run, kLease), at);
  }
  void Ended(const std::string& run, absl::Time at) {
    alerts_.AppendToAll(testing::RunEnded(run), at);
  }

  Seen Folded() {
    if (!alerts_.up()) alerts_.Boot();
    alerts_.CatchUp();
    return alerts_.Look();
  }
  // As after a process was killed with everything committed.
  Seen Reloaded() {
    Folded();
    alerts_.Crash();
    return Folded();
  }
  ImportCount Counted() {
    if (alerts_.up()) alerts_.Close();  // commits
    return *CountImports(**alerts_.store().BeginRead());
  }

  FoldedAlerts alerts_;

 private:
  int64_t version_ = 0;
  int64_t entity_version_ = 0;
};

class ImportFoldTest : public ::testing::Test, protected ImportRig {
 protected:
  ImportFoldTest() : ImportRig({for_tests::R02(), for_tests::R13(), for_tests::R39()}) {}
};

// 20 steady customers come in order by order; in between each seems to buy less and less.
TEST_F(ImportFoldTest, WhatOnlyHeldBetweenTheFactsOfAnImportRaisesNothing) {
  Started("r1", kStart);
  for (int order = 1; order <= 9; ++order) {
    for (int customer = 0; customer < 20; ++customer) {
      Say(absl::StrCat("c", customer), kStart + absl::Seconds(order),
          {{"orders.count_90d", order * kMicros}, {"orders.count_90d_before", 9 * kMicros}}, "r1");
    }
  }
  EXPECT_THAT(Folded().cases, IsEmpty());
  EXPECT_EQ(Counted().runs, 1);
  EXPECT_EQ(Counted().held_accounts, 20);
  Ended("r1", kStart + absl::Seconds(10));
  const Seen seen = Folded();
  EXPECT_THAT(seen.cases, IsEmpty());
  EXPECT_THAT(seen.deliveries, IsEmpty());
  EXPECT_EQ(Counted().runs, 0);
  EXPECT_EQ(Counted().held_accounts, 0);
}

TEST_F(ImportFoldTest, WhatHoldsAgainstTheWholeIsOneAlertAtTheEnd) {
  Started("r1", kStart);
  Say("bell", kStart + absl::Seconds(1), Score(50), "r1");
  Say("acme", kStart + absl::Seconds(2), Score(55), "r1");
  Say("acme", kStart + absl::Seconds(3), Score(65), "r1");
  Say("calm", kStart + absl::Seconds(3), Score(65), "r1");
  Say("calm", kStart + absl::Seconds(4), Score(95), "r1");
  Say("live", kStart + absl::Seconds(4), Score(65));
  EXPECT_THAT(Folded().deliveries, ElementsAre("ops R13.live.1/1"))
      << "an account that no import touches";
  Ended("r1", kStart + absl::Seconds(5));
  Ended("r1", kStart + absl::Seconds(6));
  const Seen seen = Folded();
  EXPECT_THAT(seen.deliveries,
              ElementsAre("ops R13.acme.1/1", "ops R13.bell.1/1", "ops R13.live.1/1"));
  EXPECT_EQ(alerts_.Latest("R13", "acme")->level, Level::kOrange);
  EXPECT_EQ(alerts_.Latest("R13", "acme")->fire_time, kStart + absl::Seconds(5));
}

TEST_F(ImportFoldTest, AnAlertOfBeforeStaysUntouchedWhereItHoldsAndEndsOnceWhereItDoesNot) {
  for (const char* account : {"acme", "bell"}) Say(account, kStart, Score(65));
  const Seen before = Folded();
  ASSERT_THAT(before.cases, SizeIs(2));
  Started("r1", kStart + absl::Seconds(1));
  for (const char* account : {"acme", "bell"}) {
    Say(account, kStart + absl::Seconds(2), Score(95), "r1");
    Say(account, kStart + absl::Seconds(3), Score(55), "r1");
  }
  Say("acme", kStart + absl::Seconds(4), Score(66), "r1");
  Say("bell", kStart + absl::Seconds(4), Score(95), "r1");
  EXPECT_EQ(Folded(), before);
  Ended("r1", kStart + absl::Seconds(5));
  Folded();
  const Case acme = *alerts_.Latest("R13", "acme");
  EXPECT_EQ(acme.entity_version, 1) << "untouched";
  EXPECT_EQ(acme.level, Level::kOrange);
  const Case bell = *alerts_.Latest("R13", "bell");
  EXPECT_EQ(bell.entity_version, 2) << "resolved once";
  EXPECT_EQ(bell.resolve_time, kStart + absl::Seconds(5));
}

TEST_F(ImportFoldTest, ARunThatNeverBeganAndOneThatIsOverHoldNothing) {
  Say("acme", kStart, Score(65), "r1");
  EXPECT_THAT(Folded().cases, SizeIs(1));
  Started("r1", kStart + absl::Seconds(1));
  Ended("r1", kStart + absl::Seconds(2));
  Say("bell", kStart + absl::Seconds(3), Score(65), "r1");
  EXPECT_THAT(Folded().cases, SizeIs(2));
}

TEST_F(ImportFoldTest, TheLeaseOfAKilledImportEndsAtExactlyItsInstant) {
  Started("r1", kStart);
  Say("acme", kStart + absl::Seconds(1), Score(65), "r1");
  alerts_.AppendTicks(kStart + kLease - kMicro);
  EXPECT_THAT(Reloaded().cases, IsEmpty());
  alerts_.AppendTicks(kStart + kLease);
  EXPECT_THAT(Folded().cases, SizeIs(1));
  EXPECT_EQ(alerts_.Latest("R13", "acme")->fire_time, kStart + kLease);
  EXPECT_EQ(Counted().runs, 0);
}

TEST_F(ImportFoldTest, ARenewalCarriesTheRunOn) {
  Started("r1", kStart);
  Say("acme", kStart + absl::Seconds(1), Score(65), "r1");
  Renewed("r1", kStart + absl::Minutes(1));
  alerts_.AppendTicks(kStart + kLease);
  EXPECT_THAT(Reloaded().cases, IsEmpty());
  alerts_.AppendTicks(kStart + absl::Minutes(1) + kLease);
  EXPECT_THAT(Folded().cases, SizeIs(1));
}

TEST_F(ImportFoldTest, LiveNewsOfAHeldAccountWaitsFifteenMinutesAtMost) {
  Started("r1", kStart);
  Say("acme", kStart + absl::Seconds(1), Score(95), "r1");
  const absl::Time news = kStart + absl::Minutes(1);
  Say("acme", news, Score(65));
  const absl::Time due = news + kImportHoldMaxDefault;
  for (absl::Time at = kStart; at < due; at += absl::Minutes(1)) Renewed("r1", at);
  alerts_.AppendTicks(due - kMicro);
  EXPECT_THAT(Reloaded().cases, IsEmpty());
  alerts_.AppendTicks(due);
  EXPECT_THAT(Folded().cases, SizeIs(1));
  EXPECT_EQ(alerts_.Latest("R13", "acme")->fire_time, due);
  // The run goes on, and so does what it brings: held anew.
  Renewed("r1", due);
  Say("acme", due + absl::Seconds(1), Score(50), "r1");
  EXPECT_EQ(Folded().deliveries.size(), 1u);
  Ended("r1", due + absl::Seconds(2));
  Folded();
  EXPECT_EQ(alerts_.Latest("R13", "acme")->level, Level::kRed);
}

TEST_F(ImportFoldTest, AnAccountOfTwoRunsIsJudgedAfterTheLater) {
  Started("r1", kStart);
  Started("r2", kStart);
  Say("acme", kStart + absl::Seconds(1), Score(65), "r1");
  Say("acme", kStart + absl::Seconds(2), Score(75), "r2");
  Ended("r1", kStart + absl::Seconds(3));
  EXPECT_THAT(Reloaded().cases, IsEmpty());
  Ended("r2", kStart + absl::Seconds(4));
  EXPECT_THAT(Folded().cases, SizeIs(1));
  EXPECT_EQ(alerts_.Latest("R13", "acme")->level, Level::kYellow);
}

TEST_F(ImportFoldTest, WhatTimeAloneBringsWaitsToo) {
  Say("acme", kStart, {{"decision_chain.last_moved", absl::ToUnixMicros(kStart)}});
  Say("bell", kStart, {{"decision_chain.last_moved", absl::ToUnixMicros(kStart)}});
  const absl::Time due = kStart + absl::Hours(24 * 7) + kMicro;
  // R02 of bell came due before its first fact, acme's comes due while it is held.
  Started("r1", due - absl::Seconds(30));
  Say("acme", due - absl::Seconds(1), Score(95), "r1");
  Say("bell", due + absl::Seconds(1), Score(95), "r1");
  alerts_.AppendTicks(due + absl::Seconds(2));
  Folded();
  EXPECT_FALSE(alerts_.Latest("R02", "acme").has_value());
  ASSERT_TRUE(alerts_.Latest("R02", "bell").has_value());
  EXPECT_EQ(alerts_.Latest("R02", "bell")->fire_time, due);
  Reloaded();
  alerts_.AppendTicks(due + absl::Seconds(3));
  Folded();
  EXPECT_FALSE(alerts_.Latest("R02", "acme").has_value()) << "also after a restart";
  Ended("r1", due + absl::Seconds(4));
  Folded();
  EXPECT_EQ(alerts_.Latest("R02", "acme")->fire_time, due + absl::Seconds(4));
  EXPECT_EQ(alerts_.Latest("R02", "acme")->since, kStart);
}

TEST_F(ImportFoldTest, AttributesThatChangeMeanwhileAreFollowedAtTheEnd) {
  Say("acme", kStart, Score(65));
  Started("r1", kStart + absl::Seconds(1));
  Say("acme", kStart + absl::Seconds(2), Score(64), "r1");
  SayAttributes("acme", kStart + absl::Seconds(3), "wang", "strategic-partner");
  Reloaded();
  EXPECT_EQ(alerts_.Latest("R13", "acme")->assignee, "li");
  Ended("r1", kStart + absl::Seconds(4));
  const Seen seen = Folded();
  EXPECT_EQ(alerts_.Latest("R13", "acme")->assignee, "wang");
  EXPECT_EQ(alerts_.Latest("R13", "acme")->priority, 120);
  EXPECT_THAT(seen.deliveries, SizeIs(1)) << "nobody is notified again";
}

// Of R13: 75 is yellow, 55 red, and 81 lies between where yellow fires (80) and clears (82).
TEST_F(ImportFoldTest, AWithdrawnRunLeavesNoAlertBetweenTheThresholds) {
  Say("acme", kStart, Score(81));
  Started("r1", kStart + absl::Seconds(1));
  Say("acme", kStart + absl::Seconds(2), Score(55), "r1");
  Ended("r1", kStart + absl::Seconds(3));
  Reloaded();
  ASSERT_EQ(alerts_.Latest("R13", "acme")->level, Level::kRed);
  // A day on which nothing else happens.
  Say("acme", kStart + absl::Hours(24), Score(56));
  Reloaded();
  Withdrawn("acme", kStart + absl::Hours(25), Score(81), "r1");
  Folded();
  const Case closed = *alerts_.Latest("R13", "acme");
  EXPECT_EQ(closed.state, CaseState::kResolved);
  EXPECT_EQ(closed.resolve_reason, "HISTORY_RESTATED");
}

TEST_F(ImportFoldTest, AWithdrawnRunGivesBackTheLevelThatHeldBetweenTheThresholds) {
  for (const char* account : {"acme", "bell"}) {
    Say(account, kStart, Score(75));
    Say(account, kStart + absl::Seconds(1), Score(81));
  }
  Folded();
  ASSERT_EQ(alerts_.Latest("R13", "acme")->level, Level::kYellow) << "has not cleared";
  Started("r1", kStart + absl::Seconds(2));
  Say("acme", kStart + absl::Seconds(3), Score(95), "r1");
  Say("bell", kStart + absl::Seconds(3), Score(55), "r1");
  Ended("r1", kStart + absl::Seconds(4));
  Reloaded();
  ASSERT_EQ(alerts_.Latest("R13", "acme")->state, CaseState::kResolved);
  ASSERT_EQ(alerts_.Latest("R13", "bell")->level, Level::kRed);
  for (const char* account : {"acme", "bell"}) {
    Withdrawn(account, kStart + absl::Seconds(5), Score(81), "r1");
  }
  Reloaded();
  for (const char* account : {"acme", "bell"}) {
    EXPECT_EQ(alerts_.Latest("R13", account)->state, CaseState::kFiring) << account;
    EXPECT_EQ(alerts_.Latest("R13", account)->level, Level::kYellow) << account;
  }
}

TEST_F(ImportFoldTest, OfTwoRunsTheLaterGoesAndWhatTheEarlierBroughtStays) {
  Say("acme", kStart, Score(95));
  for (const auto& [run, score, at] : {std::tuple("r1", 75, 1), std::tuple("r2", 55, 4)}) {
    Started(run, kStart + absl::Seconds(at));
    Say("acme", kStart + absl::Seconds(at + 1), Score(score), run);
    Ended(run, kStart + absl::Seconds(at + 2));
  }
  Folded();
  ASSERT_EQ(alerts_.Latest("R13", "acme")->level, Level::kRed);
  Withdrawn("acme", kStart + absl::Seconds(8), Score(81), "r2");
  Folded();
  EXPECT_EQ(alerts_.Latest("R13", "acme")->state, CaseState::kFiring);
  EXPECT_EQ(alerts_.Latest("R13", "acme")->level, Level::kYellow);
}

// Facts that are taken back one by one are no run: the past that is left has held the level.
TEST_F(ImportFoldTest, WhatIsTakenBackByItselfGoesOnFromTheLevelThatHolds) {
  Say("acme", kStart, Score(55));
  Folded();
  events::v1::Signal signal = SignalOf("acme", 1'000, kStart + absl::Seconds(1), Score(81));
  signal.mutable_steps(0)->set_history_restated(true);
  alerts_.Append("acme", SignalRecord(signal, kStart + absl::Seconds(1)));
  Folded();
  EXPECT_EQ(alerts_.Latest("R13", "acme")->level, Level::kYellow);
}

class ImportRipeningTest : public ::testing::Test, protected ImportRig {
 protected:
  ImportRipeningTest() : ImportRig({WaitingR13()}) {}
};

TEST_F(ImportRipeningTest, TheTimeThatAnAccountIsHeldDoesNotRipen) {
  Say("acme", kStart, Score(65));
  const absl::Time held = kStart + absl::Minutes(59);
  Started("r1", held);
  Say("acme", held, Score(66), "r1");
  alerts_.AppendTicks(held + absl::Minutes(1));
  Reloaded();
  EXPECT_EQ(alerts_.Latest("R13w", "acme")->state, CaseState::kPending);
  Ended("r1", held + absl::Seconds(100));
  alerts_.AppendTicks(held + absl::Seconds(160) - kMicro);
  Folded();
  EXPECT_EQ(alerts_.Latest("R13w", "acme")->state, CaseState::kPending);
  alerts_.AppendTicks(held + absl::Seconds(160));
  Folded();
  EXPECT_EQ(alerts_.Latest("R13w", "acme")->fire_time, held + absl::Seconds(160));
}

class ImportOfDealsTest : public ::testing::Test, protected ImportRig {
 protected:
  ImportOfDealsTest() : ImportRig({for_tests::R13(), LargeDeal()}) {}
};

TEST_F(ImportOfDealsTest, TheSubjectsOfAHeldAccountAreHeldWithIt) {
  Started("r1", kStart);
  Say("acme", kStart + absl::Seconds(1), Score(65), "r1");
  SayAmount("o1", "acme", kStart + absl::Seconds(2), 150);
  SayAmount("o2", "bell", kStart + absl::Seconds(2), 150);
  Reloaded();
  EXPECT_FALSE(alerts_.Latest("T1", "o1").has_value());
  EXPECT_TRUE(alerts_.Latest("T1", "o2").has_value());
  Ended("r1", kStart + absl::Seconds(3));
  Folded();
  EXPECT_EQ(alerts_.Latest("T1", "o1")->fire_time, kStart + absl::Seconds(3));
}

TEST(ImportOfDealsAlone, AreHeldWithAnAccountThatNoRuleSpeaksOf) {
  ImportRig rig({LargeDeal()});
  rig.Started("r1", kStart);
  rig.Say("acme", kStart + absl::Seconds(1), Score(65), "r1");
  rig.SayAmount("o1", "acme", kStart + absl::Seconds(2), 150);
  EXPECT_THAT(rig.Reloaded().cases, IsEmpty());
  rig.Ended("r1", kStart + absl::Seconds(3));
  EXPECT_THAT(rig.Folded().cases, SizeIs(1));
}

// A subject that leaves a held account is judged where it goes, and waits there if that is held.
TEST_F(ImportOfDealsTest, ASubjectThatMovesMeanwhileKeepsItsAlert) {
  SayAmount("o1", "acme", kStart, 150);
  SayAmount("o2", "bell", kStart, 150);
  Started("r1", kStart + absl::Seconds(1));
  Say("acme", kStart + absl::Seconds(2), Score(95), "r1");
  SayAmount("o1", "acme", kStart + absl::Seconds(3), 0, "bell");
  SayAmount("o1", "bell", kStart + absl::Seconds(3), 160);
  SayAmount("o2", "bell", kStart + absl::Seconds(3), 0, "acme");
  SayAmount("o2", "acme", kStart + absl::Seconds(3), 50);
  Reloaded();
  EXPECT_EQ(alerts_.Latest("T1", "o1")->account, "bell");
  EXPECT_EQ(alerts_.Latest("T1", "o1")->state, CaseState::kFiring);
  EXPECT_EQ(alerts_.Latest("T1", "o2")->account, "acme");
  Ended("r1", kStart + absl::Seconds(4));
  const Seen seen = Folded();
  EXPECT_EQ(alerts_.Latest("T1", "o1")->state, CaseState::kFiring);
  EXPECT_EQ(alerts_.Latest("T1", "o2")->state, CaseState::kResolved);
  EXPECT_THAT(seen.deliveries, SizeIs(2)) << "what fired before; a move is no news";
}

// A process killed after any record, and a re-fold at any, come to the same.
TEST_F(ImportOfDealsTest, AKillAfterEachRecordChangesNothing) {
  std::vector<std::function<void(ImportRig&)>> records;
  const auto add = [&](auto record) { records.emplace_back(std::move(record)); };
  const auto at = [](int seconds) { return kStart + absl::Seconds(seconds); };
  add([&](ImportRig& t) { t.Say("acme", at(0), Score(65)); });
  add([&](ImportRig& t) { t.SayAmount("o1", "acme", at(0), 150); });
  add([&](ImportRig& t) { t.Started("r1", at(1)); });
  add([&](ImportRig& t) { t.Say("acme", at(2), Score(95), "r1"); });
  add([&](ImportRig& t) { t.Say("bell", at(2), Score(55), "r1"); });
  add([&](ImportRig& t) { t.SayAmount("o1", "acme", at(3), 50); });
  add([&](ImportRig& t) { t.Started("r2", at(3)); });
  add([&](ImportRig& t) { t.Say("acme", at(4), Score(75), "r2"); });
  add([&](ImportRig& t) { t.Say("bell", at(5), Score(58)); });
  add([&](ImportRig& t) { t.Ended("r1", at(6)); });
  add([&](ImportRig& t) { t.alerts_.AppendTicks(at(60)); });
  add([&](ImportRig& t) { t.alerts_.AppendTicks(at(3) + kLease); });
  add([&](ImportRig& t) { t.Say("acme", at(200), Score(65)); });

  for (const auto& record : records) record(*this);
  const Seen straight = Folded();
  EXPECT_THAT(straight.cases, SizeIs(3));
  for (const bool refold : {false, true}) {
    ImportRig broken({for_tests::R13(), LargeDeal()});
    for (const auto& record : records) {
      record(broken);
      broken.Folded();
      if (refold) {
        broken.alerts_.Rebuild();
      } else {
        broken.alerts_.Crash();
      }
    }
    EXPECT_EQ(broken.Folded(), straight) << (refold ? "folded again" : "killed");
  }
}

}  // namespace
}  // namespace bellwether::alerts::import_fold_test
