// Metrics of one process.
//
//   auto& requests = registry.Counters("bellwether_rpc_requests_total", "Calls answered.",
//                                      {"method", "code"});
//   metrics::Counter& ok = requests.With({method, "OK"});   // look up once, keep the reference
//   ok.Increment();
//
// Names follow Prometheus: prefix `bellwether_`, base units (seconds, bytes), `_total` on counters.
// A label only ever takes values of a bounded set; past kSeriesPerFamilyMax every further set of
// values is counted under "other", so that a mistake cannot eat the memory.
#ifndef BELLWETHER_COMMON_METRICS_METRICS_H_
#define BELLWETHER_COMMON_METRICS_METRICS_H_

#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"

namespace bellwether::metrics {

inline constexpr size_t kSeriesPerFamilyMax = 1'000;

// Increment, Set and Observe are thread-safe. Observe takes a lock: collect on a hot path and call
// ObserveMultiple.
using Counter = prometheus::Counter;
using Gauge = prometheus::Gauge;
using Histogram = prometheus::Histogram;
using Buckets = std::vector<double>;

// Bounds in seconds for calls: 100 µs to 10 s.
const Buckets& LatencyBuckets();

// All series of one metric name. Thread-safe; lives as long as the registry.
template <typename Metric>
class Family {
 public:
  // The series with these values, in the order of the label names. Takes a lock: keep the
  // reference, which stays valid as long as the registry.
  Metric& With(std::initializer_list<absl::string_view> label_values);

 private:
  friend class Registry;
  Family(prometheus::Family<Metric>& family, std::vector<std::string> label_names, Buckets buckets);

  prometheus::Family<Metric>& family_;
  const std::vector<std::string> label_names_;
  const Buckets buckets_;  // histograms only
  absl::Mutex mutex_;
  // Key: the values joined by a byte that no label value has.
  absl::flat_hash_map<std::string, Metric*> series_ ABSL_GUARDED_BY(mutex_);
};

// Thread-safe. Outlives everything that holds a family or a metric of it.
class Registry {
 public:
  Registry();
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // The family of that name, made at the first call. Asking again with other labels or as another
  // type is a programmer error (CHECK).
  Family<Counter>& Counters(absl::string_view name, absl::string_view help,
                            std::vector<std::string> label_names);
  Family<Gauge>& Gauges(absl::string_view name, absl::string_view help,
                        std::vector<std::string> label_names);
  Family<Histogram>& Histograms(absl::string_view name, absl::string_view help,
                                std::vector<std::string> label_names,
                                Buckets buckets = LatencyBuckets());

  // Metrics without labels.
  Counter& CounterOf(absl::string_view name, absl::string_view help) {
    return Counters(name, help, {}).With({});
  }
  Gauge& GaugeOf(absl::string_view name, absl::string_view help) {
    return Gauges(name, help, {}).With({});
  }
  Histogram& HistogramOf(absl::string_view name, absl::string_view help,
                         Buckets buckets = LatencyBuckets()) {
    return Histograms(name, help, {}, std::move(buckets)).With({});
  }

  // Everything, in Prometheus text format 0.0.4.
  std::string Expose() const;

 private:
  template <typename Metric>
  using Families = absl::flat_hash_map<std::string, std::unique_ptr<Family<Metric>>>;

  template <typename Metric, typename Build>
  Family<Metric>& FamilyOf(Families<Metric>& families, absl::string_view name,
                           std::vector<std::string> label_names, Buckets buckets, Build build)
      ABSL_LOCKS_EXCLUDED(mutex_);

  prometheus::Registry registry_;
  absl::Mutex mutex_;
  Families<Counter> counters_ ABSL_GUARDED_BY(mutex_);
  Families<Gauge> gauges_ ABSL_GUARDED_BY(mutex_);
  Families<Histogram> histograms_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace bellwether::metrics

#endif  // BELLWETHER_COMMON_METRICS_METRICS_H_
