// A service's configuration: one typed struct, bound to keys with bounds.
//
//   struct HealthConfig {
//     std::string listen = "127.0.0.1:7304";
//     absl::Duration checkpoint_interval = absl::Seconds(30);
//     std::string store_password;
//
//     void Bind(config::Settings& settings) {
//       settings.Text("listen", listen, "address of the gRPC endpoint");
//       settings.Duration("checkpoint.interval", checkpoint_interval, {absl::Seconds(1),
//                         absl::Minutes(10)}, "longest time between checkpoints");
//       settings.Secret("store.password", store_password, "password of the store");
//     }
//   };
//
//   int main(int argc, char** argv) {
//     HealthConfig config;
//     config::Settings settings("health", "Live health scores.");
//     config.Bind(settings);
//     const config::Outcome outcome = settings.Load(argc, argv);
//     if (outcome.exit_code.has_value()) return *outcome.exit_code;
//
// The key `checkpoint.interval` is `checkpoint: {interval: 30s}` in the file, which is named by
// --config or BELLWETHER_HEALTH_CONFIG; BELLWETHER_HEALTH_CHECKPOINT_INTERVAL in the environment;
// --checkpoint-interval as a flag. File < environment < flag. Unknown keys, variables of the prefix
// and flags are errors; all problems are reported at once. (Kubernetes makes variables of its own
// for services whose name is the prefix: deployments set enableServiceLinks: false.)
//
// Keys: what belongs together is a section with a dot (checkpoint.interval, webhook.timeout), words
// are joined by dashes (failures-max), a bound ends in -max or -min, a file in -file. In the file
// dots and dashes mean the same, so `checkpoint-interval: 30s` is the key above too.
//
// Every service also has log.level.
#ifndef BELLWETHER_COMMON_CONFIG_SETTINGS_H_
#define BELLWETHER_COMMON_CONFIG_SETTINGS_H_

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/config/problems.h"

namespace bellwether::config {

// Both ends are allowed values.
template <typename T>
struct Bounds {
  T least;
  T most;
};

inline constexpr int kExitOk = 0;
inline constexpr int kExitConfigInvalid = 2;

// What Load decided: run on, or leave with that exit code (--help, --check-config, problems).
struct Outcome {
  std::optional<int> exit_code;
};

// One thread. The bound variables outlive it and hold the defaults until Load.
class Settings {
 public:
  // `service` is the prefix of environment variables.
  Settings(absl::string_view service, absl::string_view description);

  void Text(absl::string_view key, std::string& value, absl::string_view meaning);
  // One of `choices`.
  void Choice(absl::string_view key, std::string& value, std::vector<std::string> choices,
              absl::string_view meaning);
  // Never printed. Given as text, or as "file:<path>" whose first line it is.
  void Secret(absl::string_view key, std::string& value, absl::string_view meaning);
  // On the command line "--key" alone means true.
  void Flag(absl::string_view key, bool& value, absl::string_view meaning);
  void Integer(absl::string_view key, int64_t& value, Bounds<int64_t> bounds,
               absl::string_view meaning);
  void Integer(absl::string_view key, int& value, Bounds<int> bounds, absl::string_view meaning);
  void Duration(absl::string_view key, absl::Duration& value, Bounds<absl::Duration> bounds,
                absl::string_view meaning);

  // Binds what `bind` binds with "<name>." before each key: a program that hosts several services.
  void Section(absl::string_view name, const std::function<void(Settings&)>& bind);

  // A check over several values, run when each is well-formed by itself.
  void Check(absl::string_view key, std::function<absl::Status()> check);

  // For main: reads --config, the environment and the flags, sets up the log, and logs the
  // effective configuration. Prints help, problems, or (with --check-config) the effective
  // configuration.
  Outcome Load(int argc, const char* const* argv);

  // The parts of Load, for tests. Environment as "NAME=value".
  absl::Status Apply(const std::vector<std::string>& arguments,
                     const std::vector<std::string>& environment);
  // The effective values, a line "key: value" each, secrets masked.
  std::string Effective() const;

 private:
  struct Setting {
    std::string key;
    std::string meaning;
    bool secret = false;
    std::function<absl::Status(absl::string_view text)> set;
    std::function<std::string()> get;
    // What the flag without a value stands for; empty: it needs one.
    std::string alone = "";
    // Where it was set last: "health.yaml:3", a variable, a flag; empty: nowhere.
    std::string place = "";
  };

  void Bind(Setting setting);
  Setting* Find(absl::string_view key);
  std::string EnvironmentName(absl::string_view key) const;
  static std::string FlagName(absl::string_view key);
  void Set(absl::string_view key, absl::string_view text, const std::string& place,
           Problems& problems);
  void ApplyFile(const std::string& path, Problems& problems);

  std::string service_;
  std::string description_;
  std::string prefix_;  // of the section being bound
  std::vector<Setting> settings_;
  std::vector<std::pair<std::string, std::function<absl::Status()>>> checks_;
  std::string log_level_ = "info";
  bool check_only_ = false;
  std::string help_;  // not empty once --help was asked for
};

}  // namespace bellwether::config

#endif  // BELLWETHER_COMMON_CONFIG_SETTINGS_H_
