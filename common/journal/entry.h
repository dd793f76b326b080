// Records of the journal: events.v1.JournalEntry with its envelope.
#ifndef BELLWETHER_COMMON_JOURNAL_ENTRY_H_
#define BELLWETHER_COMMON_JOURNAL_ENTRY_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/fact.pb.h"
#include "bellwether/events/v1/journal.pb.h"
#include "common/bus/bus.h"
#include "common/journal/envelope.h"

namespace bellwether::journal {

// The ce_type of a fact: "bellwether.fact.order_placed.v1"; empty for KIND_NOT_SET.
absl::string_view FactType(events::v1::Fact::KindCase kind);
// The kind that a ce_type names; nothing for types that are no fact of ours.
std::optional<events::v1::Fact::KindCase> FactKindOf(absl::string_view type);

// The ce_type of a subject's change: "bellwether.opportunity.changed.v1".
absl::string_view SubjectRecordType(events::v1::SubjectType type);
bool IsSubjectRecordType(absl::string_view type);

// The ce_type that belongs to an entry; empty when no kind is set.
absl::string_view TypeOf(const events::v1::JournalEntry& entry);

// How a fact was accepted.
struct Acceptance {
  absl::Time recorded_at;
  absl::string_view origin;
  absl::string_view traceparent;
  bool backfill = false;
};

// The journal record of a fact that has passed validation; its key is the account id.
bus::Message EncodeFact(const events::v1::FactEvent& event, const Acceptance& acceptance);

// Any other entry. `envelope.type` may be left empty: it follows from the entry.
bus::Message EncodeEntry(const Envelope& envelope, absl::string_view key,
                         const events::v1::JournalEntry& entry);

// A tick for `partition` at `recorded_at`.
bus::Message EncodeTick(int32_t partition, absl::Time recorded_at, bool backfill);

// The record of an import run for `partition`, of which `entry` says what happened.
bus::Message EncodeImportRunEntry(int32_t partition, absl::Time recorded_at,
                                  absl::string_view import_run,
                                  const events::v1::JournalEntry& entry);
// The withdrawal of an import run, for `partition`.
bus::Message EncodeWithdrawal(int32_t partition, absl::string_view import_run,
                              absl::string_view reason, absl::Time recorded_at);

// Reads a journal record. INVALID_ARGUMENT / HEADER_…, MALFORMED_PAYLOAD, UNKNOWN_ENTRY_KIND or
// TYPE_MISMATCH (ce_type is not the payload's): dead letters all. `entry` may be reused over
// records.
absl::Status DecodeEntry(const bus::Record& record, Envelope& envelope,
                         events::v1::JournalEntry& entry);

}  // namespace bellwether::journal

#endif  // BELLWETHER_COMMON_JOURNAL_ENTRY_H_
