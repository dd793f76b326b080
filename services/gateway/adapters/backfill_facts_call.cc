#include "services/gateway/adapters/backfill_facts_call.h"

#include <utility>

#include "common/base/status.h"
#include "services/gateway/adapters/ingest_messages.h"
#include "services/gateway/application/journal_failure.h"

namespace bellwether::gateway {

BackfillFactsCall::BackfillFactsCall(const rpc::Call& call,
                                     ingest::v1::BackfillFactsResponse& response,
                                     JournalState& state, FactAcceptor& acceptor,
                                     TickRounds& rounds, const Calendar& calendar,
                                     rpc::CallPool& pool, Closed closed)
    : call_(call),
      response_(response),
      state_(state),
      acceptor_(acceptor),
      rounds_(rounds),
      calendar_(calendar),
      pool_(pool),
      closed_(std::move(closed)),
      traceparent_(TraceParentOf(*call.context)) {}

void BackfillFactsCall::Begin() {
  bool ended = false;
  {
    absl::MutexLock lock(&mu_);
    ended = end_.has_value();
    if (ended) taking_ = false;
  }
  if (ended) return Advance();
  const absl::Status submitted = pool_.Submit([self = shared_from_this()] {
    auto session =
        BackfillSession::Begin(self->state_, self->acceptor_, self->rounds_, self->calendar_);
    const absl::Status begun = session.status();
    if (begun.ok()) self->session_ = *std::move(session);
    {
      absl::MutexLock lock(&self->mu_);
      self->taking_ = false;
      if (!begun.ok() && !self->end_.has_value()) self->end_ = begun;
    }
    self->ReadOn();
    self->Advance();
  });
  if (submitted.ok()) return;
  {
    absl::MutexLock lock(&mu_);
    taking_ = false;
  }
  End(submitted);
}

void BackfillFactsCall::ReadOn() {
  absl::MutexLock lock(&mu_);
  if (reading_ || taking_ || read_closed_ || end_.has_value() || unanswered_ >= kUnansweredMax) {
    return;
  }
  reading_ = true;
  StartRead(&incoming_);
}

void BackfillFactsCall::OnReadDone(bool ok) {
  bool take = false;
  int64_t number = 0;
  {
    absl::MutexLock lock(&mu_);
    reading_ = false;
    if (!ok) {
      read_closed_ = true;
    } else if (!end_.has_value()) {
      take = taking_ = true;
      ++unanswered_;
      number = next_number_++;
    }
  }
  if (!take) {
    Advance();
    return;
  }
  IncomingEvent event = ReadBackfillRequest(BytesOf(SliceOf(incoming_)));
  event.traceparent = traceparent_;
  Take(std::move(event), number);
}

void BackfillFactsCall::Take(IncomingEvent event, int64_t number) {
  Answered answered = [self = shared_from_this(), number](absl::StatusOr<Answer> answer) {
    self->OnAnswer(number, std::move(answer));
  };
  const absl::StatusOr<bool> taken = session_->TryAdd(event, answered);
  const bool waits = taken.ok() && !*taken;
  bool ended = false;
  {
    absl::MutexLock lock(&mu_);
    ended = end_.has_value();
    if (waits && !ended) {
      stalled_ = Numbered{number, std::move(event)};
    } else {
      taking_ = false;
    }
    if (!taken.ok() || (waits && ended)) --unanswered_;
  }
  if (!taken.ok()) {
    End(taken.status());
  } else if (waits && !ended) {
    acceptor_.admission().WhenRoom([self = shared_from_this()] { self->Retry(); });
  } else {
    ReadOn();
    Advance();
  }
}

void BackfillFactsCall::Retry() {
  std::optional<Numbered> waiting;
  {
    absl::MutexLock lock(&mu_);
    waiting.swap(stalled_);
  }
  if (waiting.has_value()) Take(std::move(waiting->event), waiting->number);
}

void BackfillFactsCall::OnAnswer(int64_t number, absl::StatusOr<Answer> answer) {
  {
    absl::MutexLock lock(&mu_);
    --unanswered_;
    if (answer.ok() && !closing_) {
      if (answer->rejection.ok()) {
        response_.set_accepted_count(response_.accepted_count() + 1);
      } else {
        response_.set_rejected_count(response_.rejected_count() + 1);
        if (response_.rejections_size() < kRejectionsShownMax) {
          *response_.add_rejections() = ToResponse(number, *answer);
        }
      }
    } else if (!answer.ok() && !end_.has_value()) {
      end_ = JournalUnavailable(answer.status());
    }
  }
  ReadOn();
  Advance();
}

void BackfillFactsCall::Advance() {
  bool tick = false;
  absl::Status status;
  {
    absl::MutexLock lock(&mu_);
    if (end_.has_value() && stalled_.has_value()) {
      stalled_.reset();
      taking_ = false;
      --unanswered_;
    }
    // Also a past that ends badly ends after what was written of it.
    if (taking_ || closing_ || unanswered_ > 0 || (ticking_ && !ticked_)) return;
    if (end_.has_value()) {
      closing_ = true;
      status = *end_;
    } else if (!read_closed_) {
      return;
    } else if (!ticking_) {
      ticking_ = true;
      tick = true;
    } else {
      closing_ = true;
    }
  }
  if (tick) {
    session_->Finish([self = shared_from_this()](const absl::Status& result) {
      {
        absl::MutexLock lock(&self->mu_);
        self->ticked_ = true;
        if (!result.ok() && !self->end_.has_value()) self->end_ = JournalUnavailable(result);
      }
      self->Advance();
    });
    return;
  }
  const absl::Status submitted =
      pool_.Submit([self = shared_from_this(), status] { self->Close(status); });
  // A full pool must not keep the session open: better a callback thread that waits for the store.
  if (!submitted.ok()) Close(status);
}

void BackfillFactsCall::Close(const absl::Status& status) {
  absl::Status result = status;
  if (session_ != nullptr) {
    result.Update(session_->Close());
    session_.reset();
  }
  Finish(rpc::EndStream(call_, result));
}

void BackfillFactsCall::End(const absl::Status& why) {
  {
    absl::MutexLock lock(&mu_);
    if (!end_.has_value()) end_ = why;
  }
  Advance();
}

void BackfillFactsCall::OnCancel() {
  End(Error(absl::StatusCode::kCancelled, {"CANCELLED", "", ""}, "the caller left"));
}

}  // namespace bellwether::gateway
