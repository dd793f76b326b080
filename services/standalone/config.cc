#include "services/standalone/config.h"

#include <algorithm>

#include "common/rpc/server.h"

namespace bellwether::standalone {

void StandaloneConfig::Bind(config::Settings& settings) {
  settings.Text("data", data, "folder of everything that is remembered");
  settings.Text("http", http,
                "address of the HTTP endpoint: the console, Connect, CloudEvents, probes, metrics");
  settings.Text("grpc", grpc, "address of the gRPC endpoint");
  settings.Integer("partitions", partitions, {1, 1'024},
                   "partitions of every topic; fixed when the data folder is made");
  settings.Text("calendar-file", calendar_file,
                "time zone, business hours, holidays (YAML); empty: Asia/Shanghai, Mon-Fri 9-18");
  settings.Duration("drain", drain, {absl::Seconds(1), absl::Minutes(10)},
                    "longest time from the signal to the end");
  settings.Integer("call-threads", call_threads, {1, 256},
                   "threads that run the calls of one service");
  settings.Integer("streams-max", streams_max, {1, rpc::kConcurrentCallsPerConnectionMax - 1},
                   "most streams that are open at a time");
  settings.Integer("http-connections-max", http_connections_max, {1, 1'000'000},
                   "most connections to the HTTP endpoint");
  settings.Flag("demo", demo.enabled, "begin with a simulated portfolio, and play it on");
  settings.Integer("demo-seed", demo.seed, {0, int64_t{1} << 53},
                   "another seed is another portfolio");
  settings.Integer("demo-accounts", demo.accounts, {1, static_cast<int>(simulator::kAccountsMax)},
                   "accounts of the portfolio");
  settings.Integer("demo-days", demo.days, {1, 3'650}, "days of its past");
  settings.Integer("demo-rate", demo.rate, {1, 1'000}, "live facts a second");
  settings.Text("import", import_folder, "folder of tables a fresh journal begins with");
  settings.Text("import-mapping", import_mapping,
                "their mapping: a file or a shipped name; empty: the one whose tables are there");
  ForEach([&](const char* name, auto& service) {
    settings.Section(name, [&](config::Settings& section) { service.Bind(section); });
  });
  settings.Check("demo", [this] {
    if (!demo.enabled || import_folder.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError("a journal begins with a demo or with an import, not both");
  });
}

void StandaloneConfig::Complete() {
  ForEach([&](const char*, auto& service) { service.partitions = partitions; });
  // One process has one reporting currency.
  for (std::string* file : {&opportunities.currencies_file, &alerts.currencies_file}) {
    if (file->empty()) *file = gateway.currencies_file;
  }
  if (gateway.uploads.empty()) gateway.uploads = data + "/uploads";
  // The past is built first; its builder makes the journal live.
  if (demo.enabled || !import_folder.empty()) gateway.live_at_start = false;
}

}  // namespace bellwether::standalone
