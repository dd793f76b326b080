// TailJournal: the records of an account or a partition, for people who look.
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_TAIL_JOURNAL_CALL_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_TAIL_JOURNAL_CALL_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "bellwether/ingest/v1/ingest_service.pb.h"
#include "common/bus/bus.h"
#include "common/rpc/call.h"
#include "common/rpc/open_streams.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"

namespace bellwether::gateway {

// Where a tail reads and when it stops.
struct TailPlace {
  std::unique_ptr<bus::Reader> reader;
  int32_t partition = 0;
  std::string account_id;  // empty: every record of the partition
  int64_t from = 0;
  int64_t until = 0;    // the end of the journal when the call began
  bool follow = false;  // go on after it
  int64_t limit = 0;    // 0: none
};

// INVALID_ARGUMENT for what cannot be meant. A `from_offset` before the oldest record kept begins
// there; one beyond the end is OUT_OF_RANGE.
absl::StatusOr<TailPlace> OpenTail(bus::Bus& bus, const ingest::v1::TailJournalRequest& request);

// One call. It never reads by itself: a loop calls Pump, which reads a few records when the last
// ones have been written. Owned by OpenStreams and by the loop's set.
class TailJournalCall final : public grpc::ServerWriteReactor<ingest::v1::TailJournalResponse>,
                              public rpc::OpenStream {
 public:
  using Response = ingest::v1::TailJournalResponse;

  static constexpr size_t kRecordsPerPump = 100;

  using Closed = std::function<void(TailJournalCall*)>;

  // `drained` is called when the loop should look again soon.
  TailJournalCall(const rpc::Call& call, TailPlace place, std::function<void()> drained,
                  Closed closed);

  void Begin() { drained_(); }
  // By one thread. True when it is worth calling again at once.
  bool Pump();
  void End(const absl::Status& why) override;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override { closed_(this); }

 private:
  void Advance();
  // True when the call has shown all it was asked for.
  bool AtEnd() const;

  const rpc::Call call_;
  const std::function<void()> drained_;
  const Closed closed_;
  TailPlace place_;                           // of Pump
  int64_t next_ = 0;                          // of Pump: the next offset
  int64_t shown_ = 0;                         // of Pump
  ingest::v1::TailJournalResponse outgoing_;  // gRPC's while `writing_`

  absl::Mutex mu_;
  bool writing_ ABSL_GUARDED_BY(mu_) = false;
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
  std::deque<ingest::v1::TailJournalResponse> pending_ ABSL_GUARDED_BY(mu_);
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mu_);  // OK: after what is pending
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_TAIL_JOURNAL_CALL_H_
