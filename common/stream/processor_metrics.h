// The numbers of a processor, as metrics.
#ifndef BELLWETHER_COMMON_STREAM_PROCESSOR_METRICS_H_
#define BELLWETHER_COMMON_STREAM_PROCESSOR_METRICS_H_

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/metrics/metrics.h"
#include "common/stream/counters.h"
#include "common/stream/status.h"

namespace bellwether::stream {

// Per partition: lag in records and seconds, age of the last checkpoint, state. Per processor: what
// its Counters count. Fed from a background loop; one thread.
class ProcessorMetrics {
 public:
  // `registry` outlives it.
  ProcessorMetrics(metrics::Registry& registry, absl::string_view processor);

  // `counters` of every processor of the group, in the same order each time.
  void Observe(const std::vector<PartitionStatus>& partitions,
               const std::vector<Counters>& counters);

 private:
  void ObservePartition(const PartitionStatus& status);
  void CountSince(const Counters& before, const Counters& now);

  const std::string processor_;
  metrics::Family<metrics::Gauge>& lag_records_;
  metrics::Family<metrics::Gauge>& lag_seconds_;
  metrics::Family<metrics::Gauge>& checkpoint_age_seconds_;
  metrics::Family<metrics::Gauge>& outstanding_effects_;
  metrics::Family<metrics::Gauge>& state_;
  metrics::Counter& records_;
  metrics::Counter& ticks_;
  metrics::Counter& muted_;
  metrics::Counter& timers_;
  metrics::Counter& effects_;
  metrics::Counter& checkpoints_;
  metrics::Counter& fenced_;
  metrics::Counter& poll_errors_;
  metrics::Counter& cache_failures_;
  metrics::Counter& cache_losses_;
  metrics::Counter& cache_refills_;
  metrics::Family<metrics::Counter>& dead_letters_;
  metrics::Family<metrics::Counter>& reloads_;
  std::set<int32_t> observed_;  // partitions with series
  std::vector<Counters> last_;
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_PROCESSOR_METRICS_H_
