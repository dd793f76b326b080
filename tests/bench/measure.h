// What the pipeline's benchmarks share.
#ifndef BELLWETHER_TESTS_BENCH_MEASURE_H_
#define BELLWETHER_TESTS_BENCH_MEASURE_H_

#include <sys/resource.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/base/check.h"

namespace bellwether {

inline void OrDie(const absl::Status& status) {
  BELLWETHER_CHECK(status.ok(), status.ToString().c_str());
}
template <typename T>
T OrDie(absl::StatusOr<T> value) {
  OrDie(value.status());
  return *std::move(value);
}

// Of the whole process, all threads.
inline double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

inline double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

}  // namespace bellwether

#endif  // BELLWETHER_TESTS_BENCH_MEASURE_H_
