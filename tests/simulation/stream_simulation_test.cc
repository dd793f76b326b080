// Runs the stream processor through seeded lives: crashes, zombies, failed deliveries, lost
// commits, outages and new code versions, and compares what is left with a plain sequential fold.
//
//   build/tests/stream_simulation_test                    1 000 seeds
//   build/tests/stream_simulation_test --seed=7 --trace   one seed, step by step

#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/log/log.h"
#include "common/store/testing/test_database.h"
#include "common/stream/offsets_table.h"
#include "gtest/gtest.h"
#include "tests/simulation/world.h"

namespace bellwether::simulation::stream_simulation_test {
namespace {

struct Flags {
  uint64_t first_seed = 1;
  uint64_t seeds = 1'000;
  bool trace = false;
};
Flags flags;

class StreamSimulation : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    store_ = store::testing::NewScratchStore().release();
    ASSERT_TRUE(stream::CreateTables(*store_).ok());
    ASSERT_TRUE(SimFold::CreateTables(*store_).ok());
  }
  static void TearDownTestSuite() { delete store_; }

  static absl::Status RunSeed(uint64_t seed, const Mutations& mutations, bool trace,
                              Tally* tally = nullptr) {
    World world(seed, *store_, mutations, trace);
    absl::Status status = world.Run();
    if (tally != nullptr) *tally = world.tally();
    return status;
  }

  // The first of the seeds in which the mutation shows, or 0.
  static uint64_t FirstSeedThatCatches(const Mutations& mutations, uint64_t seeds_max = 300) {
    for (uint64_t seed = 1; seed <= seeds_max; ++seed) {
      if (!RunSeed(seed, mutations, false).ok()) return seed;
    }
    return 0;
  }

  static store::Store* store_;
};
store::Store* StreamSimulation::store_ = nullptr;

TEST_F(StreamSimulation, ComesToWhatASequentialFoldComesToWhateverHappens) {
  Tally all;
  for (uint64_t seed = flags.first_seed; seed < flags.first_seed + flags.seeds; ++seed) {
    Tally tally;
    const absl::Status status = RunSeed(seed, {}, flags.trace, &tally);
    if (!status.ok()) {
      FAIL() << status.message() << "\nReplay: build/tests/stream_simulation_test --seed=" << seed
             << " --trace";
    }
    all.records += tally.records;
    all.timers += tally.timers;
    all.crashes += tally.crashes;
    all.crashes_in_calls += tally.crashes_in_calls;
    all.zombies += tally.zombies;
    all.fenced += tally.fenced;
    all.unknown_commits += tally.unknown_commits;
    all.failed_deliveries += tally.failed_deliveries;
    all.new_code_versions += tally.new_code_versions;
    all.rebuilds += tally.rebuilds;
    all.rebuilds_elsewhere += tally.rebuilds_elsewhere;
    all.commits += tally.commits;
    all.reloads += tally.reloads;
    all.dropped_by_receivers += tally.dropped_by_receivers;
    all.dead_letters += tally.dead_letters;
    all.outages += tally.outages;
    all.cache_losses += tally.cache_losses;
  }
  std::printf(
      "%s\n",
      absl::StrCat("records ", all.records, ", timers ", all.timers, ", commits ", all.commits,
                   ", crashes ", all.crashes, " (in calls ", all.crashes_in_calls, "), zombies ",
                   all.zombies, ", fenced ", all.fenced, ", unknown commits ", all.unknown_commits,
                   ", failed deliveries ", all.failed_deliveries, ", code versions ",
                   all.new_code_versions, ", rebuilds ", all.rebuilds, " (elsewhere ",
                   all.rebuilds_elsewhere, "), reloads ", all.reloads, ", dropped by receivers ",
                   all.dropped_by_receivers, ", dead letters ", all.dead_letters, ", outages ",
                   all.outages, ", cache losses ", all.cache_losses)
          .c_str());
  if (flags.seeds < 100) return;
  // The seeds reach what they are there for.
  EXPECT_GT(all.crashes_in_calls, 0);
  EXPECT_GT(all.zombies, 0);
  EXPECT_GT(all.fenced, 0);
  EXPECT_GT(all.unknown_commits, 0);
  EXPECT_GT(all.failed_deliveries, 0);
  EXPECT_GT(all.new_code_versions, 0);
  EXPECT_GT(all.rebuilds, 0);
  EXPECT_GT(all.rebuilds_elsewhere, 0);
  EXPECT_GT(all.outages, 0);
  EXPECT_GT(all.cache_losses, 0);
  EXPECT_GT(all.dropped_by_receivers, 0);
  EXPECT_GT(all.dead_letters, 0);
}

TEST_F(StreamSimulation, RunsTheSameTwice) {
  Tally first, second;
  ASSERT_TRUE(RunSeed(5, {}, false, &first).ok());
  ASSERT_TRUE(RunSeed(5, {}, false, &second).ok());
  EXPECT_EQ(first.commits, second.commits);
  EXPECT_EQ(first.dropped_by_receivers, second.dropped_by_receivers);
  EXPECT_EQ(first.reloads, second.reloads);
}

// What follows proves that the simulation can fail: each test breaks one thing in a double.

TEST_F(StreamSimulation, CatchesACommitThatDoesNotWaitForAcknowledgements) {
  Mutations mutations;
  mutations.bus.acknowledge_before_writing = true;
  EXPECT_NE(FirstSeedThatCatches(mutations), 0u);
}

TEST_F(StreamSimulation, CatchesCommitsThatDoNotCompareEpochAndOffset) {
  Mutations mutations;
  mutations.store.ignore_epochs = true;
  EXPECT_NE(FirstSeedThatCatches(mutations), 0u);
}

TEST_F(StreamSimulation, CatchesAProducerThatLeavesGaps) {
  Mutations mutations;
  mutations.bus.leave_gaps = true;
  EXPECT_NE(FirstSeedThatCatches(mutations), 0u);
}

TEST_F(StreamSimulation, CatchesAFoldWhoseStateChangesWhenACacheIsRefilled) {
  Mutations mutations;
  mutations.fold.emit_all_changes_state = true;
  EXPECT_NE(FirstSeedThatCatches(mutations), 0u);
}

TEST_F(StreamSimulation, CatchesAComputationThatChangesWithoutANewCodeVersion) {
  Mutations mutations;
  mutations.fold.same_code_version = true;
  EXPECT_NE(FirstSeedThatCatches(mutations), 0u);
}

TEST_F(StreamSimulation, CatchesAReceiverThatTakesWhatIsNotNewer) {
  Mutations mutations;
  mutations.receiver_takes_everything = true;
  EXPECT_NE(FirstSeedThatCatches(mutations), 0u);
}

}  // namespace
}  // namespace bellwether::simulation::stream_simulation_test

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  using bellwether::simulation::stream_simulation_test::flags;
  for (int i = 1; i < argc; ++i) {
    absl::string_view argument = argv[i];
    if (argument == "--trace") {
      flags.trace = true;
    } else if (absl::ConsumePrefix(&argument, "--seed=") &&
               absl::SimpleAtoi(argument, &flags.first_seed)) {
      flags.seeds = 1;
      ::testing::GTEST_FLAG(filter) = "*ComesToWhatASequentialFold*";
    } else if (absl::ConsumePrefix(&argument, "--seeds=") &&
               absl::SimpleAtoi(argument, &flags.seeds)) {
    } else {
      std::fprintf(stderr, "usage: %s [--seed=N] [--seeds=N] [--trace]\n", argv[0]);
      return 2;
    }
  }
  // Lines of the log would drown the trace; errors are what a seed must not cause.
  bellwether::ConfigureLog("simulation", bellwether::LogLevel::kError);
  return RUN_ALL_TESTS();
}
