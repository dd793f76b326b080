// Looking at dead letters and sending them again.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_DEAD_LETTERS_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_DEAD_LETTERS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/ingest/v1/ingest_service.pb.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "services/gateway/application/accept_fact.h"

namespace bellwether::gateway {

// The latest attempt to replay each letter, for all gateways of a deployment. Names as in
// DeadLetter.name.
class ReplayedLetters {
 public:
  using Attempts = absl::flat_hash_map<std::string, ingest::v1::LetterReplay>;

  virtual ~ReplayedLetters() = default;
  // Of those that were ever tried.
  virtual absl::StatusOr<Attempts> Among(const std::vector<std::string>& names) = 0;
  // One that was accepted stays so.
  virtual absl::Status Add(const std::string& name, const ingest::v1::LetterReplay& attempt) = 0;
};

// Who has a letter replayed, and as part of which bulk replay, if of any.
struct ReplayedBy {
  std::string principal;
  std::string replay;
};

// Of a name or a text that letters are asked for by.
inline constexpr size_t kLetterTextBytesMax = 256;

// INVALID_ARGUMENT / TEXT_TOO_LONG, TIME_INVALID, with the field below `filter`.
absl::Status CheckFilter(const ingest::v1::DeadLetterFilter& filter);

inline constexpr char kAlreadyReplayed[] = "ALREADY_REPLAYED";
// One letter has at most 1 MiB beside what is shown of its value, so a page fits in a gRPC message.
inline constexpr size_t kPageBytesMax = 2 << 20;
inline constexpr size_t kPageRecordsMax = 20'000;

// Thread-safe; blocks. Outlived by what it is given.
class DeadLetters {
 public:
  DeadLetters(bus::Bus& bus, FactAcceptor& acceptor, ReplayedLetters& replayed, const Clock& clock)
      : bus_(bus), acceptor_(acceptor), replayed_(replayed), clock_(clock) {}

  struct Page {
    std::vector<ingest::v1::DeadLetter> letters;
    std::string next_cursor;  // empty at the end
  };
  // Partition by partition, oldest first, from `cursor` on ("" = the beginning): at most `size`
  // that the filter lets through, beyond the first no more than kPageBytesMax hold, of at most
  // kPageRecordsMax that are looked at. INVALID_ARGUMENT / PAGE_TOKEN_INVALID, and as CheckFilter.
  absl::StatusOr<Page> List(absl::string_view cursor, int size,
                            const ingest::v1::DeadLetterFilter& filter = {});

  // Validates again what the letter holds and appends it, stamped now. The answer is the same as
  // for a new event, but no new letter is written when it is still refused. NOT_FOUND,
  // FAILED_PRECONDITION / ALREADY_REPLAYED, LETTER_CUT, NOT_A_FACT.
  absl::StatusOr<Answer> Replay(absl::string_view name, const ReplayedBy& by,
                                absl::Duration wait_max);

  // Whether that bulk replay is the one by which the letter was accepted.
  absl::StatusOr<bool> WasReplayedBy(const std::string& name, absl::string_view replay);

  // Letters, each with its offset, and where to go on behind all that was looked at.
  struct Found {
    struct Letter {
      std::string name;
      int64_t place = 0;
    };
    std::vector<Letter> letters;
    int64_t next_place = 0;
  };
  // At most so many are looked at, and found.
  struct FindLimits {
    size_t records = 0;
    size_t letters = 0;
  };
  // Those that lie in the partition from `offset` on and before `end`, and that the filter lets
  // through, as far as the letters themselves say.
  absl::StatusOr<Found> FindNext(int32_t partition, int64_t offset, int64_t end,
                                 const ingest::v1::DeadLetterFilter& filter,
                                 const FindLimits& limits);
  // Where each partition of the topic begins and ends.
  absl::StatusOr<std::vector<bus::OffsetRange>> Ranges();

 private:
  absl::StatusOr<bus::RecordBatch> ReadAt(int32_t partition, int64_t offset, size_t records_max);

  bus::Bus& bus_;
  FactAcceptor& acceptor_;
  ReplayedLetters& replayed_;
  const Clock& clock_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_DEAD_LETTERS_H_
