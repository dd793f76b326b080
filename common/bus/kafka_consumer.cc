#include "common/bus/kafka_consumer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/log/log.h"

namespace bellwether::bus {
namespace {

constexpr int kSeekTimeoutMs = 5'000;
// After a broker's restart leaving may not end at all (before 2.6.1). What we did is in the store;
// the group misses us after the session timeout.
constexpr absl::Duration kLeaveMax = absl::Seconds(5);
constexpr int kLeavePollMs = 50;
// Only tools look at what is reported, and every commit is a record in the broker's own topic.
constexpr absl::Duration kReportInterval = absl::Seconds(1);

std::vector<KafkaProperty> PropertiesOf(const std::string& group) {
  return {
      {"group.id", group},
      {"partition.assignment.strategy", "range"},
      {"session.timeout.ms", "10000"},
      {"heartbeat.interval.ms", "1000"},
      // Default 60 s. A member that has lost its coordinator joins again only after the answer to a
      // commit under way, which may never have been sent.
      {"socket.timeout.ms", "10000"},
      // A rebalance loads state within a poll.
      {"max.poll.interval.ms", "600000"},
      {"auto.offset.reset", "error"},
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"enable.partition.eof", "false"},
      // After a seek the next fetch waits for the answer to the last one: not for long.
      {"fetch.wait.max.ms", "100"},
      // Once this much waits here, 2.0 looks again after a whole second (no fetch.queue.backoff.ms
      // before 2.2), so it has to be more than a second's work. The kilobytes are what it costs.
      {"queued.min.messages", "1000000"},
      {"queued.max.messages.kbytes", "131072"},
      {"fetch.message.max.bytes", absl::StrCat(2 * kMessageBytesMax)},
  };
}

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaConsumer>> KafkaConsumer::Open(const KafkaSettings& settings,
                                                                   KafkaTopics& topics,
                                                                   const KafkaTopic& topic,
                                                                   const ConsumerOptions& options) {
  std::unique_ptr<KafkaConsumer> consumer(new KafkaConsumer(topics, topic, options));
  ASSIGN_OR_RETURN(
      consumer->client_,
      KafkaClient::Open(settings, {.kind = KafkaClient::Kind::kMember,
                                   .properties = PropertiesOf(topics.FullName(options.group)),
                                   .prepare =
                                       [](rd_kafka_conf_t* conf) {
                                         rd_kafka_conf_set_rebalance_cb(conf, OnRebalance);
                                         rd_kafka_conf_set_offset_commit_cb(conf, OnCommitted);
                                       },
                                   .opaque = consumer.get()}));
  rd_kafka_t* const client = consumer->client_->get();
  const std::string doing = absl::StrCat("group ", options.group, " cannot be joined");
  RETURN_IF_ERROR(KafkaError(rd_kafka_poll_set_consumer(client), doing));
  consumer->handle_.reset(rd_kafka_topic_new(client, topic.full_name.c_str(), nullptr));
  if (consumer->handle_ == nullptr) return KafkaError(rd_kafka_last_error(), doing);
  const KafkaPartitions topics_of_group = consumer->ListOf(RD_KAFKA_PARTITION_UA, 0);
  RETURN_IF_ERROR(KafkaError(rd_kafka_subscribe(client, topics_of_group.get()), doing));
  return consumer;
}

KafkaConsumer::~KafkaConsumer() { Leave(); }

absl::StatusOr<RecordBatch> KafkaConsumer::Poll(size_t records_max, absl::Duration max_wait) {
  if (client_ == nullptr) {
    return FailedPrecondition("CONSUMER_CLOSED", "", "the consumer has been closed");
  }
  RETURN_IF_ERROR(std::exchange(failure_, absl::OkStatus()));
  if (report_at_.passed()) Report();
  const KafkaDeadline deadline(max_wait);
  KafkaBatchBuilder batch;
  TakeAside(records_max, batch);
  while (!batch.IsFull(records_max)) {
    const int wait_ms = batch.empty() ? deadline.PollMs() : 0;
    // One by one: the batch calls of 2.0 lose messages around seek, pause and rebalance.
    KafkaMessage message(rd_kafka_consumer_poll(client_->get(), wait_ms));
    if (std::exchange(rebalanced_, false)) batch.Clear();  // it belongs to the past
    const bool drained = message == nullptr;
    if (!drained) failure_.Update(Take(std::move(message), batch));
    if (batch.empty()) {
      RETURN_IF_ERROR(std::exchange(failure_, absl::OkStatus()));
      if (deadline.passed()) break;
    } else if (drained || !failure_.ok()) {
      break;  // what has been read comes before a failure
    }
  }
  return batch.Take();
}

absl::Status KafkaConsumer::Take(KafkaMessage message, KafkaBatchBuilder& batch) {
  const auto found = message->rkt == nullptr ? assigned_.end() : assigned_.find(message->partition);
  if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    // The client does not read a partition on after this; Seek begins anew.
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET && found != assigned_.end()) {
      found->second.reads = false;
    }
    return KafkaError(message->err, absl::StrCat("partition ", message->partition, " of ",
                                                 topic_.name, " cannot be read"));
  }
  if (found == assigned_.end()) return absl::OkStatus();
  Assigned& assigned = found->second;
  // What was fetched for an earlier position.
  if (!assigned.reads || assigned.stopped || message->offset < assigned.next) {
    return absl::OkStatus();
  }
  if (assigned.paused && assigned.aside.full()) {
    Stop(found->first, assigned);
    return absl::OkStatus();
  }
  assigned.next = message->offset + 1;
  if (assigned.paused) {
    assigned.aside.Push(std::move(message));
  } else {
    batch.Add(std::move(message));
  }
  return absl::OkStatus();
}

void KafkaConsumer::TakeAside(size_t records_max, KafkaBatchBuilder& batch) {
  for (auto& [partition, assigned] : assigned_) {
    if (assigned.paused) continue;
    while (!assigned.aside.empty() && !batch.IsFull(records_max)) batch.Add(assigned.aside.Pop());
  }
}

void KafkaConsumer::OnRebalance(rd_kafka_t* client, rd_kafka_resp_err_t what,
                                rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  auto& consumer = *static_cast<KafkaConsumer*>(opaque);
  consumer.rebalanced_ = true;
  if (consumer.leaving_) {
    rd_kafka_assign(client, nullptr);
    return;
  }
  if (what == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    std::vector<int32_t> numbers;
    for (int i = 0; i < partitions->cnt; ++i) numbers.push_back(partitions->elems[i].partition);
    consumer.TakeOver(std::move(numbers));
    rd_kafka_yield(client);
    return;
  }
  if (what != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
    consumer.failure_.Update(KafkaError(what, "the group cannot be balanced"));
  }
  consumer.GiveUp(what != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS ||
                  rd_kafka_assignment_lost(client) != 0);
  rd_kafka_assign(client, nullptr);
  // Last, because every other call resets it: the poll returns, and says what went wrong.
  rd_kafka_yield(client);
}

void KafkaConsumer::OnCommitted(rd_kafka_t* /*client*/, rd_kafka_resp_err_t error,
                                rd_kafka_topic_partition_list_t* /*offsets*/, void* /*opaque*/) {
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR || error == RD_KAFKA_RESP_ERR__NO_OFFSET) return;
  LogDebug("committed offsets not shown to others", {{"error", rd_kafka_err2name(error)}});
}

void KafkaConsumer::TakeOver(std::vector<int32_t> partitions) {
  std::sort(partitions.begin(), partitions.end());
  assigned_.clear();
  for (const int32_t partition : partitions) failure_.Update(Start(partition));
  joined_ = true;
  AssignAll();
}

absl::Status KafkaConsumer::Start(int32_t partition) {
  Assigned& assigned = assigned_[partition];
  if (listener_ != nullptr) {
    ASSIGN_OR_RETURN(assigned.next, listener_->OnAssigned(partition));
    RETURN_IF_ERROR(topics_.CheckOffset(topic_, partition, assigned.next));
  } else {
    ASSIGN_OR_RETURN(const OffsetRange range, topics_.Offsets(topic_.name, partition));
    assigned.next = range.first;
  }
  assigned.reads = true;
  return absl::OkStatus();
}

void KafkaConsumer::GiveUp(bool lost) {
  joined_ = false;
  for (const auto& [partition, assigned] : assigned_) {
    if (listener_ == nullptr) continue;
    if (lost) {
      listener_->OnLost(partition);
    } else {
      listener_->OnRevoked(partition);
    }
  }
  if (lost) to_report_.clear();
  Report();
  assigned_.clear();
}

KafkaPartitions KafkaConsumer::ListOf(int32_t partition, int64_t offset) const {
  KafkaPartitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), topic_.full_name.c_str(), partition)->offset =
      offset;
  return list;
}

void KafkaConsumer::AssignAll() {
  const KafkaPartitions list(rd_kafka_topic_partition_list_new(static_cast<int>(assigned_.size())));
  for (auto& [partition, assigned] : assigned_) {
    if (!assigned.reads) continue;
    // A pause outlives an assignment, and an assignment that meets one loses its offset.
    if (assigned.stopped) {
      assigned.stopped = false;
      rd_kafka_resume_partitions(client_->get(), ListOf(partition, 0).get());
    }
    rd_kafka_topic_partition_list_add(list.get(), topic_.full_name.c_str(), partition)->offset =
        assigned.next;
  }
  const rd_kafka_resp_err_t error = rd_kafka_assign(client_->get(), list.get());
  failure_.Update(KafkaError(error, "partitions cannot be assigned"));
}

void KafkaConsumer::StartAt(int32_t partition, Assigned& assigned) {
  if (assigned.stopped) {
    assigned.stopped = false;
    rd_kafka_resume_partitions(client_->get(), ListOf(partition, 0).get());
  }
  // After resuming, because resuming goes back to where the client thinks we are. By the call for
  // one partition: the one for many takes its timeout for microseconds before 2.1.
  if (rd_kafka_seek(handle_.get(), partition, assigned.next, kSeekTimeoutMs) !=
      RD_KAFKA_RESP_ERR_NO_ERROR) {
    AssignAll();
  }
}

void KafkaConsumer::Stop(int32_t partition, Assigned& assigned) {
  assigned.stopped = true;
  rd_kafka_pause_partitions(client_->get(), ListOf(partition, 0).get());
}

absl::StatusOr<KafkaConsumer::Assigned*> KafkaConsumer::Find(int32_t partition) {
  const auto found = assigned_.find(partition);
  if (found != assigned_.end()) return &found->second;
  return FailedPrecondition("NOT_ASSIGNED", "partition",
                            absl::StrCat("partition ", partition, " is not assigned here"));
}

absl::Status KafkaConsumer::Pause(int32_t partition) {
  ASSIGN_OR_RETURN(Assigned * assigned, Find(partition));
  assigned->paused = true;
  return absl::OkStatus();
}

absl::Status KafkaConsumer::Resume(int32_t partition) {
  ASSIGN_OR_RETURN(Assigned * assigned, Find(partition));
  assigned->paused = false;
  // Only what was stopped: resuming another would set it back (before 2.4).
  if (assigned->stopped) StartAt(partition, *assigned);
  return absl::OkStatus();
}

absl::Status KafkaConsumer::Seek(int32_t partition, int64_t offset) {
  ASSIGN_OR_RETURN(Assigned * assigned, Find(partition));
  RETURN_IF_ERROR(topics_.CheckOffset(topic_, partition, offset));
  assigned->next = offset;
  assigned->aside.Clear();
  if (!assigned->reads) {
    assigned->reads = true;
    AssignAll();
  } else if (!assigned->stopped) {
    StartAt(partition, *assigned);
  }
  return absl::OkStatus();
}

void KafkaConsumer::ReportCommitted(int32_t partition, int64_t next_offset) {
  if (assigned_.contains(partition)) to_report_[partition] = next_offset;
}

void KafkaConsumer::Report() {
  if (client_ == nullptr || to_report_.empty()) return;
  const KafkaPartitions list(
      rd_kafka_topic_partition_list_new(static_cast<int>(to_report_.size())));
  for (const auto& [partition, next_offset] : to_report_) {
    rd_kafka_topic_partition_list_add(list.get(), topic_.full_name.c_str(), partition)->offset =
        next_offset;
  }
  rd_kafka_commit(client_->get(), list.get(), /*async=*/1);
  to_report_.clear();
  report_at_ = KafkaDeadline(kReportInterval);
}

void KafkaConsumer::Close() {
  if (client_ == nullptr) return;
  // Before the group is left, and not from within: what leaving waits for may not come.
  GiveUp(/*lost=*/false);
  Leave();
}

void KafkaConsumer::Leave() {
  if (client_ == nullptr) return;
  leaving_ = true;
  assigned_.clear();
  joined_ = false;
  rd_kafka_t* const client = client_->get();
  // What has been fetched and not polled is outdated from here on, and thrown away unread.
  rd_kafka_assign(client, nullptr);
  // Its own queue, because messages may still come: another one, polled for its callbacks, aborts
  // the process on the first message.
  const KafkaOwned<rd_kafka_queue_t> queue(rd_kafka_queue_get_consumer(client));
  const KafkaOwned<rd_kafka_error_t> error(rd_kafka_consumer_close_queue(client, queue.get()));
  const KafkaDeadline deadline(kLeaveMax);
  while (error == nullptr && rd_kafka_consumer_closed(client) == 0 && !deadline.passed()) {
    const KafkaMessage unread(rd_kafka_consumer_poll(client, kLeavePollMs));
  }
  if (rd_kafka_consumer_closed(client) == 0) {
    LogWarning("group not left in time; it will miss this member by itself",
               {{"topic", topic_.name}});
  }
  handle_.reset();
  client_ = nullptr;
}

}  // namespace bellwether::bus
