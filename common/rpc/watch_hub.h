// Streams that push changes to watchers.
//
//   rpc::WatchHub<WatchAlertsResponse> hub_(server.streams(), pool);
//
//   table.ServerStream("WatchAlerts", [&](const WatchAlertsRequest& request, const Call& call) {
//     return hub_.Open(call, /*filter=*/…, /*initial=*/…);
//   });
//   …
//   hub_.Publish(alert.name(), response);   // from any thread, never blocks
//
// One write is in flight per stream. What comes meanwhile waits, latest-wins per subject (the empty
// subject keeps all), up to a limit of bytes. A reader that lets the limit be reached, or one write
// stall, is dropped with RESOURCE_EXHAUSTED / SLOW_READER.
#ifndef BELLWETHER_COMMON_RPC_WATCH_HUB_H_
#define BELLWETHER_COMMON_RPC_WATCH_HUB_H_

#include <algorithm>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "common/log/trace.h"
#include "common/metrics/metrics.h"
#include "common/rpc/call.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/open_streams.h"
#include "common/rpc/watch_stream.h"

namespace bellwether::rpc {

// The watchers of one method. Thread-safe. Outlives the server's Stop.
template <typename Response>
class WatchHub {
 public:
  using Stream = WatchStream<Response>;
  using Filter = typename Stream::Filter;  // called under a lock: quick, no calls back
  using Items = typename Stream::Items;
  // What a watcher gets first; runs on the pool and may block. May be null: nothing.
  using Initial = std::function<absl::StatusOr<Items>(const Call&)>;

  WatchHub(OpenStreams& streams, CallPool& pool, WatchLimits limits = {})
      : streams_(streams),
        pool_(pool),
        limits_(limits),
        open_(pool.metrics()
                  .Gauges("bellwether_rpc_watchers", "Open watch streams.", {"message"})
                  .With({Response::descriptor()->name()})),
        dropped_(pool.metrics()
                     .Counters("bellwether_rpc_watchers_dropped_total",
                               "Watch streams ended because the reader was slow.", {"message"})
                     .With({Response::descriptor()->name()})) {}

  // The stream of a call. `filter` may be null: everything.
  std::shared_ptr<Stream> Open(const Call& call, Filter filter, Initial initial) {
    auto stream = std::make_shared<Stream>(
        call, limits_, pool_.clock(), std::move(filter),
        typename Stream::Reactions{.begun = [this, call, initial = std::move(initial)](
                                                Stream* begun) { Load(begun, call, initial); },
                                   .closed = [this](Stream* done) { Close(done); }});
    open_.Increment();
    absl::MutexLock lock(&mutex_);
    auto watchers = std::make_shared<Watchers>(*watchers_);
    watchers->push_back(stream);
    watchers_ = std::move(watchers);
    return stream;
  }

  // Offers the message to every watcher. Calls for the same subject come in order of their changes.
  void Publish(absl::string_view subject, const Response& message) {
    for (const auto& stream : *Present()) stream->Offer(subject, message);
  }

  // Ends every stream that is open now: what was sent on it no longer holds together.
  void EndAll(const absl::Status& why) {
    for (const auto& stream : *Present()) stream->End(why);
  }

  size_t watchers() const {
    absl::MutexLock lock(&mutex_);
    return watchers_->size();
  }

 private:
  using Watchers = std::vector<std::shared_ptr<Stream>>;

  std::shared_ptr<const Watchers> Present() const {
    absl::MutexLock lock(&mutex_);
    return watchers_;
  }

  void Load(Stream* stream, const Call& call, const Initial& initial) {
    if (initial == nullptr || stream->ended()) return stream->Load(Items());
    WorkerPool::Task load = [stream = stream->shared_from_this(), call, initial] {
      const TraceScope scope(call.trace);
      stream->Load(initial(call));
    };
    if (const absl::Status refused = pool_.Submit(std::move(load)); !refused.ok()) {
      stream->Load(refused);
    }
  }

  void Close(Stream* stream) {
    open_.Decrement();
    if (stream->was_slow()) dropped_.Increment();
    {
      absl::MutexLock lock(&mutex_);
      auto watchers = std::make_shared<Watchers>(*watchers_);
      watchers->erase(std::remove_if(watchers->begin(), watchers->end(),
                                     [&](const auto& other) { return other.get() == stream; }),
                      watchers->end());
      watchers_ = std::move(watchers);
    }
    streams_.Remove(stream);
  }

  OpenStreams& streams_;
  CallPool& pool_;
  const WatchLimits limits_;
  metrics::Gauge& open_;
  metrics::Counter& dropped_;
  mutable absl::Mutex mutex_;
  // Replaced, never changed: Publish walks a snapshot without the lock.
  std::shared_ptr<const Watchers> watchers_ ABSL_GUARDED_BY(mutex_) = std::make_shared<Watchers>();
};

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_WATCH_HUB_H_
