// A gateway behind a real gRPC port, on parts in memory.
#ifndef BELLWETHER_SERVICES_GATEWAY_TESTING_APP_FIXTURE_H_
#define BELLWETHER_SERVICES_GATEWAY_TESTING_APP_FIXTURE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/calendar/calendar.h"
#include "common/http/server.h"
#include "common/metrics/metrics.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "common/rpc/status.h"
#include "common/store/store.h"
#include "common/store/testing/test_database.h"
#include "common/testing/await.h"
#include "common/testing/fake_clock.h"
#include "common/testing/memory_bus.h"
#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "services/gateway/app.h"
#include "services/gateway/testing/sample_facts.h"

namespace bellwether::gateway {

using testing::Await;
using testing::KeptRecord;
using testing::ReadAll;

// "REASON@field", "OK", or the status itself where it has no reason.
inline std::string ReasonOf(const absl::Status& status) {
  if (status.ok()) return "OK";
  const auto detail = DetailOf(status);
  if (!detail.has_value()) return status.ToString();
  return detail->field.empty() ? detail->reason : detail->reason + "@" + detail->field;
}
inline std::string ReasonOf(const grpc::Status& status) {
  return ReasonOf(rpc::FromGrpcStatus(status));
}
inline std::string ReasonOf(const ingest::v1::StreamFactsResponse& answer) {
  if (answer.state() == ingest::v1::ANSWER_STATE_ACCEPTED) return "ACCEPTED";
  return answer.rejection().field().empty()
             ? answer.rejection().reason()
             : absl::StrCat(answer.rejection().reason(), "@", answer.rejection().field());
}

// One hosted gateway; several may stand on the same bus and store, as replicas do.
class HostedGateway {
 public:
  HostedGateway(const GatewayConfig& config, bus::Bus& bus, store::Store& store, const Clock& clock,
                const Calendar& calendar)
      : pool_({.name = "test", .threads = 4}, metrics_, clock),
        server_({.message_bytes_max = kServerMessageBytesMax}),
        http_({}, metrics_) {
    EXPECT_TRUE(http_.Start().ok());
    auto app = App::Create(config, {.bus = bus,
                                    .store = store,
                                    .clock = clock,
                                    .calendar = calendar,
                                    .metrics = metrics_,
                                    .pool = pool_,
                                    .http = &http_});
    EXPECT_TRUE(app.ok()) << app.status();
    app_ = *std::move(app);
    app_->Register(server_);
    EXPECT_TRUE(app_->Start().ok());
    EXPECT_TRUE(server_.Start().ok());
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(kServerMessageBytesMax);
    channel_ =
        grpc::CreateCustomChannel(server_.target(), grpc::InsecureChannelCredentials(), arguments);
    stub_ = ingest::v1::IngestService::NewStub(channel_);
  }
  ~HostedGateway() { Stop(); }

  void Stop() {
    server_.Stop(absl::Now() + absl::Seconds(5));
    app_->Stop();
    http_.Stop();
    pool_.Stop();
  }

  App& app() { return *app_; }
  ingest::v1::IngestService::Stub& stub() { return *stub_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  rpc::Server& server() { return server_; }
  int http_port() const { return http_.port(); }
  std::string metrics() const { return metrics_.Expose(); }

 private:
  metrics::Registry metrics_;
  rpc::CallPool pool_;
  rpc::Server server_;
  http::Server http_;
  std::unique_ptr<App> app_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<ingest::v1::IngestService::Stub> stub_;
};

class GatewayTest : public ::testing::Test {
 protected:
  static constexpr int32_t kPartitions = 4;

  GatewayTest() {
    config_.partitions = kPartitions;
    config_.tick_interval = absl::Milliseconds(10);
  }

  void Start() {
    gateway_ = std::make_unique<HostedGateway>(config_, bus_, *store_, clock_, calendar_);
  }
  void StartNotLive() {
    config_.live_at_start = false;
    Start();
  }
  ingest::v1::IngestService::Stub& stub() { return gateway_->stub(); }

  // The records behind those of the semantics, with which a journal begins.
  std::vector<KeptRecord> Journal() {
    std::vector<KeptRecord> records = ReadAll(*inner_, bus::kJournalTopic);
    std::erase_if(records, [](const KeptRecord& record) {
      return record.HeaderOf(bus::kHeaderType) == bus::kTypeSemanticsChanged;
    });
    return records;
  }
  // Those that are no ticks.
  std::vector<KeptRecord> Facts() {
    std::vector<KeptRecord> facts = Journal();
    std::erase_if(facts, [](const KeptRecord& record) {
      return record.HeaderOf(bus::kHeaderType) == bus::kTypeTick;
    });
    return facts;
  }
  std::vector<KeptRecord> Ticks() {
    std::vector<KeptRecord> ticks = ReadAll(*inner_, bus::kJournalTopic);
    std::erase_if(ticks, [](const KeptRecord& record) {
      return record.HeaderOf(bus::kHeaderType) != bus::kTypeTick;
    });
    return ticks;
  }

  ingest::v1::IngestFactsResponse Ingest(const std::vector<events::v1::FactEvent>& events) {
    ingest::v1::IngestFactsRequest request;
    for (const events::v1::FactEvent& event : events) *request.add_events()->mutable_fact() = event;
    grpc::ClientContext context;
    ingest::v1::IngestFactsResponse response;
    const grpc::Status status = stub().IngestFacts(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response;
  }

  const std::unique_ptr<bus::Bus> inner_ = testing::NewMemoryBus(kPartitions);
  testing::GatedBus bus_{*inner_};
  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  testing::FakeClock clock_{kSampleTime};
  const Calendar calendar_ = *Calendar::Create({});
  GatewayConfig config_;
  std::unique_ptr<HostedGateway> gateway_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_TESTING_APP_FIXTURE_H_
