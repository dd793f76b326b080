// Feeds the same facts to a server until each has been accepted, however often it dies meanwhile.
//
//   steady_feed --server ADDR --until 2026-11-21T09:00:00Z [--seed 1] [--accounts 60] [--days 120]
//               [--rate 0]
//
// Goes in steps (steps.h); --rate is in facts a second, 0 for as fast as they are taken. Facts are
// those of the simulated portfolio in the days before --until: the same arguments give the same
// facts. What a broken stream left unanswered is sent again under the same ids. Prints one JSON
// object a line: how many facts there are, how many were accepted so far, and at the end of each
// step what became of those sent, once the fold has passed them all.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <iterator>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bellwether/health/v1/health_service.grpc.pb.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "common/base/status.h"
#include "common/cli/command.h"
#include "common/feed/fact_feed.h"
#include "common/journal/timestamps.h"
#include "common/rpc/client.h"
#include "common/rpc/status.h"
#include "services/simulator/application/portfolio.h"
#include "tests/e2e/steps.h"

namespace bellwether::e2e {
namespace {

constexpr char kImportRun[] = "e2e";
// How long the server may stay away, and the fold behind.
constexpr absl::Duration kAwayMax = absl::Minutes(2);
constexpr absl::Duration kFoldedMax = absl::Minutes(5);
constexpr absl::Duration kCallTimeout = absl::Seconds(10);
constexpr int64_t kAcceptedPerReport = 100;

struct Arguments {
  std::string server;
  std::string until;
  uint64_t seed = 1;
  int64_t accounts = 60;
  int64_t days = 120;
  size_t rate = 0;
};

std::vector<events::v1::FactEvent> AllFacts(const Arguments& arguments, absl::Time until) {
  const simulator::Portfolio portfolio({.seed = arguments.seed,
                                        .accounts = arguments.accounts,
                                        .today = absl::ToCivilDay(until, absl::UTCTimeZone()),
                                        .zone = absl::UTCTimeZone()});
  std::vector<events::v1::FactEvent> facts;
  for (int64_t day = -arguments.days; day <= 0; ++day) {
    for (auto& fact : portfolio.FactsOfDay(day)) {
      if (journal::FromTimestamp(fact.time()).value() <= until) facts.push_back(std::move(fact));
    }
  }
  return facts;
}

// What is known of the facts sent so far.
struct Answers {
  int64_t accepted = 0;
  int64_t streams = 0;
  // The greatest offset answered per partition.
  std::map<int32_t, int64_t> up_to;
};

// Sends `facts` until each is answered. A rejection is an error: the portfolio is valid.
absl::Status SendAll(grpc::Channel& channel, ingest::v1::IngestService::Stub& ingest,
                     std::vector<events::v1::FactEvent> facts, Answers& answers) {
  while (!facts.empty()) {
    if (!channel.WaitForConnected(absl::ToChronoTime(absl::Now() + kAwayMax))) {
      return Error(absl::StatusCode::kUnavailable, {"SERVER_AWAY"}, "the server did not come back");
    }
    std::vector<bool> answered(facts.size());
    absl::Status refused;
    ++answers.streams;
    const absl::Status ended = feed::StreamFacts(
        ingest, facts, kImportRun, {}, [&](const ingest::v1::StreamFactsResponse& answer) {
          if (answer.state() != ingest::v1::ANSWER_STATE_ACCEPTED) {
            refused = InvalidArgument(answer.rejection().reason(), answer.rejection().field(),
                                      answer.rejection().message());
            return;
          }
          answered[static_cast<size_t>(answer.sequence())] = true;
          if (++answers.accepted % kAcceptedPerReport == 0) {
            std::cout << absl::StreamFormat("{\"accepted\": %d}\n", answers.accepted) << std::flush;
          }
          int64_t& up_to = answers.up_to[answer.partition()];
          up_to = std::max(up_to, answer.offset());
        });
    RETURN_IF_ERROR(refused);
    if (!ended.ok() && !IsRetryable(ended)) return ended;
    std::vector<events::v1::FactEvent> unanswered;
    for (size_t i = 0; i < facts.size(); ++i) {
      if (!answered[i]) unanswered.push_back(std::move(facts[i]));
    }
    facts = std::move(unanswered);
  }
  return absl::OkStatus();
}

// The report once the fold has passed every fact; the server may die while asked.
absl::StatusOr<health::v1::ImportReport> AwaitReport(health::v1::HealthService::Stub& health,
                                                     const Answers& answers) {
  health::v1::GetImportReportRequest request;
  request.set_import_run(kImportRun);
  for (const auto& [partition, offset] : answers.up_to) {
    auto* up_to = request.add_up_to();
    up_to->set_partition(partition);
    up_to->set_offset(offset);
  }
  const absl::Time deadline = absl::Now() + kFoldedMax;
  while (absl::Now() < deadline) {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    rpc::Prepare(context, kCallTimeout);
    health::v1::ImportReport report;
    const absl::Status asked =
        rpc::FromGrpcStatus(health.GetImportReport(&context, request, &report));
    if (asked.ok() && report.complete()) return report;
    if (!asked.ok() && !IsRetryable(asked)) return asked;
    // STYLE(sleep): a client that asks a server again; the loop ends at its deadline.
    absl::SleepFor(absl::Milliseconds(50));
  }
  return Error(absl::StatusCode::kDeadlineExceeded, {"NOT_FOLDED"},
               "the fold has not passed all facts in time");
}

absl::Status Run(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const absl::Time until, ParseUntil(arguments.until));
  auto facts = AllFacts(arguments, until);
  const size_t fact_count = facts.size();
  std::cout << absl::StreamFormat("{\"facts\": %d}\n", fact_count) << std::flush;
  ASSIGN_OR_RETURN(const auto channel, rpc::Connect(arguments.server));
  const auto ingest = ingest::v1::IngestService::NewStub(channel);
  const auto health = health::v1::HealthService::NewStub(channel);
  Answers answers;
  return RunSteps(
      fact_count, arguments.rate,
      [&](size_t begin, size_t end) {
        const auto at = facts.begin();
        return SendAll(*channel, *ingest,
                       {std::make_move_iterator(at + static_cast<ptrdiff_t>(begin)),
                        std::make_move_iterator(at + static_cast<ptrdiff_t>(end))},
                       answers);
      },
      [&](size_t sent) -> absl::Status {
        ASSIGN_OR_RETURN(const auto report, AwaitReport(*health, answers));
        std::cout << absl::StreamFormat(
                         "{\"facts\": %d, \"sent\": %d, \"streams\": %d, \"counted\": %d, "
                         "\"late\": %d, \"too_old\": %d, \"duplicates\": %d, "
                         "\"conflicts\": %d}\n",
                         fact_count, sent, answers.streams, report.counted(), report.late(),
                         report.too_old(), report.duplicates(), report.conflicts())
                  << std::flush;
        return absl::OkStatus();
      });
}

}  // namespace
}  // namespace bellwether::e2e

int main(int argc, char** argv) {
  bellwether::e2e::Arguments arguments;
  bellwether::cli::Program program(
      "Feeds the same facts to a server until each has been accepted.");
  program.AddOption("--server", arguments.server).Required();
  program.AddOption("--until", arguments.until).Required();
  program.AddOption("--seed", arguments.seed);
  program.AddOption("--accounts", arguments.accounts);
  program.AddOption("--days", arguments.days);
  program.AddOption("--rate", arguments.rate).NotNegative();
  if (const auto exit_code = program.Parse(argc, argv)) return *exit_code;
  const absl::Status status = bellwether::e2e::Run(arguments);
  if (!status.ok()) std::cerr << status.message() << std::endl;
  return status.ok() ? 0 : 1;
}
