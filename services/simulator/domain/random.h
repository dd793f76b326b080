// Pseudo-random numbers that follow from a key alone, the same on every machine and for ever.
#ifndef BELLWETHER_SERVICES_SIMULATOR_DOMAIN_RANDOM_H_
#define BELLWETHER_SERVICES_SIMULATOR_DOMAIN_RANDOM_H_

#include <cstdint>
#include <initializer_list>

#include "absl/types/span.h"

namespace bellwether::simulator {

inline constexpr int64_t kMille = 1000;

// SplitMix64, started from a hash of its key. The standard library's distributions are left alone:
// their results differ between implementations.
class Random {
 public:
  Random(std::initializer_list<uint64_t> key) {
    for (const uint64_t part : key) state_ = Mix(state_ ^ Mix(part));
  }

  uint64_t Next() { return Mix(state_ += kStep); }

  // Uniform in [least, most]; least ≤ most.
  int64_t Between(int64_t least, int64_t most) {
    return least + static_cast<int64_t>(Next() % static_cast<uint64_t>(most - least + 1));
  }
  // True in `per_million` of 1 000 000 cases.
  bool Chance(int64_t per_million) { return Between(0, 999'999) < per_million; }

  template <typename T>
  const T& Pick(absl::Span<const T> choices) {
    return choices[Next() % choices.size()];
  }

 private:
  static constexpr uint64_t kStep = 0x9E3779B97F4A7C15;

  static constexpr uint64_t Mix(uint64_t z) {
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
    return z ^ (z >> 31);
  }

  uint64_t state_ = kStep;
};

}  // namespace bellwether::simulator

#endif  // BELLWETHER_SERVICES_SIMULATOR_DOMAIN_RANDOM_H_
