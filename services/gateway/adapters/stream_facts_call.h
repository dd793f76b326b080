// One StreamFacts call.
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_STREAM_FACTS_CALL_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_STREAM_FACTS_CALL_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/rpc/call.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/open_streams.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "services/gateway/adapters/ingest_messages.h"
#include "services/gateway/application/accept_fact.h"
#include "services/gateway/application/journal_state.h"

namespace bellwether::gateway {

// Reads bytes, not messages, so that one that cannot be read gets an answer instead of ending the
// stream. Events are taken one at a time; while kUnansweredMax are unanswered, or the journal has
// no room, nothing more is read. Owned by OpenStreams and by the events in flight.
class StreamFactsCall final : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                              public rpc::OpenStream,
                              public std::enable_shared_from_this<StreamFactsCall> {
 public:
  static constexpr int kUnansweredMax = 1'000;
  // A stream whose events the journal does not answer for so long is ended.
  static constexpr absl::Duration kStallMax = absl::Seconds(30);

  using Closed = std::function<void(StreamFactsCall*)>;

  StreamFactsCall(const rpc::Call& call, FactAcceptor& acceptor, JournalState& state,
                  rpc::CallPool& pool, const Clock& clock, Closed closed);

  // Once, after it is owned.
  void Begin() { ReadOn(); }
  void End(const absl::Status& why) override;
  // Ends the stream if the journal keeps it waiting for more than kStallMax.
  void CheckStall(absl::Time now);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override { closed_(this); }

 private:
  // Reads the next event if it may. Starts the read under the lock, where no reaction runs: once
  // another thread has finished the call, it may be gone.
  void ReadOn();
  // Hands the event on; keeps it when there is no room.
  void Take(SequencedEvent taken);
  void Retry();
  void GoLiveAndTake(SequencedEvent taken);
  void OnAnswer(int64_t sequence, absl::StatusOr<Answer> answer);
  // Starts the next write or the end, if nothing is in flight, without the lock: `writing_` and
  // `finished_` keep other threads from doing either meanwhile.
  void Advance();

  const rpc::Call call_;
  FactAcceptor& acceptor_;
  JournalState& state_;
  rpc::CallPool& pool_;
  const Clock& clock_;
  const Closed closed_;
  const std::string traceparent_;

  grpc::ByteBuffer incoming_;  // gRPC's while `reading_`
  grpc::ByteBuffer outgoing_;  // gRPC's while `writing_`

  absl::Mutex mu_;
  bool reading_ ABSL_GUARDED_BY(mu_) = false;
  bool read_closed_ ABSL_GUARDED_BY(mu_) = false;  // the client has sent all
  bool taking_ ABSL_GUARDED_BY(mu_) = false;  // an event is on its way in: no other overtakes it
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;  // Finish is called or about to be
  int unanswered_ ABSL_GUARDED_BY(mu_) = 0;     // read, and the answer not yet handed over
  int in_journal_ ABSL_GUARDED_BY(mu_) = 0;     // read, and without an answer
  absl::Time progress_ ABSL_GUARDED_BY(mu_);    // the last answer, or the first event after none
  std::optional<SequencedEvent> stalled_ ABSL_GUARDED_BY(mu_);  // waits for room
  std::deque<std::pair<int64_t, Answer>> answers_ ABSL_GUARDED_BY(mu_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mu_);
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_STREAM_FACTS_CALL_H_
