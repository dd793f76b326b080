// Streams that push changes to watchers.
//
//   rpc::WatchHub<WatchAlertsResponse> hub_(server.streams(), pool);
//
//   table.ServerStream("WatchAlerts", [&](const WatchAlertsRequest& request, const Call& call) {
//     return hub_.Open(call, /*filter=*/…, /*opening=*/…);  // or OpenFollowing
//   });
//   …
//   hub_.Publish(alert.name(), response);   // from any thread, never blocks
//
// Every stream speaks as bellwether/type/v1/watch.proto says: the hub adds the marks and
// heartbeats. One write is in flight per stream. What comes meanwhile waits, latest-wins per
// subject (the empty subject keeps all), up to a limit of bytes. A reader that lets the limit be
// reached, or one write stall, is dropped with RESOURCE_EXHAUSTED / SLOW_READER.
#ifndef BELLWETHER_COMMON_RPC_WATCH_HUB_H_
#define BELLWETHER_COMMON_RPC_WATCH_HUB_H_

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/log/trace.h"
#include "common/metrics/metrics.h"
#include "common/rpc/call.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/open_streams.h"
#include "common/rpc/watch_mark.h"
#include "common/rpc/watch_stream.h"
#include "common/rpc/watcher_index.h"
#include "common/runtime/background_loop.h"

namespace bellwether::rpc {

// Of the watchers, whose heartbeats are sent one part after the other.
inline constexpr size_t kBeatParts = 20;

// What a stream opens with.
template <typename Response>
struct WatchOpening {
  // SNAPSHOT, RESUMED or CHANGES_ONLY.
  type::v1::WatchMarkKind kind = type::v1::WATCH_MARK_KIND_CHANGES_ONLY;
  // Why a token that was given is not taken up.
  std::string reason;
  std::vector<WatchItem<Response>> items;
  // From where a stream that has got all of that can be taken up; empty where none can.
  std::string resume_token;
};

// The watchers of one method. Thread-safe. Outlives the server's Stop.
template <typename Response>
class WatchHub {
 public:
  using Stream = WatchStream<Response>;
  using Filter = typename Stream::Filter;  // called under a lock: quick, no calls back
  using Opening = WatchOpening<Response>;
  // Runs on the pool and may block. May be null: changes only.
  using Opens = std::function<absl::StatusOr<Opening>(const Call&)>;

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
                     .With({Response::descriptor()->name()})),
        heartbeats_({.name = "watch-beat"}, [this](const std::stop_token&) { return Beat(); }) {
    heartbeats_.Start();
  }

  // The stream of a call. `filter` may be null: everything.
  std::shared_ptr<Stream> Open(const Call& call, Filter filter, Opens opens) {
    return Add(call, std::move(filter), std::nullopt, std::move(opens));
  }

  // The stream of a call that is offered changes of these subjects alone, each named once: what
  // others watch costs it nothing.
  std::shared_ptr<Stream> OpenFollowing(const Call& call, std::vector<std::string> subjects,
                                        Opens opens) {
    return Add(call, nullptr, std::move(subjects), std::move(opens));
  }

  // Offers the message to every watcher of the subject. Calls for the same subject come in order of
  // their changes.
  void Publish(absl::string_view subject, const Response& message) {
    const typename Watchers::Audience audience = watchers_.Of(subject);
    const auto shared = std::make_shared<const Response>(message);
    for (const auto& stream : *audience.of_everything) stream->Offer(subject, shared);
    for (const auto& stream : audience.of_subject) stream->Offer(subject, shared);
  }

  // Ends every stream that is open now: what was sent on it no longer holds together.
  void EndAll(const absl::Status& why) {
    for (const auto& stream : watchers_.Part(0, 1)) stream->End(why);
  }

  size_t watchers() const { return watchers_.size(); }

 private:
  using Watchers = WatcherIndex<Stream>;

  std::shared_ptr<Stream> Add(const Call& call, Filter filter,
                              std::optional<std::vector<std::string>> subjects, Opens opens) {
    auto stream = std::make_shared<Stream>(
        call, limits_, pool_.clock(), std::move(filter),
        typename Stream::Reactions{.begun = [this, call, opens = std::move(opens)](
                                                Stream* begun) { Load(begun, call, opens); },
                                   .closed = [this](Stream* done) { Close(done); }});
    open_.Increment();
    watchers_.Add(stream, std::move(subjects));
    return stream;
  }

  void Load(Stream* stream, const Call& call, const Opens& opens) {
    if (opens == nullptr || stream->ended()) return LoadInto(stream, Opening());
    WorkerPool::Task load = [this, stream = stream->shared_from_this(), call, opens] {
      const TraceScope scope(call.trace);
      LoadInto(stream.get(), opens(call));
    };
    if (const absl::Status refused = pool_.Submit(std::move(load)); !refused.ok()) {
      stream->Load(refused);
    }
  }

  // Puts the marks around what a stream opens with.
  void LoadInto(Stream* stream, absl::StatusOr<Opening> opening) {
    if (!opening.ok()) return stream->Load(opening.status());
    typename Stream::Items items;
    items.reserve(opening->items.size() + 1);
    Response& first = items.emplace_back().message;
    *first.mutable_mark() = OpeningMark(opening->kind, opening->reason, limits_.heartbeat);
    if (opening->kind == type::v1::WATCH_MARK_KIND_CHANGES_ONLY) {
      first.set_resume_token(opening->resume_token);
      return stream->Load(std::move(items));
    }
    for (auto& item : opening->items) items.push_back(std::move(item));
    Response end;
    end.mutable_mark()->set_kind(type::v1::WATCH_MARK_KIND_SNAPSHOT_END);
    end.set_resume_token(std::move(opening->resume_token));
    stream->Load(std::move(items), std::move(end));
  }

  // A part of the watchers at a time: thousands of frames at once would hold up those of changes.
  absl::StatusOr<absl::Duration> Beat() {
    auto beat = std::make_shared<Response>();
    beat->mutable_mark()->set_kind(type::v1::WATCH_MARK_KIND_HEARTBEAT);
    const typename Stream::Shared shared = std::move(beat);
    for (const auto& stream : watchers_.Part(next_beat_, kBeatParts)) {
      stream->Offer(kHeartbeatSubject, shared);
    }
    next_beat_ = (next_beat_ + 1) % kBeatParts;
    return limits_.heartbeat / kBeatParts;
  }

  void Close(Stream* stream) {
    open_.Decrement();
    if (stream->was_slow()) dropped_.Increment();
    watchers_.Remove(stream);
    streams_.Remove(stream);
  }

  OpenStreams& streams_;
  CallPool& pool_;
  const WatchLimits limits_;
  metrics::Gauge& open_;
  metrics::Counter& dropped_;
  Watchers watchers_;
  size_t next_beat_ = 0;  // the heartbeats' thread's
  // Last: ends before what its thread uses.
  runtime::BackgroundLoop heartbeats_;
};

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_WATCH_HUB_H_
