#include "services/gateway/application/backfill.h"

#include <algorithm>
#include <utility>

#include "absl/synchronization/mutex.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"

namespace bellwether::gateway {

namespace {

// Whatever is due up to a round of a past belongs to that past.
journal::ClockRound RoundAt(absl::Time time) {
  return {.time = time, .backfill = true, .past_until = time};
}

}  // namespace

absl::StatusOr<std::optional<absl::Time>> PastReached(TickRounds& rounds) {
  ASSIGN_OR_RETURN(const std::optional<journal::ClockRound> round, rounds.Latest());
  if (!round.has_value() || !round->backfill) return std::nullopt;
  return round->time;
}

struct BackfillSession::TickFailure {
  void Update(const absl::Status& status) ABSL_LOCKS_EXCLUDED(mu) {
    absl::MutexLock lock(&mu);
    first.Update(status);
  }
  absl::Status Get() ABSL_LOCKS_EXCLUDED(mu) {
    absl::MutexLock lock(&mu);
    return first;
  }

  absl::Mutex mu;
  absl::Status first ABSL_GUARDED_BY(mu);
};

absl::StatusOr<std::unique_ptr<BackfillSession>> BackfillSession::Begin(JournalState& state,
                                                                        FactAcceptor& acceptor,
                                                                        TickRounds& rounds,
                                                                        const Calendar& calendar) {
  ASSIGN_OR_RETURN(std::optional<absl::Time> reached, state.BeginBackfill());
  const absl::StatusOr<std::optional<absl::Time>> in_journal = PastReached(rounds);
  if (!in_journal.ok()) {
    (void)state.EndBackfill(reached);  // the failure to look says more
    return in_journal.status();
  }
  reached = std::max(reached, *in_journal);
  return std::unique_ptr<BackfillSession>(
      new BackfillSession(state, acceptor, rounds, calendar, reached));
}

BackfillSession::BackfillSession(JournalState& state, FactAcceptor& acceptor, TickRounds& rounds,
                                 const Calendar& calendar, std::optional<absl::Time> reached)
    : state_(state),
      acceptor_(acceptor),
      rounds_(rounds),
      clock_(calendar, reached),
      tick_failure_(std::make_shared<TickFailure>()) {}

BackfillSession::~BackfillSession() {
  BELLWETHER_CHECK(closed_, "close a backfill however it ended");
}

absl::StatusOr<bool> BackfillSession::TryAdd(IncomingEvent& event, Answered& answered) {
  RETURN_IF_ERROR(tick_failure_->Get());
  if (state_.is_live()) {
    return FailedPrecondition("JOURNAL_IS_LIVE", "", "the journal became live meanwhile");
  }
  const size_t bytes = event.size();
  if (!acceptor_.TryEnter(bytes)) return false;
  const absl::StatusOr<events::v1::FactEvent> fact = acceptor_.Check(event);
  if (!fact.ok()) {
    acceptor_.Reject(std::move(event), bytes, fact.status(), std::move(answered));
    return true;
  }
  const absl::Time time = *journal::FromTimestamp(fact->time());  // it is valid
  const absl::StatusOr<BackfillStep> step = clock_.AdvanceTo(time);
  if (!step.ok()) {
    acceptor_.Leave(bytes);
    return step.status();
  }
  for (const absl::Time midnight : step->midnights) {
    rounds_.Append(RoundAt(midnight), [failure = tick_failure_](const absl::Status& status) {
      failure->Update(status);
    });
  }
  acceptor_.Append(*fact, event, bytes, {.recorded_at = step->recorded_at, .backfill = true},
                   std::move(answered));
  return true;
}

void BackfillSession::Finish(absl::AnyInvocable<void(absl::Status)> done) {
  if (!clock_.reached().has_value()) {
    done(absl::OkStatus());
    return;
  }
  rounds_.Append(RoundAt(*clock_.reached()), [failure = tick_failure_, done = std::move(done)](
                                                 const absl::Status& status) mutable {
    failure->Update(status);
    done(failure->Get());
  });
}

absl::Status BackfillSession::Close() {
  closed_ = true;
  return state_.EndBackfill(clock_.reached());
}

}  // namespace bellwether::gateway
