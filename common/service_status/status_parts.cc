#include "common/service_status/status_parts.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "common/base/status.h"
#include "common/consume/positions.h"
#include "common/journal/timestamps.h"
#include "common/outbox/outbox.h"
#include "common/stream/offsets_table.h"

namespace bellwether::service_status {
namespace {

constexpr char kCommitted[] = "committed";

// `duration` ≥ 0.
google::protobuf::Duration ToDuration(absl::Duration duration) {
  google::protobuf::Duration message;
  message.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  message.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return message;
}

system::v1::PartitionLag& AddLag(const std::string& topic, int32_t partition, absl::Time now,
                                 system::v1::ServiceStatus& status) {
  system::v1::PartitionLag& lag = *status.add_lags();
  lag.set_topic(topic);
  lag.set_partition(partition);
  lag.set_state(kCommitted);
  *lag.mutable_measured_time() = journal::ToTimestamp(now);
  return lag;
}

// `applied`: when what was applied last had been recorded, if that is known.
void SetBehind(int64_t records, std::optional<absl::Time> applied, absl::Time now,
               system::v1::PartitionLag& lag) {
  lag.set_records(std::max<int64_t>(records, 0));
  if (lag.records() == 0) *lag.mutable_behind() = ToDuration(absl::ZeroDuration());
  if (lag.records() == 0 || !applied.has_value()) return;
  *lag.mutable_behind() = ToDuration(std::max(now - *applied, absl::ZeroDuration()));
  *lag.mutable_behind_since_time() = journal::ToTimestamp(*applied);
}

std::optional<absl::Time> IfKnown(absl::Time time) {
  return time == absl::InfinitePast() ? std::nullopt : std::optional<absl::Time>(time);
}

using Ranges = std::map<int32_t, bus::OffsetRange>;

// Of every partition of the topic but those. Asked before the store is: no transaction is to stay
// open while the bus is slow.
absl::StatusOr<Ranges> RangesOf(bus::Bus& bus, const std::string& topic,
                                const std::set<int32_t>& without = {}) {
  ASSIGN_OR_RETURN(const bus::TopicDescription description, bus.Describe(topic));
  Ranges ranges;
  for (int32_t partition = 0; partition < description.partitions; ++partition) {
    if (without.contains(partition)) continue;
    ASSIGN_OR_RETURN(ranges[partition], bus.Offsets(topic, partition));
  }
  return ranges;
}

}  // namespace

Part OutboxPart(store::Store& store, const Clock& clock) {
  return [&store, &clock](system::v1::ServiceStatus& status) -> absl::Status {
    ASSIGN_OR_RETURN(const auto transaction, store.BeginRead());
    ASSIGN_OR_RETURN(const outbox::Backlog backlog, outbox::BacklogOf(*transaction));
    system::v1::OutboxStatus& shown = *status.mutable_outbox();
    shown.set_unsent_count(backlog.rows);
    if (!backlog.oldest.has_value()) return absl::OkStatus();
    *shown.mutable_oldest_time() = journal::ToTimestamp(*backlog.oldest);
    *shown.mutable_oldest_age() =
        ToDuration(std::max(clock.Now() - *backlog.oldest, absl::ZeroDuration()));
    return absl::OkStatus();
  };
}

Part FoldPart(FoldedTopic folded, store::Store& store, bus::Bus& bus, const Clock& clock,
              std::function<std::vector<stream::PartitionStatus>()> own) {
  return [folded = std::move(folded), &store, &bus, &clock,
          own = std::move(own)](system::v1::ServiceStatus& status) -> absl::Status {
    const absl::Time now = clock.Now();
    std::set<int32_t> here;
    for (const stream::PartitionStatus& partition : own()) {
      here.insert(partition.partition);
      system::v1::PartitionLag& lag = AddLag(folded.topic, partition.partition, now, status);
      lag.set_state(std::string(stream::NameOf(partition.state)));
      lag.set_reason(std::string(partition.reason.message()));
      if (!partition.lag_records.has_value()) continue;
      SetBehind(*partition.lag_records, IfKnown(partition.stream_time), now, lag);
    }
    // With the bus or the store away an answer would take longer than the caller waits.
    if (!status.ready()) return absl::OkStatus();
    ASSIGN_OR_RETURN(const Ranges ranges, RangesOf(bus, folded.topic, here));
    ASSIGN_OR_RETURN(const auto transaction, store.BeginRead());
    const stream::OffsetsTable offsets(folded.processor);
    for (const auto& [partition, range] : ranges) {
      ASSIGN_OR_RETURN(const std::optional<stream::OffsetsRow> row,
                       offsets.Read(store, *transaction, partition, /*lock=*/false));
      SetBehind(range.end - (row.has_value() ? row->next_offset : range.first),
                row.has_value() ? IfKnown(row->time.now) : std::nullopt, now,
                AddLag(folded.topic, partition, now, status));
    }
    return absl::OkStatus();
  };
}

Part ReaderPart(std::string reader, std::string topic, store::Store& store, bus::Bus& bus,
                const Clock& clock) {
  return [positions = consume::Positions(std::move(reader)), topic = std::move(topic), &store, &bus,
          &clock](system::v1::ServiceStatus& status) -> absl::Status {
    if (!status.ready()) return absl::OkStatus();
    const absl::Time now = clock.Now();
    ASSIGN_OR_RETURN(const Ranges ranges, RangesOf(bus, topic));
    ASSIGN_OR_RETURN(const auto transaction, store.BeginRead());
    for (const auto& [partition, range] : ranges) {
      ASSIGN_OR_RETURN(const std::optional<consume::Position> position,
                       positions.Of(*transaction, partition));
      SetBehind(range.end - (position.has_value() ? position->next_offset : range.first),
                position.has_value() ? position->watermark : std::nullopt, now,
                AddLag(topic, partition, now, status));
    }
    return absl::OkStatus();
  };
}

}  // namespace bellwether::service_status
