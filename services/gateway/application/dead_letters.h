// Looking at dead letters and sending them again.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_DEAD_LETTERS_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_DEAD_LETTERS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/ingest/v1/ingest_service.pb.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "services/gateway/application/accept_fact.h"

namespace bellwether::gateway {

// Which letters were replayed, for all gateways of a deployment. Names as in DeadLetter.name.
class ReplayedLetters {
 public:
  virtual ~ReplayedLetters() = default;
  virtual absl::StatusOr<absl::flat_hash_set<std::string>> Among(
      const std::vector<std::string>& names) = 0;
  virtual absl::Status Add(const std::string& name, absl::Time time) = 0;
};

// One letter has at most 1 MiB beside what is shown of its value, so a page fits in a gRPC message.
inline constexpr size_t kPageBytesMax = 2 << 20;

// Thread-safe; blocks. Outlived by what it is given.
class DeadLetters {
 public:
  DeadLetters(bus::Bus& bus, FactAcceptor& acceptor, ReplayedLetters& replayed, const Clock& clock)
      : bus_(bus), acceptor_(acceptor), replayed_(replayed), clock_(clock) {}

  struct Page {
    std::vector<ingest::v1::DeadLetter> letters;
    std::string next_cursor;  // empty at the end
  };
  // Partition by partition, oldest first, from `cursor` on ("" = the beginning): at most `size`,
  // and beyond the first no more than kPageBytesMax hold.
  absl::StatusOr<Page> List(absl::string_view cursor, int size);

  // Validates again what the letter holds and appends it, stamped now. The answer is the same as
  // for a new event, but no new letter is written when it is still refused. NOT_FOUND,
  // FAILED_PRECONDITION / ALREADY_REPLAYED, LETTER_CUT, NOT_A_FACT.
  absl::StatusOr<Answer> Replay(absl::string_view name, absl::Duration wait_max);

 private:
  absl::StatusOr<bus::RecordBatch> ReadAt(int32_t partition, int64_t offset, size_t records_max);

  bus::Bus& bus_;
  FactAcceptor& acceptor_;
  ReplayedLetters& replayed_;
  const Clock& clock_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_DEAD_LETTERS_H_
