#include "common/consume/topic_consumer.h"

#include <algorithm>
#include <stop_token>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/envelope.h"
#include "common/log/log.h"

namespace bellwether::consume {

TopicConsumer::TopicConsumer(const TopicConsumerPorts& ports, TopicConsumerOptions options,
                             Handler& handler)
    : ports_(ports),
      options_(std::move(options)),
      positions_(options_.reader),
      handler_(handler),
      taken_(ports.metrics
                 .Counters("bellwether_topic_records_total",
                           "Records read from a topic, refused ones too.", {"reader"})
                 .With({options_.reader})),
      refused_(ports.metrics
                   .Counters("bellwether_topic_records_refused_total",
                             "Records of a topic that went to the dead letters.", {"reader"})
                   .With({options_.reader})),
      lag_(ports.metrics
               .Gauges("bellwether_topic_lag_records",
                       "Records not read yet, in the partitions of a topic held here.", {"reader"})
               .With({options_.reader})),
      letters_(ports.bus, ports.clock, options_.topic, options_.service),
      loop_({.name = options_.reader}, [this](const std::stop_token&) { return Step(); }) {}

TopicConsumer::~TopicConsumer() { Stop(); }

void TopicConsumer::Stop() {
  loop_.Stop();
  if (consumer_ == nullptr) return;
  consumer_->Close();  // commits through OnRevoked
  consumer_ = nullptr;
}

absl::Status TopicConsumer::Ready() const {
  RETURN_IF_ERROR(loop_.last_status());
  if (joined_.load()) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, {"TOPIC_NOT_ASSIGNED", "", ""},
               "waiting for the partitions of " + options_.topic);
}

absl::StatusOr<absl::Duration> TopicConsumer::Step() {
  absl::Status status = consumer_ == nullptr ? Connect() : absl::OkStatus();
  if (status.ok()) status = Read();
  if (status.ok()) return absl::ZeroDuration();
  Reset();
  return status;
}

absl::Status TopicConsumer::Connect() {
  ASSIGN_OR_RETURN(topic_, ports_.bus.Describe(options_.topic));
  ASSIGN_OR_RETURN(consumer_,
                   ports_.bus.NewConsumer(
                       {.group = options_.reader, .topic = options_.topic, .listener = this}));
  return absl::OkStatus();
}

absl::Status TopicConsumer::Read() {
  ASSIGN_OR_RETURN(const bus::RecordBatch batch,
                   consumer_->Poll(options_.records_per_poll_max, options_.poll_wait));
  joined_ = consumer_->Joined();
  RETURN_IF_ERROR(std::exchange(revoke_failure_, absl::OkStatus()));
  for (const bus::Record& record : batch.records) RETURN_IF_ERROR(Take(record));
  const absl::Time now = ports_.clock.Now();
  MeasureLag(now);
  return CommitIsDue(now) ? CommitAll(now) : absl::OkStatus();
}

absl::Status TopicConsumer::Take(const bus::Record& record) {
  const auto found = assigned_.find(record.partition);
  // Delivered late for a partition that has been revoked.
  if (found == assigned_.end()) return absl::OkStatus();
  Position& position = found->second.position;
  const absl::StatusOr<Commit> handled = Handle(record, position);
  if (handled.ok()) {
    commit_now_ = commit_now_ || *handled == Commit::kNow;
  } else if (absl::IsInvalidArgument(handled.status())) {
    refused_.Increment();
    LogWarning("record refused", {{"reader", options_.reader},
                                  {"partition", record.partition},
                                  {"offset", record.offset},
                                  {"status", handled.status()}});
    RETURN_IF_ERROR(letters_.Keep(record, handled.status(), options_.dead_letter_wait));
  } else {
    return handled.status();
  }
  position.next_offset = record.offset + 1;
  taken_.Increment();
  ++pending_;
  return absl::OkStatus();
}

absl::StatusOr<Commit> TopicConsumer::Handle(const bus::Record& record, Position& position) {
  ASSIGN_OR_RETURN(const journal::Envelope envelope, journal::ParseEnvelope(record));
  RETURN_IF_ERROR(journal::CheckPartition(record, envelope.type, topic_.partitions));
  ASSIGN_OR_RETURN(const Commit commit, handler_.Take({.partition = record.partition,
                                                       .offset = record.offset,
                                                       .envelope = envelope,
                                                       .key = record.key,
                                                       .value = record.value}));
  if (envelope.type == bus::kTypeTick) NoteTick(envelope.recorded_at, position);
  return commit;
}

bool TopicConsumer::CommitIsDue(absl::Time now) const {
  return pending_ > 0 && (commit_now_ || pending_ >= options_.records_per_commit_max ||
                          now - committed_at_ >= options_.commit_interval);
}

absl::Status TopicConsumer::CommitAll(absl::Time now) {
  Saved saved = Saved::kMore;
  while (saved == Saved::kMore) {
    ASSIGN_OR_RETURN(saved, CommitOnce(now));
    handler_.Committed();
  }
  return absl::OkStatus();
}

absl::StatusOr<Saved> TopicConsumer::CommitOnce(absl::Time now) {
  ASSIGN_OR_RETURN(const auto transaction, ports_.store.Begin());
  for (const auto& [partition, each] : assigned_) {
    if (each.moved()) {
      RETURN_IF_ERROR(positions_.Move(*transaction, each.position, each.committed));
    }
  }
  ASSIGN_OR_RETURN(const Saved saved, handler_.Save(*transaction, now));
  RETURN_IF_ERROR(transaction->Commit());
  for (auto& [partition, each] : assigned_) {
    if (!each.moved()) continue;
    each.committed = each.position.next_offset;
    consumer_->ReportCommitted(partition, each.position.next_offset);
  }
  pending_ = 0;
  commit_now_ = false;
  committed_at_ = now;
  return saved;
}

void TopicConsumer::MeasureLag(absl::Time now) {
  if (now - lag_at_ < options_.lag_interval) return;
  lag_at_ = now;
  const absl::StatusOr<std::vector<int64_t>> ends = ports_.bus.Ends(options_.topic);
  if (!ends.ok()) return;  // the bus is away, of which the process knows
  int64_t lag = 0;
  for (const auto& [partition, each] : assigned_) {
    const int64_t end = (*ends)[static_cast<size_t>(partition)];
    lag += std::max<int64_t>(0, end - each.position.next_offset);
  }
  lag_.Set(static_cast<double>(lag));
}

void TopicConsumer::Drop(int32_t partition) {
  if (assigned_.erase(partition) > 0) handler_.End(partition);
}

void TopicConsumer::DropAll() {
  while (!assigned_.empty()) Drop(assigned_.begin()->first);
}

void TopicConsumer::Reset() {
  DropAll();  // so that closing commits nothing
  pending_ = 0;
  commit_now_ = false;
  if (consumer_ != nullptr) consumer_->Close();
  consumer_ = nullptr;
  joined_ = false;
  revoke_failure_ = absl::OkStatus();
}

absl::StatusOr<int64_t> TopicConsumer::OnAssigned(int32_t partition) {
  Drop(partition);
  std::optional<Position> stored;
  Position position{.partition = partition, .log_id = topic_.log_id};
  {
    ASSIGN_OR_RETURN(const auto reading, ports_.store.BeginRead());
    ASSIGN_OR_RETURN(stored, positions_.Of(*reading, partition));
    const absl::Status begun = handler_.Begin(*reading, stored.value_or(position));
    if (!begun.ok()) {
      handler_.End(partition);
      return begun;
    }
  }
  // Asked after the position was read: who had the partition before may have moved it beyond an
  // older answer.
  absl::StatusOr<bus::OffsetRange> range = ports_.bus.Offsets(options_.topic, partition);
  absl::Status readable = range.status();
  if (readable.ok() && stored.has_value()) {
    position = *stored;
    readable = CheckAgainstLog(position, options_.topic, topic_.log_id, *range);
  } else if (readable.ok()) {
    position.next_offset = range->first;
  }
  if (!readable.ok()) {
    handler_.End(partition);
    return readable;
  }
  const int64_t next_offset = position.next_offset;
  std::optional<int64_t> committed;
  if (stored.has_value()) committed = next_offset;
  assigned_.emplace(partition, Assigned{std::move(position), committed});
  return next_offset;
}

void TopicConsumer::OnRevoked(int32_t partition) {
  if (assigned_.contains(partition) && pending_ > 0) {
    const absl::Status committed = CommitAll(ports_.clock.Now());
    revoke_failure_.Update(committed);
    // The handler has forgotten what it tried to save, also of partitions that are still ours: they
    // commit nothing any more and are read again, as is this one by its next owner.
    if (!committed.ok()) DropAll();
  }
  Drop(partition);
}

}  // namespace bellwether::consume
