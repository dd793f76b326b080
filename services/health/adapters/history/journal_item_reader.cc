#include "services/health/adapters/history/journal_item_reader.h"

#include <algorithm>
#include <string>
#include <utility>

#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "common/journal/envelope.h"
#include "common/journal/subject_entries.h"
#include "common/subject/subject_messages.h"
#include "common/subject/subject_type.h"
#include "services/health/adapters/history/fact_reader.h"
#include "services/health/adapters/history/history_block.h"
#include "services/health/adapters/history/message_codec.h"
#include "services/health/adapters/models/model_messages.h"

namespace bellwether::health {
namespace {

using events::v1::JournalEntry;
using journal::Semantics;

// A fact's time may lead its acceptance by so much (the gateway is stricter): what lies further
// ahead would wait in the state for a day nobody asks about.
constexpr absl::Duration kTimeAheadMax = absl::Hours(24);

constexpr char kFactRetractedType[] = "fact_retracted";

events::v1::CauseKind CauseKindOf(ItemKind kind) {
  switch (kind) {
    case ItemKind::kFact:
    case ItemKind::kFactRetracted:
      return events::v1::CAUSE_KIND_FACT;
    case ItemKind::kAccountChanged:
      return events::v1::CAUSE_KIND_ACCOUNT_CHANGED;
    case ItemKind::kSubjectChanged:
      return events::v1::CAUSE_KIND_SUBJECT_CHANGED;
    case ItemKind::kModelActivated:
      return events::v1::CAUSE_KIND_MODEL_ACTIVATED;
    case ItemKind::kImportRunWithdrawn:
      return events::v1::CAUSE_KIND_IMPORT_RUN_WITHDRAWN;
    case ItemKind::kSemanticsChanged:
    case ItemKind::kImportRun:
      break;
  }
  return events::v1::CAUSE_KIND_UNSPECIFIED;
}

// The gateway and the accounts service see to it; a record that came another way must not bring in
// what the store cannot keep as text.
absl::Status CheckAccountId(absl::string_view id) {
  if (IsValidId(id)) return absl::OkStatus();
  return InvalidArgument("ACCOUNT_ID_INVALID", "", "the record's key is no account id", "H1");
}

// The source seeds the hash of the id, so that ("a", "bc") and ("ab", "c") differ.
uint64_t IdentityOf(absl::string_view source, absl::string_view id) {
  return Fingerprint64(id, Fingerprint64(source));
}

void SetType(FactKind kind, events::v1::Cause& cause) {
  const absl::string_view name = DefinitionOf(kind).name;
  cause.set_type(name.data(), name.size());
}

void SetRef(absl::string_view source, absl::string_view id, events::v1::Cause& cause) {
  cause.mutable_retracts()->set_source(source.data(), source.size());
  cause.mutable_retracts()->set_id(id.data(), id.size());
}

}  // namespace

absl::Status JournalItemReader::Read(const bus::Record& record, JournalItem& item) {
  journal::Envelope envelope;
  RETURN_IF_ERROR(journal::DecodeEntry(record, envelope, entry_));
  item.time = envelope.time;
  item.origin = {envelope.source, envelope.id, envelope.origin};
  switch (entry_.kind_case()) {
    case JournalEntry::kFact:
      return ReadFact(record, envelope.recorded_at, item);
    case JournalEntry::kAccountChanged:
      RETURN_IF_ERROR(CheckAccountId(record.key));
      translated_ = journal::SubjectOf(entry_.account_changed());
      return ReadSubject(record, translated_, item);
    case JournalEntry::kOpportunityChanged:
      translated_ = journal::SubjectOf(entry_.opportunity_changed());
      SetSnapshot(translated_, entry_.opportunity_changed());
      RETURN_IF_ERROR(CheckSubject(translated_));
      return ReadSubject(record, translated_, item);
    case JournalEntry::kSubjectChanged:
      RETURN_IF_ERROR(CheckSubject(entry_.subject_changed()));
      return ReadSubject(record, entry_.subject_changed(), item);
    case JournalEntry::kModelActivated:
      return ReadActivation(item);
    case JournalEntry::kImportRunStarted:
    case JournalEntry::kImportRunRenewed:
    case JournalEntry::kImportRunEnded:
      item.kind = ItemKind::kImportRun;
      return absl::OkStatus();
    case JournalEntry::kSemanticsChanged:
      item.kind = ItemKind::kSemanticsChanged;
      semantics_ =
          std::max(semantics_, static_cast<Semantics>(entry_.semantics_changed().semantics()));
      return absl::OkStatus();
    case JournalEntry::kImportRunWithdrawn:
      item.kind = ItemKind::kImportRunWithdrawn;
      item.withdrawn_run = entry_.import_run_withdrawn().import_run();
      return absl::OkStatus();
    default:
      return InvalidArgument("UNKNOWN_ENTRY_KIND", "", "the fold does not know such an entry");
  }
}

absl::Status JournalItemReader::ReadFact(const bus::Record& record, absl::Time recorded_at,
                                         JournalItem& item) {
  RETURN_IF_ERROR(CheckAccountId(record.key));
  if (item.time > recorded_at + kTimeAheadMax) {
    return InvalidArgument("TIME_AHEAD", bus::kHeaderTime,
                           "the fact lies more than a day ahead of its acceptance", "H1");
  }
  if (entry_.fact().has_fact_retracted()) {
    ReadRetraction(item);
    return absl::OkStatus();
  }
  item.kind = ItemKind::kFact;
  FactRecord& fact = item.fact;
  const std::optional<FactKind> kind = FactReader::Get().KindOf(entry_.fact());
  if (!kind.has_value()) {
    return InvalidArgument("UNKNOWN_FACT_KIND", "", "the fold does not know such a fact", "H1");
  }
  fact.kind = *kind;
  fact.revision = std::max<int64_t>(entry_.fact().revision(), 0);
  fact.time_micros = absl::ToUnixMicros(item.time);
  fact.day = calendar_.LocalDayOf(item.time);
  FactReader::Get().Read(entry_.fact(), semantics_, fact.observations);
  fact.case_moment = semantics_ < Semantics::kWhatSourcesSaid
                         ? CaseMoment()
                         : FactReader::Get().CaseMomentOf(entry_.fact());
  const uint64_t former = FormerContentOf(record, fact);
  fact.former_content = static_cast<uint16_t>(former);
  fact.identity =
      FactIdentity::Of(IdentityOf(item.origin.source, item.origin.id),
                       semantics_ < Semantics::kWhatSourcesSaid ? former : ContentOf(former, fact));
  return absl::OkStatus();
}

void JournalItemReader::ReadRetraction(JournalItem& item) {
  const events::v1::FactRetracted& retracted = entry_.fact().fact_retracted();
  item.kind = ItemKind::kFactRetracted;
  item.retracted.source =
      retracted.source().empty() ? item.origin.source : absl::string_view(retracted.source());
  item.retracted.id = retracted.id();
  item.retraction.fact_id =
      FactIdentity::Of(IdentityOf(item.retracted.source, item.retracted.id), 0).id();
  item.retraction.up_to = retracted.has_revision() ? retracted.revision() : kEveryRevision;
}

// Content as it was hashed before semantics 2: the record whole, but for what senders began to say
// since then.
uint64_t JournalItemReader::FormerContentOf(const bus::Record& record, const FactRecord& fact) {
  const auto time = static_cast<uint64_t>(fact.time_micros);
  if (entry_.fact().stated().empty() && !entry_.fact().date_only()) {
    return Fingerprint64(record.value, time);
  }
  events::v1::JournalEntry former = entry_;
  former.mutable_fact()->clear_stated();
  former.mutable_fact()->clear_date_only();
  former.SerializeToString(&stated_);
  return Fingerprint64(stated_, time);
}

// What the source said (ADR 0020): not what it came to by the rates of the day of its acceptance,
// nor an instant that somebody chose within the day it named.
uint64_t JournalItemReader::ContentOf(uint64_t former, const FactRecord& fact) {
  events::v1::Fact& said = *entry_.mutable_fact();
  if (!said.stated().empty()) {
    return Fingerprint64(said.stated(), static_cast<uint64_t>(said.kind_case()));
  }
  const bool converted = FactReader::Get().ClearConversions(said);
  if (!converted && !said.date_only()) return former;
  said.SerializeToString(&stated_);
  return Fingerprint64(stated_,
                       static_cast<uint64_t>(said.date_only() ? fact.day : fact.time_micros));
}

absl::Status JournalItemReader::ReadSubject(const bus::Record& record,
                                            const events::v1::SubjectChanged& changed,
                                            JournalItem& item) {
  if (journal::KeyOf(changed) != record.key) {
    return InvalidArgument("KEY_MISMATCH", "account_id",
                           "the record's key is neither the account nor the subject", "A1");
  }
  subject_ = &changed;
  if (changed.subject_type() != events::v1::SUBJECT_TYPE_ACCOUNT) {
    item.kind = ItemKind::kSubjectChanged;
    item.subject_type = SubjectTypeName(changed.subject_type());
    return absl::OkStatus();
  }
  if (absl::string_view(changed.subject_id()) != record.key) {
    return InvalidArgument("KEY_MISMATCH", "subject_id", "the record's key is another account",
                           "A1");
  }
  item.kind = ItemKind::kAccountChanged;
  item.change = {AttributesOf(changed.attributes()), changed.closed(), changed.entity_version()};
  return absl::OkStatus();
}

absl::Status JournalItemReader::ReadActivation(JournalItem& item) {
  const events::v1::ModelActivated& activated = entry_.model_activated();
  ASSIGN_OR_RETURN(item.model, ToActiveModel(activated.catalogue(), activated.model()));
  item.kind = ItemKind::kModelActivated;
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const ActiveModel>> ModelOf(const ActivationRow& activation,
                                                           int32_t partition,
                                                           const Calendar& calendar) {
  ASSIGN_OR_RETURN(const bus::Message message, ParseStoredMessage(activation.message));
  const HistoryRecord record{activation.offset, activation.applied_at, message};
  std::vector<bus::HeaderView> headers;
  JournalItemReader reader(calendar);
  JournalItem item;
  RETURN_IF_ERROR(reader.Read(ViewOf(record, partition, headers), item));
  return item.model;
}

void SetCause(const JournalItem& item, events::v1::Cause& cause) {
  cause.set_kind(CauseKindOf(item.kind));
  if (item.kind == ItemKind::kFact) SetType(item.fact.kind, cause);
  if (item.kind == ItemKind::kFactRetracted) {
    cause.set_type(kFactRetractedType);
    SetRef(item.retracted.source, item.retracted.id, cause);
  }
  if (item.kind == ItemKind::kImportRunWithdrawn) {
    cause.set_id(item.withdrawn_run.data(), item.withdrawn_run.size());
    return;
  }
  if (item.kind == ItemKind::kSubjectChanged) {
    cause.set_type(item.subject_type.data(), item.subject_type.size());
  }
  cause.set_source(item.origin.source.data(), item.origin.source.size());
  cause.set_id(item.origin.id.data(), item.origin.id.size());
  const bool of_run = item.kind == ItemKind::kFact || item.kind == ItemKind::kFactRetracted ||
                      item.kind == ItemKind::kSubjectChanged;
  if (of_run && !item.origin.import_run.empty()) {
    cause.set_import_run(item.origin.import_run.data(), item.origin.import_run.size());
  }
}

void SetCause(const ScoreChange& change, events::v1::Cause& cause) {
  if (!change.record) {
    cause = DayClosedCause();
    return;
  }
  SetCause(*change.record, cause);
}

void SetCause(const ScoreChange::Record& record, events::v1::Cause& cause) {
  cause.set_kind(CauseKindOf(record.kind));
  if (record.fact) SetType(*record.fact, cause);
  if (record.kind == ItemKind::kFactRetracted) {
    cause.set_type(kFactRetractedType);
    SetRef(record.retracted_source, record.retracted_id, cause);
  }
  cause.set_source(record.source);
  cause.set_id(record.id);
  if (record.fact) cause.set_import_run(record.import_run);
}

const events::v1::Cause& DayClosedCause() {
  static const events::v1::Cause cause = [] {
    events::v1::Cause made;
    made.set_kind(events::v1::CAUSE_KIND_DAY_CLOSED);
    return made;
  }();
  return cause;
}

}  // namespace bellwether::health
