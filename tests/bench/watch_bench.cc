// How long a fact takes to the frame of a browser that watches over HTTP, with many of them there,
// and what a watcher that has nothing to read costs.
//
//   watch_bench [--watchers 1000] [--followed 50] [--accounts 20000] [--boards 10] [--rate 5000]
//               [--alerts 50] [--seconds 4] [--rounds 5] [--goal-ms 250]
//               [--idle 10000] [--idle-seconds 30]
//
// Bellwether is a process of its own, with the embedded parts. `watchers` streams of WatchHealth
// follow `followed` of the accounts each, `boards` of WatchAlerts everything. The load is an open
// loop: the times count from the instant each fact was due to each of its frames. Beside it, a
// server that does nothing but write as many frames of that size to as many connections; CPU is
// the servers', of Bellwether without what the same facts cost it when nobody watches.
//
// Then `idle` streams are opened on a fresh Bellwether, and nothing happens.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/cli/command.h"
#include "common/http/testing/raw_client.h"
#include "tests/bench/bellwether_process.h"
#include "tests/bench/http_streams.h"
#include "tests/bench/measure.h"
#include "tests/bench/process_figures.h"
#include "tests/bench/stopwatch.h"
#include "tests/bench/watch_frames.h"
#include "tests/bench/watch_load.h"
#include "tests/support/child_server.h"

namespace bellwether {
namespace {

// A frame names what moved its account last: where that came in one batch with a fact, the fact is
// in the frame but not named.
constexpr double kSeenLeast = 0.999;

struct Options {
  WatchLoadOptions load;
  int64_t watchers = 1'000;
  int64_t followed = 50;
  int64_t boards = 10;
  int64_t rounds = 5;
  int64_t goal_ms = 250;  // fact to frame, p99
  int64_t idle = 10'000;
  int64_t idle_seconds = 30;
};

// Watcher w follows accounts (w × followed + 0…) of them in turn.
int64_t FollowedBy(const Options& options, int64_t watcher, int64_t i) {
  return (watcher * options.followed + i) % options.load.accounts;
}

StreamRequest Watching(const Options& options, int64_t watcher) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < options.followed; ++i) {
    names.push_back(
        absl::StrCat("\"accounts/", WatchLoad::Account(FollowedBy(options, watcher, i)), "\""));
  }
  return {"/bellwether.health.v1.HealthService/WatchHealth",
          absl::StrCat("{\"accounts\":[", absl::StrJoin(names, ","), "]}")};
}

struct Round {
  Figures answer;  // which makes the fact durable
  Figures score;
  Figures board;
  double frames_a_second = 0;
  double frame_bytes = 0;
  double cpu_seconds = 0;  // per 100 000 frames
  int64_t expected = 0;
  int64_t unseen = 0;
};

class Rig {
 public:
  explicit Rig(const Options& options)
      : options_(options), load_(options.load, server_.grpc_target()) {
    load_.Prepare(2 * options_.rounds + 1);
    followers_.resize(static_cast<size_t>(options_.load.accounts));
    for (int64_t w = 0; w < options_.watchers; ++w) {
      for (int64_t i = 0; i < options_.followed; ++i) {
        ++followers_[static_cast<size_t>(FollowedBy(options_, w, i))];
      }
    }
  }

  // What the facts of a round cost the server while nobody watches.
  void RunUnwatched() {
    const double cpu = server_.figures().cpu_seconds;
    load_.Run([](int64_t) {});
    unwatched_cpu_.push_back(server_.figures().cpu_seconds - cpu);
  }

  // In the median, of 100 000 facts.
  double UnwatchedCpu() const {
    return Median(unwatched_cpu_) /
           static_cast<double>(options_.load.rate * options_.load.seconds) * 1e5;
  }

  void Watch() {
    streams_ = std::make_unique<HttpStreams>(
        server_.http_port(), [this](size_t stream, absl::string_view json) {
          if (std::cmp_less(stream, options_.watchers)) return scores_.Take(json, true);
          boards_.Take(json, absl::StrContains(json, "\"TIMELINE_KIND_FIRED\"") &&
                                 absl::StrContains(json, kRuleMember));
        });
    std::vector<StreamRequest> requests;
    for (int64_t w = 0; w < options_.watchers; ++w) requests.push_back(Watching(options_, w));
    for (int64_t b = 0; b < options_.boards; ++b) {
      requests.push_back({"/bellwether.alerts.v1.AlertsService/WatchAlerts", "{}"});
    }
    streams_->Open(requests);
  }

  Round Run() {
    const double cpu = server_.figures().cpu_seconds;
    const absl::Time begin = absl::Now();
    scores_.Begin();
    boards_.Begin();
    int64_t expected = 0;
    load_.Run([&](int64_t account) { expected += followers_[static_cast<size_t>(account)]; });
    const double took = absl::ToDoubleSeconds(absl::Now() - begin);
    const int64_t alerts = options_.load.alerts * options_.load.seconds * options_.boards;
    scores_.Await(expected);
    boards_.Await(alerts);
    const int64_t all = scores_.all() + boards_.all();
    const double cpu_took = server_.figures().cpu_seconds - cpu - Median(unwatched_cpu_);
    return {.answer = load_.Answered(),
            .score = scores_.Took(),
            .board = boards_.Took(),
            .frames_a_second = static_cast<double>(all) / took,
            .frame_bytes =
                static_cast<double>(scores_.bytes() + boards_.bytes()) / static_cast<double>(all),
            .cpu_seconds = cpu_took / static_cast<double>(all) * 1e5,
            .expected = expected + alerts,
            .unseen = expected - scores_.seen() + alerts - boards_.seen()};
  }

  // As many frames, one of those that were seen in the round.
  Round RunBare(const Round& beside) const {
    const auto rate = static_cast<int64_t>(beside.frames_a_second);
    const int64_t frames = rate * options_.load.seconds;
    const int64_t connections = options_.watchers + options_.boards;
    const testing::ChildServer server(
        "bare-fan-out",
        [&](int port, const std::filesystem::path&) -> std::vector<std::string> {
          return {ProgramPath("bare_fan_out"), absl::StrCat("--port=", port),
                  absl::StrCat("--connections=", connections), absl::StrCat("--rate=", rate),
                  absl::StrCat("--frames=", frames)};
        },
        [](int port) {
          try {
            http::RawClient(port).Open();
            return true;
          } catch (const boost::system::system_error&) {
            return false;  // it does not listen yet
          }
        });
    Frames read;
    HttpStreams streams(server.port(),
                        [&](size_t, absl::string_view json) { read.Take(json, true); });
    read.Begin();
    streams.Open(
        std::vector<StreamRequest>(static_cast<size_t>(connections), {"/", scores_.sample()}));
    const double cpu = FiguresOf(server.pid()).cpu_seconds;
    read.Await(frames, absl::Seconds(options_.load.seconds) + kSettleMax);
    const double cpu_took = FiguresOf(server.pid()).cpu_seconds - cpu;
    return {.answer = {},
            .score = read.Took(),
            .board = {},
            .frames_a_second = static_cast<double>(rate),
            .frame_bytes = static_cast<double>(read.bytes()) / static_cast<double>(read.all()),
            .cpu_seconds = cpu_took / static_cast<double>(frames) * 1e5,
            .expected = frames,
            .unseen = frames - read.seen()};
  }

 private:
  static constexpr absl::string_view kRuleMember = "\"ruleId\":\"R38\"";

  const Options options_;
  Bellwether server_;
  WatchLoad load_;
  std::vector<int64_t> followers_;  // by account
  std::vector<double> unwatched_cpu_;
  Frames scores_;
  Frames boards_;
  std::unique_ptr<HttpStreams> streams_;  // last: its thread reads into those
};

void Print(const std::string& name, const Round& round) {
  std::printf("  %-8s", name.c_str());
  for (const Figures& figures : {round.answer, round.score, round.board}) {
    std::printf(" |%8.1f%8.1f%8.1f", figures.p50, figures.p99, figures.max);
  }
  std::printf(" |%9.0f%8.0f%8.2f%8lld\n", round.frames_a_second, round.frame_bytes,
              round.cpu_seconds, static_cast<long long>(round.unseen));
  std::fflush(stdout);
}

template <typename Of>
double MedianOf(const std::vector<Round>& rounds, Of of) {
  std::vector<double> values;
  for (const Round& round : rounds) values.push_back(of(round));
  return Median(values);
}

Round MedianOf(const std::vector<Round>& rounds) {
  Round median;
  for (const auto figures : {&Round::answer, &Round::score, &Round::board}) {
    for (const auto of : {&Figures::p50, &Figures::p99, &Figures::max}) {
      (median.*figures).*of = MedianOf(rounds, [&](const Round& r) { return (r.*figures).*of; });
    }
  }
  for (const auto of : {&Round::frames_a_second, &Round::frame_bytes, &Round::cpu_seconds}) {
    median.*of = MedianOf(rounds, [&](const Round& r) { return r.*of; });
  }
  for (const Round& round : rounds) {
    median.expected += round.expected;
    median.unseen += round.unseen;
  }
  return median;
}

void MeasureWatchers(const Options& options) {
  std::printf(
      "%lld watchers of %lld of %lld accounts each, %lld boards, %lld facts/s for %lld s a round, "
      "%lld of them raise alerts\n",
      static_cast<long long>(options.watchers), static_cast<long long>(options.followed),
      static_cast<long long>(options.load.accounts), static_cast<long long>(options.boards),
      static_cast<long long>(options.load.rate), static_cast<long long>(options.load.seconds),
      static_cast<long long>(options.load.alerts));
  Rig rig(options);
  for (int64_t i = 0; i < options.rounds; ++i) rig.RunUnwatched();
  rig.Watch();
  std::printf("  %-8s |%24s |%24s |%24s |%9s%8s%8s%8s\n", "", "fact to answer, ms",
              "fact to score's frame, ms", "fact to alert's frame, ms", "frames", "", "CPU s", "");
  std::printf("  %-8s", "round");
  for (int i = 0; i < 3; ++i) std::printf(" |%8s%8s%8s", "p50", "p99", "max");
  std::printf(" |%9s%8s%8s%8s\n", "/s", "bytes", "/100k", "unseen");
  Print("warm-up", rig.Run());
  std::vector<Round> rounds, bare_rounds;
  for (int64_t i = 1; i <= options.rounds; ++i) {
    rounds.push_back(rig.Run());
    Print(absl::StrCat(i), rounds.back());
    bare_rounds.push_back(rig.RunBare(rounds.back()));
    Print(absl::StrCat(i, " bare"), bare_rounds.back());
  }
  const Round median = MedianOf(rounds);
  const Round bare = MedianOf(bare_rounds);
  Print("median", median);
  Print("  bare", bare);
  std::printf("what the same facts cost while nobody watches: %.2f CPU s per 100 000\n",
              rig.UnwatchedCpu());
  std::printf("beside the bare fan-out: p99 × %.1f, CPU × %.1f\n",
              median.score.p99 / bare.score.p99, median.cpu_seconds / bare.cpu_seconds);
  const auto goal = static_cast<double>(options.goal_ms);
  const bool seen = static_cast<double>(median.expected - median.unseen) >=
                    kSeenLeast * static_cast<double>(median.expected);
  const bool met = seen && median.score.p99 < goal && median.board.p99 < goal;
  std::printf("goal: p99 of fact to frame < %.0f ms, %.1f %% of the frames seen: %s\n", goal,
              kSeenLeast * 100, met ? "met" : "NOT MET");
}

void MeasureIdle(const Options& options) {
  const Bellwether server;
  Frames frames;
  HttpStreams streams(server.http_port(),
                      [&](size_t, absl::string_view json) { frames.Take(json, false); });
  std::vector<StreamRequest> requests;
  // The first makes what all share.
  streams.Open({Watching(options, 0)});
  const ProcessFigures before = server.figures();
  const absl::Time opening = absl::Now();
  for (int64_t w = 1; w <= options.idle; ++w) requests.push_back(Watching(options, w));
  streams.Open(requests);
  const double opened = absl::ToDoubleSeconds(absl::Now() - opening);
  const ProcessFigures open = server.figures();
  frames.Begin();
  // STYLE(sleep): what is measured is that nothing happens.
  absl::SleepFor(absl::Seconds(options.idle_seconds));
  const ProcessFigures after = server.figures();
  const auto kib = [&](const ProcessFigures& figures) {
    return static_cast<double>(figures.resident_bytes - before.resident_bytes) / 1024 /
           static_cast<double>(options.idle);
  };
  std::printf(
      "%lld idle watchers: opened in %.1f s, %.1f KiB each at once and %.1f after %lld s, threads "
      "%lld → %lld, CPU %.1f %% of one core, %lld heartbeats read\n",
      static_cast<long long>(options.idle), opened, kib(open), kib(after),
      static_cast<long long>(options.idle_seconds), static_cast<long long>(before.threads),
      static_cast<long long>(after.threads),
      (after.cpu_seconds - open.cpu_seconds) / static_cast<double>(options.idle_seconds) * 100,
      static_cast<long long>(frames.all()));
}

}  // namespace
}  // namespace bellwether

int main(int argc, char** argv) {
  bellwether::Options options;
  bellwether::cli::Program program("How long a fact takes to the frames of those who watch.");
  for (const auto& [flag, number] :
       {std::pair{"--watchers", &options.watchers}, std::pair{"--followed", &options.followed},
        std::pair{"--accounts", &options.load.accounts}, std::pair{"--boards", &options.boards},
        std::pair{"--rate", &options.load.rate}, std::pair{"--alerts", &options.load.alerts},
        std::pair{"--seconds", &options.load.seconds}, std::pair{"--goal-ms", &options.goal_ms},
        std::pair{"--idle-seconds", &options.idle_seconds}}) {
    program.AddOption(flag, *number).Positive().ShowDefault();
  }
  program.AddOption("--rounds", options.rounds, "0: only the idle ones").NotNegative();
  program.AddOption("--idle", options.idle, "0: none").NotNegative();
  if (const auto exit_code = program.Parse(argc, argv)) return *exit_code;
  options.load.alerts = std::min(options.load.alerts, options.load.rate);
  bellwether::RaiseDescriptorLimit();
  if (options.rounds > 0) bellwether::MeasureWatchers(options);
  if (options.idle > 0) bellwether::MeasureIdle(options);
  return 0;
}
