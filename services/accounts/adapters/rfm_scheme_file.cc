#include "services/accounts/adapters/rfm_scheme_file.h"

#include <algorithm>
#include <optional>

#include "absl/strings/str_cat.h"
#include "bellwether/accounts/v1/rfm_scheme.pb.h"
#include "bellwether/scheme/v1/scheme.pb.h"
#include "common/base/status.h"
#include "common/config/yaml_message.h"
#include "services/accounts/application/rfm_classes.h"
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

absl::StatusOr<scheme::Scheme> ParseRfmClasses(absl::string_view yaml, absl::string_view file) {
  scheme::v1::Scheme proto;
  config::Problems problems;
  config::ReadYaml(yaml, file, proto, problems);
  RETURN_IF_ERROR(problems.ToStatus());
  ASSIGN_OR_RETURN(scheme::Scheme classes, scheme::FromProto(proto));
  if (classes.classes.size() != kRfmLevels) {
    return InvalidArgument("SCHEME_INVALID", "classes", "RFM has five levels", "A3");
  }
  if (classes.schedule.cadence != scheme::Cadence::kNightly) {
    return InvalidArgument("SCHEME_INVALID", "schedule.cadence", "RFM is recomputed nightly", "A3");
  }
  if (classes.otherwise.empty()) {
    return InvalidArgument("SCHEME_INVALID", "otherwise",
                           "accounts without orders have a level, too", "A3");
  }
  for (const scheme::Class& each : classes.classes) {
    const std::optional<std::string> tier = classes.EffectOf(each.name, kTierEffect);
    const auto tiers = ServiceLevels();
    if (tier.has_value() && std::find(tiers.begin(), tiers.end(), *tier) == tiers.end()) {
      return InvalidArgument("SCHEME_INVALID", "classes.effects",
                             absl::StrCat("there is no tier ", *tier), "A10");
    }
  }
  return classes;
}

absl::StatusOr<RfmConfig> LoadRfmConfig(const std::string& path) {
  const EmbeddedFile& figures = ConfigFiles()[0];
  const EmbeddedFile& classes = ConfigFiles()[1];
  std::string yaml(figures.content);
  if (!path.empty()) {
    ASSIGN_OR_RETURN(yaml, config::ReadFile(path));
  }
  ASSIGN_OR_RETURN(RfmConfig config, ParseRfmConfig(yaml, path.empty() ? figures.name : path));
  ASSIGN_OR_RETURN(config.classes, ParseRfmClasses(classes.content, classes.name));
  return config;
}

}  // namespace bellwether::accounts
