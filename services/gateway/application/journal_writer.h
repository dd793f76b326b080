// The gateway's one way into the bus.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_JOURNAL_WRITER_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_JOURNAL_WRITER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"

namespace bellwether::gateway {

// Facts and ticks share a producer, so that what is appended to a partition first also lies first
// in it. Dead letters have one of their own. Thread-safe; outlived by the bus.
class JournalWriter {
 public:
  // The topics exist.
  static absl::StatusOr<std::unique_ptr<JournalWriter>> Create(bus::Bus& bus);
  // One whose facts leave no gaps: once one could not be written, none behind it in the partition
  // is, nor any it is given later. Its owner makes another.
  static absl::StatusOr<std::unique_ptr<JournalWriter>> CreateGapless(bus::Bus& bus);

  int32_t partitions() const { return partitions_; }

  // Both: `delivered` is called exactly once, on a thread of the bus, or here when the message
  // cannot even be queued.
  void Append(absl::string_view account_id, bus::Message message, bus::Delivered delivered);
  void AppendDeadLetter(bus::Message letter, bus::Delivered delivered);

  // Where a record is in every partition, by partition; or the first failure.
  using Everywhere = absl::StatusOr<std::vector<bus::Position>>;
  // What `make` makes for it into every partition; `done` is called once, with the first failure,
  // when all are answered for.
  void AppendToAll(absl::FunctionRef<bus::Message(int32_t partition)> make,
                   absl::AnyInvocable<void(absl::Status)> done);
  // The same for callers who may wait: UNAVAILABLE after `wait_max`, when nobody knows.
  Everywhere AppendToAll(absl::FunctionRef<bus::Message(int32_t partition)> make,
                         absl::Duration wait_max);

  // Waits for everything appended before.
  absl::Status Flush(absl::Duration timeout);

 private:
  JournalWriter(std::unique_ptr<bus::Producer> journal, std::unique_ptr<bus::Producer> dead_letters,
                int32_t partitions, int32_t dead_letter_partitions);

  static absl::StatusOr<std::unique_ptr<JournalWriter>> CreateOn(
      bus::Bus& bus, absl::StatusOr<std::unique_ptr<bus::Producer>> journal);
  void AppendEverywhere(absl::FunctionRef<bus::Message(int32_t partition)> make,
                        absl::AnyInvocable<void(Everywhere)> done);
  static void Produce(bus::Producer& producer, absl::string_view topic, int32_t partition,
                      bus::Message message, bus::Delivered delivered);

  const std::unique_ptr<bus::Producer> journal_;
  const std::unique_ptr<bus::Producer> dead_letters_;
  const int32_t partitions_;
  const int32_t dead_letter_partitions_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_JOURNAL_WRITER_H_
