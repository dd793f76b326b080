// Building a past: events in order of time, with the ticks of the days between them.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_BACKFILL_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_BACKFILL_H_

#include <memory>
#include <optional>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/calendar/calendar.h"
#include "services/gateway/application/accept_fact.h"
#include "services/gateway/application/journal_state.h"
#include "services/gateway/application/tick_rounds.h"
#include "services/gateway/domain/backfill_clock.h"

namespace bellwether::gateway {

// How far the past that is being built has come in the journal, also when the process that built it
// ended without saying so. Blocks.
absl::StatusOr<std::optional<absl::Time>> PastReached(TickRounds& rounds);

// One stream of a past. `recorded_at` of every event is its own time; before an event all local
// midnights that have passed since the one before are ticked in every partition, and at the end its
// last instant. One thread at a time.
class BackfillSession {
 public:
  // Blocks. FAILED_PRECONDITION / JOURNAL_IS_LIVE, BACKFILL_RUNNING.
  static absl::StatusOr<std::unique_ptr<BackfillSession>> Begin(JournalState& state,
                                                                FactAcceptor& acceptor,
                                                                TickRounds& rounds,
                                                                const Calendar& calendar);
  // Close was called.
  ~BackfillSession();
  BackfillSession(const BackfillSession&) = delete;
  BackfillSession& operator=(const BackfillSession&) = delete;

  // False when there is no room (as FactAcceptor::TryAccept). An error ends the session, the event
  // has not been written: INVALID_ARGUMENT / NOT_IN_ORDER or BACKFILL_GAP, FAILED_PRECONDITION /
  // JOURNAL_IS_LIVE, and the failure of a tick. A refused event is answered like any other.
  absl::StatusOr<bool> TryAdd(IncomingEvent& event, Answered& answered);

  // Writes the last ticks. `done` is called once, with what was appended before durable or failed.
  void Finish(absl::AnyInvocable<void(absl::Status)> done);

  // Blocks: remembers how far the past has been built and lets others go on. Exactly once, last.
  absl::Status Close();

 private:
  // Of ticks nobody waits for: the first failure, written by threads of the bus.
  struct TickFailure;

  BackfillSession(JournalState& state, FactAcceptor& acceptor, TickRounds& rounds,
                  const Calendar& calendar, std::optional<absl::Time> reached);

  JournalState& state_;
  FactAcceptor& acceptor_;
  TickRounds& rounds_;
  BackfillClock clock_;
  const std::shared_ptr<TickFailure> tick_failure_;
  bool closed_ = false;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_BACKFILL_H_
