// Closes the clients of group members in the background.
#ifndef BELLWETHER_COMMON_BUS_KAFKA_CLIENT_CLOSER_H_
#define BELLWETHER_COMMON_BUS_KAFKA_CLIENT_CLOSER_H_

#include <cstddef>
#include <list>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/bus/kafka_client.h"
#include "common/runtime/background_loop.h"

namespace bellwether::bus {

// After a broker's restart such a client may never end (librdkafka before 2.6.1). Each therefore
// ends on a thread of its own, so that it holds up neither its owner nor the others; and since one
// that does not keeps its threads, its sockets and what it has fetched, no more are made past a
// number of them. Thread-safe.
class KafkaClientCloser {
 public:
  static constexpr size_t kMembersMax = 8;
  // A client that takes longer is logged.
  static constexpr absl::Duration kEndMax = absl::Seconds(10);

  // The process's own. It is never destroyed: a thread that hangs could not be joined.
  static KafkaClientCloser& Instance();

  explicit KafkaClientCloser(absl::Duration end_max = kEndMax);
  // Waits for all.
  ~KafkaClientCloser();
  KafkaClientCloser(const KafkaClientCloser&) = delete;
  KafkaClientCloser& operator=(const KafkaClientCloser&) = delete;

  // Calls `end`, which may take for ever, in the background.
  void Close(absl::AnyInvocable<void()> end) ABSL_LOCKS_EXCLUDED(mu_);
  // UNAVAILABLE / GROUP_MEMBERS_DO_NOT_END while kMembersMax have not ended.
  absl::Status CheckRoom() const ABSL_LOCKS_EXCLUDED(mu_);
  // False when not all have ended in time.
  bool AwaitEmpty(absl::Duration patience) ABSL_LOCKS_EXCLUDED(mu_);

 private:
  struct Closing {
    explicit Closing(absl::Duration end_max) : deadline(end_max) {}

    KafkaDeadline deadline;
    bool logged = false;  // that it has passed
    bool ended = false;   // the thread has nothing more to do
    std::thread thread;
  };

  // Joins what has ended and logs what should have; how long until it is to run again.
  absl::Duration JoinEnded() ABSL_LOCKS_EXCLUDED(mu_);
  bool Empty() const ABSL_SHARED_LOCKS_REQUIRED(mu_) { return closing_.empty(); }

  const absl::Duration end_max_;
  mutable absl::Mutex mu_;
  std::list<Closing> closing_ ABSL_GUARDED_BY(mu_);
  runtime::BackgroundLoop loop_;  // last: it uses the rest
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_KAFKA_CLIENT_CLOSER_H_
