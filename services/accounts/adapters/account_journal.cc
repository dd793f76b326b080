#include "services/accounts/adapters/account_journal.h"

#include "absl/strings/str_cat.h"
#include "bellwether/events/v1/journal.pb.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "common/journal/subject_entries.h"
#include "common/journal/timestamps.h"
#include "common/log/trace.h"
#include "common/subject/subject_messages.h"
#include "services/accounts/adapters/account_messages.h"

namespace bellwether::accounts {
namespace {

constexpr char kSource[] = "bellwether/accounts";

}  // namespace

outbox::OutboxRow JournalRow(const Account& account, absl::Time past, absl::Time now) {
  events::v1::AccountChanged changed;
  changed.set_account_id(account.id);
  changed.set_entity_version(account.version);
  changed.set_display_name(DisplayName(account));
  changed.set_industry(account.industry);
  changed.set_region(account.region);
  changed.set_owner(account.owner);
  changed.set_tier(account.tier);
  if (account.customer_since.has_value()) {
    *changed.mutable_customer_since() = journal::ToTimestamp(*account.customer_since);
  }
  events::v1::JournalEntry entry;
  *entry.mutable_subject_changed() = journal::SubjectOf(changed);
  SetSnapshot(*entry.mutable_subject_changed(), changed);

  const std::string name = AccountName(account.id);
  const std::string id = absl::StrCat(name, "@", account.version);
  const std::string traceparent = FormatTraceParent(CurrentTrace());
  const journal::Envelope envelope{.id = id,
                                   .source = kSource,
                                   .subject = account.id,
                                   .time = now,
                                   .recorded_at = now,
                                   .traceparent = traceparent};
  return {.subject = name,
          .entity_version = account.version,
          .topic = bus::kJournalTopic,
          .message = journal::EncodeEntry(envelope, account.id, entry),
          .change_time = past};
}

absl::Status AccountJournal::Record(store::Transaction& transaction, const Account& account,
                                    absl::Time past, absl::Time now) {
  return outbox::Append(transaction, {JournalRow(account, past, now)}, now);
}

}  // namespace bellwether::accounts
