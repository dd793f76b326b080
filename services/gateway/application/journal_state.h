// The phase of the journal, and the right to write its time.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_JOURNAL_STATE_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_JOURNAL_STATE_H_

#include <atomic>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/journal/semantics.h"
#include "common/lease/lease.h"
#include "services/gateway/domain/journal_phase.h"

namespace bellwether::gateway {

// The row that all gateways of a deployment share.
class JournalRow {
 public:
  struct Values {
    JournalPhase phase = JournalPhase::kEmpty;
    std::optional<absl::Time> backfilled_until;
    journal::Semantics semantics = journal::Semantics::kFirst;
  };

  virtual ~JournalRow() = default;
  virtual absl::StatusOr<Values> Load() = 0;
  // Moves the phase forward, never back, and only from one that is not beyond `from_max`; the
  // values afterwards.
  virtual absl::StatusOr<Values> MoveTo(JournalPhase phase, JournalPhase from_max) = 0;
  virtual absl::Status SetBackfilledUntil(absl::Time time) = 0;
  // Every partition has its record.
  virtual absl::Status SetSemantics(journal::Semantics semantics) = 0;
};

// Ticks, whether of the clock or of a past being built, come from the one process that holds the
// lease. Thread-safe; everything but phase() and backfilling() asks the store and may block.
class JournalState {
 public:
  JournalState(JournalRow& row, lease::Lease& lease) : row_(row), lease_(lease) {}

  // As of the last time this process looked.
  JournalPhase phase() const { return phase_.load(); }
  bool is_live() const { return phase() == JournalPhase::kLive; }
  bool backfilling() const { return backfilling_.load(); }
  // Where a past ended that was built before; nothing when there was none.
  std::optional<absl::Time> backfilled_until() const ABSL_LOCKS_EXCLUDED(until_mu_);

  absl::Status Refresh() ABSL_LOCKS_EXCLUDED(mu_);

  // Because somebody says so, which ends a past. Idempotent. FAILED_PRECONDITION / BACKFILL_RUNNING
  // while this process builds one.
  // `reached`: how far the journal says that the past has come.
  absl::Status GoLive(std::optional<absl::Time> reached) ABSL_LOCKS_EXCLUDED(mu_);
  // Because a fact has come: no fact breaks into a past, also into one that another process has
  // just begun, or that waits to be gone on with. FAILED_PRECONDITION / BACKFILL_RUNNING then.
  absl::Status GoLiveWithFact() ABSL_LOCKS_EXCLUDED(mu_);

  // Where an earlier backfill ended, if there was one. FAILED_PRECONDITION / JOURNAL_IS_LIVE, or
  // BACKFILL_RUNNING while this or another process builds a past already.
  absl::StatusOr<std::optional<absl::Time>> BeginBackfill() ABSL_LOCKS_EXCLUDED(mu_);
  // Once per BeginBackfill that succeeded, however it ended.
  absl::Status EndBackfill(std::optional<absl::Time> reached) ABSL_LOCKS_EXCLUDED(mu_);

  // Takes or renews the lease. True while this process may write ticks.
  absl::StatusOr<bool> HoldLease() { return lease_.Hold(); }

 private:
  // A look that began before the phase moved may end after: it takes nothing back.
  void Keep(const JournalRow::Values& values) ABSL_LOCKS_EXCLUDED(until_mu_);
  absl::Status GoLiveFrom(JournalPhase from_max, std::optional<absl::Time> reached)
      ABSL_LOCKS_EXCLUDED(mu_);

  JournalRow& row_;
  lease::Lease& lease_;
  std::atomic<JournalPhase> phase_{JournalPhase::kEmpty};
  std::atomic<bool> backfilling_{false};
  mutable absl::Mutex until_mu_;
  std::optional<absl::Time> backfilled_until_ ABSL_GUARDED_BY(until_mu_);  // only grows
  absl::Mutex mu_;  // orders GoLive, BeginBackfill, EndBackfill of this process
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_JOURNAL_STATE_H_
