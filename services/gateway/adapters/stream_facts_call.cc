#include "services/gateway/adapters/stream_facts_call.h"

#include "common/base/status.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "services/gateway/application/journal_failure.h"

namespace bellwether::gateway {
namespace {

absl::Status Left() {
  return Error(absl::StatusCode::kCancelled, {"CANCELLED", "", ""}, "the caller left");
}

grpc::ByteBuffer Write(const ingest::v1::StreamFactsResponse& response) {
  const std::string bytes = response.SerializeAsString();
  grpc::Slice slice(bytes);
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace

StreamFactsCall::StreamFactsCall(const rpc::Call& call, FactAcceptor& acceptor, JournalState& state,
                                 rpc::CallPool& pool, const Clock& clock, Closed closed)
    : call_(call),
      acceptor_(acceptor),
      state_(state),
      pool_(pool),
      clock_(clock),
      closed_(std::move(closed)),
      traceparent_(TraceParentOf(*call.context)) {}

void StreamFactsCall::ReadOn() {
  absl::MutexLock lock(&mu_);
  if (reading_ || taking_ || read_closed_ || finished_ || end_.has_value() ||
      unanswered_ >= kUnansweredMax) {
    return;
  }
  reading_ = true;
  StartRead(&incoming_);
}

void StreamFactsCall::OnReadDone(bool ok) {
  if (!ok) {
    {
      absl::MutexLock lock(&mu_);
      reading_ = false;
      read_closed_ = true;
    }
    Advance();
    return;
  }
  SequencedEvent taken = ReadRequest(BytesOf(SliceOf(incoming_)));
  taken.event.traceparent = traceparent_;
  {
    absl::MutexLock lock(&mu_);
    reading_ = false;
    if (finished_) return;
    taking_ = true;
    ++unanswered_;
    if (in_journal_++ == 0) progress_ = clock_.Now();
  }
  if (state_.is_live()) {
    Take(std::move(taken));
  } else {
    GoLiveAndTake(std::move(taken));
  }
}

// The first fact makes the journal live, which asks the store.
void StreamFactsCall::GoLiveAndTake(SequencedEvent taken) {
  const absl::Status submitted =
      pool_.Submit([self = shared_from_this(), taken = std::move(taken)]() mutable {
        const absl::Status live = self->state_.GoLiveWithFact();
        if (live.ok()) {
          self->Take(std::move(taken));
        } else {
          self->End(live);
        }
      });
  if (!submitted.ok()) End(submitted);
}

void StreamFactsCall::Take(SequencedEvent taken) {
  Answered answered = [self = shared_from_this(),
                       sequence = taken.sequence](absl::StatusOr<Answer> answer) {
    self->OnAnswer(sequence, std::move(answer));
  };
  if (acceptor_.TryAccept(taken.event, answered)) {
    {
      absl::MutexLock lock(&mu_);
      taking_ = false;
    }
    ReadOn();
    return;
  }
  {
    absl::MutexLock lock(&mu_);
    stalled_ = std::move(taken);
  }
  acceptor_.admission().WhenRoom([self = shared_from_this()] { self->Retry(); });
}

void StreamFactsCall::Retry() {
  std::optional<SequencedEvent> taken;
  {
    absl::MutexLock lock(&mu_);
    taken.swap(stalled_);
    if (!taken.has_value() || end_.has_value()) return;
  }
  Take(*std::move(taken));
}

void StreamFactsCall::OnAnswer(int64_t sequence, absl::StatusOr<Answer> answer) {
  if (!answer.ok()) {
    End(JournalUnavailable(answer.status()));
    return;
  }
  {
    absl::MutexLock lock(&mu_);
    --in_journal_;
    progress_ = clock_.Now();
    if (finished_) return;
    answers_.emplace_back(sequence, *std::move(answer));
  }
  Advance();
}

void StreamFactsCall::OnWriteDone(bool ok) {
  {
    absl::MutexLock lock(&mu_);
    writing_ = false;
    --unanswered_;
    if (!ok && !end_.has_value()) end_ = Left();
  }
  Advance();
  ReadOn();
}

void StreamFactsCall::Advance() {
  std::optional<absl::Status> finish;
  std::pair<int64_t, Answer> answer;
  bool more = false;
  {
    absl::MutexLock lock(&mu_);
    if (writing_ || finished_) return;
    if (end_.has_value()) {
      finished_ = true;
      finish = *end_;
    } else if (!answers_.empty()) {
      writing_ = true;
      answer = std::move(answers_.front());
      answers_.pop_front();
      more = !answers_.empty();
    } else if (read_closed_ && unanswered_ == 0) {
      finished_ = true;
      finish = absl::OkStatus();
    } else {
      return;
    }
  }
  if (finish.has_value()) {
    Finish(rpc::EndStream(call_, *finish));
    return;
  }
  outgoing_ = Write(ToResponse(answer.first, answer.second));
  grpc::WriteOptions options;
  if (more) options.set_buffer_hint();
  StartWrite(&outgoing_, options);
}

void StreamFactsCall::End(const absl::Status& why) {
  {
    absl::MutexLock lock(&mu_);
    if (!end_.has_value()) end_ = why;
  }
  Advance();
}

void StreamFactsCall::OnCancel() { End(Left()); }

void StreamFactsCall::CheckStall(absl::Time now) {
  {
    absl::MutexLock lock(&mu_);
    if (in_journal_ == 0 || now - progress_ <= kStallMax) return;
  }
  End(JournalTooSlow());
}

}  // namespace bellwether::gateway
