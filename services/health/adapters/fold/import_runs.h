// The import runs of one partition: what became of their facts, and which were withdrawn.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_IMPORT_RUNS_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_IMPORT_RUNS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "services/health/adapters/history/sql_state.h"

namespace bellwether::health {

// Import runs whose counts a partition keeps in memory. Of more, the ones without facts for longest
// go; their rows stay in the store.
inline constexpr size_t kImportRunsMax = 10'000;

class ImportRuns {
 public:
  void Load(const std::map<std::string, ImportRow>& rows);

  // A fact of the run came to `outcome` at `offset`.
  void Count(absl::string_view run, FactOutcome outcome, int64_t offset);
  bool IsWithdrawn(absl::string_view run) const { return withdrawn_.contains(run); }
  // Where the run's records begin; nothing where it was withdrawn before.
  std::optional<int64_t> Withdraw(const std::string& run, int64_t offset);

  ImportRow Of(const std::string& run) const;
  std::map<std::string, ImportRow> All() const;
  // What has changed since the last call.
  std::vector<std::pair<std::string, ImportRow>> TakeRows();

 private:
  struct Run {
    ImportRow row;
    int64_t last_offset = -1;
    bool dirty = false;
  };
  void ForgetOld();

  std::map<std::string, Run> runs_;
  absl::flat_hash_set<std::string> withdrawn_;  // for good
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_IMPORT_RUNS_H_
