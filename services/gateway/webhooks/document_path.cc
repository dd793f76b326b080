#include "services/gateway/webhooks/document_path.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"

namespace bellwether::gateway {

absl::StatusOr<DocumentPath> DocumentPath::Parse(absl::string_view text) {
  DocumentPath path;
  if (text.empty()) return path;
  absl::string_view rest = text;
  const bool pointer = absl::ConsumePrefix(&rest, "/");
  path.steps_ = absl::StrSplit(rest, pointer ? '/' : '.');
  for (std::string& step : path.steps_) {
    if (pointer) step = absl::StrReplaceAll(step, {{"~1", "/"}, {"~0", "~"}});
    if (!step.empty() || pointer) continue;
    return InvalidArgument("BAD_PATH", "", absl::StrCat("\"", text, "\" has an empty step"));
  }
  if (path.steps_.size() > kPathStepsMax) {
    return InvalidArgument("BAD_PATH", "",
                           absl::StrCat("a path has at most ", kPathStepsMax, " steps"));
  }
  return path;
}

const json::Value* DocumentPath::Find(const json::Value& document) const {
  const json::Value* at = &document;
  for (const std::string& step : steps_) {
    if (at->kind == json::Value::Kind::kObject) {
      at = at->Find(step);
    } else if (uint32_t index = 0; at->kind == json::Value::Kind::kList &&
                                   absl::SimpleAtoi(step, &index) && index < at->items.size()) {
      at = &at->items[index];
    } else {
      return nullptr;
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

}  // namespace bellwether::gateway
