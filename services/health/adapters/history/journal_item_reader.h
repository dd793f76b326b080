// Reads journal records into the terms of the domain: one reading for the live fold and the
// re-fold.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_JOURNAL_ITEM_READER_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_JOURNAL_ITEM_READER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bellwether/events/v1/journal.pb.h"
#include "bellwether/events/v1/signal.pb.h"
#include "common/bus/bus.h"
#include "common/calendar/calendar.h"
#include "common/journal/semantics.h"
#include "services/health/adapters/history/sql_state.h"
#include "services/health/application/explain_health.h"
#include "services/health/application/journal_item.h"

namespace bellwether::health {

// Reads the records of one partition in order: what a record means depends on the semantics that
// came into force before it. Uses its memory again from record to record. One thread; the calendar
// outlives it.
class JournalItemReader {
 public:
  explicit JournalItemReader(const Calendar& calendar) : calendar_(calendar) {}

  // INVALID_ARGUMENT with the reason of the dead letter when the record cannot be applied. The
  // views in `item` are the record's.
  absl::Status Read(const bus::Record& record, JournalItem& item);

  // In force after the record read last.
  journal::Semantics semantics() const { return semantics_; }
  void set_semantics(journal::Semantics semantics) { semantics_ = semantics; }

  // The change that was read last, when it was one of an account or another subject.
  const events::v1::SubjectChanged& subject() const { return *subject_; }
  // The entry that was read last.
  const events::v1::JournalEntry& entry() const { return entry_; }

 private:
  absl::Status ReadFact(const bus::Record& record, absl::Time recorded_at, JournalItem& item);
  void ReadRetraction(JournalItem& item);
  absl::Status ReadSubject(const bus::Record& record, const events::v1::SubjectChanged& changed,
                           JournalItem& item);
  absl::Status ReadActivation(JournalItem& item);
  // The content of the fact read last; `former` is its hash before the newest semantics.
  uint64_t FormerContentOf(const bus::Record& record, const FactRecord& fact);
  uint64_t ContentOf(uint64_t former, const FactRecord& fact);

  const Calendar& calendar_;
  journal::Semantics semantics_ = journal::Semantics::kFirst;
  events::v1::JournalEntry entry_;
  std::string stated_;  // what the source said, as bytes
  // What an entry from before SubjectChanged says, in its terms.
  events::v1::SubjectChanged translated_;
  const events::v1::SubjectChanged* subject_ = &translated_;
};

// The model of a stored activation.
absl::StatusOr<std::shared_ptr<const ActiveModel>> ModelOf(const ActivationRow& activation,
                                                           int32_t partition,
                                                           const Calendar& calendar);

// The cause as signals and explanations name it.
void SetCause(const JournalItem& item, events::v1::Cause& cause);
void SetCause(const ScoreChange& change, events::v1::Cause& cause);
void SetCause(const ScoreChange::Record& record, events::v1::Cause& cause);
const events::v1::Cause& DayClosedCause();

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_JOURNAL_ITEM_READER_H_
