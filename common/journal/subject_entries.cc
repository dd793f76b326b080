#include "common/journal/subject_entries.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "common/journal/timestamps.h"
#include "common/subject/subject_messages.h"

namespace bellwether::journal {
namespace {

using events::v1::AccountChanged;
using events::v1::OpportunityChanged;
using events::v1::SubjectChanged;

void SetAttribute(SubjectChanged& changed, const char* name, const std::string& value) {
  if (!value.empty()) (*changed.mutable_attributes())[name] = value;
}

void AddInstantOf(bool has, const google::protobuf::Timestamp& timestamp, const char* name,
                  SubjectChanged& changed) {
  if (!has) return;
  if (const auto time = FromTimestamp(timestamp)) AddInstant(changed, name, *time);
}

// "won" of OPPORTUNITY_STATE_WON; empty for a state that this program does not know.
std::string LabelOf(events::v1::OpportunityState state) {
  if (state == events::v1::OPPORTUNITY_STATE_UNSPECIFIED) return "";
  const std::string& name = events::v1::OpportunityState_Name(state);
  return absl::AsciiStrToLower(absl::StripPrefix(name, "OPPORTUNITY_STATE_"));
}

}  // namespace

SubjectChanged SubjectOf(const OpportunityChanged& changed) {
  SubjectChanged subject;
  subject.set_subject_type(events::v1::SUBJECT_TYPE_OPPORTUNITY);
  subject.set_subject_id(changed.opportunity_id());
  subject.set_account_id(changed.account_id());
  subject.set_entity_version(changed.entity_version());
  SetAttribute(subject, "owner", changed.owner());
  SetAttribute(subject, "product", changed.product());
  SetAttribute(subject, "stage", changed.stage());
  if (changed.base_amount_minor() != 0) {
    AddFigure(subject, kOpportunityAmount, changed.base_amount_minor());
  }
  AddInstantOf(changed.has_engage_time(), changed.engage_time(), kOpportunityEngaged, subject);
  AddInstantOf(changed.has_close_time(), changed.close_time(), kOpportunityClosed, subject);
  AddLabel(subject, kOpportunityState, LabelOf(changed.state()));
  subject.set_closed(changed.state() == events::v1::OPPORTUNITY_STATE_WON ||
                     changed.state() == events::v1::OPPORTUNITY_STATE_LOST);
  return subject;
}

SubjectChanged SubjectOf(const AccountChanged& changed) {
  SubjectChanged subject;
  subject.set_subject_type(events::v1::SUBJECT_TYPE_ACCOUNT);
  subject.set_subject_id(changed.account_id());
  subject.set_account_id(changed.account_id());
  subject.set_entity_version(changed.entity_version());
  SetAttribute(subject, "display_name", changed.display_name());
  SetAttribute(subject, "owner", changed.owner());
  SetAttribute(subject, "industry", changed.industry());
  SetAttribute(subject, "tier", changed.tier());
  SetAttribute(subject, "region", changed.region());
  subject.set_closed(changed.deleted());
  return subject;
}

absl::string_view KeyOf(const SubjectChanged& changed) {
  return changed.account_id().empty() ? changed.subject_id() : changed.account_id();
}

}  // namespace bellwether::journal
