// One librdkafka instance: made from settings, its log in ours, its errors as ours.
#ifndef BELLWETHER_COMMON_BUS_KAFKA_CLIENT_H_
#define BELLWETHER_COMMON_BUS_KAFKA_CLIENT_H_

#include <librdkafka/rdkafka.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/bus/kafka_url.h"

namespace bellwether::bus {

// Patience with a broker's answer to a question.
inline constexpr int kKafkaRequestTimeoutMs = 5'000;

// Deletes what librdkafka hands out, each by its own function.
struct KafkaDeleter {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
  void operator()(const struct rd_kafka_metadata* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  void operator()(rd_kafka_DeleteRecords_t* request) const {
    rd_kafka_DeleteRecords_destroy(request);
  }
  void operator()(rd_kafka_AdminOptions_t* options) const {
    rd_kafka_AdminOptions_destroy(options);
  }
  void operator()(rd_kafka_ConfigResource_t* resource) const {
    rd_kafka_ConfigResource_destroy(resource);
  }
};

template <typename T>
using KafkaOwned = std::unique_ptr<T, KafkaDeleter>;

using KafkaPartitions = KafkaOwned<rd_kafka_topic_partition_list_t>;

// `doing` says what failed: "the offsets of topic x cannot be asked for". Unless the error is
// about the request itself it is UNAVAILABLE / BUS_UNAVAILABLE.
absl::Status KafkaError(rd_kafka_resp_err_t error, absl::string_view doing);

// Until when something of Kafka's is waited for.
class KafkaDeadline {
 public:
  explicit KafkaDeadline(absl::Duration wait) : at_(Now() + wait) {}

  bool passed() const { return Now() >= at_; }
  // What is left, as librdkafka takes it: rounded up, or the last fraction of a millisecond would
  // be spent in a loop, and at most a second, so that a wait may be long.
  int PollMs() const;

 private:
  static absl::Time Now();

  absl::Time at_;
};

class KafkaClient {
 public:
  enum class Kind {
    kProducer,
    kMember,  // of a consumer group
    kReader,  // of single partitions, and of whatever else can be asked
  };

  struct Options {
    Kind kind = Kind::kReader;
    std::vector<KafkaProperty> properties;  // the settings may say otherwise
    // Set before the client is made: callbacks, with `opaque` for them.
    std::function<void(rd_kafka_conf_t*)> prepare;
    void* opaque = nullptr;
  };

  // INVALID_ARGUMENT / KAFKA_URL for a value that librdkafka does not take; for a member,
  // UNAVAILABLE / GROUP_MEMBERS_DO_NOT_END while too many former ones are still there. Does not
  // wait for a broker.
  static absl::StatusOr<std::unique_ptr<KafkaClient>> Open(const KafkaSettings& settings,
                                                           const Options& options);
  // Checks the same without a client.
  static absl::Status Check(const KafkaSettings& settings, Kind kind);

  // Takes over the client.
  KafkaClient(rd_kafka_t* client, Kind kind) : client_(client), kind_(kind) {}
  // A group member's client ends in the background (KafkaClientCloser), because it may never end.
  ~KafkaClient();
  KafkaClient(const KafkaClient&) = delete;
  KafkaClient& operator=(const KafkaClient&) = delete;

  rd_kafka_t* get() const { return client_; }

 private:
  rd_kafka_t* const client_;
  const Kind kind_;
};

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_KAFKA_CLIENT_H_
