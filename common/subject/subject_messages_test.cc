#include "common/subject/subject_messages.h"

#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/subject/subject_type.h"
#include "gtest/gtest.h"

namespace bellwether::subject_messages_test {
namespace {

using events::v1::SubjectChanged;

SubjectChanged Contract() {
  SubjectChanged changed;
  changed.set_subject_type(events::v1::SUBJECT_TYPE_CONTRACT);
  changed.set_subject_id("c7");
  changed.set_account_id("acme");
  changed.set_entity_version(3);
  (*changed.mutable_attributes())["grade"] = "A";
  AddFigure(changed, "contract.worth", 12);
  AddInstant(changed, "contract.end", absl::FromUnixSeconds(1'800'000'000));
  AddLabel(changed, "contract.state", "signed");
  return changed;
}

std::string FieldAtFault(const SubjectChanged& changed) {
  const absl::Status status = CheckSubject(changed);
  return status.ok() ? "" : DetailOf(status)->field;
}

TEST(SubjectMessages, AttributesKeepTheFieldTheyHadAndTheOthersTravelByName) {
  const Attributes attributes{{"grade", "A"}, {"owner", "li"}, {"tier", "core"}};
  events::v1::SubjectAttributes message;
  message.set_region("of before");
  SetAttributes(attributes, message);
  EXPECT_EQ(message.owner(), "li");
  EXPECT_EQ(message.tier(), "core");
  EXPECT_EQ(message.region(), "");
  EXPECT_EQ(message.others_size(), 1);
  EXPECT_EQ(message.others().at("grade"), "A");
  EXPECT_EQ(AttributesOf(message), attributes);
}

TEST(SubjectMessages, ValuesAreFiguresInstantsOrLabels) {
  const SubjectChanged changed = Contract();
  EXPECT_EQ(changed.values(0).value(), 12'000'000);
  EXPECT_EQ(changed.values(1).instant_micros(), 1'800'000'000'000'000);
  EXPECT_EQ(changed.values(2).label(), "signed");
  EXPECT_TRUE(CheckSubject(changed).ok());
}

TEST(SubjectMessages, AFigureBeyondItsRangeIsNoData) {
  SubjectChanged changed;
  AddFigure(changed, "too.much", std::numeric_limits<int64_t>::max() / 1'000'000 + 1);
  AddFigure(changed, "too.little", std::numeric_limits<int64_t>::min() / 1'000'000 - 1);
  AddLabel(changed, "state", "");
  EXPECT_EQ(changed.values_size(), 0);
  AddFigure(changed, "most", std::numeric_limits<int64_t>::max() / 1'000'000);
  EXPECT_EQ(changed.values_size(), 1);
}

TEST(SubjectMessages, WhatBreaksARuleIsRefusedByField) {
  SubjectChanged changed = Contract();
  changed.set_subject_type(events::v1::SUBJECT_TYPE_UNSPECIFIED);
  EXPECT_EQ(FieldAtFault(changed), "subject_type");
  changed = Contract();
  changed.set_subject_id("a/b");
  EXPECT_EQ(FieldAtFault(changed), "subject_id");
  changed = Contract();
  changed.set_moved_to("a b");
  EXPECT_EQ(FieldAtFault(changed), "moved_to");
  changed = Contract();
  changed.set_entity_version(0);
  EXPECT_EQ(FieldAtFault(changed), "entity_version");
  changed = Contract();
  (*changed.mutable_attributes())["Grade"] = "A";
  EXPECT_EQ(FieldAtFault(changed), "attributes.Grade");
  changed = Contract();
  (*changed.mutable_attributes())["grade"] = std::string(kAttributeValueBytesMax + 1, 'x');
  EXPECT_EQ(FieldAtFault(changed), "attributes.grade");
  changed = Contract();
  changed.add_values()->set_name("contract.end");
  EXPECT_EQ(FieldAtFault(changed), "values.contract.end") << "twice";
  changed = Contract();
  changed.mutable_values(2)->set_label(std::string(kLabelBytesMax + 1, 'x'));
  EXPECT_EQ(FieldAtFault(changed), "values.contract.state");
}

TEST(SubjectMessages, TheNumberOfAttributesAndValuesIsBounded) {
  SubjectChanged changed = Contract();
  changed.clear_values();
  for (size_t i = 1; i < kAttributesMax; ++i) {
    (*changed.mutable_attributes())[absl::StrCat("a", i)] = "x";
  }
  for (size_t i = 0; i < kSubjectValuesMax; ++i) AddFigure(changed, absl::StrCat("v", i), 1);
  EXPECT_TRUE(CheckSubject(changed).ok());
  AddFigure(changed, "one.more", 1);
  EXPECT_EQ(FieldAtFault(changed), "values");
  (*changed.mutable_attributes())["one.more"] = "x";
  EXPECT_EQ(FieldAtFault(changed), "attributes");
}

TEST(SubjectType, NamesComeFromTheProto) {
  EXPECT_EQ(SubjectTypeName(events::v1::SUBJECT_TYPE_ACCOUNT), kAccountType);
  EXPECT_EQ(SubjectTypeName(events::v1::SUBJECT_TYPE_FEED), "feed");
  EXPECT_EQ(SubjectTypeName(events::v1::SUBJECT_TYPE_UNSPECIFIED), "");
  EXPECT_EQ(SubjectTypeName(static_cast<events::v1::SubjectType>(1'000)), "");
  EXPECT_EQ(SubjectTypeOf("milestone"), events::v1::SUBJECT_TYPE_MILESTONE);
  EXPECT_EQ(SubjectTypeOf("galaxy"), events::v1::SUBJECT_TYPE_UNSPECIFIED);
  EXPECT_EQ(SubjectTypeOf(""), events::v1::SUBJECT_TYPE_UNSPECIFIED);
}

}  // namespace
}  // namespace bellwether::subject_messages_test
