#include "services/opportunities/adapters/opportunity_journal.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "bellwether/events/v1/journal.pb.h"
#include "common/base/status.h"
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

}  // namespace

absl::Status OpportunityJournal::Record(store::Transaction& transaction,
                                        const Opportunity& opportunity, bool advanced,
                                        absl::Time now) {
  events::v1::JournalEntry entry;
  events::v1::SubjectChanged& changed = *entry.mutable_subject_changed();
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
                                   .time = now,
                                   .recorded_at = now,
                                   .traceparent = traceparent};
  return outbox::Append(
      transaction,
      {{.subject = name,
        .entity_version = opportunity.version,
        .topic = bus::kJournalTopic,
        .message = journal::EncodeEntry(envelope, key, entry),
        .change_time = std::min(HappenedAt(opportunity).value_or(absl::UnixEpoch()), now)}},
      now);
}

}  // namespace bellwether::opportunities
