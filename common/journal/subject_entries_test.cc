#include "common/journal/subject_entries.h"

#include "absl/time/time.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "common/journal/timestamps.h"
#include "common/subject/subject_messages.h"
#include "gtest/gtest.h"

namespace bellwether::journal::subject_entries_test {
namespace {

events::v1::OpportunityChanged Won() {
  events::v1::OpportunityChanged changed;
  changed.set_opportunity_id("o7");
  changed.set_account_id("acme");
  changed.set_entity_version(4);
  changed.set_state(events::v1::OPPORTUNITY_STATE_WON);
  changed.set_stage("solution");
  changed.set_owner("li");
  changed.set_base_amount_minor(5);
  *changed.mutable_close_time() = ToTimestamp(absl::FromUnixSeconds(1'800'000'000));
  return changed;
}

TEST(SubjectEntries, AnOpportunityIsASubjectOfItsAccount) {
  const events::v1::SubjectChanged subject = SubjectOf(Won());
  EXPECT_TRUE(CheckSubject(subject).ok());
  EXPECT_EQ(subject.subject_type(), events::v1::SUBJECT_TYPE_OPPORTUNITY);
  EXPECT_EQ(subject.subject_id(), "o7");
  EXPECT_EQ(KeyOf(subject), "acme");
  EXPECT_EQ(subject.entity_version(), 4);
  EXPECT_EQ(subject.attributes().at("stage"), "solution");
  EXPECT_EQ(subject.attributes().count("product"), 0u);
  EXPECT_TRUE(subject.closed());
  ASSERT_EQ(subject.values_size(), 3);
  EXPECT_EQ(subject.values(0).name(), kOpportunityAmount);
  EXPECT_EQ(subject.values(0).value(), 5'000'000);
  EXPECT_EQ(subject.values(1).name(), kOpportunityClosed);
  EXPECT_EQ(subject.values(1).instant_micros(), 1'800'000'000'000'000);
  EXPECT_EQ(subject.values(2).name(), kOpportunityState);
  EXPECT_EQ(subject.values(2).label(), "won");
}

TEST(SubjectEntries, ALeadWithoutAnAccountIsKeyedByItself) {
  events::v1::OpportunityChanged changed = Won();
  changed.clear_account_id();
  changed.set_state(events::v1::OPPORTUNITY_STATE_OPEN);
  EXPECT_EQ(KeyOf(SubjectOf(changed)), "o7");
  EXPECT_FALSE(SubjectOf(changed).closed());
}

TEST(SubjectEntries, AnAccountIsASubjectToo) {
  events::v1::AccountChanged changed;
  changed.set_account_id("acme");
  changed.set_entity_version(2);
  changed.set_tier("core");
  changed.set_deleted(true);
  const events::v1::SubjectChanged subject = SubjectOf(changed);
  EXPECT_EQ(subject.subject_type(), events::v1::SUBJECT_TYPE_ACCOUNT);
  EXPECT_EQ(KeyOf(subject), "acme");
  EXPECT_EQ(subject.attributes().size(), 1u);
  EXPECT_TRUE(subject.closed());
}

TEST(SubjectEntries, ARecordIsNamedAfterTheTypeOfItsSubject) {
  events::v1::JournalEntry entry;
  *entry.mutable_subject_changed() = SubjectOf(Won());
  EXPECT_EQ(TypeOf(entry), bus::kTypeOpportunityChanged) << "as before it was a subject";
  entry.mutable_subject_changed()->set_subject_type(events::v1::SUBJECT_TYPE_ACCOUNT);
  EXPECT_EQ(TypeOf(entry), bus::kTypeAccountChanged);
  entry.mutable_subject_changed()->set_subject_type(events::v1::SUBJECT_TYPE_MILESTONE);
  EXPECT_EQ(TypeOf(entry), "bellwether.milestone.changed.v1");
  entry.mutable_subject_changed()->set_subject_type(static_cast<events::v1::SubjectType>(1'000));
  EXPECT_EQ(TypeOf(entry), "bellwether.subject.changed.v1") << "newer than this program";
  EXPECT_TRUE(IsSubjectRecordType(TypeOf(entry)));
  EXPECT_FALSE(IsSubjectRecordType(bus::kTypeTick));
}

}  // namespace
}  // namespace bellwether::journal::subject_entries_test
