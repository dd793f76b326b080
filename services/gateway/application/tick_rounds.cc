#include "services/gateway/application/tick_rounds.h"

#include <utility>

#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"

namespace bellwether::gateway {
namespace {

constexpr int32_t kClockPartition = 0;
constexpr absl::Duration kLatestWait = absl::ZeroDuration();

using Done = absl::AnyInvocable<void(absl::Status)>;

void Announce(bus::Producer& clock, const journal::ClockRound& round, Done done) {
  // Shared, because a producer that refuses the message has taken its callback all the same.
  const auto answered = std::make_shared<Done>(std::move(done));
  const absl::Status taken =
      clock.Produce(bus::kClockTopic, kClockPartition, journal::EncodeClockRound(round),
                    [answered](const absl::StatusOr<bus::Position>& position) {
                      (*answered)(position.status());
                    });
  if (!taken.ok()) (*answered)(taken);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TickRounds>> TickRounds::Create(bus::Bus& bus,
                                                               JournalWriter& writer) {
  RETURN_IF_ERROR(
      bus.EnsureTopic({.name = bus::kClockTopic, .partitions = journal::kClockPartitions}));
  ASSIGN_OR_RETURN(std::unique_ptr<bus::Producer> clock, bus.NewProducer());
  return std::unique_ptr<TickRounds>(new TickRounds(bus, writer, std::move(clock)));
}

void TickRounds::Append(const journal::ClockRound& round, Done done) {
  writer_.AppendToAll(
      [&](int32_t partition) { return journal::EncodeTick(partition, round.time, round.backfill); },
      [this, round, done = std::move(done)](const absl::Status& ticks) mutable {
        if (!ticks.ok()) return done(ticks);
        Announce(*clock_, round, std::move(done));
      });
}

absl::StatusOr<std::optional<journal::ClockRound>> TickRounds::Latest() {
  ASSIGN_OR_RETURN(const bus::OffsetRange range, bus_.Offsets(bus::kClockTopic, kClockPartition));
  if (range.end == range.first) return std::nullopt;
  ASSIGN_OR_RETURN(const std::unique_ptr<bus::Reader> reader,
                   bus_.NewReader(bus::kClockTopic, kClockPartition, range.end - 1));
  ASSIGN_OR_RETURN(const bus::RecordBatch batch, reader->Read(/*records_max=*/1, kLatestWait));
  if (batch.empty()) return std::nullopt;
  return journal::DecodeClockRound(batch.records.front());
}

absl::Status TickRounds::Trim() {
  ASSIGN_OR_RETURN(const bus::OffsetRange range, bus_.Offsets(bus::kClockTopic, kClockPartition));
  if (range.end - range.first <= kRoundsKept + kRoundsOverMax) return absl::OkStatus();
  return bus_.DropBefore(bus::kClockTopic, kClockPartition, range.end - kRoundsKept);
}

absl::Status TickRounds::Flush(absl::Duration timeout) {
  RETURN_IF_ERROR(writer_.Flush(timeout));  // whose answers may have led to announcements
  return clock_->Flush(timeout);
}

}  // namespace bellwether::gateway
