// Facts per second from a gRPC client on this machine, or from the facts topic, to a durable place
// in the journal: validated, stamped, fsynced, answered one by one. Client and server share the
// processors.
#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "benchmark/benchmark.h"
#include "common/base/clock.h"
#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/bus/open_bus.h"
#include "common/bus/topics.h"
#include "common/calendar/calendar.h"
#include "common/journal/timestamps.h"
#include "common/metrics/metrics.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/server.h"
#include "common/store/store.h"
#include "common/testing/await.h"
#include "google/protobuf/util/json_util.h"
#include "grpcpp/grpcpp.h"
#include "services/gateway/app.h"

namespace bellwether::gateway {
namespace {

using ingest::v1::IngestService;
using ingest::v1::StreamFactsRequest;
using ingest::v1::StreamFactsResponse;

constexpr int kAccounts = 10'000;

StreamFactsRequest Request(int64_t number) {
  StreamFactsRequest request;
  request.set_sequence(number);
  auto* fact = request.mutable_fact();
  fact->set_id(absl::StrCat("order-", number));
  fact->set_source("crm/bench");
  fact->set_account_id(absl::StrCat("account-", number % kAccounts));
  *fact->mutable_time() = journal::ToTimestamp(Clock::System().Now());
  auto* order = fact->mutable_fact()->mutable_order_placed();
  order->set_order_id(absl::StrCat("order-", number));
  order->mutable_amount()->set_currency_code("CNY");
  order->mutable_amount()->set_amount_minor(number * 100);
  order->set_quantity(3);
  order->set_product("a product of usual length");
  return request;
}

// A gateway on disk, gone afterwards.
class ScratchGateway {
 public:
  ScratchGateway()
      : bus_(*bus::OpenBus("embedded:" + (directory_ / "bus").string())),
        store_(*store::OpenStore("sqlite:" + directory_.string(), "gateway")),
        pool_({.threads = 2}, metrics_) {
    app_ = *App::Create({}, {*bus_, *store_, Clock::System(), calendar_, metrics_, pool_});
    app_->Register(server_);
    started_ = app_->Start().ok() && server_.Start().ok();
  }
  ~ScratchGateway() {
    server_.Stop(Clock::System().Now() + absl::Seconds(5));
    app_->Stop();
    pool_.Stop();
    app_.reset();
    bus_.reset();
    std::filesystem::remove_all(directory_);
  }

  bool started() const { return started_; }
  std::unique_ptr<IngestService::Stub> NewStub() {
    return IngestService::NewStub(
        grpc::CreateChannel(server_.target(), grpc::InsecureChannelCredentials()));
  }
  bus::Bus& bus() { return *bus_; }
  double taken_from_topic() {
    return metrics_
        .CounterOf("bellwether_gateway_facts_topic_accepted_total",
                   "Records of the facts topic durable in the journal.")
        .Value();
  }

 private:
  const std::filesystem::path directory_ =
      std::filesystem::temp_directory_path() / ("ingest-bench-" + NewUuid());
  std::unique_ptr<bus::Bus> bus_;
  std::unique_ptr<store::Store> store_;
  const Calendar calendar_ = *Calendar::Create({});
  metrics::Registry metrics_;
  rpc::CallPool pool_;
  rpc::Server server_{{}};
  std::unique_ptr<App> app_;
  bool started_ = false;
};

// Accepted events of one stream that sends `count` as fast as it may.
int64_t Stream(IngestService::Stub& stub, int64_t first, int64_t count) {
  grpc::ClientContext context;
  const auto stream = stub.StreamFacts(&context);
  int64_t accepted = 0;
  std::thread reader([&] {
    StreamFactsResponse answer;
    while (stream->Read(&answer)) accepted += answer.state() == ingest::v1::ANSWER_STATE_ACCEPTED;
  });
  for (int64_t i = 0; i < count; ++i) {
    if (!stream->Write(Request(first + i), grpc::WriteOptions().set_buffer_hint())) break;
  }
  stream->WritesDone();
  reader.join();
  return stream->Finish().ok() ? accepted : -1;
}

void BM_StreamFacts(benchmark::State& state) {
  ScratchGateway gateway;
  if (!gateway.started()) return state.SkipWithError("no gateway");
  constexpr int64_t kEach = 50'000;
  const auto streams = state.range(0);
  int64_t first = 0;
  for (auto _ : state) {
    std::vector<std::thread> clients;
    std::atomic<int64_t> accepted{0};
    for (int64_t s = 0; s < streams; ++s, first += kEach) {
      clients.emplace_back([&, first] {
        const auto stub = gateway.NewStub();
        accepted += Stream(*stub, first, kEach);
      });
    }
    for (std::thread& client : clients) client.join();
    if (accepted != streams * kEach) return state.SkipWithError("events were lost");
  }
  state.SetItemsProcessed(state.iterations() * streams * kEach);
}
BENCHMARK(BM_StreamFacts)
    ->Arg(1)
    ->Arg(4)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(3);

void BM_IngestFactsInCallsOf1000(benchmark::State& state) {
  ScratchGateway gateway;
  if (!gateway.started()) return state.SkipWithError("no gateway");
  const auto stub = gateway.NewStub();
  constexpr int kEach = 1'000;
  int64_t number = 0;
  for (auto _ : state) {
    state.PauseTiming();
    ingest::v1::IngestFactsRequest request;
    for (int i = 0; i < kEach; ++i) *request.add_events() = Request(number++);
    state.ResumeTiming();
    grpc::ClientContext context;
    ingest::v1::IngestFactsResponse response;
    if (!stub->IngestFacts(&context, request, &response).ok()) {
      return state.SkipWithError("the call failed");
    }
  }
  state.SetItemsProcessed(state.iterations() * kEach);
}
BENCHMARK(BM_IngestFactsInCallsOf1000)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(50);

bus::Message RecordOf(const StreamFactsRequest& request, bool json) {
  const events::v1::FactEvent& event = request.fact();
  std::string data;
  if (json) {
    google::protobuf::util::JsonPrintOptions options;
    options.preserve_proto_field_names = true;
    if (!google::protobuf::util::MessageToJsonString(event.fact(), &data, options).ok()) return {};
  } else {
    data = event.fact().SerializeAsString();
  }
  return {.key = event.account_id(),
          .headers = {{"ce_specversion", "1.0"},
                      {"ce_id", event.id()},
                      {"ce_source", event.source()},
                      {"ce_type", "bellwether.fact.order_placed.v1"},
                      {"ce_subject", event.account_id()},
                      {"ce_time", journal::FormatRfc3339(*journal::FromTimestamp(event.time()))},
                      {"content-type", json ? "application/json" : "application/protobuf"}},
          .value = std::move(data)};
}

// With the writing of the topic, which shares the log's writer with the journal.
void BM_FactsTopic(benchmark::State& state) {
  ScratchGateway gateway;
  if (!gateway.started()) return state.SkipWithError("no gateway");
  constexpr int64_t kEach = 50'000;
  const auto producer = *gateway.bus().NewProducer();
  int64_t number = 0;
  for (auto _ : state) {
    state.PauseTiming();
    std::vector<bus::Message> records;
    for (int64_t i = 0; i < kEach; ++i) {
      records.push_back(RecordOf(Request(number++), state.range(0) == 1));
    }
    state.ResumeTiming();
    for (bus::Message& record : records) {
      const int32_t partition = PartitionOf(record.key, bus::kPartitionsDefault);
      if (!producer->Produce(bus::kFactsTopic, partition, std::move(record), nullptr).ok()) {
        return state.SkipWithError("the topic is full");
      }
    }
    if (!testing::Await(
            [&] { return gateway.taken_from_topic() == static_cast<double>(number); })) {
      return state.SkipWithError("facts were lost");
    }
  }
  state.SetItemsProcessed(state.iterations() * kEach);
}
BENCHMARK(BM_FactsTopic)
    ->ArgName("json")
    ->Arg(0)
    ->Arg(1)
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(3);

}  // namespace
}  // namespace bellwether::gateway

BENCHMARK_MAIN();
