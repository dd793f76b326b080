// One BackfillFacts call.
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_BACKFILL_FACTS_CALL_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_BACKFILL_FACTS_CALL_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "bellwether/ingest/v1/ingest_service.pb.h"
#include "common/calendar/calendar.h"
#include "common/rpc/call.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/open_streams.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "services/gateway/application/backfill.h"

namespace bellwether::gateway {

// Begins and closes its session on the pool, because both ask the store; takes events where gRPC
// brings them. The session is closed however the call ends, before the call is finished. Owned by
// OpenStreams and by the events in flight.
class BackfillFactsCall final : public grpc::ServerReadReactor<grpc::ByteBuffer>,
                                public rpc::OpenStream,
                                public std::enable_shared_from_this<BackfillFactsCall> {
 public:
  static constexpr int kUnansweredMax = 4'000;
  static constexpr int kRejectionsShownMax = 100;

  using Closed = std::function<void(BackfillFactsCall*)>;

  BackfillFactsCall(const rpc::Call& call, ingest::v1::BackfillFactsResponse& response,
                    JournalState& state, FactAcceptor& acceptor, TickRounds& rounds,
                    const Calendar& calendar, rpc::CallPool& pool, Closed closed);

  // Once, after it is owned.
  void Begin();
  void End(const absl::Status& why) override;

  void OnReadDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override { closed_(this); }

 private:
  // Reads the next event if it may. Starts the read under the lock, where no reaction runs: once
  // another thread has finished the call, it may be gone.
  void ReadOn();
  void Take(IncomingEvent event, int64_t number);
  void Retry();
  void OnAnswer(int64_t number, absl::StatusOr<Answer> answer);
  // Writes the last ticks once every event is answered for, then closes.
  void Advance();
  // Closes the session and finishes the call; on the pool.
  void Close(const absl::Status& status);

  struct Numbered {
    int64_t number = 0;
    IncomingEvent event;
  };

  const rpc::Call call_;
  ingest::v1::BackfillFactsResponse& response_;  // filled as answers come, under mu_
  JournalState& state_;
  FactAcceptor& acceptor_;
  TickRounds& rounds_;
  const Calendar& calendar_;
  rpc::CallPool& pool_;
  const Closed closed_;
  const std::string traceparent_;

  grpc::ByteBuffer incoming_;  // gRPC's while `reading_`
  // Used by one step at a time: beginning or taking (`taking_`), the last ticks, closing.
  std::unique_ptr<BackfillSession> session_;

  absl::Mutex mu_;
  int64_t next_number_ ABSL_GUARDED_BY(mu_) = 0;
  int unanswered_ ABSL_GUARDED_BY(mu_) = 0;
  bool reading_ ABSL_GUARDED_BY(mu_) = false;
  bool taking_ ABSL_GUARDED_BY(mu_) = true;  // an event is on its way in, or the session begins
  bool read_closed_ ABSL_GUARDED_BY(mu_) = false;
  bool ticking_ ABSL_GUARDED_BY(mu_) = false;  // the last ticks are written, or being written
  bool ticked_ ABSL_GUARDED_BY(mu_) = false;
  bool closing_ ABSL_GUARDED_BY(mu_) = false;
  // Waits for room; `taking_` stays set meanwhile unless the call ends.
  std::optional<Numbered> stalled_ ABSL_GUARDED_BY(mu_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mu_);
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_BACKFILL_FACTS_CALL_H_
