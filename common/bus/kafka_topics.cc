#include "common/bus/kafka_topics.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "common/base/status.h"
#include "common/bus/topic_name.h"
#include "common/bus/topics.h"
#include "common/log/log.h"

namespace bellwether::bus {
namespace {

constexpr int32_t kPartitionsMax = 1'024;
// A batch of one largest message with its framing, or of many small ones, before compression.
constexpr int32_t kBatchBytesMax = 2 * static_cast<int32_t>(kMessageBytesMax);
constexpr char kCleanupPolicy[] = "cleanup.policy";
constexpr char kRetentionTime[] = "retention.ms";
constexpr char kRetentionBytes[] = "retention.bytes";
constexpr char kUnlimited[] = "-1";
constexpr char kBirthMark[] = "min.compaction.lag.ms";
constexpr char kNoBirthMark[] = "0";
constexpr absl::Duration kLeadersWaitMax = absl::Seconds(30);
constexpr int kLeaderPauseMs = 20;
constexpr int kAwayTimeoutMs = 200;
constexpr absl::Duration kAwayPause = absl::Seconds(1);

// The topic is there, with that partition: the client's own picture of the cluster lacks it, as it
// does for moments on a busy machine.
bool IsLocallyUnknown(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION || error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC;
}

// The question was asked of the wrong broker, as happens after a topic's creation and a broker's
// end; librdkafka looks up the new leader meanwhile.
bool LeaderMoves(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
         error == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
         error == RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE ||
         error == RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH ||
         error == RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH;
}

bool NoAnswer(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__TIMED_OUT || error == RD_KAFKA_RESP_ERR__TRANSPORT ||
         error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN;
}

// Asks an admin question and waits for the answer.
template <typename Ask>
absl::StatusOr<KafkaOwned<rd_kafka_event_t>> Answer(rd_kafka_t* client, rd_kafka_admin_op_t op,
                                                    absl::string_view doing, const Ask& ask) {
  const KafkaOwned<rd_kafka_queue_t> queue(rd_kafka_queue_new(client));
  const KafkaOwned<rd_kafka_AdminOptions_t> options(rd_kafka_AdminOptions_new(client, op));
  char text[512];
  if (const rd_kafka_resp_err_t error = rd_kafka_AdminOptions_set_request_timeout(
          options.get(), kKafkaRequestTimeoutMs, text, sizeof text);
      error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return KafkaError(error, doing);
  }
  ask(options.get(), queue.get());
  // The request ends by its own timeout; the second one only guards against a client that died.
  KafkaOwned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), 2 * kKafkaRequestTimeoutMs));
  if (event == nullptr) return KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, doing);
  RETURN_IF_ERROR(KafkaError(rd_kafka_event_error(event.get()), doing));
  return event;
}

}  // namespace

KafkaTopics::KafkaTopics(KafkaSettings settings, std::unique_ptr<KafkaClient> client)
    : settings_(std::move(settings)),
      client_(std::move(client)),
      nothing_(rd_kafka_queue_new(client_->get())) {}

absl::StatusOr<std::unique_ptr<KafkaTopics>> KafkaTopics::Open(const KafkaSettings& settings) {
  ASSIGN_OR_RETURN(std::unique_ptr<KafkaClient> client,
                   KafkaClient::Open(settings, {.kind = KafkaClient::Kind::kReader}));
  return std::unique_ptr<KafkaTopics>(new KafkaTopics(settings, std::move(client)));
}

std::string KafkaTopics::FullName(absl::string_view name) const {
  return absl::StrCat(settings_.topic_prefix, name);
}

absl::Status KafkaTopics::Ping() {
  const struct rd_kafka_metadata* raw = nullptr;
  absl::Status answered = Ask("no broker answers", [&](int timeout_ms) {
    return rd_kafka_metadata(client_->get(), /*all_topics=*/0, /*only_rkt=*/nullptr, &raw,
                             timeout_ms);
  });
  const KafkaOwned<const struct rd_kafka_metadata> metadata(raw);
  return answered;
}

absl::Status KafkaTopics::Ensure(const TopicOptions& options) {
  const std::string full_name = FullName(options.name);
  if (options.name.empty() || !IsTopicName(full_name)) {
    return InvalidArgument("TOPIC_NAME", "name",
                           absl::StrCat("'", options.name, "' cannot name a topic"));
  }
  if (options.partitions < 1 || options.partitions > kPartitionsMax) {
    return InvalidArgument("PARTITION_COUNT", "partitions",
                           absl::StrCat("a topic has 1–", kPartitionsMax, " partitions"));
  }
  absl::StatusOr<int32_t> partitions = AskForPartitions(full_name);
  const bool is_new = absl::IsNotFound(partitions.status());
  if (is_new) {
    RETURN_IF_ERROR(Create(full_name, options.partitions));
    partitions = AwaitPartitions(full_name);
  }
  if (absl::IsUnavailable(partitions.status())) partitions = AwaitPartitions(full_name);
  RETURN_IF_ERROR(partitions.status());
  if (*partitions != options.partitions) {
    return FailedPrecondition(
        "PARTITION_COUNT_DIFFERS", "partitions",
        absl::StrCat(options.name, " was created with ", *partitions,
                     " partitions and cannot be used with ", options.partitions));
  }
  if (!is_new) RETURN_IF_ERROR(CheckThatItKeeps(options.name));
  Remember(options.name, *partitions);
  // Leaders are named before they lead.
  return Ends(options.name).status();
}

absl::StatusOr<int32_t> KafkaTopics::AskForPartitions(const std::string& full_name) {
  const std::string doing = absl::StrCat("topic ", full_name, " cannot be looked up");
  const KafkaOwned<rd_kafka_topic_t> topic(
      rd_kafka_topic_new(client_->get(), full_name.c_str(), nullptr));
  if (topic == nullptr) return KafkaError(rd_kafka_last_error(), doing);
  const struct rd_kafka_metadata* raw = nullptr;
  RETURN_IF_ERROR(Ask(doing, [&](int timeout_ms) {
    return rd_kafka_metadata(client_->get(), /*all_topics=*/0, topic.get(), &raw, timeout_ms);
  }));
  const KafkaOwned<const struct rd_kafka_metadata> metadata(raw);
  if (metadata->topic_cnt != 1) return KafkaError(RD_KAFKA_RESP_ERR_UNKNOWN, doing);
  const rd_kafka_metadata_topic& found = metadata->topics[0];
  if (found.err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
    RETURN_IF_ERROR(KafkaError(found.err, doing));
  }
  if (found.partition_cnt == 0) {
    return Error(absl::StatusCode::kNotFound, {"UNKNOWN_TOPIC", "topic", ""},
                 absl::StrCat("there is no topic ", full_name));
  }
  for (int i = 0; i < found.partition_cnt; ++i) {
    if (found.partitions[i].leader < 0) {
      return KafkaError(RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, doing);
    }
  }
  return found.partition_cnt;
}

absl::Status KafkaTopics::Ask(absl::string_view doing,
                              absl::FunctionRef<rd_kafka_resp_err_t(int)> ask) {
  bool away = false;
  {
    absl::MutexLock lock(&mu_);
    away = away_;
    if (away && !ask_again_.passed()) {
      return KafkaError(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, doing);
    }
  }
  const int patience_ms = away ? kAwayTimeoutMs : kKafkaRequestTimeoutMs;
  const KafkaDeadline deadline(absl::Milliseconds(patience_ms));
  while (true) {
    const rd_kafka_resp_err_t error = ask(patience_ms);
    if (LeaderMoves(error) && !deadline.passed()) {
      WaitAMoment();
      continue;
    }
    absl::MutexLock lock(&mu_);
    away_ = NoAnswer(error);
    ask_again_ = KafkaDeadline(kAwayPause);
    return KafkaError(error, doing);
  }
}

void KafkaTopics::WaitAMoment() {
  const KafkaOwned<rd_kafka_event_t> never(rd_kafka_queue_poll(nothing_.get(), kLeaderPauseMs));
}

// A new topic is known to the controller before it is to every broker, and its leaders come after.
absl::StatusOr<int32_t> KafkaTopics::AwaitPartitions(const std::string& full_name) {
  const KafkaDeadline deadline(kLeadersWaitMax);
  while (true) {
    absl::StatusOr<int32_t> partitions = AskForPartitions(full_name);
    if (partitions.ok()) return partitions;
    if (!absl::IsNotFound(partitions.status()) && !absl::IsUnavailable(partitions.status())) {
      return partitions;
    }
    if (deadline.passed()) return partitions;
    WaitAMoment();
  }
}

absl::Status KafkaTopics::Create(const std::string& full_name, int32_t partitions) {
  const std::string doing = absl::StrCat("topic ", full_name, " cannot be created");
  char text[512];
  const KafkaOwned<rd_kafka_NewTopic_t> topic(rd_kafka_NewTopic_new(
      full_name.c_str(), partitions, settings_.replication_factor, text, sizeof text));
  if (topic == nullptr) return KafkaError(RD_KAFKA_RESP_ERR__INVALID_ARG, doing);
  absl::BitGen random;
  std::vector<KafkaProperty> properties = {
      {kCleanupPolicy, "delete"},
      // The journal is the truth; what may go earlier is for its operator to say.
      {kRetentionTime, kUnlimited},
      {kRetentionBytes, kUnlimited},
      {"max.message.bytes", absl::StrCat(kBatchBytesMax)},
      {"compression.type", "producer"},
      {"message.timestamp.type", "CreateTime"},
      {kBirthMark,
       absl::StrCat(absl::Uniform<int64_t>(random, int64_t{1} << 60, int64_t{1} << 62))},
  };
  if (settings_.min_insync_replicas.has_value()) {
    properties.push_back({"min.insync.replicas", absl::StrCat(*settings_.min_insync_replicas)});
  }
  for (const KafkaProperty& property : properties) {
    RETURN_IF_ERROR(KafkaError(
        rd_kafka_NewTopic_set_config(topic.get(), property.name.c_str(), property.value.c_str()),
        doing));
  }
  ASSIGN_OR_RETURN(const KafkaOwned<rd_kafka_event_t> event,
                   Answer(client_->get(), RD_KAFKA_ADMIN_OP_CREATETOPICS, doing,
                          [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                            rd_kafka_NewTopic_t* topics[] = {topic.get()};
                            rd_kafka_CreateTopics(client_->get(), topics, 1, options, queue);
                          }));
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t error = rd_kafka_topic_result_error(results[i]);
    // Another replica of ours was quicker.
    if (error == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) continue;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      const char* why = rd_kafka_topic_result_error_string(results[i]);
      LogError("topic refused", {{"topic", full_name}, {"text", why == nullptr ? "" : why}});
    }
    RETURN_IF_ERROR(KafkaError(error, doing));
  }
  LogInfo("topic created", {{"topic", full_name}, {"partitions", partitions}});
  return absl::OkStatus();
}

absl::StatusOr<TopicDescription> KafkaTopics::Describe(absl::string_view topic) {
  const std::string full_name = FullName(topic);
  ASSIGN_OR_RETURN(const int32_t partitions, AskForPartitions(full_name));
  ASSIGN_OR_RETURN(const Settings settings, AskForSettings(full_name));
  // A topic that somebody else made may lack the mark: its name has to do, and that it has been
  // replaced shows only in its offsets.
  const auto marked = settings.find(kBirthMark);
  const bool has_mark = marked != settings.end() && marked->second != kNoBirthMark;
  const std::string& mark = has_mark ? marked->second : full_name;
  char* cluster = rd_kafka_clusterid(client_->get(), kKafkaRequestTimeoutMs);
  if (cluster == nullptr) {
    return KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, "the cluster's id cannot be asked for");
  }
  TopicDescription description{partitions, absl::StrCat(cluster, "/", mark)};
  rd_kafka_mem_free(client_->get(), cluster);
  Remember(topic, partitions);
  return description;
}

absl::StatusOr<KafkaTopics::Settings> KafkaTopics::AskForSettings(const std::string& full_name) {
  const std::string doing =
      absl::StrCat("the settings of topic ", full_name, " cannot be asked for");
  const KafkaOwned<rd_kafka_ConfigResource_t> resource(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, full_name.c_str()));
  ASSIGN_OR_RETURN(const KafkaOwned<rd_kafka_event_t> event,
                   Answer(client_->get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, doing,
                          [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                            rd_kafka_ConfigResource_t* resources[] = {resource.get()};
                            rd_kafka_DescribeConfigs(client_->get(), resources, 1, options, queue);
                          }));
  size_t count = 0;
  const rd_kafka_ConfigResource_t** found = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  if (count != 1) return KafkaError(RD_KAFKA_RESP_ERR_UNKNOWN, doing);
  RETURN_IF_ERROR(KafkaError(rd_kafka_ConfigResource_error(found[0]), doing));
  size_t entries = 0;
  const rd_kafka_ConfigEntry_t** entry = rd_kafka_ConfigResource_configs(found[0], &entries);
  Settings settings;
  for (size_t i = 0; i < entries; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entry[i]);
    if (value != nullptr) settings[rd_kafka_ConfigEntry_name(entry[i])] = value;
  }
  return settings;
}

absl::Status KafkaTopics::CheckThatItKeeps(absl::string_view name) {
  absl::StatusOr<Settings> settings = AskForSettings(FullName(name));
  // Another replica of ours is just making it.
  if (absl::IsNotFound(settings.status())) return absl::OkStatus();
  RETURN_IF_ERROR(settings.status());
  if (absl::StrContains((*settings)[kCleanupPolicy], "compact")) {
    return FailedPrecondition(
        "TOPIC_COMPACTED", kCleanupPolicy,
        absl::StrCat(name, " is compacted and would keep only the last record of each account; ",
                     kCleanupPolicy, " has to be delete"));
  }
  if (name != kJournalTopic) return absl::OkStatus();
  for (const char* limit : {kRetentionTime, kRetentionBytes}) {
    // Trimming what is in history already is deliberate.
    if (const std::string& value = (*settings)[limit]; value != kUnlimited) {
      LogWarning("the journal forgets: records that no history holds yet may be lost",
                 {{"topic", FullName(name)}, {"setting", limit}, {"value", value}});
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<OffsetRange> KafkaTopics::Offsets(absl::string_view topic, int32_t partition) {
  ASSIGN_OR_RETURN(const KafkaTopic* found, Find(topic, partition));
  ASSIGN_OR_RETURN(const auto first, AskForOffsets(*found, {partition}, RD_KAFKA_OFFSET_BEGINNING));
  ASSIGN_OR_RETURN(const auto end, AskForOffsets(*found, {partition}, RD_KAFKA_OFFSET_END));
  return OffsetRange{first[0], end[0]};
}

absl::StatusOr<std::vector<int64_t>> KafkaTopics::Ends(absl::string_view topic) {
  ASSIGN_OR_RETURN(const KafkaTopic* found, Find(topic));
  std::vector<int32_t> partitions(static_cast<size_t>(found->partitions));
  std::iota(partitions.begin(), partitions.end(), 0);
  return AskForOffsets(*found, partitions, RD_KAFKA_OFFSET_END);
}

absl::Status KafkaTopics::DropBefore(absl::string_view topic, int32_t partition, int64_t offset) {
  ASSIGN_OR_RETURN(const KafkaTopic* found, Find(topic, partition));
  RETURN_IF_ERROR(CheckOffset(*found, partition, offset));
  const std::string doing =
      absl::StrCat("what lies before ", offset, " in ", found->full_name, " cannot be dropped");
  const KafkaPartitions list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), found->full_name.c_str(), partition)->offset =
      offset;
  const KafkaOwned<rd_kafka_DeleteRecords_t> request(rd_kafka_DeleteRecords_new(list.get()));
  ASSIGN_OR_RETURN(const KafkaOwned<rd_kafka_event_t> event,
                   Answer(client_->get(), RD_KAFKA_ADMIN_OP_DELETERECORDS, doing,
                          [&](rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
                            rd_kafka_DeleteRecords_t* requests[] = {request.get()};
                            rd_kafka_DeleteRecords(client_->get(), requests, 1, options, queue);
                          }));
  const rd_kafka_topic_partition_list_t* dropped =
      rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event.get()));
  for (const rd_kafka_topic_partition_t& each :
       absl::MakeConstSpan(dropped->elems, static_cast<size_t>(dropped->cnt))) {
    RETURN_IF_ERROR(KafkaError(each.err, doing));
  }
  return absl::OkStatus();
}

// Not rd_kafka_query_watermark_offsets: once 2.0 knows the leader, that call waits without end for
// a broker that hangs, whatever its timeout.
absl::StatusOr<std::vector<int64_t>> KafkaTopics::AskForOffsets(
    const KafkaTopic& topic, const std::vector<int32_t>& partitions, int64_t which) {
  const KafkaPartitions list(
      rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const int32_t partition : partitions) {
    rd_kafka_topic_partition_list_add(list.get(), topic.full_name.c_str(), partition);
  }
  const absl::Span<rd_kafka_topic_partition_t> entries(list->elems, partitions.size());
  RETURN_IF_ERROR(Ask(absl::StrCat("the offsets of partition ", absl::StrJoin(partitions, ", "),
                                   " of ", topic.name, " cannot be asked for"),
                      [&](int timeout_ms) {
                        for (rd_kafka_topic_partition_t& entry : entries) {
                          entry.offset = which;  // stands where a time would
                          entry.err = RD_KAFKA_RESP_ERR_NO_ERROR;
                        }
                        const rd_kafka_resp_err_t error =
                            rd_kafka_offsets_for_times(client_->get(), list.get(), timeout_ms);
                        if (IsLocallyUnknown(error)) return RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE;
                        if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
                        const auto refused =
                            std::find_if(entries.begin(), entries.end(), [](const auto& each) {
                              return each.err != RD_KAFKA_RESP_ERR_NO_ERROR;
                            });
                        if (refused == entries.end()) return RD_KAFKA_RESP_ERR_NO_ERROR;
                        return IsLocallyUnknown(refused->err)
                                   ? RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE
                                   : refused->err;
                      }));
  std::vector<int64_t> offsets;
  for (const rd_kafka_topic_partition_t& entry : entries) offsets.push_back(entry.offset);
  return offsets;
}

absl::Status KafkaTopics::CheckOffset(const KafkaTopic& topic, int32_t partition, int64_t offset) {
  ASSIGN_OR_RETURN(const OffsetRange range, Offsets(topic.name, partition));
  if (offset >= range.first && offset <= range.end) return absl::OkStatus();
  return Error(absl::StatusCode::kOutOfRange, {"OFFSET_OUTSIDE_LOG", "offset", ""},
               absl::StrCat("offset ", offset, " lies outside partition ", partition, " of ",
                            topic.name, ", which holds ", range.first, " to ", range.end));
}

absl::StatusOr<const KafkaTopic*> KafkaTopics::Find(absl::string_view topic) {
  {
    absl::ReaderMutexLock lock(&mu_);
    const auto found = known_.find(topic);
    if (found != known_.end()) return found->second.get();
  }
  ASSIGN_OR_RETURN(const int32_t partitions, AskForPartitions(FullName(topic)));
  return Remember(topic, partitions);
}

absl::StatusOr<const KafkaTopic*> KafkaTopics::Find(absl::string_view topic, int32_t partition) {
  ASSIGN_OR_RETURN(const KafkaTopic* found, Find(topic));
  if (partition >= 0 && partition < found->partitions) return found;
  return InvalidArgument("PARTITION_OUT_OF_RANGE", "partition",
                         absl::StrCat(topic, " has no partition ", partition));
}

const KafkaTopic* KafkaTopics::Remember(absl::string_view name, int32_t partitions) {
  absl::MutexLock lock(&mu_);
  std::unique_ptr<KafkaTopic>& topic = known_[name];
  if (topic == nullptr) {
    topic = std::make_unique<KafkaTopic>(KafkaTopic{std::string(name), FullName(name), partitions});
  }
  return topic.get();
}

std::vector<const KafkaTopic*> KafkaTopics::Known() const {
  absl::ReaderMutexLock lock(&mu_);
  std::vector<const KafkaTopic*> topics;
  for (const auto& [name, topic] : known_) topics.push_back(topic.get());
  return topics;
}

}  // namespace bellwether::bus
