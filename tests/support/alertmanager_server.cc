#include "tests/support/alertmanager_server.h"

#include <cstdio>
#include <fstream>
#include <memory>

#include "absl/strings/str_cat.h"
#include "yaml-cpp/yaml.h"

namespace bellwether::testing {
namespace {

// The body of a GET, empty unless it is answered with success.
std::string Fetch(const std::string& url) {
  const std::string command = absl::StrCat("curl --silent --fail --max-time 5 '", url, "'");
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string body;
  char bytes[4'096];
  while (const size_t got = fread(bytes, 1, sizeof(bytes), pipe.get())) body.append(bytes, got);
  return body;
}

std::map<std::string, std::string> PairsOf(const YAML::Node& node) {
  std::map<std::string, std::string> pairs;
  for (const auto& pair : node) pairs[pair.first.as<std::string>()] = pair.second.as<std::string>();
  return pairs;
}

}  // namespace

AlertmanagerServer::AlertmanagerServer()
    : ChildServer(
          "alertmanager",
          [](int port, const std::filesystem::path& folder) -> std::vector<std::string> {
            const std::string file = (folder / "alertmanager.yml").string();
            std::ofstream(file) << "route: {receiver: \"null\"}\nreceivers: [{name: \"null\"}]\n";
            return {"prometheus-alertmanager", absl::StrCat("--config.file=", file),
                    absl::StrCat("--storage.path=", (folder / "data").string()),
                    absl::StrCat("--web.listen-address=127.0.0.1:", port),
                    "--cluster.listen-address="};
          },
          [](int port) {
            return !Fetch(absl::StrCat("http://127.0.0.1:", port, "/-/ready")).empty();
          }) {}

std::string AlertmanagerServer::url() const { return absl::StrCat("http://127.0.0.1:", port()); }

std::vector<AlertmanagerServer::Listed> AlertmanagerServer::Alerts() const {
  std::vector<Listed> alerts;
  const std::string body = Fetch(absl::StrCat(url(), "/api/v2/alerts"));
  if (body.empty()) return alerts;
  for (const YAML::Node& alert : YAML::Load(body)) {  // JSON is YAML
    alerts.push_back({PairsOf(alert["labels"]), PairsOf(alert["annotations"]),
                      alert["startsAt"].as<std::string>(), alert["endsAt"].as<std::string>()});
  }
  return alerts;
}

}  // namespace bellwether::testing
