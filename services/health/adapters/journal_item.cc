#include "services/health/adapters/journal_item.h"

#include <utility>

#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "services/health/adapters/fact_observations.h"
#include "services/health/adapters/model_messages.h"

namespace bellwether::health {
namespace {

using events::v1::JournalEntry;

// A fact's time may lead its acceptance by so much (the gateway is stricter): what lies further
// ahead would wait in the state for a day nobody asks about.
constexpr absl::Duration kTimeAheadMax = absl::Hours(24);

std::string Text(absl::string_view view) { return std::string(view); }

}  // namespace

absl::Status JournalItemReader::ReadFact(const bus::Record& record, JournalItem& item) const {
  const events::v1::Fact& fact = item.entry.fact();
  const journal::Envelope& envelope = item.envelope;
  if (envelope.time > envelope.recorded_at + kTimeAheadMax) {
    return InvalidArgument("TIME_AHEAD", bus::kHeaderTime,
                           "the fact lies more than a day ahead of its acceptance", "H1");
  }
  item.fact.kind = static_cast<FactKind>(fact.kind_case());
  item.fact.time_micros = absl::ToUnixMicros(envelope.time);
  item.fact.day = calendar_->LocalDayOf(envelope.time);
  // The source seeds the hash of the id, so that ("a", "bc") and ("ab", "c") differ.
  item.fact.identity =
      FactIdentity::Of(Fingerprint64(envelope.id, Fingerprint64(envelope.source)),
                       Fingerprint64(record.value, static_cast<uint64_t>(item.fact.time_micros)));
  item.fact.observations.clear();
  ToObservations(fact, item.fact.observations);
  return absl::OkStatus();
}

absl::Status JournalItemReader::Read(const bus::Record& record, JournalItem& item) const {
  RETURN_IF_ERROR(journal::DecodeEntry(record, item.envelope, item.entry));
  switch (item.entry.kind_case()) {
    case JournalEntry::kFact:
      return ReadFact(record, item);
    case JournalEntry::kAccountChanged:
      if (item.entry.account_changed().account_id() != Text(record.key)) {
        return InvalidArgument("KEY_MISMATCH", "account_changed.account_id",
                               "the record's key is another account", "A1");
      }
      return absl::OkStatus();
    case JournalEntry::kModelActivated: {
      const auto& activated = item.entry.model_activated();
      ASSIGN_OR_RETURN(item.model, ToActiveModel(activated.catalogue(), activated.model()));
      return absl::OkStatus();
    }
    case JournalEntry::kOpportunityChanged: {
      const auto& changed = item.entry.opportunity_changed();
      const std::string& subject =
          changed.account_id().empty() ? changed.opportunity_id() : changed.account_id();
      if (subject != Text(record.key)) {
        return InvalidArgument("KEY_MISMATCH", "opportunity_changed.account_id",
                               "the record's key is neither the account nor the lead");
      }
      return absl::OkStatus();
    }
    default:
      return InvalidArgument("UNKNOWN_ENTRY_KIND", "", "the fold does not know such an entry");
  }
}

std::optional<FactOutcome> ApplyToAccount(const JournalItem& item, const ActiveModel* model,
                                          FoldDay now, Account& account, Changes& changes) {
  if (item.entry.has_fact()) return account.ApplyFact(model, item.fact, now, changes);
  if (item.entry.has_account_changed()) {
    const events::v1::AccountChanged& changed = item.entry.account_changed();
    account.ChangeAttributes(model,
                             {.display_name = changed.display_name(),
                              .owner = changed.owner(),
                              .industry = changed.industry(),
                              .tier = changed.tier(),
                              .region = changed.region()},
                             changed.deleted(), changed.entity_version(), now, changes);
  }
  return std::nullopt;
}

void SetCause(const JournalItem& item, events::v1::Cause& cause) {
  switch (item.entry.kind_case()) {
    case JournalEntry::kFact: {
      const absl::string_view kind = DefinitionOf(item.fact.kind).name;
      cause.set_kind(events::v1::CAUSE_KIND_FACT);
      cause.set_type(kind.data(), kind.size());
      break;
    }
    case JournalEntry::kAccountChanged:
      cause.set_kind(events::v1::CAUSE_KIND_ACCOUNT_CHANGED);
      break;
    case JournalEntry::kOpportunityChanged:
      cause.set_kind(events::v1::CAUSE_KIND_OPPORTUNITY_CHANGED);
      break;
    case JournalEntry::kModelActivated:
      cause.set_kind(events::v1::CAUSE_KIND_MODEL_ACTIVATED);
      break;
    default:
      return;
  }
  cause.set_source(item.envelope.source.data(), item.envelope.source.size());
  cause.set_id(item.envelope.id.data(), item.envelope.id.size());
}

}  // namespace bellwether::health
