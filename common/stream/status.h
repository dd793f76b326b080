// How far each partition is, for readiness, metrics and operators.
#ifndef BELLWETHER_COMMON_STREAM_STATUS_H_
#define BELLWETHER_COMMON_STREAM_STATUS_H_

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace bellwether::stream {

enum class PartitionState {
  kLoading,      // assigned; being taken and loaded, or waiting to try that again (see reason)
  kFoldingBack,  // a new generation folds again what an older one had folded; nothing leaves yet
  kLive,
  kPaused,   // waits for the bus to acknowledge or for the store to commit
  kRefused,  // will not be folded until somebody decides: see reason
  kFenced,   // another member has taken it though it is still assigned to this one
};

// Lower case, for metric labels: "folding_back".
absl::string_view NameOf(PartitionState state);

struct PartitionStatus {
  int32_t partition = 0;
  PartitionState state = PartitionState::kLoading;
  absl::Status reason;  // why it is loading again, paused, refused or fenced

  int64_t generation = 0;
  int64_t next_offset = 0;       // everything before is applied
  int64_t committed_offset = 0;  // everything before is in the store
  int64_t shown_offset = 0;      // everything before is in the cache, or the cache is stale
  absl::Time stream_time = absl::InfinitePast();
  int64_t effects_outstanding = 0;
  bool cache_stale = false;

  // Records not applied yet; not known until the log was asked once.
  std::optional<int64_t> lag_records;
  // How long ago the last applied record was accepted; zero when there is nothing left to apply.
  absl::Duration lag = absl::ZeroDuration();
  // Since the last commit, or since the partition was loaded.
  absl::Duration checkpoint_age = absl::ZeroDuration();
  // Live, and has once applied everything that was in the log when it was taken.
  bool caught_up = false;
};

}  // namespace bellwether::stream

#endif  // BELLWETHER_COMMON_STREAM_STATUS_H_
