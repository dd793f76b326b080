// The way of facts from the topic into the journal.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_FACTS_PASSAGE_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_FACTS_PASSAGE_H_

#include <cstdint>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "common/metrics/metrics.h"
#include "services/gateway/application/accept_fact.h"
#include "services/gateway/application/fact_validation.h"
#include "services/gateway/application/incoming_event.h"
#include "services/gateway/application/journal_writer.h"
#include "services/gateway/domain/record_ledger.h"

namespace bellwether::gateway {

// The ledger of one assignment of a partition. Shared with the records in flight; thread-safe.
class PartitionAnswers {
 public:
  explicit PartitionAnswers(int64_t next_offset) : ledger_(next_offset) {}

  void Take(int64_t offset) ABSL_LOCKS_EXCLUDED(mu_);
  void Answer(int64_t offset) ABSL_LOCKS_EXCLUDED(mu_);
  // An answer that will never come.
  void Fail(const absl::Status& why) ABSL_LOCKS_EXCLUDED(mu_);

  int64_t settled() const ABSL_LOCKS_EXCLUDED(mu_);
  absl::Status failure() const ABSL_LOCKS_EXCLUDED(mu_);
  // Until all that was taken is answered for, or cannot be any more.
  void AwaitAnswers(absl::Duration wait_max) const ABSL_LOCKS_EXCLUDED(mu_);

 private:
  mutable absl::Mutex mu_;
  RecordLedger ledger_ ABSL_GUARDED_BY(mu_);
  absl::Status failure_ ABSL_GUARDED_BY(mu_);
};

// What calls go through, once more, for two reasons. Its producer leaves no gaps: a record that
// could not be written is sent again with those behind it, and none of them may have passed it, or
// the facts of an account would change their order. And what the topic holds back, be it a million
// records, takes no room from the calls.
//
// One thread. What is in flight when it ends is answered for all the same, to `answers`, with the
// clock and metrics it was given.
class FactsPassage {
 public:
  struct Counts {
    metrics::Counter& accepted;
    metrics::Counter& refused;
  };

  static absl::StatusOr<std::unique_ptr<FactsPassage>> Open(
      bus::Bus& bus, const FactValidator& validator, const Clock& clock, metrics::Registry& metrics,
      std::shared_ptr<FeedTally> feeds, const Counts& counts);

  // False when there is no room; then nothing was taken. Else `answers` learns of it.
  bool TryTake(IncomingEvent event, int64_t offset,
               const std::shared_ptr<PartitionAnswers>& answers);

 private:
  FactsPassage(std::unique_ptr<JournalWriter> writer, const FactValidator& validator,
               const Clock& clock, metrics::Registry& metrics, std::shared_ptr<FeedTally> feeds,
               const Counts& counts)
      : writer_(std::move(writer)),
        acceptor_(
            std::make_shared<FactAcceptor>(validator, *writer_, clock, metrics, std::move(feeds))),
        counts_(counts) {}

  const std::unique_ptr<JournalWriter> writer_;
  // Shared with the records in flight, which give their room back.
  const std::shared_ptr<FactAcceptor> acceptor_;
  const Counts counts_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_FACTS_PASSAGE_H_
