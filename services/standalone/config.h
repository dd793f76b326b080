// What a deployment of everything in one process may set.
#ifndef BELLWETHER_SERVICES_STANDALONE_CONFIG_H_
#define BELLWETHER_SERVICES_STANDALONE_CONFIG_H_

#include <string>

#include "absl/time/time.h"
#include "common/bus/topics.h"
#include "common/config/settings.h"
#include "common/rpc/open_streams.h"
#include "services/simulator/domain/profile.h"
#include "services/standalone/service_configs.h"

namespace bellwether::standalone {

struct DemoConfig {
  bool enabled = false;
  int64_t seed = 1;
  int accounts = static_cast<int>(simulator::kAccountsDefault);
  int days = 548;
  // Live facts a second.
  int rate = 4;
};

// And what each of deploy/services.txt may, under its name.
struct StandaloneConfig : ServiceConfigs {
  // Everything the process remembers lies here.
  std::string data = ".bellwether/data";
  std::string http = "127.0.0.1:8080";
  std::string grpc = "127.0.0.1:9090";
  // Fixed when the data folder is made.
  int partitions = bus::kPartitionsDefault;
  // File; empty means Asia/Shanghai, Monday to Friday, 9 to 18 h.
  std::string calendar_file;
  absl::Duration drain = absl::Seconds(20);
  // Threads that run the calls of one service.
  int call_threads = 4;
  // Of those open at a time: watchers, imports, and connections that they come by.
  int streams_max = static_cast<int>(rpc::kStreamsMaxDefault);
  int http_connections_max = static_cast<int>(gateway::kHttpConnectionsMax);
  DemoConfig demo;
  // Folder of tables that a fresh journal begins with, and their mapping: a file, the name of a
  // shipped one, or empty for the one whose tables are there.
  std::string import_folder;
  std::string import_mapping;

  void Bind(config::Settings& settings);
  // What follows from the rest: to be called once it is read.
  void Complete();
};

}  // namespace bellwether::standalone

#endif  // BELLWETHER_SERVICES_STANDALONE_CONFIG_H_
