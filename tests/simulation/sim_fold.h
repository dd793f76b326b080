// The fold of the simulation: small, and with everything that makes folding hard.
#ifndef BELLWETHER_TESTS_SIMULATION_SIM_FOLD_H_
#define BELLWETHER_TESTS_SIMULATION_SIM_FOLD_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"
#include "common/store/store.h"
#include "common/stream/fold.h"

namespace bellwether::simulation {

inline constexpr char kInputTopic[] = "sim.journal";
inline constexpr char kSignalsTopic[] = "sim.signals";
inline constexpr char kHeaderVersion[] = "sim_version";
inline constexpr char kHeaderInput[] = "sim_input";  // "<partition>/<offset>"
inline constexpr char kHeaderAll[] = "sim_all";      // "1" on what EmitAll made

// Values of a subject by name.
using Values = std::map<std::string, int64_t>;

// Deliberate faults of the fold itself, to prove that the simulation notices.
struct FoldMutations {
  bool emit_all_changes_state = false;
  bool same_code_version = false;  // another computation that does not say so
};

// Per key: a running sum, the sum of closed ten-minute windows, and how often it stood still for
// twenty-five minutes; facts are remembered by id, so that duplicates do nothing and conflicts are
// rejected. A signal carries the values that moved by more than a materiality against the last
// emitted ones; the close of a window carries all of them exactly. Every timer that fires is a
// signal of its own.
class SimFold final : public stream::PartitionFold {
 public:
  SimFold(int32_t partition, int64_t factor, FoldMutations mutations)
      : partition_(partition), factor_(factor), mutations_(mutations) {}

  static absl::Status CreateTables(store::Store& store);

  absl::Status Load(store::Transaction& transaction, absl::Time stream_time) override;
  void Apply(const bus::Record& record, const stream::Moment& moment,
             stream::Effects& effects) override;
  void OnTick(const stream::Moment& moment, stream::Effects& effects) override;
  std::optional<stream::Timer> NextTimer() const override;
  void Fire(const stream::Timer& timer, const stream::Moment& moment,
            stream::Effects& effects) override;
  void EmitAll(const stream::Moment& moment, stream::Effects& effects) override;
  stream::CheckpointWrite TakeCheckpoint() override;
  absl::Status Clear(store::Transaction& transaction) override;
  bool WantsCommit() const override { return wants_commit_; }

  // The whole state as the store holds it: a row per key.
  std::map<std::string, std::string> Rows() const;
  // Facts counted since the last checkpoint.
  size_t counted() const { return counted_.size(); }
  static std::string CacheKey(int32_t partition, absl::string_view key);

 private:
  struct Key {
    int64_t sum = 0;
    int64_t closed = 0;
    int64_t window = 0;  // of the window that is open
    int64_t idle = 0;
    std::optional<absl::Time> window_end;  // set while a window is open
    std::optional<absl::Time> idle_at;
    std::map<std::string, std::string> facts;  // content by id
    Values emitted;

    Values Exact() const;
    std::string Encode() const;
    static Key Decode(absl::string_view row);
  };

  void Cache(const std::string& name, const Key& key, const stream::Moment& moment,
             stream::Effects& effects) const;
  // Adds a step with what moved, or with everything.
  void Step(const std::string& name, Key& key, const stream::Moment& moment, bool exactly);
  void SendSteps(const stream::Moment& moment, stream::Effects& effects);
  bus::Message Signal(const std::string& subject, const stream::Moment& moment, std::string steps,
                      bool all) const;
  void SetTimers(const std::string& name, const Key& key);
  void DropTimers(const std::string& name, const Key& key);

  const int32_t partition_;
  const int64_t factor_;
  const FoldMutations mutations_;
  std::map<std::string, Key> keys_;
  std::set<stream::Timer> timers_;
  std::map<std::string, std::string> steps_;  // of the record being applied, by subject
  std::set<std::string> dirty_;
  std::vector<int64_t> counted_;  // offsets of facts counted since the last checkpoint
  bool wants_commit_ = false;
};

class SimFolds final : public stream::FoldFactory {
 public:
  SimFolds(int64_t code_version, FoldMutations mutations)
      : code_version_(code_version), mutations_(mutations) {}
  std::unique_ptr<stream::PartitionFold> New(int32_t partition) override {
    return std::make_unique<SimFold>(partition, code_version_, mutations_);
  }
  int64_t code_version() const override { return mutations_.same_code_version ? 1 : code_version_; }

 private:
  const int64_t code_version_;
  const FoldMutations mutations_;
};

}  // namespace bellwether::simulation

#endif  // BELLWETHER_TESTS_SIMULATION_SIM_FOLD_H_
