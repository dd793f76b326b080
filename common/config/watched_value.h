// What a file of configuration says, kept as the file has it.
#ifndef BELLWETHER_COMMON_CONFIG_WATCHED_VALUE_H_
#define BELLWETHER_COMMON_CONFIG_WATCHED_VALUE_H_

#include <optional>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "common/config/watched_file.h"
#include "common/config/yaml_message.h"
#include "common/metrics/metrics.h"

namespace bellwether::config {

// A text of the file and what it says.
template <typename Value>
struct ReadValue {
  std::string text;
  Value value;
};

// Start once, then Stop (also by the destructor), from one thread. `Source` is a CurrentValue.
template <typename Source>
class WatchedValue {
 public:
  using Value = typename Source::Value;
  // Hands what `text` says to `take`; what is wrong with it, or what `take` has against it, comes
  // back with its place in `file`.
  using Read = absl::Status (*)(absl::string_view text, absl::string_view file,
                                absl::FunctionRef<absl::Status(Value)> take);

  const Source& source() const { return source_; }

  // From here on a changed file takes effect.
  void Start() { file_.Start(); }
  void Stop() { file_.Stop(); }
  // One look at the file. Not while started.
  void Look() { file_.Look(); }

 protected:
  // The file at `path`; without a path `otherwise`, for good.
  static absl::StatusOr<ReadValue<Value>> First(const std::string& path, Read read,
                                                std::string otherwise = "") {
    std::string text = std::move(otherwise);
    if (!path.empty()) {
      ASSIGN_OR_RETURN(text, ReadFile(path));
    }
    std::optional<Value> value;
    RETURN_IF_ERROR(read(text, path, [&](Value said) {
      value = std::move(said);
      return absl::OkStatus();
    }));
    return ReadValue<Value>{std::move(text), *std::move(value)};
  }

  WatchedValue(WatchedName name, const std::string& path, ReadValue<Value> first, Read read,
               metrics::Registry& metrics)
      : source_(std::move(first.value)),
        file_(
            std::move(name), path, std::move(first.text),
            [this, path, read](absl::string_view text) {
              return read(text, path,
                          [this](Value next) { return source_.Replace(std::move(next)); });
            },
            metrics) {}
  ~WatchedValue() = default;

 private:
  Source source_;
  WatchedFile file_;
};

}  // namespace bellwether::config

#endif  // BELLWETHER_COMMON_CONFIG_WATCHED_VALUE_H_
