// Waits until health has folded all that the journal of a bus holds now.
//
//   await_folded --server HOST:PORT --bus URL
#include <grpcpp/grpcpp.h>

#include <cstdio>
#include <string>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bellwether/health/v1/health_service.grpc.pb.h"
#include "common/bus/open_bus.h"
#include "common/bus/topics.h"
#include "common/cli/command.h"
#include "common/rpc/client.h"
#include "common/rpc/status.h"
#include "tests/bench/measure.h"

namespace bellwether {
namespace {

constexpr absl::Duration kFoldedMax = absl::Minutes(10);
constexpr absl::Duration kLook = absl::Milliseconds(100);  // each look interrupts every fold
constexpr absl::Duration kCallMax = absl::Seconds(5);

// The report of a run that has no facts is complete once every partition has come so far.
health::v1::GetImportReportRequest ReportUpTo(bus::Bus& bus) {
  health::v1::GetImportReportRequest request;
  request.set_import_run("await-folded");
  const int32_t partitions = OrDie(bus.Describe(bus::kJournalTopic)).partitions;
  for (int32_t p = 0; p < partitions; ++p) {
    const int64_t end = OrDie(bus.Offsets(bus::kJournalTopic, p)).end;
    if (end == 0) continue;
    auto& up_to = *request.add_up_to();
    up_to.set_partition(p);
    up_to.set_offset(end - 1);
  }
  return request;
}

void Await(const std::string& server, const std::string& bus_url) {
  const auto bus = OrDie(bus::OpenBus(bus_url));
  const auto request = ReportUpTo(*bus);
  const auto health = health::v1::HealthService::NewStub(OrDie(rpc::Connect(server)));
  const absl::Time deadline = absl::Now() + kFoldedMax;
  while (true) {
    grpc::ClientContext context;
    rpc::Prepare(context, kCallMax);
    context.set_wait_for_ready(true);
    health::v1::ImportReport report;
    const grpc::Status asked = health->GetImportReport(&context, request, &report);
    if (asked.ok() && report.complete()) return;
    BELLWETHER_CHECK(absl::Now() < deadline, "the journal was not folded in time");
    // STYLE(sleep): a benchmark that waits for what it measures, up to a deadline.
    absl::SleepFor(kLook);
  }
}

}  // namespace
}  // namespace bellwether

int main(int argc, char** argv) {
  std::string server, bus;
  bellwether::cli::Program program(
      "Waits until health has folded all that the journal of a bus holds now.");
  program.AddOption("--server", server).Required();
  program.AddOption("--bus", bus).Required();
  if (const auto exit_code = program.Parse(argc, argv)) return *exit_code;
  bellwether::Await(server, bus);
  return 0;
}
