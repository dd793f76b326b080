// Reads the signals topic for the RFM ranking (A3).
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_SIGNALS_CONSUMER_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_SIGNALS_CONSUMER_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/signal.pb.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "common/calendar/calendar.h"
#include "common/metrics/metrics.h"
#include "common/runtime/background_loop.h"
#include "common/store/store.h"
#include "services/accounts/application/partition_figures.h"
#include "services/accounts/application/rfm_cuts.h"
#include "services/accounts/application/rfm_repository.h"

namespace bellwether::accounts {

// The signals that carry an account's orders in the trailing window. Every move of theirs must be
// told (materiality 0), else what is known when the day ends is not exact.
struct OrderMetrics {
  std::string recency;
  std::string frequency;
  std::string monetary;
};

// Where it reads from and what it drives; all of it outlives the consumer.
struct SignalsConsumerParts {
  store::Store& store;
  bus::Bus& bus;
  const Clock& clock;
  const Calendar& calendar;
  RfmRepository& rfm;
  RfmCuts& cuts;
  AccountChanges& changes;
  metrics::Registry& metrics;
};

// Figures, positions and cuts are committed together, so a record counts once however often it is
// delivered. After any failure what is not committed is dropped and read again. What cannot be read
// goes to the dead-letter topic. One thread of its own between Start and Stop.
class SignalsConsumer final : public bus::RebalanceListener {
 public:
  SignalsConsumer(const SignalsConsumerParts& parts, OrderMetrics order_metrics);
  ~SignalsConsumer() override;

  void Start() { loop_.Start(); }
  void Stop();
  // OK while the last step went well and the group has said what is ours.
  absl::Status Ready() const;

  absl::StatusOr<int64_t> OnAssigned(int32_t partition) override;
  void OnRevoked(int32_t partition) override;
  void OnLost(int32_t partition) override;

 private:
  struct PartitionState {
    SignalsPosition position;
    std::optional<int64_t> committed;  // none while the partition has no row
    PartitionFigures figures;
  };

  absl::StatusOr<absl::Duration> Step();
  absl::Status Connect();
  absl::Status Read();
  absl::Status Take(const bus::Record& record);
  absl::Status TakeSignal(const bus::Record& record, PartitionState& state);
  void TakeTick(absl::Time time, PartitionState& state);
  absl::Status Bury(const bus::Record& record, const absl::Status& why);
  bool CommitIsDue(absl::Time now) const;
  absl::Status Commit(absl::Time now);
  absl::StatusOr<RfmCuts::Taken> CommitOnce(absl::Time now);
  void Reset();

  const SignalsConsumerParts parts_;
  const OrderMetrics order_metrics_;
  metrics::Counter& cuts_taken_;
  metrics::Counter& tiers_changed_;
  metrics::Counter& refused_;

  std::atomic<bool> joined_ = false;

  // Of the loop's thread.
  std::unique_ptr<bus::Consumer> consumer_;
  std::unique_ptr<bus::Producer> dead_letters_;
  bus::TopicDescription topic_;
  std::map<int32_t, PartitionState> states_;
  size_t pending_ = 0;            // records taken since the last commit
  bool midnight_passed_ = false;  // by a watermark, since the last commit
  absl::Status revoke_failure_;   // of a commit inside a rebalance
  absl::Time last_commit_ = absl::InfinitePast();
  events::v1::Signal signal_;  // reused over records
  std::vector<FigureStep> steps_;

  runtime::BackgroundLoop loop_;  // last: its thread uses the rest
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_SIGNALS_CONSUMER_H_
