// A journal record as the health fold and the re-fold read it: one reading for both.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_JOURNAL_ITEM_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_JOURNAL_ITEM_H_

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "bellwether/events/v1/journal.pb.h"
#include "bellwether/events/v1/signal.pb.h"
#include "common/bus/bus.h"
#include "common/calendar/calendar.h"
#include "common/journal/envelope.h"
#include "services/health/domain/account.h"

namespace bellwether::health {

struct JournalItem {
  journal::Envelope envelope;                // views into the record
  events::v1::JournalEntry entry;            // memory is used again from record to record
  FactRecord fact;                           // of an entry that holds a fact
  std::shared_ptr<const ActiveModel> model;  // of one that activates a model
};

// One thread; may be copied. The calendar outlives it.
class JournalItemReader {
 public:
  explicit JournalItemReader(const Calendar& calendar) : calendar_(&calendar) {}

  // INVALID_ARGUMENT with the reason of the dead letter when the record cannot be applied.
  absl::Status Read(const bus::Record& record, JournalItem& item) const;

 private:
  absl::Status ReadFact(const bus::Record& record, JournalItem& item) const;

  const Calendar* calendar_;
};

// Applies a fact or a change of the account record. The outcome of a fact.
std::optional<FactOutcome> ApplyToAccount(const JournalItem& item, const ActiveModel* model,
                                          FoldDay now, Account& account, Changes& changes);

// What the explanation and the signal name as the cause.
void SetCause(const JournalItem& item, events::v1::Cause& cause);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_JOURNAL_ITEM_H_
