#include "services/opportunities/adapters/opportunity_journal.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "bellwether/events/v1/journal.pb.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "common/journal/subject_entries.h"
#include "common/journal/timestamps.h"
#include "common/log/trace.h"
#include "common/subject/subject_messages.h"
#include "services/opportunities/adapters/opportunity_proto.h"

namespace bellwether::opportunities {
namespace {

constexpr char kSource[] = "bellwether/opportunities";

events::v1::OpportunityChanged SnapshotOf(const Opportunity& opportunity, bool advanced) {
  events::v1::OpportunityChanged changed;
  changed.set_opportunity_id(opportunity.id);
  changed.set_account_id(opportunity.account_id);
  changed.set_entity_version(opportunity.version);
  // The enums have the same order.
  changed.set_state(static_cast<events::v1::OpportunityState>(opportunity.state));
  changed.set_stage(opportunity.stage);
  changed.set_owner(opportunity.owner);
  changed.set_product(opportunity.product);
  if (opportunity.amount.has_value()) {
    changed.set_base_amount_minor(opportunity.amount->base_amount_minor);
  }
  if (opportunity.engage_time.has_value()) {
    *changed.mutable_engage_time() = journal::ToTimestamp(*opportunity.engage_time);
  }
  if (opportunity.close_time.has_value()) {
    *changed.mutable_close_time() = journal::ToTimestamp(*opportunity.close_time);
  }
  changed.set_advanced(advanced);
  return changed;
}

// Where a change belongs in a past that is being built: when the command says so, else when the
// state it tells of began, as far as is known.
absl::Time ChangeTime(const Opportunity& opportunity, const command::Moment& moment) {
  if (moment.past) return moment.at;
  return std::min(HappenedAt(opportunity).value_or(absl::UnixEpoch()), moment.at);
}

}  // namespace

outbox::OutboxRow JournalRow(const Opportunity* before, const Opportunity& opportunity,
                             const command::Moment& moment) {
  events::v1::JournalEntry entry;
  events::v1::SubjectChanged& changed = *entry.mutable_subject_changed();
  const bool advanced = before != nullptr && before->stage != opportunity.stage;
  const events::v1::OpportunityChanged snapshot = SnapshotOf(opportunity, advanced);
  changed = journal::SubjectOf(snapshot);
  if (!opportunity.title.empty()) {
    (*changed.mutable_attributes())["display_name"] = opportunity.title;
  }
  SetSnapshot(changed, snapshot);

  const std::string name = OpportunityName(opportunity.id);
  const std::string id = absl::StrCat(name, "@", opportunity.version);
  const std::string key(journal::KeyOf(changed));
  const std::string traceparent = FormatTraceParent(CurrentTrace());
  const journal::Envelope envelope{.id = id,
                                   .source = kSource,
                                   .subject = key,
                                   .time = moment.at,
                                   .recorded_at = moment.at,
                                   .traceparent = traceparent};
  return {.subject = name,
          .entity_version = opportunity.version,
          .topic = bus::kJournalTopic,
          .message = journal::EncodeEntry(envelope, key, entry),
          .change_time = ChangeTime(opportunity, moment)};
}

}  // namespace bellwether::opportunities
