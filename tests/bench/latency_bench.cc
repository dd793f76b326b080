// How long a fact takes through the whole of Bellwether in one process, over its public gRPC:
// until it is answered for (durable), until the score it moves is seen by a watcher, until the
// alert it raises is. The load is an open loop: every fact has an instant at which it is due, and
// all three times count from there, so that a sender held up by the server is not a pause.
//
//   pipeline_latency_bench [--rate 5000] [--rounds 5] [--seconds 4] [--accounts 300] [--alerts 50]
//                          [--server HOST:PORT]
//
// Most facts go to `accounts` accounts; every second `alerts` of them go to accounts of their own,
// whose satisfaction they bring down by half (R38): each raises one alert. Sender and watchers run
// in the same process, and their CPU time counts.
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "bellwether/alerts/v1/alerts_service.grpc.pb.h"
#include "bellwether/health/v1/health_service.grpc.pb.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/base/ids.h"
#include "common/cli/command.h"
#include "common/journal/timestamps.h"
#include "common/rpc/client.h"
#include "services/standalone/app.h"
#include "services/standalone/config.h"
#include "tests/bench/fact_streams.h"
#include "tests/bench/measure.h"
#include "tests/bench/sample_facts.h"
#include "tests/bench/stopwatch.h"

namespace bellwether {
namespace {

constexpr double kGoalRate = 5'000;
constexpr absl::Duration kReadyMax = absl::Minutes(1);
// What is still on its way when a round ends is waited for this long, then counted as not seen.
constexpr absl::Duration kSettleMax = absl::Seconds(15);
constexpr absl::Duration kLook = absl::Milliseconds(5);
constexpr absl::Duration kDrain = absl::Seconds(10);
// Watchers of every account would mostly measure themselves.
constexpr int64_t kWatchedAccounts = 30;

struct Options {
  int64_t rate = 5'000;
  int64_t rounds = 5;
  int64_t seconds = 4;
  int64_t accounts = 300;
  int64_t alerts = 50;
  int64_t goal_ms = 50;  // fact to alert, p99
  std::string server;    // of a Bellwether that runs already; empty: one in this process
};

bool Await(const std::function<bool()>& done, absl::Duration longest) {
  const absl::Time deadline = absl::Now() + longest;
  while (!done()) {
    if (absl::Now() >= deadline) return false;
    // STYLE(sleep): a benchmark that waits for what it measures, up to a deadline.
    absl::SleepFor(kLook);
  }
  return true;
}

struct Round {
  Figures answer;
  Figures score;
  Figures alert;
  double rate = 0;
  double cpu_seconds = 0;  // per 100 000 facts
};

Figures MedianOf(const std::vector<Round>& rounds, Figures Round::*of) {
  std::vector<double> p50, p99, max;
  for (const Round& round : rounds) {
    p50.push_back((round.*of).p50);
    p99.push_back((round.*of).p99);
    max.push_back((round.*of).max);
  }
  return {Median(p50), Median(p99), Median(max), 0};
}

// Bellwether, and clients that send and watch.
class Rig {
 public:
  Rig(const Options& options, const std::string& folder) : options_(options) {
    channel_ = OrDie(rpc::Connect(options.server.empty() ? Host(folder) : options.server));
    ingest_ = ingest::v1::IngestService::NewStub(channel_);
  }
  ~Rig() {
    ingest_.reset();
    channel_.reset();
    if (app_ != nullptr) app_->Stop(absl::Now() + kDrain);
  }

  // Accounts that only await their alert: satisfied half a year ago and now.
  void Prepare() {
    const int64_t awaiting = options_.alerts * options_.seconds * (options_.rounds + 1);
    const absl::Time now = absl::Now();
    answered_.Begin(0, 2 * awaiting, now, absl::ZeroDuration());
    {
      FactStream stream(*ingest_, answered_);
      for (int64_t i = 0; i < awaiting; ++i) {
        for (const absl::Duration ago : {absl::Hours(24 * 120), absl::Minutes(1)}) {
          auto event = Event(next_, Awaiting(i), now - ago);
          SetSatisfaction(100, *event.mutable_fact());
          stream.Send(next_++, std::move(event));
        }
      }
    }
    BELLWETHER_CHECK(answered_.seen() == 2 * awaiting, "facts without an answer");
  }

  Round Run() {
    const auto health = health::v1::HealthService::NewStub(channel_);
    const auto alerts = alerts::v1::AlertsService::NewStub(channel_);
    health::v1::WatchHealthRequest watched;
    for (int64_t i = 0; i < std::min(kWatchedAccounts, options_.accounts); ++i) {
      watched.add_accounts("accounts/" + Busy(i));
    }
    const Watch<health::v1::WatchHealthResponse> scores(
        [&](grpc::ClientContext* context) { return health->WatchHealth(context, watched); },
        [this](const health::v1::WatchHealthResponse& response) {
          StopAt(response.cause(), scored_);
        });
    const Watch<alerts::v1::WatchAlertsResponse> fired(
        [&](grpc::ClientContext* context) {
          return alerts->WatchAlerts(context, alerts::v1::WatchAlertsRequest());
        },
        [this](const alerts::v1::WatchAlertsResponse& response) {
          const alerts::v1::AlertChanged& change = response.change();
          if (change.entry().kind() == alerts::v1::TIMELINE_KIND_FIRED &&
              change.alert().rule_id() == kSatisfactionRule) {
            StopAt(change.alert().cause(), alerted_);
          }
        });
    return Load();
  }

 private:
  std::string Host(const std::string& folder) {
    standalone::StandaloneConfig config;
    config.data = folder;
    config.grpc = "127.0.0.1:0";
    config.http = "127.0.0.1:0";
    app_ = OrDie(standalone::App::Create(config, Clock::System()));
    OrDie(app_->Start());
    BELLWETHER_CHECK(Await([this] { return app_->Ready().ok(); }, kReadyMax),
                     app_->Ready().ToString().c_str());
    return app_->grpc_target();
  }

  std::string Busy(int64_t i) const { return absl::StrCat("busy-", run_, "-", i); }
  std::string Awaiting(int64_t i) const { return absl::StrCat("awaiting-", run_, "-", i); }

  // The fact with its number for an id.
  events::v1::FactEvent Event(int64_t number, std::string account, absl::Time time) const {
    events::v1::FactEvent event;
    event.set_id(absl::StrCat(number));
    event.set_source(source_);
    event.set_account_id(std::move(account));
    *event.mutable_time() = journal::ToTimestamp(time);
    return event;
  }

  void StopAt(const events::v1::Cause& cause, Stopwatch& stopwatch) const {
    int64_t number = 0;
    if (cause.source() == source_ && absl::SimpleAtoi(cause.id(), &number)) stopwatch.Stop(number);
  }

  Round Load() {
    const int64_t facts = options_.rate * options_.seconds;
    const int64_t alerts = options_.alerts * options_.seconds;
    const int64_t facts_per_alert = options_.rate / options_.alerts;
    const absl::Duration gap = absl::Seconds(1) / options_.rate;
    const int64_t first = next_;
    const double cpu = CpuSeconds();
    const absl::Time begin = absl::Now() + kLook;
    for (Stopwatch* each : {&answered_, &scored_, &alerted_}) {
      each->Begin(first, facts, begin, gap);
    }
    {
      FactStream stream(*ingest_, answered_);
      for (int64_t i = 0; i < facts; ++i) {
        const bool alerting = i % facts_per_alert == 0 && i / facts_per_alert < alerts;
        const absl::Time due = begin + gap * i;
        auto event = Event(next_, alerting ? Awaiting(awaited_++) : Busy(i % options_.accounts),
                           absl::Now());
        if (alerting) {
          SetSatisfaction(0, *event.mutable_fact());
        } else {
          SetSomething(random_, *event.mutable_fact());
        }
        // STYLE(sleep): an open loop sends each fact at its instant, not earlier.
        absl::SleepFor(due - absl::Now());
        stream.Send(next_++, std::move(event));
      }
    }
    const double took = absl::ToDoubleSeconds(absl::Now() - begin);
    const double cpu_took = CpuSeconds() - cpu;
    BELLWETHER_CHECK(answered_.seen() == facts, "facts without an answer");
    if (!Await([&] { return alerted_.seen() == alerts; }, kSettleMax)) {
      std::printf("  only %lld of %lld alerts were seen\n", static_cast<long long>(alerted_.seen()),
                  static_cast<long long>(alerts));
    }
    return {FiguresOf(answered_.Took()), FiguresOf(scored_.Took()), FiguresOf(alerted_.Took()),
            static_cast<double>(facts) / took, cpu_took / static_cast<double>(facts) * 1e5};
  }

  const Options options_;
  // A server that runs already may know the facts and accounts of earlier runs.
  const std::string run_ = NewUuid();
  const std::string source_ = absl::StrCat("crm/bench-", run_);
  std::unique_ptr<standalone::App> app_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<ingest::v1::IngestService::Stub> ingest_;
  Stopwatch answered_;
  Stopwatch scored_;
  Stopwatch alerted_;
  std::mt19937_64 random_{1};
  int64_t next_ = 0;     // number of the next fact
  int64_t awaited_ = 0;  // accounts that have had their alert
};

void Print(const std::string& name, const Round& round) {
  std::printf("  %-7s", name.c_str());
  for (const Figures& figures : {round.answer, round.score, round.alert}) {
    std::printf(" |%8.1f%8.1f%8.1f", figures.p50, figures.p99, figures.max);
  }
  std::printf(" |%8.0f%8.2f", round.rate, round.cpu_seconds);
  if (round.alert.count > 0) std::printf("   %zu/%zu", round.score.count, round.alert.count);
  std::printf("\n");
  std::fflush(stdout);
}

void Measure(const Options& options, const std::string& folder) {
  Rig rig(options, folder);
  rig.Prepare();
  std::printf("%lld facts/s about %lld accounts for %lld s a round, %lld of them raise alerts\n",
              static_cast<long long>(options.rate), static_cast<long long>(options.accounts),
              static_cast<long long>(options.seconds), static_cast<long long>(options.alerts));
  std::printf("  %-7s |%24s |%24s |%24s |%8s%8s   scores/alerts seen\n", "", "fact to answer, ms",
              "fact to score, ms", "fact to alert, ms", "", "CPU s");
  std::printf("  %-7s", "round");
  for (int i = 0; i < 3; ++i) std::printf(" |%8s%8s%8s", "p50", "p99", "max");
  std::printf(" |%8s%8s\n", "facts/s", "/100k");
  Print("warm-up", rig.Run());
  std::vector<Round> rounds;
  std::vector<double> rates, cpu;
  bool all_seen = true;
  for (int64_t i = 1; i <= options.rounds; ++i) {
    rounds.push_back(rig.Run());
    rates.push_back(rounds.back().rate);
    cpu.push_back(rounds.back().cpu_seconds);
    all_seen &= std::cmp_equal(rounds.back().alert.count, options.alerts * options.seconds);
    Print(absl::StrCat(i), rounds.back());
  }
  const Round median{MedianOf(rounds, &Round::answer), MedianOf(rounds, &Round::score),
                     MedianOf(rounds, &Round::alert), Median(rates), Median(cpu)};
  Print("median", median);
  // An alert that was not seen is no pass, nor is a figure that is not there.
  const bool met = all_seen && median.alert.p99 < static_cast<double>(options.goal_ms);
  std::printf("goal: p99 of fact to alert < %.0f ms at %.0f facts/s: %s\n",
              static_cast<double>(options.goal_ms), kGoalRate,
              static_cast<double>(options.rate) != kGoalRate ? "not asked at this rate"
              : met                                          ? "met"
                                                             : "NOT MET");
}

}  // namespace
}  // namespace bellwether

int main(int argc, char** argv) {
  bellwether::Options options;
  bellwether::cli::Program program("How long a fact takes to its answer, its score and its alert.");
  for (const auto& [flag, number] :
       {std::pair{"--rate", &options.rate}, std::pair{"--rounds", &options.rounds},
        std::pair{"--seconds", &options.seconds}, std::pair{"--accounts", &options.accounts},
        std::pair{"--alerts", &options.alerts}, std::pair{"--goal-ms", &options.goal_ms}}) {
    program.AddOption(flag, *number).Positive().ShowDefault();
  }
  program.AddOption("--server", options.server,
                    "A Bellwether that runs already; its CPU time is not counted");
  if (const auto exit_code = program.Parse(argc, argv)) return *exit_code;
  options.alerts = std::min(options.alerts, options.rate);
  // Beside the program: a temporary folder may lie in memory, where nothing is durable.
  const std::filesystem::path folder =
      std::filesystem::read_symlink("/proc/self/exe").parent_path() /
      ("latency-" + bellwether::NewUuid());
  bellwether::Measure(options, folder.string());
  std::filesystem::remove_all(folder);
  return 0;
}
