// Compares what a simulated deployment has left behind with the sequential fold of its journal.
#ifndef BELLWETHER_TESTS_SIMULATION_JUDGE_H_
#define BELLWETHER_TESTS_SIMULATION_JUDGE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/cache/cache.h"
#include "common/store/store.h"
#include "common/stream/testing/sim_bus.h"
#include "tests/simulation/reference.h"
#include "tests/simulation/sim_fold.h"

namespace bellwether::simulation {

inline constexpr int32_t kDeadLetterPartitions = 2;

struct Evidence {
  // What the cache held at some instant: it must have been true of its version.
  struct Cached {
    int32_t partition = 0;
    std::string key;
    int64_t version = 0;
    std::string value;
  };

  const stream::testing::SimBus& bus;
  store::Store& store;
  cache::Cache& cache;
  int32_t partitions = 0;
  int64_t code_version = 0;  // of the process that folded to the end
  // By partition and generation, as committed.
  const std::map<std::pair<int32_t, int64_t>, int64_t>& code_versions;
  const std::vector<Cached>& cached;
  bool receiver_takes_everything = false;
};

class Judge {
 public:
  using Wrong = std::function<void(absl::string_view)>;

  Judge(const Evidence& evidence, Wrong wrong) : evidence_(evidence), wrong_(std::move(wrong)) {}

  void Compare();

  int64_t timers() const { return timers_; }
  int64_t dead_letters() const { return dead_letters_; }
  int64_t dropped_by_receivers() const { return dropped_by_receivers_; }

 private:
  const Reference& ReferenceOf(int32_t partition, int64_t code_version);
  void CompareState(int32_t partition, const Reference& reference);
  void CompareSignals(int32_t partition, const Reference& reference);
  // What a receiver takes must be what the generation's code emits, with nothing left out.
  void CheckSignal(int32_t partition, const bus::Message& signal, int64_t previous_version);
  void CompareDeadLetters(int32_t partition, const Reference& reference);
  void CompareCache(int32_t partition, const Reference& reference);
  void CheckCached();

  const Evidence evidence_;
  const Wrong wrong_;
  std::map<std::pair<int32_t, int64_t>, Reference> references_;  // by partition, code version
  int64_t timers_ = 0;
  int64_t dead_letters_ = 0;
  int64_t dropped_by_receivers_ = 0;
};

}  // namespace bellwether::simulation

#endif  // BELLWETHER_TESTS_SIMULATION_JUDGE_H_
