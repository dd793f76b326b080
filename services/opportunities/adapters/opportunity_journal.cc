#include "services/opportunities/adapters/opportunity_journal.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bellwether/events/v1/journal.pb.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "common/journal/subject_entries.h"
#include "common/journal/timestamps.h"
#include "common/log/trace.h"
#include "common/subject/subject_messages.h"
#include "services/opportunities/adapters/opportunity_messages.h"

namespace bellwether::opportunities {
namespace {

constexpr char kSource[] = "bellwether/opportunities";

// Two versions of the journal to one of the opportunity: a move takes both.
int64_t JournalVersion(const Opportunity& opportunity) { return 2 * opportunity.version; }

const std::string& KeyOf(const Opportunity& opportunity) {
  return opportunity.account_id.empty() ? opportunity.id : opportunity.account_id;
}

events::v1::OpportunityChanged SnapshotOf(const Opportunity* before,
                                          const Opportunity& opportunity) {
  events::v1::OpportunityChanged changed;
  changed.set_opportunity_id(opportunity.id);
  changed.set_account_id(opportunity.account_id);
  changed.set_entity_version(JournalVersion(opportunity));
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
  changed.set_advanced(before != nullptr && before->stage != opportunity.stage);
  return changed;
}

// That it never was.
events::v1::SubjectChanged WithdrawalOf(const Opportunity& opportunity) {
  events::v1::SubjectChanged withdrawn;
  withdrawn.set_subject_type(events::v1::SUBJECT_TYPE_OPPORTUNITY);
  withdrawn.set_subject_id(opportunity.id);
  withdrawn.set_account_id(opportunity.account_id);
  withdrawn.set_entity_version(JournalVersion(opportunity));
  withdrawn.set_closed(true);
  return withdrawn;
}

// How the opportunity stands now.
events::v1::SubjectChanged ChangeOf(const Opportunity* before, const Opportunity& opportunity) {
  if (opportunity.withdrawn) return WithdrawalOf(opportunity);
  const events::v1::OpportunityChanged snapshot = SnapshotOf(before, opportunity);
  events::v1::SubjectChanged changed = journal::SubjectOf(snapshot);
  if (!opportunity.title.empty()) {
    (*changed.mutable_attributes())["display_name"] = opportunity.title;
  }
  SetSnapshot(changed, snapshot);
  return changed;
}

// That it is no longer where it was.
events::v1::SubjectChanged MoveOf(const Opportunity& before, const Opportunity& opportunity) {
  events::v1::SubjectChanged moved;
  moved.set_subject_type(events::v1::SUBJECT_TYPE_OPPORTUNITY);
  moved.set_subject_id(before.id);
  moved.set_account_id(before.account_id);
  moved.set_entity_version(JournalVersion(opportunity) - 1);
  moved.set_moved_to(KeyOf(opportunity));
  return moved;
}

// Where a change belongs in a past that is being built: when the command says so, else when the
// state of it began, as far as is known.
absl::Time ChangeTime(const Opportunity& opportunity, const command::Moment& moment) {
  if (moment.past) return moment.at;
  return std::min(HappenedAt(opportunity).value_or(absl::UnixEpoch()), moment.at);
}

outbox::OutboxRow RowOf(events::v1::SubjectChanged changed, const Opportunity& opportunity,
                        const command::Moment& moment) {
  const std::string name = OpportunityName(changed.subject_id());
  const std::string id = absl::StrCat(name, "@", changed.entity_version());
  const std::string key(journal::KeyOf(changed));
  const std::string traceparent = FormatTraceParent(CurrentTrace());
  // What is changed later is nothing that the run says.
  const bool opened = opportunity.version == opportunity.opened_version;
  const journal::Envelope envelope{.id = id,
                                   .source = kSource,
                                   .subject = key,
                                   .time = moment.at,
                                   .recorded_at = moment.at,
                                   .origin = opened ? opportunity.import_run : absl::string_view(),
                                   .traceparent = traceparent};
  const int64_t version = changed.entity_version();
  events::v1::JournalEntry entry;
  *entry.mutable_subject_changed() = std::move(changed);
  return {.subject = name,
          .entity_version = version,
          .topic = bus::kJournalTopic,
          .message = journal::EncodeEntry(envelope, key, entry),
          .change_time = ChangeTime(opportunity, moment)};
}

}  // namespace

std::vector<outbox::OutboxRow> JournalRows(const Opportunity* before,
                                           const Opportunity& opportunity,
                                           const command::Moment& moment) {
  std::vector<outbox::OutboxRow> rows;
  if (before != nullptr && KeyOf(*before) != KeyOf(opportunity)) {
    rows.push_back(RowOf(MoveOf(*before, opportunity), opportunity, moment));
  }
  rows.push_back(RowOf(ChangeOf(before, opportunity), opportunity, moment));
  return rows;
}

}  // namespace bellwether::opportunities
