// The process opportunities walk through (O1).
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_DOMAIN_PROCESS_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_DOMAIN_PROCESS_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace bellwether::opportunities {

inline constexpr size_t kStagesMax = 64;

struct Stage {
  std::string id;
  std::vector<std::string> aliases;
};

// Immutable.
class Process {
 public:
  // INVALID_ARGUMENT / PROCESS_INVALID for no or too many stages, ids that are no ids, names that
  // stand twice.
  static absl::StatusOr<Process> Create(const std::vector<Stage>& stages,
                                        const std::vector<std::string>& loss_reasons);

  // The place of a stage, by id or alias; −1 if the process has no such stage.
  int PlaceOf(absl::string_view name) const;
  const std::string& StageAt(int place) const { return stages_[static_cast<size_t>(place)]; }
  int stage_count() const { return static_cast<int>(stages_.size()); }

  bool HasLossReason(absl::string_view code) const { return loss_reasons_.contains(code); }

 private:
  Process() = default;

  std::vector<std::string> stages_;
  absl::flat_hash_map<std::string, int> places_;  // of ids and aliases
  absl::flat_hash_set<std::string> loss_reasons_;
};

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_DOMAIN_PROCESS_H_
