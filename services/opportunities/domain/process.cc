#include "services/opportunities/domain/process.h"

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"

namespace bellwether::opportunities {
namespace {

absl::Status Invalid(absl::string_view field, absl::string_view what) {
  return InvalidArgument("PROCESS_INVALID", field, what, "O1");
}

}  // namespace

absl::StatusOr<Process> Process::Create(const std::vector<Stage>& stages,
                                        const std::vector<std::string>& loss_reasons) {
  if (stages.empty() || stages.size() > kStagesMax) {
    return Invalid("stages", absl::StrCat("a process has 1 to ", kStagesMax, " stages"));
  }
  Process process;
  const auto name = [&](const std::string& text, int place) -> absl::Status {
    const std::string field = absl::StrCat("stages[", place, "]");
    if (!IsValidId(text)) return Invalid(field, absl::StrCat("\"", text, "\" is no id"));
    if (!process.places_.emplace(text, place).second) {
      return Invalid(field, absl::StrCat("\"", text, "\" stands twice"));
    }
    return absl::OkStatus();
  };
  for (const Stage& stage : stages) {
    const int place = process.stage_count();
    RETURN_IF_ERROR(name(stage.id, place));
    for (const std::string& alias : stage.aliases) RETURN_IF_ERROR(name(alias, place));
    process.stages_.push_back(stage.id);
  }
  for (const std::string& code : loss_reasons) {
    if (!IsValidId(code) || !process.loss_reasons_.insert(code).second) {
      return Invalid("loss_reasons", absl::StrCat("\"", code, "\" is no id or stands twice"));
    }
  }
  return process;
}

int Process::PlaceOf(absl::string_view name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? -1 : found->second;
}

}  // namespace bellwether::opportunities
