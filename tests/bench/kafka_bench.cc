// Records per second through the Kafka bus, beside bare librdkafka loops that move the same bytes
// over the same broker in the same run: 200-byte values with the headers of a journal record.
#include <librdkafka/rdkafka.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "benchmark/benchmark.h"
#include "common/base/ids.h"
#include "common/bus/kafka_bus.h"
#include "common/bus/kafka_client.h"
#include "common/bus/topics.h"
#include "tests/support/kafka_broker.h"

namespace bellwether::bus {
namespace {

constexpr char kTopic[] = "bench.v1";
constexpr int32_t kPartitions = kPartitionsDefault;
constexpr size_t kValueBytes = 200;
constexpr int64_t kRecords = 1'000'000;
constexpr absl::Duration kPatience = absl::Minutes(1);

std::unique_ptr<testing::KafkaBroker> broker;

// Half of the value is noise, so that compression has about the work it has with protobufs.
Message Sample(int64_t number) {
  Message message{absl::StrCat("account-", number % 10'000),
                  {{kHeaderSpecVersion, "1.0"},
                   {kHeaderId, absl::StrCat("order-", number)},
                   {kHeaderSource, "crm/bench"},
                   {kHeaderType, "bellwether.fact.order_placed.v1"},
                   {kHeaderTime, "2026-11-21T20:00:00.000000Z"},
                   {kHeaderContentType, kContentTypeProtobuf},
                   {kHeaderRecordedAt, "1795291200000000"}},
                  std::string(kValueBytes, 'v')};
  uint64_t noise = static_cast<uint64_t>(number) * 0x9e3779b97f4a7c15ULL + 1;
  for (size_t i = 0; i < kValueBytes / 2; ++i) {
    noise ^= noise << 13, noise ^= noise >> 7, noise ^= noise << 17;
    message.value[i] = static_cast<char>(noise);
  }
  return message;
}

// A deployment of its own on the broker.
struct Deployment {
  Deployment() {
    auto opened = KafkaBus::Open(broker->Url(absl::StrCat("topic.prefix=", prefix)));
    if (opened.ok() && (*opened)->EnsureTopic({kTopic, kPartitions}).ok()) bus = *std::move(opened);
  }
  bool Fill(int64_t count) {
    auto producer = *bus->NewProducer();
    std::atomic<int64_t> failed{0};
    for (int64_t i = 0; i < count;) {
      const absl::Status status =
          producer->Produce(kTopic, static_cast<int32_t>(i % kPartitions), Sample(i),
                            [&](absl::StatusOr<Position> position) { failed += !position.ok(); });
      if (status.ok()) {
        ++i;
      } else if (!absl::IsResourceExhausted(status)) {
        return false;
      } else {
        producer->Flush(absl::Milliseconds(1)).IgnoreError();
      }
    }
    return producer->Flush(kPatience).ok() && failed == 0;
  }
  std::string full_topic() const { return absl::StrCat(prefix, kTopic); }

  const std::string prefix = absl::StrCat(NewUuid(), ".");
  std::unique_ptr<KafkaBus> bus;
};

// The log that all readers read.
Deployment& Filled() {
  static auto* const filled = [] {
    static Deployment deployment;
    if (deployment.bus == nullptr || !deployment.Fill(kRecords)) std::abort();
    return &deployment;
  }();
  return *filled;
}

void BM_ProduceThroughTheBus(benchmark::State& state) {
  Deployment deployment;
  if (deployment.bus == nullptr) return state.SkipWithError("no bus");
  for (auto _ : state) {
    if (!deployment.Fill(kRecords)) return state.SkipWithError("produce failed");
  }
  state.SetItemsProcessed(state.iterations() * kRecords);
}

void OnDelivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) ++*static_cast<int64_t*>(opaque);
}

void BM_ProduceBare(benchmark::State& state) {
  Deployment deployment;
  if (deployment.bus == nullptr) return state.SkipWithError("no bus");
  int64_t delivered = 0;
  auto client = KafkaClient::Open(
      *ParseKafkaUrl(broker->Url()),
      {.kind = KafkaClient::Kind::kProducer,
       .properties = {{"enable.idempotence", "true"},
                      {"compression.codec", "lz4"},
                      {"linger.ms", "2"},
                      {"queue.buffering.max.messages", "100000"}},
       .prepare = [](rd_kafka_conf_t* conf) { rd_kafka_conf_set_dr_msg_cb(conf, OnDelivery); },
       .opaque = &delivered});
  rd_kafka_t* const raw = (*client)->get();
  for (auto _ : state) {
    const KafkaOwned<rd_kafka_topic_t> topic(
        rd_kafka_topic_new(raw, deployment.full_topic().c_str(), nullptr));
    delivered = 0;
    for (int64_t i = 0; i < kRecords; ++i) {
      const Message message = Sample(i);
      rd_kafka_headers_t* headers = rd_kafka_headers_new(message.headers.size());
      for (const Header& header : message.headers) {
        rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()),
                            header.value.data(), static_cast<ssize_t>(header.value.size()));
      }
      while (rd_kafka_producev(
                 raw, RD_KAFKA_V_RKT(topic.get()),
                 RD_KAFKA_V_PARTITION(static_cast<int32_t>(i % kPartitions)),
                 RD_KAFKA_V_KEY(message.key.data(), message.key.size()),
                 RD_KAFKA_V_VALUE(const_cast<char*>(message.value.data()), message.value.size()),
                 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(headers),
                 RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        rd_kafka_poll(raw, 1);
      }
      if (i % 1'000 == 0) rd_kafka_poll(raw, 0);
    }
    rd_kafka_flush(raw, 60'000);
    if (delivered != kRecords) return state.SkipWithError("produce failed");
  }
  state.SetItemsProcessed(state.iterations() * kRecords);
}

void BM_ConsumeThroughTheBus(benchmark::State& state) {
  class FromTheStart final : public RebalanceListener {
   public:
    absl::StatusOr<int64_t> OnAssigned(int32_t) override { return 0; }
    void OnRevoked(int32_t) override {}
    void OnLost(int32_t) override {}
  } from_the_start;
  Deployment& deployment = Filled();
  size_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto consumer = *deployment.bus->NewConsumer({NewUuid(), kTopic, &from_the_start});
    int64_t got = 0;
    while (!consumer->Joined()) {
      const auto batch = consumer->Poll(1, absl::Milliseconds(10));
      if (!batch.ok()) return state.SkipWithError("join failed");
      got += static_cast<int64_t>(batch->records.size());
    }
    state.ResumeTiming();
    while (got < kRecords) {
      const auto batch = consumer->Poll(1'024, kPatience);
      if (!batch.ok() || batch->empty()) return state.SkipWithError("poll failed");
      for (const Record& record : batch->records) {
        bytes += record.value.size() + record.HeaderOr(kHeaderRecordedAt).size();
      }
      got += static_cast<int64_t>(batch->records.size());
    }
    state.PauseTiming();
    consumer->Close();
    state.ResumeTiming();
  }
  benchmark::DoNotOptimize(bytes);
  state.SetItemsProcessed(state.iterations() * kRecords);
}

// Argument: whether each record's headers are looked at, as a reader that needs one has to.
void BM_ConsumeBare(benchmark::State& state) {
  Deployment& deployment = Filled();
  const bool with_headers = state.range(0) != 0;
  size_t bytes = 0;
  for (auto _ : state) {
    state.PauseTiming();
    auto client = KafkaClient::Open(
        *ParseKafkaUrl(broker->Url()),
        {.kind = KafkaClient::Kind::kMember,
         .properties = {{"group.id", NewUuid()},
                        {"enable.auto.commit", "false"},
                        {"queued.min.messages", "1000000"},
                        {"queued.max.messages.kbytes", "131072"},
                        {"fetch.message.max.bytes", absl::StrCat(2 * kMessageBytesMax)}}});
    rd_kafka_t* const raw = (*client)->get();
    rd_kafka_poll_set_consumer(raw);
    const KafkaPartitions list(rd_kafka_topic_partition_list_new(kPartitions));
    for (int32_t p = 0; p < kPartitions; ++p) {
      rd_kafka_topic_partition_list_add(list.get(), deployment.full_topic().c_str(), p)->offset = 0;
    }
    rd_kafka_assign(raw, list.get());
    state.ResumeTiming();
    for (int64_t got = 0; got < kRecords;) {
      const KafkaOwned<rd_kafka_message_t> message(rd_kafka_consumer_poll(raw, 60'000));
      if (message == nullptr || message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return state.SkipWithError("poll failed");
      }
      ++got;
      bytes += message->len;
      rd_kafka_headers_t* headers = nullptr;
      const void* value = nullptr;
      size_t size = 0;
      if (with_headers &&
          rd_kafka_message_headers(message.get(), &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
          rd_kafka_header_get_last(headers, kHeaderRecordedAt, &value, &size) ==
              RD_KAFKA_RESP_ERR_NO_ERROR) {
        bytes += size;
      }
    }
  }
  benchmark::DoNotOptimize(bytes);
  state.SetItemsProcessed(state.iterations() * kRecords);
}

void BM_ReadThroughTheBus(benchmark::State& state) {
  Deployment& deployment = Filled();
  int64_t records = 0;
  for (auto _ : state) {
    for (int32_t p = 0; p < kPartitions; ++p) {
      auto reader = *deployment.bus->NewReader(kTopic, p, 0);
      while (true) {
        const auto batch = reader->Read(1'024, absl::ZeroDuration());
        if (!batch.ok()) return state.SkipWithError("read failed");
        if (batch->empty()) break;
        records += static_cast<int64_t>(batch->records.size());
      }
    }
  }
  state.SetItemsProcessed(records);
}

// What one query pays to read a few records: a reader's whole life.
void BM_ReadTenRecords(benchmark::State& state) {
  Deployment& deployment = Filled();
  for (auto _ : state) {
    auto reader = *deployment.bus->NewReader(kTopic, 3, 1'000);
    if (!reader->Read(10, kPatience).ok()) return state.SkipWithError("read failed");
  }
}

void BM_ProduceOneAndWait(benchmark::State& state) {
  Deployment deployment;
  auto producer = *deployment.bus->NewProducer();
  for (auto _ : state) {
    if (!producer->Produce(kTopic, 0, Sample(0), nullptr).ok() ||
        !producer->Flush(kPatience).ok()) {
      return state.SkipWithError("produce failed");
    }
  }
}

BENCHMARK(BM_ProduceBare)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);
BENCHMARK(BM_ProduceThroughTheBus)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);
BENCHMARK(BM_ConsumeBare)
    ->Arg(0)
    ->Arg(1)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(3);
BENCHMARK(BM_ConsumeThroughTheBus)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);
BENCHMARK(BM_ReadThroughTheBus)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(3);
BENCHMARK(BM_ReadTenRecords)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(BM_ProduceOneAndWait)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace bellwether::bus

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  auto started = bellwether::testing::KafkaBroker::Start();
  if (!started.ok()) return 1;
  bellwether::bus::broker = *std::move(started);
  benchmark::RunSpecifiedBenchmarks();
  bellwether::bus::Filled().bus = nullptr;
  bellwether::bus::broker = nullptr;
  return 0;
}
