// Changes of other services' subjects on their way through the fold.
#include "services/health/adapters/fold/subject_passage.h"

#include <string>
#include <vector>

#include "common/journal/subject_entries.h"
#include "common/subject/subject_messages.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/health/testing/fold_rig.h"

namespace bellwether::health::subject_passage_test {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

events::v1::SubjectChanged Milestone(int64_t version, const std::string& account = "acme") {
  events::v1::SubjectChanged changed;
  changed.set_subject_type(events::v1::SUBJECT_TYPE_MILESTONE);
  changed.set_subject_id("m1");
  changed.set_account_id(account);
  changed.set_entity_version(version);
  (*changed.mutable_attributes())["grade"] = "A";
  (*changed.mutable_attributes())["owner"] = "li";
  AddFigure(changed, "milestone.deviation", version);
  AddInstant(changed, "milestone.due", FoldRig::Noon(3));
  return changed;
}

class SubjectPassageTest : public ::testing::Test {
 protected:
  // Versions of the changes that were passed on, in order.
  std::vector<int64_t> PassedOn(const std::string& subject = "m1") {
    std::vector<int64_t> versions;
    for (const auto& signal : rig_.SignalsOf(subject)) versions.push_back(signal.entity_version());
    return versions;
  }
  KeptSubject Kept(const std::string& account = "acme") {
    KeptSubject kept;
    EXPECT_TRUE(rig_.processor()
                    .Inspect(FoldRig::PartitionFor(account),
                             [&](const stream::PartitionFold& fold) {
                               const auto& subjects =
                                   dynamic_cast<const HealthFold&>(fold).subjects();
                               const KeptSubject* found =
                                   subjects.Find({events::v1::SUBJECT_TYPE_MILESTONE, "m1"});
                               if (found != nullptr) kept = *found;
                             })
                    .ok());
    return kept;
  }

  FoldRig rig_;
};

TEST_F(SubjectPassageTest, ASubjectNobodyKnowsBecomesItsOwnSignalUnderItsAccount) {
  events::v1::SubjectChanged changed = Milestone(1);
  changed.mutable_snapshot()->set_type("some.other.Message");
  changed.mutable_snapshot()->set_content("bytes");
  rig_.SendSubject(changed, FoldRig::Noon());
  rig_.Drain();
  const auto signals = rig_.SignalsOf("m1");
  ASSERT_THAT(signals, SizeIs(1));
  EXPECT_EQ(signals[0].subject_type(), events::v1::SUBJECT_TYPE_MILESTONE);
  EXPECT_EQ(signals[0].account(), "acme");
  EXPECT_EQ(signals[0].entity_version(), 1);
  const events::v1::SignalStep& step = signals[0].steps(0);
  EXPECT_EQ(step.attributes().others().at("grade"), "A");
  EXPECT_EQ(step.attributes().owner(), "li");
  EXPECT_EQ(step.values(0).value(), 1'000'000);
  EXPECT_EQ(step.values(1).instant_micros(), absl::ToUnixMicros(FoldRig::Noon(3)));
  EXPECT_EQ(step.cause().kind(), events::v1::CAUSE_KIND_SUBJECT_CHANGED);
  EXPECT_EQ(step.cause().type(), "milestone");
  EXPECT_EQ(step.snapshot().content(), "bytes");
  EXPECT_EQ(rig_.Live("acme"), std::nullopt) << "no fact, no account";
}

TEST_F(SubjectPassageTest, AnOlderChangeNeverOvertakesANewerOne) {
  for (const int64_t version : {1, 3, 2, 3, 4}) {
    rig_.SendSubject(Milestone(version), FoldRig::Noon());
  }
  rig_.Drain();
  EXPECT_THAT(PassedOn(), ElementsAre(1, 3, 4));
}

TEST_F(SubjectPassageTest, AValueThatIsNotThereAnyMoreIsEmittedAsGone) {
  rig_.SendSubject(Milestone(1), FoldRig::Noon());
  events::v1::SubjectChanged without = Milestone(2);
  without.mutable_values()->DeleteSubrange(0, 1);
  rig_.SendSubject(without, FoldRig::Noon());
  rig_.SendSubject(Milestone(3), FoldRig::Noon());
  rig_.Drain();
  const events::v1::SignalStep step = rig_.SignalsOf("m1")[1].steps(0);
  ASSERT_EQ(step.values_size(), 2);
  EXPECT_EQ(step.values(1).name(), "milestone.deviation");
  EXPECT_TRUE(step.values(1).absent());
  EXPECT_EQ(rig_.SignalsOf("m1")[2].steps(0).values_size(), 2);
}

TEST_F(SubjectPassageTest, WhatIsKeptSurvivesACrashAndARestart) {
  rig_.SendSubject(Milestone(2), FoldRig::Noon());
  rig_.Drain();
  rig_.Stop();
  rig_.SendSubject(Milestone(1), FoldRig::Noon());
  rig_.Drain();
  EXPECT_THAT(PassedOn(), ElementsAre(2));
  EXPECT_EQ(Kept().entity_version, 2);
  rig_.Crash();
  rig_.SendSubject(Milestone(3), FoldRig::Noon());
  rig_.Drain();
  EXPECT_THAT(PassedOn(), ElementsAre(2, 3));
}

TEST_F(SubjectPassageTest, FoldedAgainTheOpenOnesAreEmittedAgainAndTheClosedOnesNot) {
  rig_.SendSubject(Milestone(2), FoldRig::Noon());
  events::v1::SubjectChanged closed = Milestone(5);
  closed.set_subject_id("m2");
  closed.set_closed(true);
  rig_.SendSubject(closed, FoldRig::Noon());
  rig_.Drain();
  const auto before = rig_.SignalsOf("m1");
  ASSERT_TRUE(rig_.processor().Rebuild({0, 1}).ok());
  rig_.Drain();
  const auto after = rig_.SignalsOf("m1");
  ASSERT_THAT(after, SizeIs(before.size() + 1));
  EXPECT_GT(after.back().version(), before.back().version());
  EXPECT_EQ(after.back().entity_version(), 2);
  EXPECT_EQ(after.back().account(), "acme");
  EXPECT_EQ(after.back().steps(0).values_size(), 2);
  EXPECT_EQ(after.back().steps(0).attributes().others().at("grade"), "A");
  for (const auto& signal : rig_.SignalsOf("m2")) {
    EXPECT_TRUE(signal.steps(0).closed()) << "never open again";
  }
}

TEST_F(SubjectPassageTest, AClosedSubjectIsForgottenAfterAWeek) {
  rig_.SendSubject(Milestone(1), FoldRig::Noon());
  events::v1::SubjectChanged closed = Milestone(2);
  closed.set_closed(true);
  rig_.SendSubject(closed, FoldRig::Noon());
  rig_.Drain();
  EXPECT_TRUE(rig_.SignalsOf("m1").back().steps(0).closed());
  EXPECT_TRUE(Kept().closed_micros.has_value());
  rig_.SendSubject(Milestone(1), FoldRig::Noon());
  rig_.SendTick(FoldRig::Noon(7) - absl::Microseconds(1));
  rig_.Drain();
  EXPECT_THAT(PassedOn(), ElementsAre(1, 2)) << "a copy that comes late opens nothing";
  EXPECT_EQ(Kept().entity_version, 2);
  rig_.SendTick(FoldRig::Noon(7));
  rig_.Drain();
  EXPECT_EQ(Kept().entity_version, 0);
  rig_.Stop();
  rig_.Drain();
  EXPECT_EQ(Kept().entity_version, 0) << "the row has gone as well";
}

TEST_F(SubjectPassageTest, AMoveClosesItUnderTheOldKeyAndGoesOnUnderTheNew) {
  rig_.SendSubject(Milestone(1), FoldRig::Noon());
  events::v1::SubjectChanged moved;
  moved.set_subject_type(events::v1::SUBJECT_TYPE_MILESTONE);
  moved.set_subject_id("m1");
  moved.set_account_id("acme");
  moved.set_entity_version(2);
  moved.set_moved_to("globex");
  rig_.SendSubject(moved, FoldRig::Noon());
  rig_.SendSubject(Milestone(3, "globex"), FoldRig::Noon());
  rig_.Drain();
  EXPECT_THAT(PassedOn(), ::testing::UnorderedElementsAre(1, 2, 3));
  for (const auto& signal : rig_.SignalsOf("m1")) {
    if (signal.entity_version() != 2) continue;
    EXPECT_EQ(signal.account(), "acme");
    EXPECT_EQ(signal.steps(0).moved_to(), "globex");
    EXPECT_EQ(signal.steps(0).values_size(), 0) << "nothing is said to be gone: it is elsewhere";
  }
  EXPECT_EQ(Kept("globex").account, "globex");
}

TEST_F(SubjectPassageTest, AnAccountHasAttributesNobodyKnowsAndValuesOfItsOwn) {
  rig_.SendActivation(SmallActivation(), FoldRig::Noon());
  rig_.SendOrder("acme", "o1", FoldRig::Noon(), 1'000);
  events::v1::SubjectChanged changed;
  changed.set_subject_type(events::v1::SUBJECT_TYPE_ACCOUNT);
  changed.set_subject_id("acme");
  changed.set_account_id("acme");
  changed.set_entity_version(2);
  (*changed.mutable_attributes())["tier"] = "core";
  (*changed.mutable_attributes())["quadrant"] = "star";
  AddInstant(changed, "account.review_due", FoldRig::Noon(3));
  rig_.SendSubject(changed, FoldRig::Noon());
  changed.set_entity_version(1);
  (*changed.mutable_attributes())["quadrant"] = "dog";
  rig_.SendSubject(changed, FoldRig::Noon());
  rig_.Drain();
  const auto signals = rig_.SignalsOf("acme");
  ASSERT_THAT(signals, SizeIs(2));
  const events::v1::SignalStep& step = signals[1].steps(0);
  EXPECT_EQ(step.attributes().tier(), "core");
  EXPECT_EQ(step.attributes().others().at("quadrant"), "star");
  ASSERT_EQ(step.values_size(), 1);
  EXPECT_EQ(step.values(0).name(), "account.review_due");
  EXPECT_EQ(rig_.Cached("acme")->attributes().others().at("quadrant"), "star");
  EXPECT_EQ(rig_.RefoldNow("acme").account.attributes().Get("quadrant"), "star")
      << "a part of its history";

  ASSERT_TRUE(rig_.processor().Rebuild({0, 1}).ok());
  rig_.Drain();
  const events::v1::SignalStep again = rig_.SignalsOf("acme").back().steps(0);
  EXPECT_EQ(again.attributes().others().at("quadrant"), "star");
  EXPECT_EQ(again.values(again.values_size() - 1).name(), "account.review_due");

  changed.set_entity_version(3);
  changed.clear_values();
  rig_.SendSubject(changed, FoldRig::Noon());
  rig_.Drain();
  const events::v1::SignalStep gone = rig_.SignalsOf("acme").back().steps(0);
  ASSERT_EQ(gone.values_size(), 1);
  EXPECT_TRUE(gone.values(0).absent());
}

TEST_F(SubjectPassageTest, OpportunitiesOfOldJournalsPassThroughAsSubjects) {
  events::v1::OpportunityChanged changed;
  changed.set_opportunity_id("opp7");
  changed.set_entity_version(1);
  changed.set_stage("diagnosis");
  rig_.SendOpportunity("opp7", changed, FoldRig::Noon());
  changed.set_account_id("acme");
  changed.set_entity_version(2);
  rig_.SendOpportunity("acme", changed, FoldRig::Noon());
  rig_.Drain();
  const auto signals = rig_.SignalsOf("opp7");
  ASSERT_THAT(signals, SizeIs(2));
  for (const auto& signal : signals) {
    EXPECT_EQ(signal.subject_type(), events::v1::SUBJECT_TYPE_OPPORTUNITY);
    EXPECT_EQ(signal.account(), signal.entity_version() == 1 ? "" : "acme");
    events::v1::OpportunityChanged snapshot;
    ASSERT_TRUE(snapshot.ParseFromString(signal.steps(0).snapshot().content()));
    EXPECT_EQ(snapshot.stage(), "diagnosis");
  }
}

TEST_F(SubjectPassageTest, ARecordUnderAnothersKeyIsADeadLetter) {
  rig_.SendSubject(Milestone(1, "acme"), FoldRig::Noon(), "globex");
  events::v1::SubjectChanged nameless = Milestone(1);
  nameless.clear_subject_id();
  rig_.SendSubject(nameless, FoldRig::Noon());
  rig_.Drain();
  EXPECT_THAT(rig_.DeadLetters(), SizeIs(2));
  EXPECT_THAT(rig_.SignalsOf("m1"), SizeIs(0));
}

TEST_F(SubjectPassageTest, AnOpenOpportunityTakesAFewHundredBytes) {
  events::v1::OpportunityChanged changed;
  changed.set_opportunity_id("opportunity-0001234");
  changed.set_account_id("account-1234");
  changed.set_entity_version(1);
  changed.set_state(events::v1::OPPORTUNITY_STATE_OPEN);
  changed.set_stage("needs-diagnosis");
  changed.set_owner("li.wei");
  changed.set_product("GTX Plus Pro");
  changed.set_base_amount_minor(123'456'700);
  changed.mutable_engage_time()->set_seconds(1'770'000'000);
  rig_.SendOpportunity("account-1234", changed, FoldRig::Noon());
  rig_.Drain();
  size_t bytes = 0;
  ASSERT_TRUE(rig_.processor()
                  .Inspect(FoldRig::PartitionFor("account-1234"),
                           [&](const stream::PartitionFold& fold) {
                             bytes = dynamic_cast<const HealthFold&>(fold).subjects().bytes();
                           })
                  .ok());
  RecordProperty("bytes_per_subject", static_cast<int>(bytes));
  EXPECT_GT(bytes, 100u);
  EXPECT_LE(bytes, 512u);
}

}  // namespace
}  // namespace bellwether::health::subject_passage_test
