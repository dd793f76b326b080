#include "services/gateway/domain/journal_phase.h"

namespace bellwether::gateway {

absl::string_view PhaseName(JournalPhase phase) {
  switch (phase) {
    case JournalPhase::kEmpty:
      return "empty";
    case JournalPhase::kBackfilling:
      return "backfilling";
    case JournalPhase::kLive:
      return "live";
  }
  return "";
}

std::optional<JournalPhase> PhaseNamed(absl::string_view name) {
  for (const JournalPhase phase :
       {JournalPhase::kEmpty, JournalPhase::kBackfilling, JournalPhase::kLive}) {
    if (PhaseName(phase) == name) return phase;
  }
  return std::nullopt;
}

}  // namespace bellwether::gateway
