// What a partition's log comes to, computed the plain way: one record after the other, once.
#ifndef BELLWETHER_TESTS_SIMULATION_REFERENCE_H_
#define BELLWETHER_TESTS_SIMULATION_REFERENCE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "common/bus/bus.h"
#include "tests/simulation/sim_fold.h"

namespace bellwether::simulation {

struct Reference {
  std::map<std::string, std::string> rows;                 // the state at the end
  std::map<std::string, std::string> cache;                // by cache key
  std::set<std::pair<int64_t, std::string>> dead_letters;  // (offset, reason)
  std::set<int64_t> counted;                               // offsets of facts that counted

  struct Emitted {
    int64_t offset = 0;
    int64_t value = 0;
  };
  // Every signal's steps, by subject and offset.
  std::map<std::string, std::map<int64_t, std::string>> signals;
  // The last emission of each value, and every exact value it had, by offset.
  std::map<std::string, std::map<std::string, Emitted>> last_emitted;  // by subject, name
  std::map<std::string, std::map<int64_t, Values>> exact;              // by subject, offset
  int64_t timers = 0;
};

// Shares only the fold with what it is compared with: reading headers, stream time, timers and dead
// letters are done again here.
Reference FoldSequentially(const std::deque<bus::Message>& log, int32_t partition,
                           int32_t partitions, int64_t code_version);

// Steps of a signal: every value in order, "at" and "watermark" included.
std::vector<std::pair<std::string, int64_t>> ParseSteps(absl::string_view steps);

// The value of a header; empty if there is none.
absl::string_view HeaderOf(const bus::Message& message, absl::string_view name);

// (partition, offset) of the input record that led to a signal or a dead letter.
std::pair<int64_t, int64_t> InputPlaceOf(const bus::Message& effect);

}  // namespace bellwether::simulation

#endif  // BELLWETHER_TESTS_SIMULATION_REFERENCE_H_
