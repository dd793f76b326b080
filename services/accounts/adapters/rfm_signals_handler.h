// What the RFM ranking (A3) takes from the signals topic.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_RFM_SIGNALS_HANDLER_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_RFM_SIGNALS_HANDLER_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/signal.pb.h"
#include "common/calendar/calendar.h"
#include "common/consume/handler.h"
#include "common/metrics/metrics.h"
#include "common/store/store.h"
#include "services/accounts/adapters/rfm_cuts.h"
#include "services/accounts/adapters/sql_rfm.h"
#include "services/accounts/adapters/sql_rfm_corrections.h"
#include "services/accounts/application/partition_figures.h"
#include "services/accounts/application/restated_figures.h"
#include "services/accounts/domain/rfm.h"

namespace bellwether::accounts {

// Names the positions of the RFM ranking in the signals topic.
inline constexpr char kRfmReader[] = "accounts-rfm";

// The signals that carry an account's orders in the trailing window. Every move of theirs must be
// emitted (materiality 0), else what is known when the day ends is not exact.
struct OrderMetrics {
  std::string recency;
  std::string frequency;
  std::string monetary;
};

// What it works with; all of it outlives the handler.
struct RfmSignalsPorts {
  const Calendar& calendar;
  SqlRfm& rfm;
  SqlRfmCorrections& corrections;
  RfmCuts& cuts;
  AccountChanges& changes;
  metrics::Registry& metrics;
};

// Collects the order figures of accounts and takes a cut when the watermarks have reached its
// midnight. What turns out of days that were closed corrects the cuts that showed them: at the next
// midnight, or where an import run ended or was withdrawn, or a fact was taken back, at the second
// end of a `correction_interval` from then, so that a tick at which closed days are restated lies
// between. One thread.
class RfmSignalsHandler final : public consume::Handler {
 public:
  RfmSignalsHandler(const RfmSignalsPorts& ports, OrderMetrics order_metrics,
                    absl::Duration correction_interval);

  absl::Status Begin(store::Transaction& reading, const consume::Position& from) override;
  void End(int32_t partition) override { partitions_.erase(partition); }
  absl::StatusOr<consume::Commit> Take(const consume::Received& record) override;
  absl::StatusOr<consume::Saved> Save(store::Transaction& transaction, absl::Time now) override;
  void Committed() override;

 private:
  struct Partition {
    PartitionFigures figures;
    absl::Time next_midnight;  // whose passing may make a cut due
    // What is said with an earlier instant has been said before: it comes again after a crash.
    absl::Time watermark = absl::InfinitePast();
    // Of the correction interval that began at `interval`, by account; `unsaved` of them.
    absl::Time interval = absl::InfinitePast();
    std::map<std::string, RestatedFigures> restated;
    std::set<std::string> unsaved;
    // Of intervals before it, until they are saved.
    std::vector<RestatedFigures> ended;
    std::set<absl::Time> corrections;
  };

  absl::Status TakeSignal(const consume::Received& record, Partition& partition);
  // What the step says of closed days.
  void TakeRestated(const events::v1::SignalStep& step, int32_t number, Partition& partition);
  void CorrectSoon(absl::Time after, Partition& partition) const;
  // Begin of the correction interval; no midnight lies within one.
  absl::Time IntervalOf(absl::Time time) const;
  absl::Status SaveRestated(store::Transaction& transaction, Partition& partition);

  const RfmSignalsPorts ports_;
  const OrderMetrics order_metrics_;
  const absl::Duration correction_interval_;
  metrics::Counter& cuts_taken_;
  metrics::Counter& corrections_taken_;
  metrics::Counter& tiers_changed_;

  std::map<int32_t, Partition> partitions_;
  RfmCuts::Taken taken_;       // by the last Save
  events::v1::Signal signal_;  // reused over records
  std::vector<FigureStep> steps_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_RFM_SIGNALS_HANDLER_H_
