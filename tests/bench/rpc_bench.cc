// What a call costs: an empty unary echo, client and server on the same cores, with `in_flight`
// calls at a time; inline on gRPC's threads and through the worker pool. And what the fold pays for
// a local day.
#include <atomic>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "bellwether/alerts/v1/alerts_service.grpc.pb.h"
#include "benchmark/benchmark.h"
#include "common/calendar/calendar.h"
#include "common/metrics/metrics.h"
#include "common/rpc/call_pool.h"
#include "common/rpc/client.h"
#include "common/rpc/server.h"
#include "grpcpp/grpcpp.h"

namespace bellwether {
namespace {

using namespace ::bellwether::alerts::v1;  // NOLINT: the messages of the service under test

// Both do nothing; ListRules answers on gRPC's own thread, GetAlert on the pool.
rpc::MethodTable EchoMethods(rpc::CallPool& pool) {
  rpc::MethodTable table(AlertsService::service_full_name(), pool);
  table.ServePart();
  table.InlineQuery("ListRules", [](const ListRulesRequest&) -> absl::StatusOr<ListRulesResponse> {
    return ListRulesResponse();
  });
  table.Query("GetAlert", [](const GetAlertRequest&) -> absl::StatusOr<Alert> { return Alert(); });
  return table;
}

struct Host {
  metrics::Registry metrics;
  rpc::CallPool pool{{.threads = 2, .queued_max = 4'096}, metrics};
  rpc::Server server{{}};
  std::unique_ptr<AlertsService::Stub> stub;

  Host() {
    server.Add(EchoMethods(pool), [] { return absl::OkStatus(); });
    const absl::Status started = server.Start();
    const auto channel = rpc::Connect(server.target());
    if (!started.ok() || !channel.ok()) {
      std::cerr << started << " " << channel.status() << "\n";
      std::exit(1);
    }
    stub = AlertsService::NewStub(*channel);
  }
  ~Host() {
    server.Stop(absl::Now() + absl::Seconds(5));
    pool.Stop();
  }
};

// Keeps `in_flight` calls open, each starting the next as it ends, until `calls` have been made.
template <typename Request, typename Response, typename Start>
class Flow {
 public:
  Flow(int64_t calls, Start start) : start_(start), left_(calls) {}

  bool Run(int in_flight) {
    {
      absl::MutexLock lock(&mutex_);
      open_ = in_flight;
    }
    for (int i = 0; i < in_flight; ++i) Next();
    absl::MutexLock lock(&mutex_);
    const auto done = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return open_ == 0; };
    mutex_.Await(absl::Condition(&done));
    return failures_ == 0;
  }

 private:
  struct Call {
    grpc::ClientContext context;
    Request request;
    Response response;
  };

  void Next() {
    {
      absl::MutexLock lock(&mutex_);
      if (left_ == 0) {
        --open_;
        return;
      }
      --left_;
    }
    auto call = std::make_shared<Call>();
    rpc::Prepare(call->context, absl::Seconds(30));
    start_(call->context, call->request, call->response, [this, call](const grpc::Status& status) {
      if (!status.ok()) ++failures_;
      Next();
    });
  }

  Start start_;
  absl::Mutex mutex_;
  int64_t left_ ABSL_GUARDED_BY(mutex_);
  int open_ ABSL_GUARDED_BY(mutex_) = 0;
  std::atomic<int64_t> failures_ = 0;
};

constexpr int64_t kCallsPerIteration = 20'000;

template <typename Request, typename Response, typename Start>
void RunFlow(benchmark::State& state, Start start) {
  for (auto _ : state) {
    Flow<Request, Response, Start> flow(kCallsPerIteration, start);
    if (!flow.Run(static_cast<int>(state.range(0)))) {
      state.SkipWithError("a call failed");
      return;
    }
  }
  state.SetItemsProcessed(state.iterations() * kCallsPerIteration);
}

void UnaryInline(benchmark::State& state) {
  Host host;
  RunFlow<ListRulesRequest, ListRulesResponse>(
      state, [&](auto& context, auto& request, auto& response, auto done) {
        host.stub->async()->ListRules(&context, &request, &response, done);
      });
}
BENCHMARK(UnaryInline)
    ->ArgName("in_flight")
    ->Arg(1)
    ->Arg(64)
    ->UseRealTime()
    ->MeasureProcessCPUTime();

void UnaryThroughPool(benchmark::State& state) {
  Host host;
  RunFlow<GetAlertRequest, Alert>(
      state, [&](auto& context, auto& request, auto& response, auto done) {
        host.stub->async()->GetAlert(&context, &request, &response, done);
      });
}
BENCHMARK(UnaryThroughPool)
    ->ArgName("in_flight")
    ->Arg(1)
    ->Arg(64)
    ->UseRealTime()
    ->MeasureProcessCPUTime();

void LocalDayOf(benchmark::State& state, const char* zone) {
  CalendarOptions options;
  options.time_zone = zone;
  const Calendar calendar = *Calendar::Create(options);
  const int64_t begin =
      absl::ToUnixSeconds(absl::FromCivil(absl::CivilDay(2025, 1, 1), absl::UTCTimeZone()));
  std::vector<absl::Time> times;
  for (int64_t i = 0; i < 1'024; ++i)
    times.push_back(absl::FromUnixMicros((begin + i * 61'003) * 1'000'000 + i));
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(calendar.LocalDayOf(times[next]));
    next = (next + 1) % times.size();
  }
}
BENCHMARK_CAPTURE(LocalDayOf, shanghai, "Asia/Shanghai");
BENCHMARK_CAPTURE(LocalDayOf, berlin, "Europe/Berlin");

}  // namespace
}  // namespace bellwether

BENCHMARK_MAIN();
