// A file of configuration that takes effect anew when it has changed on disk.
#ifndef BELLWETHER_COMMON_CONFIG_WATCHED_FILE_H_
#define BELLWETHER_COMMON_CONFIG_WATCHED_FILE_H_

#include <optional>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/metrics/metrics.h"
#include "common/runtime/background_loop.h"

namespace bellwether::config {

inline constexpr absl::Duration kLookInterval = absl::Seconds(2);

// Whose file it is, for log and metrics: "gateway", "currencies".
struct WatchedName {
  std::string service;
  std::string file;
};

// Looks at the file again and again. A new text is taken once two looks have found it, so that one
// that is just being written is not; a faulty one is logged, shows in the metrics, and leaves what
// was in effect. Metrics: bellwether_config_reloads_total, and bellwether_config_file_refused, 1
// while the file on disk is not what is in effect.
//
// Start once, then Stop (also by the destructor), from one thread.
class WatchedFile {
 public:
  // Lets a text take effect as a whole, or says why not. On the thread that looks.
  using Take = absl::AnyInvocable<absl::Status(absl::string_view text)>;

  // `text` is in effect. An empty path is never looked at.
  WatchedFile(WatchedName name, std::string path, std::string text, Take take,
              metrics::Registry& metrics);

  void Start();
  void Stop() { loop_.Stop(); }

  // One look. Not while started.
  void Look();

 private:
  void Judge(const absl::Status& status);

  const WatchedName name_;
  const std::string path_;
  // Nothing where the file cannot be read.
  std::optional<std::string> found_;    // by the last look
  std::optional<std::string> settled_;  // by two, and judged
  std::string in_effect_;
  Take take_;
  metrics::Counter& taken_;
  metrics::Counter& refused_;
  metrics::Gauge& is_refused_;
  runtime::BackgroundLoop loop_;
};

}  // namespace bellwether::config

#endif  // BELLWETHER_COMMON_CONFIG_WATCHED_FILE_H_
