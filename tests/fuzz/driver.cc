// Runs the target linked in over its seeds and kInputs mutations of them.
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/fuzz/fuzz_target.h"

namespace bellwether::fuzz_driver_test {
namespace {

constexpr int kInputs = 20'000;
constexpr uint32_t kSeed = 20'261'201;
constexpr int kMutationsMax = 6;
constexpr size_t kBytesMax = 4 << 10;

class Mutator {
 public:
  explicit Mutator(std::vector<std::string> seeds) : random_(kSeed), seeds_(std::move(seeds)) {}

  std::string Next() {
    std::string input = Pick(seeds_);
    for (int i = Below(kMutationsMax); i >= 0; --i) Mutate(input);
    return input.substr(0, kBytesMax);
  }

 private:
  int Below(size_t bound) { return static_cast<int>(random_() % bound); }
  const std::string& Pick(const std::vector<std::string>& from) { return from[Below(from.size())]; }
  size_t Place(const std::string& input) { return Below(input.size() + 1); }

  void Mutate(std::string& input) {
    const size_t place = Place(input);
    switch (Below(7)) {
      case 0:  // a bit
        if (place < input.size()) input[place] = static_cast<char>(input[place] ^ 1 << Below(8));
        break;
      case 1:  // any byte
        if (place < input.size()) input[place] = static_cast<char>(Below(256));
        break;
      case 2:  // cut
        input.erase(place, Below(input.size() + 1));
        break;
      case 3:  // doubled, perhaps many times: deep nesting, long texts
        for (int times = 1 << Below(8); times > 0 && input.size() < kBytesMax; --times) {
          input.insert(place, input.substr(place, 1 + Below(4)));
        }
        break;
      case 4:  // from another seed
        input.insert(place, Pick(seeds_).substr(0, Below(64)));
        break;
      case 5:  // what parsers stumble over
        input.insert(place, Pick(kTroubles));
        break;
      default:  // ended
        input.resize(place);
    }
  }

  inline static const std::vector<std::string> kTroubles = {std::string(1, '\0'),
                                                            "\xff",
                                                            "\xed\xa0\x80",
                                                            "\\u0000",
                                                            "\\ud800",
                                                            "1e999",
                                                            "-0",
                                                            "\r\n",
                                                            "\r\n\r\n",
                                                            "[[[[",
                                                            "{\"\":",
                                                            "\"",
                                                            "\\",
                                                            "0",
                                                            "18446744073709551616",
                                                            ":",
                                                            ",",
                                                            "%",
                                                            "\x7f"};

  std::mt19937 random_;
  const std::vector<std::string> seeds_;
};

void RunTarget(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

TEST(Fuzz, HoldsForSeedsAndTheirMutations) {
  const std::vector<std::string> seeds = FuzzSeeds();
  ASSERT_FALSE(seeds.empty());
  for (const std::string& seed : seeds) RunTarget(seed);
  RunTarget("");
  Mutator mutator(seeds);
  for (int i = 0; i < kInputs; ++i) RunTarget(mutator.Next());
}

}  // namespace
}  // namespace bellwether::fuzz_driver_test
