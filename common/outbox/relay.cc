#include "common/outbox/relay.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/log/log.h"

namespace bellwether::outbox {
namespace {

constexpr char kLeaseName[] = "outbox-relay";
// How often one that does not relay looks whether it may.
constexpr absl::Duration kStandbyPoll = absl::Milliseconds(500);

// Wave n holds the n-th row of every subject, as indices into `rows`.
std::vector<std::vector<size_t>> Waves(const std::vector<UnsentRow>& rows) {
  std::vector<std::vector<size_t>> waves;
  absl::flat_hash_map<absl::string_view, size_t> rows_of_subject;
  for (size_t i = 0; i < rows.size(); ++i) {
    const size_t wave = rows_of_subject[rows[i].row.subject]++;
    if (wave == waves.size()) waves.emplace_back();
    waves[wave].push_back(i);
  }
  return waves;
}

}  // namespace

Relay::Relay(store::Store& store, bus::Bus& bus, const Clock& clock, metrics::Registry& registry,
             std::unique_ptr<StampPolicy> stamp, RelayOptions options)
    : store_(store),
      bus_(bus),
      clock_(clock),
      stamp_(std::move(stamp)),
      options_(std::move(options)),
      lease_(store, clock, {kLeaseName, options_.owner, options_.lease_duration}),
      sent_(registry
                .Counters("bellwether_outbox_rows_sent_total",
                          "Outbox rows the bus has acknowledged.", {"service"})
                .With({options_.service})),
      failed_(registry
                  .Counters("bellwether_outbox_rounds_failed_total",
                            "Rounds of the relay that left a row unsent.", {"service"})
                  .With({options_.service})),
      oldest_unsent_seconds_(registry
                                 .Gauges("bellwether_outbox_oldest_unsent_seconds",
                                         "Age of the oldest row not yet sent.", {"service"})
                                 .With({options_.service})),
      loop_({.name = "outbox-relay",
             .backoff_least = options_.retry_wait_min,
             .backoff_most = options_.retry_wait_max},
            [this](const std::stop_token&) { return Step(); }) {}

Relay::~Relay() { Stop(); }

void Relay::Stop() {
  loop_.Stop();
  const absl::Status released = lease_.Release();
  if (!released.ok()) LogWarning("outbox lease not given back", {{"status", released}});
}

absl::StatusOr<absl::Duration> Relay::Step() {
  const absl::StatusOr<Round> round = RunRound();
  if (!round.ok() || round->failed > 0) failed_.Increment();
  if (!round.ok()) return round.status();
  if (round->failed > 0) {
    return Error(absl::StatusCode::kUnavailable, {"OUTBOX_ROWS_LEFT"},
                 "the bus has not taken every row");
  }
  if (!round->leading) return std::max(options_.poll_interval, kStandbyPoll);
  return round->more ? absl::ZeroDuration() : options_.poll_interval;
}

absl::StatusOr<Relay::Round> Relay::RunRound() {
  Round round;
  ASSIGN_OR_RETURN(round.leading, lease_.Hold());
  if (!round.leading) {
    oldest_unsent_seconds_.Set(0);  // the holder publishes it
    return round;
  }
  std::vector<UnsentRow> rows;
  {
    ASSIGN_OR_RETURN(auto transaction, store_.BeginRead());
    ASSIGN_OR_RETURN(rows, ReadUnsent(*transaction, options_.batch_rows_max));
  }
  const absl::Time now = clock_.Now();
  oldest_unsent_seconds_.Set(
      rows.empty() ? 0
                   : absl::ToDoubleSeconds(std::max(now - rows[0].appended, absl::ZeroDuration())));
  if (!rows.empty()) {
    RETURN_IF_ERROR(stamp_->Prepare());
    ASSIGN_OR_RETURN(const std::vector<int64_t> acknowledged, Publish(rows));
    if (!acknowledged.empty()) {
      ASSIGN_OR_RETURN(auto transaction, store_.Begin());
      RETURN_IF_ERROR(lease_.Check(*transaction));
      RETURN_IF_ERROR(MarkSent(*transaction, acknowledged, now));
      RETURN_IF_ERROR(transaction->Commit());
    }
    round.sent = acknowledged.size();
    round.failed = rows.size() - acknowledged.size();
    round.more = rows.size() == options_.batch_rows_max;
    sent_.Increment(static_cast<double>(round.sent));
  }
  if (now >= next_upkeep_) {
    RETURN_IF_ERROR(Upkeep(now));
    next_upkeep_ = now + options_.upkeep_interval;
  }
  return round;
}

absl::StatusOr<std::vector<int64_t>> Relay::Publish(std::vector<UnsentRow>& rows) {
  if (producer_ == nullptr) {
    ASSIGN_OR_RETURN(producer_, bus_.NewProducer());
  }
  // Another relay has marked those before the first one unsent.
  deliveries_.ForgetBefore(rows.front().position);
  std::vector<int64_t> acknowledged;
  absl::flat_hash_set<absl::string_view> stuck;  // subjects with a row that did not get through
  absl::Status first_failure;
  for (const std::vector<size_t>& wave : Waves(rows)) {
    // Waves may take long when the bus is slow: go on only as the one publisher.
    ASSIGN_OR_RETURN(const bool leading, lease_.Hold());
    if (!leading) break;
    std::vector<int64_t> positions;
    std::vector<absl::string_view> subjects;
    for (const size_t index : wave) {
      UnsentRow& unsent = rows[index];
      if (stuck.contains(unsent.row.subject)) continue;
      // What an earlier round gave to the bus is waited for: the bus answers for it, however late.
      if (!deliveries_.UnderWay(unsent.position)) {
        ASSIGN_OR_RETURN(const int32_t partition, PartitionFor(unsent.row));
        deliveries_.Produce(*producer_, unsent.position, unsent.row.topic, partition,
                            Stamped(unsent.row, clock_.Now()));
      }
      positions.push_back(unsent.position);
      subjects.push_back(unsent.row.subject);
    }
    if (positions.empty()) break;
    const std::vector<absl::Status> outcomes =
        deliveries_.Wait(positions, options_.delivery_wait_max);
    for (size_t i = 0; i < positions.size(); ++i) {
      if (outcomes[i].ok()) {
        acknowledged.push_back(positions[i]);
      } else {
        first_failure.Update(outcomes[i]);
        stuck.insert(subjects[i]);
      }
    }
  }
  if (!first_failure.ok()) {
    LogWarning(
        "outbox rows not delivered",
        {{"outbox", options_.service}, {"subjects", stuck.size()}, {"status", first_failure}});
  }
  std::sort(acknowledged.begin(), acknowledged.end());
  return acknowledged;
}

absl::StatusOr<int32_t> Relay::PartitionFor(const OutboxRow& row) {
  if (row.partition.has_value()) return *row.partition;
  int32_t& partitions = partitions_by_topic_[row.topic];
  if (partitions == 0) {
    ASSIGN_OR_RETURN(const bus::TopicDescription topic, bus_.Describe(row.topic));
    partitions = topic.partitions;
  }
  return PartitionOf(row.message.key, partitions);
}

bus::Message Relay::Stamped(OutboxRow& row, absl::Time now) const {
  const Stamp stamp = stamp_->StampOf(now, row.change_time);
  bus::Message message = std::move(row.message);
  std::erase_if(message.headers, [](const bus::Header& header) {
    return header.name == bus::kHeaderRecordedAt || header.name == bus::kHeaderBackfill;
  });
  message.headers.push_back(
      {bus::kHeaderRecordedAt, absl::StrCat(absl::ToUnixMicros(stamp.recorded_at))});
  if (stamp.backfill) message.headers.push_back({bus::kHeaderBackfill, "1"});
  return message;
}

absl::Status Relay::Upkeep(absl::Time now) {
  ASSIGN_OR_RETURN(auto transaction, store_.Begin());
  RETURN_IF_ERROR(lease_.Check(*transaction));
  RETURN_IF_ERROR(
      PruneSent(*transaction, now - options_.retention, options_.prune_rows_max).status());
  if (options_.upkeep) RETURN_IF_ERROR(options_.upkeep(*transaction, now));
  return transaction->Commit();
}

}  // namespace bellwether::outbox
