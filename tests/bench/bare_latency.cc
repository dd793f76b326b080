// From handing a message to Kafka until a consumer has it, by librdkafka alone: what nothing built
// on that broker can be faster than. An open loop, as in latency_bench.cc.
//
//   bare_latency --brokers HOST:PORT --topic NAME [--rate 5000] [--seconds 10] [--bytes 300]
#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/check.h"
#include "common/cli/command.h"
#include "tests/bench/stopwatch.h"

namespace bellwether {
namespace {

constexpr size_t kErrorBytes = 256;
constexpr int kFlushMs = 60'000;
constexpr int kPollMs = 100;
constexpr int64_t kWarmUpSeconds = 2;
constexpr absl::Duration kSettle = absl::Seconds(1);

struct Destroy {
  void operator()(rd_kafka_t* client) const { rd_kafka_destroy(client); }
};
using Client = std::unique_ptr<rd_kafka_t, Destroy>;

Client NewClient(rd_kafka_type_t type, const std::string& brokers) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char error[kErrorBytes];
  const auto set = [&](const char* name, const std::string& value) {
    BELLWETHER_CHECK(
        rd_kafka_conf_set(conf, name, value.c_str(), error, sizeof(error)) == RD_KAFKA_CONF_OK,
        error);
  };
  set("bootstrap.servers", brokers);
  if (type == RD_KAFKA_PRODUCER) {
    set("enable.idempotence", "true");
    set("linger.ms", "1");
    set("compression.codec", "lz4");
  } else {
    set("group.id", "bare-latency");
  }
  rd_kafka_t* client = rd_kafka_new(type, conf, error, sizeof(error));
  BELLWETHER_CHECK(client != nullptr, error);
  return Client(client);
}

// Reads one partition from its end on until it is ended.
class Receiver {
 public:
  Receiver(const std::string& brokers, const std::string& topic, Stopwatch& came)
      : client_(NewClient(RD_KAFKA_CONSUMER, brokers)) {
    rd_kafka_poll_set_consumer(client_.get());
    rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), 0)->offset = RD_KAFKA_OFFSET_END;
    BELLWETHER_CHECK(rd_kafka_assign(client_.get(), list) == RD_KAFKA_RESP_ERR_NO_ERROR, "assign");
    rd_kafka_topic_partition_list_destroy(list);
    thread_ = std::thread([this, &came] {
      while (!ended_) {
        rd_kafka_message_t* message = rd_kafka_consumer_poll(client_.get(), kPollMs);
        if (message == nullptr) continue;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
          int64_t number = 0;
          std::memcpy(&number, message->payload, sizeof(number));
          came.Stop(number);
        }
        rd_kafka_message_destroy(message);
      }
    });
  }
  ~Receiver() {
    ended_ = true;
    thread_.join();
    rd_kafka_consumer_close(client_.get());
  }

 private:
  const Client client_;
  std::atomic<bool> ended_ = false;
  std::thread thread_;
};

void Send(rd_kafka_t* client, const std::string& topic, std::string& payload, int64_t number) {
  std::memcpy(payload.data(), &number, sizeof(number));
  const rd_kafka_resp_err_t error =
      rd_kafka_producev(client, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                        RD_KAFKA_V_VALUE(payload.data(), payload.size()), RD_KAFKA_V_END);
  BELLWETHER_CHECK(error == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(error));
  rd_kafka_poll(client, 0);
}

Figures Measure(const std::string& brokers, const std::string& topic, int64_t rate, int64_t seconds,
                size_t bytes) {
  Stopwatch came;
  const absl::Duration gap = absl::Seconds(1) / rate;
  const Client producer = NewClient(RD_KAFKA_PRODUCER, brokers);
  std::string payload(bytes, 'x');
  const Receiver receiver(brokers, topic, came);
  int64_t next = 0;
  for (const int64_t messages : {rate * kWarmUpSeconds, rate * seconds}) {
    const absl::Time begin = absl::Now();
    came.Begin(next, messages, begin, gap);
    for (int64_t i = 0; i < messages; ++i) {
      // STYLE(sleep): an open loop sends each message at its instant, not earlier.
      absl::SleepFor(begin + gap * i - absl::Now());
      Send(producer.get(), topic, payload, next++);
    }
    rd_kafka_flush(producer.get(), kFlushMs);
    // STYLE(sleep): what is still on its way to the consumer.
    absl::SleepFor(kSettle);
  }
  return FiguresOf(came.Took());
}

}  // namespace
}  // namespace bellwether

int main(int argc, char** argv) {
  std::string brokers, topic;
  int64_t rate = 5'000;
  int64_t seconds = 10;
  size_t bytes = 300;
  bellwether::cli::Program program(
      "From a producer to a consumer through Kafka, by librdkafka alone.");
  program.AddOption("--brokers", brokers).Required();
  program.AddOption("--topic", topic).Required();
  program.AddOption("--rate", rate).Positive();
  program.AddOption("--seconds", seconds).Positive();
  program.AddOption("--bytes", bytes).Between(8, 100'000);
  if (const auto exit_code = program.Parse(argc, argv)) return *exit_code;
  const bellwether::Figures figures = bellwether::Measure(brokers, topic, rate, seconds, bytes);
  std::printf("{\"p50\": %.2f, \"p99\": %.2f, \"max\": %.2f, \"count\": %zu}\n", figures.p50,
              figures.p99, figures.max, figures.count);
  return 0;
}
