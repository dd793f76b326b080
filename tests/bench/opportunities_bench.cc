// Creates per second through the whole opportunities service: gRPC, domain, group commit on disk,
// outbox, relay, embedded bus; one client with that many calls under way.
#include <atomic>
#include <filesystem>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "bellwether/opportunities/v1/opportunities_service.grpc.pb.h"
#include "benchmark/benchmark.h"
#include "common/base/ids.h"
#include "common/bus/open_bus.h"
#include "common/calendar/calendar.h"
#include "common/rpc/client.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "services/opportunities/app.h"

namespace bellwether::opportunities {
namespace {

struct Pending {
  grpc::ClientContext context;
  v1::CreateOpportunityRequest request;
  v1::Opportunity response;
};

// Sends `count` creates with at most `window` under way; the number that failed.
int CreateAll(v1::OpportunitiesService::Stub& stub, const std::string& run, int count, int window) {
  absl::Mutex mutex;
  int under_way = 0;
  int failed = 0;
  std::vector<std::unique_ptr<Pending>> calls;
  const auto has_room = [&] { return under_way < window; };
  const auto none_left = [&] { return under_way == 0; };
  for (int i = 0; i < count; ++i) {
    Pending& call = *calls.emplace_back(std::make_unique<Pending>());
    call.request.set_opportunity_id(absl::StrCat(run, "-", i));
    call.request.set_request_id(absl::StrCat(run, "-", i));
    call.request.mutable_opportunity()->set_account(absl::StrCat("accounts/a", i % 85));
    call.request.mutable_opportunity()->mutable_amount()->set_amount_minor(i);
    {
      absl::MutexLock lock(&mutex);
      mutex.Await(absl::Condition(&has_room));
      ++under_way;
    }
    stub.async()->CreateOpportunity(&call.context, &call.request, &call.response,
                                    [&](const grpc::Status& status) {
                                      absl::MutexLock lock(&mutex);
                                      --under_way;
                                      if (!status.ok()) ++failed;
                                    });
  }
  absl::MutexLock lock(&mutex);
  mutex.Await(absl::Condition(&none_left));
  return failed;
}

void BM_CreateOpportunities(benchmark::State& state) {
  const auto directory = std::filesystem::temp_directory_path() / ("bench-" + NewUuid());
  constexpr int kCreates = 8'800;
  {
    metrics::Registry metrics;
    const Calendar calendar = *Calendar::Create({});
    auto bus = bus::OpenBus("embedded:" + (directory / "bus").string());
    auto store = store::OpenStore("sqlite:" + directory.string(), "opportunities");
    rpc::CallPool pool({.threads = 8, .queued_max = 8'192}, metrics);
    rpc::Server server({});
    auto app = App::Create({}, {**bus, **store, Clock::System(), calendar, metrics, pool});
    if (!app.ok()) {
      state.SkipWithError(app.status().ToString().c_str());
      return;
    }
    (*app)->Register(server);
    if (!(*app)->Start().ok() || !server.Start().ok()) {
      state.SkipWithError("cannot start");
      return;
    }
    const auto stub = v1::OpportunitiesService::NewStub(*rpc::Connect(server.target()));
    int failed = 0;
    for (auto _ : state) {
      failed +=
          CreateAll(*stub, NewUuid().substr(0, 8), kCreates, static_cast<int>(state.range(0)));
    }
    if (failed > 0) state.SkipWithError(absl::StrCat(failed, " calls failed").c_str());
    state.SetItemsProcessed(state.iterations() * kCreates);
    server.Stop(absl::Now() + absl::Seconds(5));
    pool.Stop();
    (*app)->Stop();
  }
  std::filesystem::remove_all(directory);
}
BENCHMARK(BM_CreateOpportunities)
    ->Arg(1)
    ->Arg(64)
    ->Arg(5'000)
    ->UseRealTime()
    ->Iterations(1)
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace bellwether::opportunities

BENCHMARK_MAIN();
