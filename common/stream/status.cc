#include "common/stream/status.h"

namespace bellwether::stream {

absl::string_view NameOf(PartitionState state) {
  switch (state) {
    case PartitionState::kLoading:
      return "loading";
    case PartitionState::kFoldingBack:
      return "folding_back";
    case PartitionState::kLive:
      return "live";
    case PartitionState::kPaused:
      return "paused";
    case PartitionState::kRefused:
      return "refused";
    case PartitionState::kFenced:
      return "fenced";
  }
  return "unknown";
}

}  // namespace bellwether::stream
