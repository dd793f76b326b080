// The phases of a deployment's journal: empty → backfilling → live. Never back.
#ifndef BELLWETHER_SERVICES_GATEWAY_DOMAIN_JOURNAL_PHASE_H_
#define BELLWETHER_SERVICES_GATEWAY_DOMAIN_JOURNAL_PHASE_H_

#include <optional>

#include "absl/strings/string_view.h"

namespace bellwether::gateway {

enum class JournalPhase { kEmpty, kBackfilling, kLive };

// "empty", "backfilling", "live".
absl::string_view PhaseName(JournalPhase phase);
std::optional<JournalPhase> PhaseNamed(absl::string_view name);

// Ticks of the clock are only for a live journal, building a past only for one that is not.
constexpr bool MayBackfill(JournalPhase phase) { return phase != JournalPhase::kLive; }
// Whether the phase moves, for one who may move it from `from_max` and before.
constexpr bool Moves(JournalPhase from, JournalPhase from_max, JournalPhase to) {
  return from < to && from <= from_max;
}

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_DOMAIN_JOURNAL_PHASE_H_
