// The journal that benchmarks of the fold are measured on.
#ifndef BELLWETHER_TESTS_BENCH_SAMPLE_JOURNAL_H_
#define BELLWETHER_TESTS_BENCH_SAMPLE_JOURNAL_H_

#include <cstdint>
#include <random>

#include "absl/time/time.h"
#include "bellwether/events/v1/fact.pb.h"
#include "bellwether/events/v1/journal.pb.h"
#include "common/bus/bus.h"

namespace bellwether {

// When the first fact of the journal happens.
absl::Time SampleBegin();

// What a key account sends, by how often.
events::v1::FactEvent SomeEvent(int64_t number, int64_t account, absl::Time time,
                                std::mt19937_64& random);

events::v1::ModelActivated ShippedModel();

// Puts the model, `facts` facts about `accounts` accounts in turn, a hundredth of a second apart,
// and ticks into the empty journal of a bus. Ends the program when that fails.
void FillJournal(bus::Bus& bus, int32_t partitions, int64_t facts, int64_t accounts);

}  // namespace bellwether

#endif  // BELLWETHER_TESTS_BENCH_SAMPLE_JOURNAL_H_
