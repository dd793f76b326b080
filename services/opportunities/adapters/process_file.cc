#include "services/opportunities/adapters/process_file.h"

#include <string>
#include <utility>
#include <vector>

#include "bellwether/opportunities/v1/process.pb.h"
#include "common/base/status.h"
#include "common/config/document.h"
#include "services/opportunities/config_files.h"

namespace bellwether::opportunities {

namespace {

using Template = config::Document<v1::ProcessTemplate>;

absl::StatusOr<Process> ToProcess(const Template& document) {
  std::vector<Stage> stages;
  for (const v1::Stage& stage : document.message.stages()) {
    stages.push_back({stage.stage_id(), {stage.aliases().begin(), stage.aliases().end()}});
  }
  std::vector<std::string> loss_reasons;
  for (const v1::LossReason& reason : document.message.loss_reasons()) {
    loss_reasons.push_back(reason.code());
  }
  absl::StatusOr<Process> process = Process::Create(stages, loss_reasons);
  return process.ok() ? std::move(process) : document.At(process.status());
}

}  // namespace

absl::StatusOr<Process> ParseProcess(absl::string_view yaml, absl::string_view file) {
  ASSIGN_OR_RETURN(const Template document, config::ParseDocument<v1::ProcessTemplate>(yaml, file));
  return ToProcess(document);
}

absl::StatusOr<Process> LoadProcess(const std::string& path) {
  ASSIGN_OR_RETURN(const Template document,
                   config::LoadShipped<v1::ProcessTemplate>(path, "process.yaml", ConfigFiles()));
  return ToProcess(document);
}

}  // namespace bellwether::opportunities
