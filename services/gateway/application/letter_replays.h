// Bulk replays of dead letters: operations that outlive their callers.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_LETTER_REPLAYS_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_LETTER_REPLAYS_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
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

// Results of ended replays that are forgotten in one transaction.
inline constexpr int64_t kReplayResultsPrunedMax = 10'000;

// A replay as it is kept.
struct KeptReplay {
  ingest::v1::StoredReplay stored;
  // Rises with each write.
  int64_t version = 0;
  // Whoever works on it is to end it.
  bool cancel_asked = false;

  // As callers see it.
  ingest::v1::DeadLetterReplay Shown() const;
};

// The operations as they are stored, for all gateways of a deployment. Thread-safe; blocks.
class ReplayRows {
 public:
  virtual ~ReplayRows() = default;

  // FAILED_PRECONDITION / REPLAY_RUNNING when another one runs.
  virtual absl::Status Insert(const ingest::v1::StoredReplay& replay,
                              const std::string& request_id) = 0;
  virtual absl::StatusOr<std::optional<KeptReplay>> Find(const std::string& name) = 0;
  virtual absl::StatusOr<std::optional<KeptReplay>> FindByRequest(
      const std::string& request_id) = 0;
  virtual absl::StatusOr<std::optional<KeptReplay>> Running() = 0;
  // The newest first; those after the one of that name, from the beginning where it is empty.
  virtual absl::StatusOr<std::vector<ingest::v1::DeadLetterReplay>> List(const std::string& after,
                                                                         int rows_max) = 0;
  struct Result {
    int64_t position = 0;
    ingest::v1::DeadLetterReplayResult result;
  };
  // Writes how far a running one is, and its new results, over what was read as `replay`'s version.
  // False, and nothing written, where it has ended or gone further since.
  virtual absl::StatusOr<bool> Advance(const KeptReplay& replay,
                                       absl::Span<const Result> results) = 0;
  // Of a running one; nothing otherwise.
  virtual absl::Status AskToCancel(const std::string& name) = 0;
  // Forgets those that ended before `ended_before` and their results, kReplayResultsPrunedMax of
  // these at most; true when there may be more.
  virtual absl::StatusOr<bool> Prune(absl::Time ended_before) = 0;
  // In order of position; of that state unless it is unspecified.
  virtual absl::StatusOr<std::vector<Result>> Results(const std::string& name,
                                                      ingest::v1::LetterReplayState state,
                                                      int64_t after_position, int rows_max) = 0;
};

// Thread-safe; Step from one thread. Outlived by what it is given.
class LetterReplays {
 public:
  struct Options {
    // Whether this process is the one that works on replays; asked before each letter.
    std::function<absl::StatusOr<bool>()> may_work;
    // What has ended is forgotten after this time.
    absl::Duration retention = absl::Hours(24 * 7);
  };

  LetterReplays(DeadLetters& letters, ReplayRows& rows, const Clock& clock,
                metrics::Registry& metrics, Options options);

  // Called when there is something to do; to be set before the first replay begins.
  void OnWork(std::function<void()> work) { work_ = std::move(work); }

  absl::StatusOr<ingest::v1::DeadLetterReplay> Start(
      const ingest::v1::StartDeadLetterReplayRequest& request, const std::string& principal);
  // Asks for the end of one that runs: the process that works on it ends it, with what it has done
  // until then. It is answered as it is now.
  absl::StatusOr<ingest::v1::DeadLetterReplay> Cancel(const std::string& name);
  absl::StatusOr<ingest::v1::DeadLetterReplay> Get(const std::string& name);

  // Some letters of the one that runs, if one does and this process is to; how long to wait before
  // the next step. A failure says what it waits for. Ends soon after `stop`: after the letter under
  // way.
  absl::StatusOr<absl::Duration> Step(const std::stop_token& stop = {});

 private:
  // Takes letters until enough are taken, others are to go on, or there are no more; true when
  // there are no more.
  absl::StatusOr<bool> TakeSome(ingest::v1::StoredReplay& replay,
                                std::vector<ReplayRows::Result>& results,
                                const std::stop_token& stop);
  // Those that come next, `letters_max` at most; none where what was looked at holds none.
  absl::StatusOr<DeadLetters::Found> Look(const ingest::v1::StoredReplay& replay,
                                          size_t letters_max);
  absl::Status Prune();
  // What became of it; fails where the same has to be tried again.
  absl::StatusOr<ingest::v1::LetterReplay> ReplayOne(const ingest::v1::DeadLetterReplay& replay,
                                                     const std::string& letter);

  DeadLetters& letters_;
  ReplayRows& rows_;
  const Clock& clock_;
  const Options options_;
  std::function<void()> work_;
  absl::Time prune_at_ = absl::InfinitePast();
  metrics::Family<metrics::Counter>& replayed_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_LETTER_REPLAYS_H_
