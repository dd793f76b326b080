// A fold whose every result can be computed by a few lines beside it: running sums per account.
#ifndef BELLWETHER_TESTS_INTEGRATION_LEDGER_FOLD_H_
#define BELLWETHER_TESTS_INTEGRATION_LEDGER_FOLD_H_

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "common/bus/bus.h"
#include "common/store/store.h"
#include "common/stream/fold.h"
#include "common/stream/options.h"

namespace bellwether::ledger {

inline constexpr char kJournal[] = "ledger.journal.v1";
inline constexpr char kSums[] = "ledger.sums.v1";
inline constexpr char kVersionHeader[] = "version";
inline constexpr int32_t kPartitions = 4;

// Journal records carry a number; each is answered on kSums by the account's new sum, under the
// record's version.
class LedgerFold final : public stream::PartitionFold {
 public:
  explicit LedgerFold(int32_t partition) : partition_(partition) {}

  absl::Status Load(store::Transaction& transaction, absl::Time stream_time) override;
  void Apply(const bus::Record& record, const stream::Moment& moment,
             stream::Effects& effects) override;
  void OnTick(const stream::Moment&, stream::Effects&) override {}
  std::optional<stream::Timer> NextTimer() const override { return std::nullopt; }
  void Fire(const stream::Timer&, const stream::Moment&, stream::Effects&) override {}
  void EmitAll(const stream::Moment&, stream::Effects&) override {}
  stream::CheckpointWrite TakeCheckpoint() override;
  absl::Status Clear(store::Transaction& transaction) override;

 private:
  const int32_t partition_;
  std::map<std::string, int64_t> sums_;
  std::set<std::string> dirty_;
};

class LedgerFolds final : public stream::FoldFactory {
 public:
  std::unique_ptr<stream::PartitionFold> New(int32_t partition) override {
    return std::make_unique<LedgerFold>(partition);
  }
  int64_t code_version() const override { return 1; }
};

stream::ProcessorOptions LedgerOptions();
absl::Status CreateTopics(bus::Bus& bus);
absl::Status CreateTables(store::Store& store);

// The committed end of every partition lies at the end of its log.
bool AllCommitted(bus::Bus& bus, store::Store& store);

// Reads the journal once more, in order, and compares: the sums in the store, and what receivers
// who drop what is not newer have seen of each account: every version, each with its sum. The
// first difference, or OK.
absl::Status CompareWithSequentialFold(bus::Bus& bus, store::Store& store);

}  // namespace bellwether::ledger

#endif  // BELLWETHER_TESTS_INTEGRATION_LEDGER_FOLD_H_
