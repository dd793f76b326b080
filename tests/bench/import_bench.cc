// What an import by a mapping costs: a table of orders by the shipped mapping `orders`.
//
//   import_bench [rows] [rounds]
//
// Reading: cells → values → records → plan, as `bellwetherctl import --check` does it, beside a
// bare loop that finds rows and cells in the same bytes. By CPU time of the process, all threads.
//
// End to end: `bellwetherctl import` as a process of its own, from its start until the fold has
// passed the last fact, beside a sender of the same facts over one gRPC stream, until the same.
// Both into one server, on the same processors, in turn; the table of every round is of orders and
// customers of its own. The mapping makes facts alone, as the sender does; what customers cost that
// are created beside them is shown apart.
//
// Memory: the greatest resident size of `bellwetherctl` over tables of different sizes.
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/check.h"
#include "common/base/clock.h"
#include "common/rpc/client.h"
#include "services/imports/adapters/grpc_import_target.h"
#include "services/imports/adapters/import_source.h"
#include "services/imports/application/import_plan.h"
#include "services/standalone/app.h"
#include "services/standalone/config.h"
#include "tests/bench/measure.h"
#include "tests/bench/scratch.h"

namespace bellwether {
namespace {

constexpr double kGoalShare = 0.6;
constexpr double kGoalMegabytes = 256;
constexpr int64_t kOrdersOfCustomer = 50;
constexpr int64_t kDays = 300;
constexpr char kFactsMapping[] = R"yaml(
mapping_id: bench
source: import/bench
time_zone: Asia/Shanghai
files:
  - file_id: orders
    path: orders.csv
    layout: csv
    header: true
    key_columns: [order_id]
    columns:
      - {name: order_id, kind: text, required: true}
      - {name: customer, kind: text, required: true}
      - {name: ordered_on, kind: time, required: true}
      - {name: amount, kind: number, required: true, currency: "{currency}"}
      - {name: currency, kind: text, required: true}
      - {name: quantity, kind: number}
      - {name: product, kind: text}
    records:
      - kind: fact
        id: "order-{order_id}"
        account_id: "{customer|id}"
        time_column: ordered_on
        set:
          order_placed.order_id: "{order_id}"
          order_placed.amount.amount_minor: "{amount}"
          order_placed.amount.currency_code: "{currency}"
          order_placed.quantity: "{quantity}"
          order_placed.product: "{product}"
)yaml";
constexpr absl::Duration kReadyMax = absl::Minutes(1);
constexpr absl::Duration kFoldedMax = absl::Minutes(5);
constexpr absl::Duration kLook = absl::Milliseconds(5);
constexpr absl::Duration kDrain = absl::Seconds(20);
constexpr absl::Duration kCallTimeout = absl::Seconds(60);
// The command asks every quarter of a second what became of its facts; the sender likewise.
constexpr absl::Duration kAskAgain = absl::Milliseconds(250);

// A folder with orders.csv: `rows` orders of customers of whom nobody else knows.
std::string WriteOrders(const std::string& folder, const std::string& round, int64_t rows) {
  std::filesystem::create_directories(folder);
  std::ofstream table(folder + "/orders.csv", std::ios::binary);
  table << "order_id,customer,ordered_on,amount,currency,quantity,product\n";
  const absl::CivilDay today = absl::ToCivilDay(absl::Now(), absl::UTCTimeZone());
  const int64_t customers = std::max<int64_t>(1, rows / kOrdersOfCustomer);
  for (int64_t i = 0; i < rows; ++i) {
    table << round << "-" << i << ",\"Customer " << round << " " << i * 7919 % customers << "\","
          << absl::FormatCivilTime(today - 1 - i * 104'729 % kDays) << "," << 10 + i % 990 << "."
          << 10 + i % 90 << ",CNY," << 1 + i % 9 << ",\"a product of usual length\"\n";
  }
  BELLWETHER_CHECK(table.flush().good(), "the table could not be written");
  return folder;
}

imports::ImportPlan PlanOf(const std::string& folder) {
  const imports::ImportSource source = OrDie(imports::ReadImportSource("orders", folder));
  imports::NoLedger ledger;
  return OrDie(
      imports::BuildPlan(source.mapping, source.tables, {.now = absl::Now(), .ledger = &ledger}));
}

// Cells of the table's rows: what no reader can do without.
int64_t CountCells(const std::string& path) {
  std::ifstream table(path, std::ios::binary);
  std::vector<char> piece(1 << 20);
  int64_t cells = 0;
  bool quoted = false;
  while (table.read(piece.data(), static_cast<std::streamsize>(piece.size())), table.gcount() > 0) {
    for (const char c : absl::string_view(piece.data(), static_cast<size_t>(table.gcount()))) {
      quoted = quoted != (c == '"');
      cells += !quoted && (c == ',' || c == '\n');
    }
  }
  return cells;
}

void MeasureReading(const Scratch& scratch, int64_t rows, int rounds) {
  const std::string folder = WriteOrders(scratch / "reading", "reading", rows);
  const std::string path = folder + "/orders.csv";
  const auto megabytes = static_cast<double>(std::filesystem::file_size(path)) / 1e6;
  std::printf("\nreading %lld rows, %.1f MB, per CPU second\n", static_cast<long long>(rows),
              megabytes);
  std::printf("  %6s %14s %14s %14s %14s\n", "round", "bare MB", "mapped MB", "mapped rows",
              "times bare");
  std::vector<double> bare, mapped, times;
  for (int round = 0; round < rounds; ++round) {
    double cpu = CpuSeconds();
    BELLWETHER_CHECK(CountCells(path) == 7 * (rows + 1), "cells were lost");
    const double bare_seconds = CpuSeconds() - cpu;
    cpu = CpuSeconds();
    const imports::ImportPlan plan = PlanOf(folder);
    const double mapped_seconds = CpuSeconds() - cpu;
    BELLWETHER_CHECK(plan.facts.size() == rows, "rows were lost");
    bare.push_back(megabytes / bare_seconds);
    mapped.push_back(megabytes / mapped_seconds);
    times.push_back(mapped_seconds / bare_seconds);
    std::printf("  %6d %14.0f %14.1f %14.0f %14.1f\n", round + 1, bare.back(), mapped.back(),
                static_cast<double>(rows) / mapped_seconds, times.back());
    std::fflush(stdout);
  }
  std::printf("  %6s %14.0f %14.1f %14.0f %14.1f\n", "median", Median(bare), Median(mapped),
              Median(mapped) * static_cast<double>(rows) / megabytes, Median(times));
}

class Server {
 public:
  explicit Server(const std::string& data) {
    standalone::StandaloneConfig config;
    config.data = data;
    config.grpc = "127.0.0.1:0";
    config.http = "127.0.0.1:0";
    config.Complete();
    app_ = OrDie(standalone::App::Create(std::move(config), Clock::System()));
    OrDie(app_->Start());
    const absl::Time deadline = absl::Now() + kReadyMax;
    while (!app_->Ready().ok()) {
      BELLWETHER_CHECK(absl::Now() < deadline, "the server is not ready");
      // STYLE(sleep): a benchmark that waits for its own set-up, up to a deadline.
      absl::SleepFor(kLook);
    }
  }
  ~Server() { app_->Stop(absl::Now() + kDrain); }

  std::string target() const { return app_->grpc_target(); }

 private:
  std::unique_ptr<standalone::App> app_;
};

struct Ran {
  double seconds = 0;
  double cpu_seconds = 0;  // of the server, too
  double megabytes = 0;    // greatest resident size
};

// VmHWM of a process that runs; 0 once it is over.
double GreatestMegabytes(pid_t process) {
  std::ifstream status(absl::StrCat("/proc/", process, "/status"));
  std::string word;
  double kilobytes = 0;
  while (status >> word) {
    if (word == "VmHWM:") status >> kilobytes;
  }
  return kilobytes / 1024;
}

// `bellwetherctl` with these arguments, to success; what it says goes nowhere.
Ran RunCtl(std::vector<std::string> arguments) {
  std::string program = BELLWETHERCTL;
  std::vector<char*> argv = {program.data()};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::fflush(stdout);
  const double cpu = CpuSeconds();
  const absl::Time begin = absl::Now();
  const pid_t child = fork();
  if (child == 0) {
    const int nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, STDOUT_FILENO);
    dup2(nowhere, STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  Ran ran;
  int status = 0;
  rusage usage{};
  // What wait4 tells of memory begins with this process's own, and so does what is read before the
  // program has begun: the last reading counts.
  while (wait4(child, &status, WNOHANG, &usage) == 0) {
    const double megabytes = GreatestMegabytes(child);
    if (megabytes > 0) ran.megabytes = megabytes;
    // STYLE(sleep): a benchmark that watches what it measures, until that ends.
    absl::SleepFor(kLook);
  }
  BELLWETHER_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "the command failed");
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  ran.seconds = absl::ToDoubleSeconds(absl::Now() - begin);
  ran.cpu_seconds = CpuSeconds() - cpu + seconds(usage.ru_utime) + seconds(usage.ru_stime);
  return ran;
}

// The table's facts, made beforehand; until the fold has passed the last one.
Ran SendOverGrpc(const Server& server, const std::string& folder, const std::string& round) {
  std::vector<events::v1::FactEvent> facts;
  {
    imports::ImportPlan plan = PlanOf(folder);
    plan.facts.Rewind();
    events::v1::FactEvent event;
    while (plan.facts.Next(event)) facts.push_back(event);
    OrDie(plan.facts.status());
  }
  imports::GrpcImportTarget target(OrDie(rpc::Connect(server.target())), kCallTimeout);
  const double cpu = CpuSeconds();
  const absl::Time begin = absl::Now();
  const imports::FactsAnswer answer = OrDie(target.SendFacts(facts, round, [](int64_t) {}));
  BELLWETHER_CHECK(answer.accepted == static_cast<int64_t>(facts.size()), "facts were refused");
  while (!OrDie(target.Report(round, answer.up_to)).complete()) {
    BELLWETHER_CHECK(absl::Now() < begin + kFoldedMax, "the fold is stuck");
    // STYLE(sleep): a benchmark that waits for what it measures, up to a deadline.
    absl::SleepFor(kAskAgain);
  }
  return {absl::ToDoubleSeconds(absl::Now() - begin), CpuSeconds() - cpu};
}

Ran Import(const Server& server, const Scratch& scratch, const std::string& mapping,
           const std::string& folder) {
  return RunCtl(
      {"--server", server.target(), "import", mapping, folder, "--ledger", scratch / "ledger"});
}

// What one side came to over the rounds.
struct Side {
  std::vector<double> a_second;
  std::vector<double> cpu_micros;  // a row

  void Add(const Ran& ran, int64_t rows) {
    a_second.push_back(static_cast<double>(rows) / ran.seconds);
    cpu_micros.push_back(ran.cpu_seconds * 1e6 / static_cast<double>(rows));
  }
};

void MeasureEndToEnd(const Scratch& scratch, int64_t rows, int rounds) {
  const Server server(scratch / "data");
  const std::string facts_mapping = scratch / "facts.yaml";
  std::ofstream(facts_mapping) << kFactsMapping;
  std::printf("\nend to end, %lld orders of %lld customers; CPU of client and server together\n",
              static_cast<long long>(rows), static_cast<long long>(rows / kOrdersOfCustomer));
  std::printf("  %6s %12s %12s %8s %14s %14s %8s %10s\n", "round", "gRPC /s", "import /s", "share",
              "gRPC us CPU", "import us CPU", "share", "import MB");
  Side sent, imported;
  std::vector<double> shares, cpu_shares, megabytes;
  const auto folder = [&](absl::string_view of, int round) {
    const std::string name = absl::StrCat(of, round);
    return WriteOrders(scratch / name, name, rows);
  };
  // The first round is not counted: what is first is slow on both sides.
  for (int round = 0; round <= rounds; ++round) {
    const std::string import_folder = folder("import", round);
    const std::string send_folder = folder("send", round);
    Ran import, send;
    // In turn, since the server grows.
    if (round % 2 == 0) import = Import(server, scratch, facts_mapping, import_folder);
    send = SendOverGrpc(server, send_folder, absl::StrCat("send", round));
    if (round % 2 == 1) import = Import(server, scratch, facts_mapping, import_folder);
    if (round == 0) continue;
    sent.Add(send, rows);
    imported.Add(import, rows);
    shares.push_back(send.seconds / import.seconds);
    cpu_shares.push_back(send.cpu_seconds / import.cpu_seconds);
    megabytes.push_back(import.megabytes);
    std::printf("  %6d %12.0f %12.0f %7.0f%% %14.1f %14.1f %7.0f%% %10.0f\n", round,
                sent.a_second.back(), imported.a_second.back(), shares.back() * 100,
                sent.cpu_micros.back(), imported.cpu_micros.back(), cpu_shares.back() * 100,
                megabytes.back());
    std::fflush(stdout);
  }
  std::printf("  %6s %12.0f %12.0f %7.0f%% %14.1f %14.1f %7.0f%% %10.0f  goal %.0f%%: %s\n",
              "median", Median(sent.a_second), Median(imported.a_second), Median(shares) * 100,
              Median(sent.cpu_micros), Median(imported.cpu_micros), Median(cpu_shares) * 100,
              Median(megabytes), kGoalShare * 100,
              Median(shares) >= kGoalShare ? "met" : "NOT MET");
  Side created;
  created.Add(Import(server, scratch, "orders", folder("create", 0)), rows);
  std::printf("  and with its customers created: %.0f rows a second, %.1f us CPU a row\n",
              created.a_second.back(), created.cpu_micros.back());
}

void MeasureMemory(const Scratch& scratch, int64_t rows) {
  std::printf("\ngreatest memory of the command\n");
  for (const int64_t times : {1, 4, 16}) {
    const std::string folder =
        WriteOrders(scratch / absl::StrCat("memory", times), "memory", rows * times);
    const double table = static_cast<double>(std::filesystem::file_size(folder + "/orders.csv"));
    const Ran ran = RunCtl({"import", "orders", folder, "--check", "--ledger", scratch / "none"});
    std::printf("  %9lld rows, %5.0f MB: %4.0f MB (goal %.0f)%s\n",
                static_cast<long long>(rows * times), table / 1e6, ran.megabytes, kGoalMegabytes,
                ran.megabytes <= kGoalMegabytes ? "" : "  ABOVE THE GOAL");
    std::fflush(stdout);
    std::filesystem::remove_all(folder);
  }
}

}  // namespace
}  // namespace bellwether

int main(int argc, char** argv) {
  const int64_t rows = argc > 1 ? std::atoll(argv[1]) : 200'000;
  const int rounds = argc > 2 ? std::atoi(argv[2]) : 5;
  const bellwether::Scratch scratch;
  bellwether::MeasureReading(scratch, rows, rounds);
  bellwether::MeasureMemory(scratch, rows);
  bellwether::MeasureEndToEnd(scratch, rows, rounds);
  return 0;
}
