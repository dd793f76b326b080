#include "common/config/watched_file.h"

#include <stop_token>
#include <utility>

#include "absl/status/statusor.h"
#include "common/config/yaml_message.h"
#include "common/log/log.h"

namespace bellwether::config {
namespace {

metrics::Counter& Reloads(metrics::Registry& metrics, const WatchedName& name,
                          absl::string_view outcome) {
  return metrics
      .Counters("bellwether_config_reloads_total", "Changed configuration files that were read.",
                {"service", "file", "outcome"})
      .With({name.service, name.file, outcome});
}

}  // namespace

WatchedFile::WatchedFile(WatchedName name, std::string path, std::string text, Take take,
                         metrics::Registry& metrics)
    : name_(std::move(name)),
      path_(std::move(path)),
      found_(text),
      settled_(text),
      in_effect_(std::move(text)),
      take_(std::move(take)),
      taken_(Reloads(metrics, name_, "taken")),
      refused_(Reloads(metrics, name_, "refused")),
      is_refused_(metrics
                      .Gauges("bellwether_config_file_refused",
                              "1 while a configuration file is not what is in effect.",
                              {"service", "file"})
                      .With({name_.service, name_.file})),
      loop_({.name = "watched-file"}, [this](const std::stop_token&) {
        Look();
        return kLookInterval;
      }) {}

void WatchedFile::Start() {
  if (!path_.empty()) loop_.Start();
}

void WatchedFile::Look() {
  const absl::StatusOr<std::string> text = ReadFile(path_);
  const std::optional<std::string> now = text.ok() ? std::optional(*text) : std::nullopt;
  if (std::exchange(found_, now) != now || now == settled_) return;
  settled_ = now;
  if (!text.ok()) return Judge(text.status());
  const absl::Status taken = *text == in_effect_ ? absl::OkStatus() : take_(*text);
  if (taken.ok()) in_effect_ = *text;
  Judge(taken);
}

void WatchedFile::Judge(const absl::Status& status) {
  is_refused_.Set(status.ok() ? 0 : 1);
  if (status.ok()) {
    taken_.Increment();
    LogInfo("configuration file taken", {{"file", name_.file}, {"path", path_}});
  } else {
    refused_.Increment();
    LogError("configuration file refused; what was in effect stays",
             {{"file", name_.file}, {"path", path_}, {"status", status}});
  }
}

}  // namespace bellwether::config
