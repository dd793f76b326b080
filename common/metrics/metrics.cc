#include "common/metrics/metrics.h"

#include <utility>

#include "absl/strings/str_join.h"
#include "common/base/check.h"
#include "prometheus/text_serializer.h"

namespace bellwether::metrics {
namespace {

constexpr char kSeparator[] = "\x1f";
constexpr char kOther[] = "other";

template <typename Metric>
Metric& AddTo(prometheus::Family<Metric>& family, const prometheus::Labels& labels,
              const Buckets& buckets) {
  if constexpr (std::is_same_v<Metric, Histogram>) {
    return family.Add(labels, buckets);
  } else {
    return family.Add(labels);
  }
}

}  // namespace

const Buckets& LatencyBuckets() {
  static const Buckets& buckets =
      *new Buckets{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                   0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};
  return buckets;
}

template <typename Metric>
Family<Metric>::Family(prometheus::Family<Metric>& family, std::vector<std::string> label_names,
                       Buckets buckets)
    : family_(family), label_names_(std::move(label_names)), buckets_(std::move(buckets)) {}

template <typename Metric>
Metric& Family<Metric>::With(std::initializer_list<absl::string_view> label_values) {
  BELLWETHER_CHECK(label_values.size() == label_names_.size(), "one value per label name");
  std::string key = absl::StrJoin(label_values, kSeparator);
  absl::MutexLock lock(&mutex_);
  if (const auto found = series_.find(key); found != series_.end()) return *found->second;
  const bool bounded = series_.size() < kSeriesPerFamilyMax;
  prometheus::Labels labels;
  auto value = label_values.begin();
  for (const std::string& name : label_names_) {
    labels.emplace(name, bounded ? std::string(*value) : kOther);
    ++value;
  }
  Metric& metric = AddTo(family_, labels, buckets_);
  if (bounded) series_.emplace(std::move(key), &metric);
  return metric;
}

template class Family<Counter>;
template class Family<Gauge>;
template class Family<Histogram>;

Registry::Registry() = default;
Registry::~Registry() = default;

template <typename Metric, typename Build>
Family<Metric>& Registry::FamilyOf(Families<Metric>& families, absl::string_view name,
                                   std::vector<std::string> label_names, Buckets buckets,
                                   Build build) {
  absl::MutexLock lock(&mutex_);
  std::unique_ptr<Family<Metric>>& family = families[name];
  if (family == nullptr) {
    family.reset(new Family<Metric>(build(), std::move(label_names), std::move(buckets)));
  } else {
    BELLWETHER_CHECK(family->label_names_ == label_names, "a metric has one set of label names");
  }
  return *family;
}

Family<Counter>& Registry::Counters(absl::string_view name, absl::string_view help,
                                    std::vector<std::string> label_names) {
  return FamilyOf<Counter>(counters_, name, std::move(label_names), {},
                           [&]() -> prometheus::Family<Counter>& {
                             return prometheus::BuildCounter()
                                 .Name(std::string(name))
                                 .Help(std::string(help))
                                 .Register(registry_);
                           });
}

Family<Gauge>& Registry::Gauges(absl::string_view name, absl::string_view help,
                                std::vector<std::string> label_names) {
  return FamilyOf<Gauge>(gauges_, name, std::move(label_names), {},
                         [&]() -> prometheus::Family<Gauge>& {
                           return prometheus::BuildGauge()
                               .Name(std::string(name))
                               .Help(std::string(help))
                               .Register(registry_);
                         });
}

Family<Histogram>& Registry::Histograms(absl::string_view name, absl::string_view help,
                                        std::vector<std::string> label_names, Buckets buckets) {
  return FamilyOf<Histogram>(histograms_, name, std::move(label_names), std::move(buckets),
                             [&]() -> prometheus::Family<Histogram>& {
                               return prometheus::BuildHistogram()
                                   .Name(std::string(name))
                                   .Help(std::string(help))
                                   .Register(registry_);
                             });
}

std::string Registry::Expose() const {
  return prometheus::TextSerializer().Serialize(registry_.Collect());
}

}  // namespace bellwether::metrics
