#include "services/accounts/adapters/rfm_scheme_file.h"

#include "bellwether/accounts/v1/rfm_scheme.pb.h"
#include "common/base/status.h"
#include "common/config/yaml_message.h"
#include "services/accounts/config_files.h"

namespace bellwether::accounts {

absl::StatusOr<RfmConfig> ParseRfmConfig(absl::string_view yaml, absl::string_view file) {
  v1::RfmScheme proto;
  config::Problems problems;
  config::ReadYaml(yaml, file, proto, problems);
  const RfmConfig config = {
      .scheme = {.recency_weight_micros = proto.recency_weight_micros(),
                 .frequency_weight_micros = proto.frequency_weight_micros(),
                 .monetary_weight_micros = proto.monetary_weight_micros(),
                 .share_micros = {proto.strategic_partner_share_micros(), proto.core_share_micros(),
                                  proto.development_share_micros(), proto.potential_share_micros(),
                                  proto.maintenance_share_micros()}},
      .order_metrics = {proto.recency_metric(), proto.frequency_metric(), proto.monetary_metric()}};
  if (problems.empty()) {
    const absl::Status valid = Validate(config.scheme);
    if (!valid.ok()) problems.Add({std::string(file), "", std::string(valid.message())});
    if (config.order_metrics.recency.empty() || config.order_metrics.frequency.empty() ||
        config.order_metrics.monetary.empty()) {
      problems.Add({std::string(file), "", "all three metrics must be named"});
    }
  }
  RETURN_IF_ERROR(problems.ToStatus());
  return config;
}

absl::StatusOr<RfmConfig> LoadRfmConfig(const std::string& path) {
  if (path.empty()) {
    const EmbeddedFile& shipped = ConfigFiles().front();
    return ParseRfmConfig(shipped.content, shipped.name);
  }
  ASSIGN_OR_RETURN(const std::string yaml, config::ReadFile(path));
  return ParseRfmConfig(yaml, path);
}

}  // namespace bellwether::accounts
