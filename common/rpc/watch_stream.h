// One server-streaming call that is pushed to.
#ifndef BELLWETHER_COMMON_RPC_WATCH_STREAM_H_
#define BELLWETHER_COMMON_RPC_WATCH_STREAM_H_

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/rpc/call.h"
#include "common/rpc/latest_wins.h"
#include "common/rpc/open_streams.h"
#include "common/rpc/watch_mark.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"

namespace bellwether::rpc {

inline constexpr char kSlowReader[] = "SLOW_READER";
inline constexpr char kOpeningTooLarge[] = "OPENING_TOO_LARGE";

struct WatchLimits {
  // Of changes that wait for the reader.
  size_t pending_bytes_max = 1 << 20;
  // Of what a stream opens with: some ten thousand alerts.
  size_t opening_bytes_max = 64 << 20;
  // A single write that is not handed over for so long belongs to a reader that no longer reads.
  absl::Duration stall_max = absl::Seconds(30);
  // How often a WatchHub shows its readers that their stream lives.
  absl::Duration heartbeat = absl::Seconds(10);
};

template <typename Response>
struct WatchItem {
  std::string subject;
  Response message;
};

// One watcher: the reactor of a server-streaming call. Owned by the server's OpenStreams, and by
// those who offer to it, until OnDone, which calls `closed` as its last act.
template <typename ResponseT>
class WatchStream final : public grpc::ServerWriteReactor<ResponseT>,
                          public OpenStream,
                          public std::enable_shared_from_this<WatchStream<ResponseT>> {
 public:
  using Response = ResponseT;
  // One message may wait for many readers.
  using Shared = std::shared_ptr<const Response>;
  using Filter = absl::AnyInvocable<bool(const Response&)>;
  using Items = std::vector<WatchItem<Response>>;
  using Closed = std::function<void(WatchStream*)>;

  struct Reactions {
    // What Begin does; has to lead to Load, sooner or later.
    std::function<void(WatchStream*)> begun;
    Closed closed;
  };

  WatchStream(const Call& call, const WatchLimits& limits, const Clock& clock, Filter filter,
              Reactions reactions)
      : call_(call),
        limits_(limits),
        clock_(clock),
        reactions_(std::move(reactions)),
        pending_(limits.pending_bytes_max),
        filter_(std::move(filter)) {}

  // What it opened with is not kept.
  void Begin() { std::exchange(reactions_.begun, nullptr)(this); }

  // What the stream opens with, once, or why it ends at once. Until then nothing is sent. What was
  // offered before is newer than `items` and comes after them, and `end` after both.
  void Load(absl::StatusOr<Items> items, std::optional<Response> end = std::nullopt) {
    {
      absl::MutexLock lock(&mutex_);
      loading_ = false;
      if (!items.ok()) {
        EndLocked(items.status());
      } else if (!end_.has_value()) {
        // Shows the reader that it will miss nothing from here on.
        this->StartSendInitialMetadata();
        PutOpeningLocked(*std::move(items), std::move(end));
      }
    }
    Advance();
  }

  // Sends what the filter lets through; marks it is shown, and they are sent whatever it says.
  // Thread-safe, never blocks.
  void Offer(absl::string_view subject, const Response& message) {
    Offer(subject, std::make_shared<const Response>(message));
  }
  void Offer(absl::string_view subject, const Shared& message) {
    {
      absl::MutexLock lock(&mutex_);
      if (finished_) return;
      if (writing_ && clock_.Now() - write_begun_ > limits_.stall_max) {
        EndLocked(SlowReader());
        // Only this takes back a write that the reader's flow control holds.
        call_.context->TryCancel();
        return;
      }
      if (end_.has_value() || !PassesLocked(*message)) return;
      if (!pending_.Put(subject, {message})) EndLocked(SlowReader());
    }
    Advance();
  }

  // Ends the stream: at once with an error, after everything that waits with OK.
  void End(const absl::Status& why) override {
    {
      absl::MutexLock lock(&mutex_);
      EndLocked(why);
    }
    Advance();
  }

  void OnWriteDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
      current_.reset();
      if (!ok) EndLocked(Left());
    }
    Advance();
  }

  void OnCancel() override { End(Left()); }

  void OnDone() override { reactions_.closed(this); }

  // Somebody has ended it, perhaps before it was loaded.
  bool ended() {
    absl::MutexLock lock(&mutex_);
    return end_.has_value();
  }

  bool was_slow() {
    absl::MutexLock lock(&mutex_);
    return end_.has_value() && DetailOf(*end_).value_or(ErrorDetail{}).reason == kSlowReader;
  }

 private:
  struct Waiting {
    Shared message;
    size_t ByteSizeLong() const { return message->ByteSizeLong(); }
  };

  static absl::Status SlowReader() {
    return Error(absl::StatusCode::kResourceExhausted, {kSlowReader, "", ""},
                 "the stream was not read fast enough; watch again");
  }
  static absl::Status Left() {
    return Error(absl::StatusCode::kCancelled, {"CANCELLED", "", ""}, "the caller left");
  }

  bool PassesLocked(const Response& message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const bool passes = filter_ == nullptr || filter_(message);
    return passes || IsMark(message);
  }

  void PutOpeningLocked(Items items, std::optional<Response> end)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    size_t bytes = 0;
    for (WatchItem<Response>& item : items) {
      // The subject has changed since.
      if (pending_.Has(item.subject) || !PassesLocked(item.message)) continue;
      bytes += item.message.ByteSizeLong();
      if (bytes > limits_.opening_bytes_max) {
        return EndLocked(Error(absl::StatusCode::kResourceExhausted, {kOpeningTooLarge, "", ""},
                               "there is more than one stream can open with; narrow the watch"));
      }
      opening_.push_back(std::move(item.message));
    }
    if (!end.has_value()) return;
    PassesLocked(*end);
    if (!pending_.Put("", {std::make_shared<const Response>(*std::move(end))})) {
      EndLocked(SlowReader());
    }
  }

  // What is sent next. Something waits.
  Shared TakeLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    Shared message;
    if (opening_.empty()) {
      message = pending_.Take().message;
    } else {
      message = std::make_shared<const Response>(std::move(opening_.front()));
      opening_.pop_front();
    }
    return Stamped(clock_.Now(), newest_token_, std::move(message));
  }
  bool NothingWaitsLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return opening_.empty() && pending_.empty();
  }

  void EndLocked(const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (!end_.has_value()) end_ = why;
  }

  // Starts the next write or the end, if nothing is in flight. The reactor's own calls are made
  // without the lock; `writing_` and `finished_` keep every other thread from making one meanwhile.
  void Advance() {
    bool finish = false;
    const Response* next = nullptr;
    {
      absl::MutexLock lock(&mutex_);
      if (loading_ || writing_ || finished_) return;
      if (end_.has_value() && (!end_->ok() || NothingWaitsLocked())) {
        finished_ = true;
        finish = true;
      } else if (NothingWaitsLocked()) {
        return;
      } else {
        writing_ = true;
        write_begun_ = clock_.Now();
        current_ = TakeLocked();
        next = current_.get();
      }
    }
    if (finish) {
      this->Finish(FinalStatus());
    } else {
      this->StartWrite(next);
    }
  }

  grpc::Status FinalStatus() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    // `end_` no longer changes once it is set.
    return EndStream(call_, *end_);
  }

  const Call call_;
  const WatchLimits limits_;
  const Clock& clock_;
  Reactions reactions_;
  absl::Mutex mutex_;
  // Goes before what is pending.
  std::deque<Response> opening_ ABSL_GUARDED_BY(mutex_);
  LatestWins<Waiting> pending_ ABSL_GUARDED_BY(mutex_);
  std::string newest_token_ ABSL_GUARDED_BY(mutex_);  // of all that was sent
  Filter filter_ ABSL_GUARDED_BY(mutex_);
  // Until Load nothing is written, so that a snapshot cannot overtake a change, and nothing is
  // finished: what loads the snapshot still looks at the call's context.
  bool loading_ ABSL_GUARDED_BY(mutex_) = true;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;   // `current_` belongs to gRPC
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;  // Finish is called or about to be
  absl::Time write_begun_ ABSL_GUARDED_BY(mutex_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mutex_);
  Shared current_ ABSL_GUARDED_BY(mutex_);  // being written
};

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_WATCH_STREAM_H_
