// Rounds of ticks, and their announcement to the services that only need the clock.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_TICK_ROUNDS_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_TICK_ROUNDS_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"
#include "common/journal/clock_round.h"
#include "services/gateway/application/journal_writer.h"

namespace bellwether::gateway {

// A round is one tick in every partition of the journal and then, once all are durable, one record
// of the clock topic (docs/adr/0016): who has read that may rely on all ticks of the round, and of
// those before it, being in the journal. Thread-safe; outlived by bus and writer.
class TickRounds {
 public:
  // Rounds the clock topic keeps, and how many more may lie there before they are dropped.
  static constexpr int64_t kRoundsKept = 1'000;
  static constexpr int64_t kRoundsOverMax = 1'000;

  // Makes the clock topic; the writer's topics exist.
  static absl::StatusOr<std::unique_ptr<TickRounds>> Create(bus::Bus& bus, JournalWriter& writer);

  // `done` is called once, with the first failure, when everything is answered for. A round that
  // failed is not announced.
  void Append(const journal::ClockRound& round, absl::AnyInvocable<void(absl::Status)> done);

  // Blocks. The last round that was announced; nothing before the first.
  absl::StatusOr<std::optional<journal::ClockRound>> Latest();

  // Blocks. Drops what the clock topic need not keep, if that is enough to be worth it.
  absl::Status Trim();

  // Waits for everything appended before.
  absl::Status Flush(absl::Duration timeout);

 private:
  TickRounds(bus::Bus& bus, JournalWriter& writer, std::unique_ptr<bus::Producer> clock)
      : bus_(bus), writer_(writer), clock_(std::move(clock)) {}

  bus::Bus& bus_;
  JournalWriter& writer_;
  const std::unique_ptr<bus::Producer> clock_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_TICK_ROUNDS_H_
