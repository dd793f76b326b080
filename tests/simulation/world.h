// One simulated deployment: processes, bus, store, cache and clock, driven by one seed.
#ifndef BELLWETHER_TESTS_SIMULATION_WORLD_H_
#define BELLWETHER_TESTS_SIMULATION_WORLD_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/store/store.h"
#include "common/stream/offsets_table.h"
#include "common/stream/processor.h"
#include "common/stream/testing/faulty_store.h"
#include "common/stream/testing/sim_bus.h"
#include "common/testing/fake_clock.h"
#include "tests/simulation/judge.h"
#include "tests/simulation/shared_cache.h"
#include "tests/simulation/sim_fold.h"

namespace bellwether::simulation {

// Deliberate faults of the doubles, to prove that the simulation notices them.
struct Mutations {
  stream::testing::SimBus::Mutations bus;
  stream::testing::FaultyStore::Mutations store;
  FoldMutations fold;
  bool receiver_takes_everything = false;  // does not drop what is not newer
};

// What happened, to see that seeds reach what they are meant to reach.
struct Tally {
  int64_t records = 0;
  int64_t timers = 0;
  int64_t crashes = 0;
  int64_t crashes_in_calls = 0;
  int64_t zombies = 0;
  int64_t fenced = 0;
  int64_t unknown_commits = 0;
  int64_t failed_deliveries = 0;
  int64_t new_code_versions = 0;
  int64_t rebuilds = 0;
  int64_t rebuilds_elsewhere = 0;  // of a partition that another process folds
  int64_t commits = 0;
  int64_t reloads = 0;
  int64_t dropped_by_receivers = 0;
  int64_t dead_letters = 0;
  int64_t outages = 0;
  int64_t cache_losses = 0;
};

class World {
 public:
  // `store` is shared by one world after the other; what an earlier one left is deleted.
  World(uint64_t seed, store::Store& store, const Mutations& mutations, bool trace);
  ~World();

  // Runs the seed to its end. The first thing that was wrong, or OK.
  absl::Status Run();
  const Tally& tally() const { return tally_; }

 private:
  struct Process;

  // Chances, drawn from the seed.
  uint64_t Below(uint64_t n) { return random_() % n; }
  bool Percent(uint64_t chance) { return Below(100) < chance; }
  template <typename Container>
  auto& Pick(Container& from) {
    return from[Below(from.size())];
  }
  void Trace(absl::string_view what);
  void Wrong(absl::string_view what);

  void Step();
  void AppendFacts();
  void Tick(absl::Duration since_last);
  void StartProcess();
  void Act(Process& process);
  void Crash(Process& process);
  void RemoveDead();  // processes that died in the middle of a call
  void MoveMessages(size_t messages_max);
  void OnCommitted(Process& process);
  // Decides at every call to the bus and the store; what it does after that has no effect.
  bool Dies(Process& process);
  absl::Status FaultOfBus(Process& process, absl::string_view call);
  absl::Status FaultOfStore(Process& process, absl::string_view call);
  stream::testing::CommitFate FateOfCommit(Process& process);

  // Faults end; one healthy process folds everything.
  bool Drain();
  // Everything is folded and cached, and `committed` if asked for.
  bool Caught(bool committed);
  std::vector<std::optional<stream::OffsetsRow>> ReadOffsets();
  void Compare();
  // The cache comes back as it was after so many of its changes.
  void GoBack(size_t changes);
  // Remembers what the cache holds now.
  void LookIntoCache();

  const uint64_t seed_;
  const bool trace_;
  const Mutations mutations_;
  std::mt19937_64 random_;
  store::Store& store_;
  testing::FakeClock clock_;
  stream::testing::SimBus bus_;
  SharedCache cache_;
  const stream::OffsetsTable offsets_{"sim"};

  // How often each kind of trouble comes in this seed; some do not come at all.
  int32_t partitions_ = 0;
  uint64_t bus_fault_ = 0, store_fault_ = 0, commit_fault_ = 0, delivery_fault_ = 0;
  uint64_t death_ = 0, trouble_ = 0, appetite_ = 0;
  bool backfilling_ = false;
  bool draining_ = false;
  bool store_away_ = false;

  stream::ProcessorOptions options_;
  int64_t code_version_ = 1;
  int64_t next_process_ = 1;
  int64_t next_fact_ = 1;
  absl::Time journal_now_;
  std::vector<std::unique_ptr<Process>> processes_;
  std::vector<std::optional<stream::OffsetsRow>> last_offsets_;
  // By partition and generation, as committed.
  std::map<std::pair<int32_t, int64_t>, int64_t> code_versions_;
  std::vector<Evidence::Cached> cached_;
  Tally tally_;
  std::optional<std::string> wrong_;
};

}  // namespace bellwether::simulation

#endif  // BELLWETHER_TESTS_SIMULATION_WORLD_H_
