#include "tests/support/kafka_admin.h"

#include <librdkafka/rdkafka.h>

#include <cstddef>
#include <memory>

#include "common/base/check.h"
#include "common/bus/kafka_client.h"
#include "common/bus/kafka_url.h"
#include "common/testing/await.h"

namespace bellwether::testing {
namespace {

using bus::KafkaOwned;

constexpr int kAnswerMs = 10'000;

// A client and the one answer that comes to it.
class Question {
 public:
  explicit Question(const KafkaBroker& broker)
      : client_(bus::KafkaClient::Open(*bus::ParseKafkaUrl(broker.Url()), {}).value()),
        queue_(rd_kafka_queue_new(client_->get())) {}

  rd_kafka_t* client() const { return client_->get(); }
  rd_kafka_queue_t* queue() const { return queue_.get(); }
  KafkaOwned<rd_kafka_event_t> Answer() const {
    KafkaOwned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue_.get(), kAnswerMs));
    BELLWETHER_CHECK(event != nullptr, "the broker answers");
    BELLWETHER_CHECK(rd_kafka_event_error(event.get()) == RD_KAFKA_RESP_ERR_NO_ERROR,
                     "the broker does what is asked");
    return event;
  }

 private:
  const std::unique_ptr<bus::KafkaClient> client_;
  const KafkaOwned<rd_kafka_queue_t> queue_;
};

KafkaOwned<rd_kafka_ConfigResource_t> ResourceOf(const std::string& topic) {
  return KafkaOwned<rd_kafka_ConfigResource_t>(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
}

}  // namespace

void ConfigureTopic(const KafkaBroker& broker, const std::string& topic, const std::string& name,
                    const std::string& value) {
  const Question question(broker);
  const auto resource = ResourceOf(topic);
  rd_kafka_ConfigResource_set_config(resource.get(), name.c_str(), value.c_str());
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  rd_kafka_AlterConfigs(question.client(), resources, 1, nullptr, question.queue());
  question.Answer();
  const bool known = Await([&] { return SettingsOfTopic(broker, topic)[name] == value; });
  BELLWETHER_CHECK(known, "the broker learns what the controller has decided");
}

std::map<std::string, std::string> SettingsOfTopic(const KafkaBroker& broker,
                                                   const std::string& topic) {
  const Question question(broker);
  const auto resource = ResourceOf(topic);
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  rd_kafka_DescribeConfigs(question.client(), resources, 1, nullptr, question.queue());
  const auto event = question.Answer();
  size_t count = 0;
  const rd_kafka_ConfigResource_t** found = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count);
  BELLWETHER_CHECK(count == 1, "one topic was asked about");
  size_t entries = 0;
  const rd_kafka_ConfigEntry_t** entry = rd_kafka_ConfigResource_configs(found[0], &entries);
  std::map<std::string, std::string> settings;
  for (size_t i = 0; i < entries; ++i) {
    const char* const value = rd_kafka_ConfigEntry_value(entry[i]);
    settings[rd_kafka_ConfigEntry_name(entry[i])] = value == nullptr ? "" : value;
  }
  return settings;
}

void DeleteTopic(const KafkaBroker& broker, const std::string& topic) {
  const Question question(broker);
  rd_kafka_DeleteTopic_t* which = rd_kafka_DeleteTopic_new(topic.c_str());
  rd_kafka_DeleteTopics(question.client(), &which, 1, nullptr, question.queue());
  rd_kafka_DeleteTopic_destroy(which);
  question.Answer();
}

}  // namespace bellwether::testing
