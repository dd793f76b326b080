#include "services/opportunities/adapters/process_file.h"

#include <vector>

#include "bellwether/opportunities/v1/process.pb.h"
#include "common/base/status.h"
#include "common/config/yaml_message.h"
#include "services/opportunities/config_files.h"

namespace bellwether::opportunities {

absl::StatusOr<Process> ParseProcess(absl::string_view yaml, absl::string_view file) {
  v1::ProcessTemplate proto;
  config::Problems problems;
  config::SourceMap lines(file);
  config::ReadYaml(yaml, file, proto, problems, &lines);
  RETURN_IF_ERROR(problems.ToStatus());
  std::vector<Stage> stages;
  for (const v1::Stage& stage : proto.stages()) {
    stages.push_back({stage.stage_id(), {stage.aliases().begin(), stage.aliases().end()}});
  }
  std::vector<std::string> loss_reasons;
  for (const v1::LossReason& reason : proto.loss_reasons()) loss_reasons.push_back(reason.code());
  absl::StatusOr<Process> process = Process::Create(stages, loss_reasons);
  if (!process.ok()) {
    const ErrorDetail detail = DetailOf(process.status()).value_or(ErrorDetail{});
    problems.Add(
        {lines.PlaceOf(detail.field), detail.field, std::string(process.status().message())});
    return problems.ToStatus();
  }
  return process;
}

absl::StatusOr<Process> LoadProcess(const std::string& path) {
  if (path.empty()) {
    const EmbeddedFile& shipped = ConfigFiles().front();
    return ParseProcess(shipped.content, shipped.name);
  }
  ASSIGN_OR_RETURN(const std::string yaml, config::ReadFile(path));
  return ParseProcess(yaml, path);
}

}  // namespace bellwether::opportunities
