// Bulk replays of dead letters: operations that outlive their callers.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_LETTER_REPLAYS_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_LETTER_REPLAYS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "bellwether/ingest/v1/ingest_service.pb.h"
#include "bellwether/ingest/v1/storage.pb.h"
#include "common/base/clock.h"
#include "common/metrics/metrics.h"
#include "services/gateway/application/dead_letters.h"

namespace bellwether::gateway {

inline constexpr int kReplayNamesMax = 1'000;
inline constexpr size_t kReplayRequestIdBytesMax = 128;

// The operations as they are stored, for all gateways of a deployment. Thread-safe; blocks.
class ReplayRows {
 public:
  virtual ~ReplayRows() = default;

  // FAILED_PRECONDITION / REPLAY_RUNNING when another one runs.
  virtual absl::Status Insert(const ingest::v1::StoredReplay& replay,
                              const std::string& request_id) = 0;
  virtual absl::StatusOr<std::optional<ingest::v1::StoredReplay>> Find(const std::string& name) = 0;
  virtual absl::StatusOr<std::optional<ingest::v1::StoredReplay>> FindByRequest(
      const std::string& request_id) = 0;
  virtual absl::StatusOr<std::optional<ingest::v1::StoredReplay>> Running() = 0;
  // The newest first; those after the one of that name, from the beginning where it is empty.
  virtual absl::StatusOr<std::vector<ingest::v1::DeadLetterReplay>> List(const std::string& after,
                                                                         int rows_max) = 0;
  struct Result {
    int64_t position = 0;
    ingest::v1::DeadLetterReplayResult result;
  };
  // Writes how far a running one is, and its new results. False, and nothing written, where it does
  // not run any more.
  virtual absl::StatusOr<bool> Advance(const ingest::v1::StoredReplay& replay,
                                       absl::Span<const Result> results) = 0;
  // In order of position; of that state unless it is unspecified.
  virtual absl::StatusOr<std::vector<Result>> Results(const std::string& name,
                                                      ingest::v1::LetterReplayState state,
                                                      int64_t after_position, int rows_max) = 0;
};

// Thread-safe; Step from one thread. Outlived by what it is given.
class LetterReplays {
 public:
  // `may_work` says whether this process is the one that works on replays.
  LetterReplays(DeadLetters& letters, ReplayRows& rows, const Clock& clock,
                metrics::Registry& metrics, std::function<absl::StatusOr<bool>()> may_work);

  // Called when one has begun; to be set before the first is.
  void OnBegun(std::function<void()> begun) { begun_ = std::move(begun); }

  absl::StatusOr<ingest::v1::DeadLetterReplay> Start(
      const ingest::v1::StartDeadLetterReplayRequest& request, const std::string& principal);
  absl::StatusOr<ingest::v1::DeadLetterReplay> Cancel(const std::string& name);
  absl::StatusOr<ingest::v1::DeadLetterReplay> Get(const std::string& name);

  // Some letters of the one that runs, if one does and this process is to; how long to wait before
  // the next step. A failure says what it waits for.
  absl::StatusOr<absl::Duration> Step();

 private:
  // Takes letters until enough are taken or there are no more; true when there are no more.
  absl::StatusOr<bool> TakeSome(ingest::v1::StoredReplay& replay,
                                std::vector<ReplayRows::Result>& results);
  // The next letter; empty where what was looked at holds none. False when there is nothing more.
  absl::StatusOr<bool> NextLetter(ingest::v1::StoredReplay& replay, std::string& name);
  // What became of it; fails where the same has to be tried again.
  absl::StatusOr<ingest::v1::LetterReplay> ReplayOne(const ingest::v1::DeadLetterReplay& replay,
                                                     const std::string& letter);

  DeadLetters& letters_;
  ReplayRows& rows_;
  const Clock& clock_;
  const std::function<absl::StatusOr<bool>()> may_work_;
  std::function<void()> begun_;
  metrics::Family<metrics::Counter>& replayed_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_LETTER_REPLAYS_H_
