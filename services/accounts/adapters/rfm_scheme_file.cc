#include "services/accounts/adapters/rfm_scheme_file.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bellwether/accounts/v1/rfm_scheme.pb.h"
#include "bellwether/scheme/v1/scheme.pb.h"
#include "common/base/status.h"
#include "common/config/document.h"
#include "common/levels/service_level.h"
#include "services/accounts/application/rfm_classes.h"
#include "services/accounts/config_files.h"

namespace bellwether::accounts {
namespace {

using Scheme = config::Document<v1::RfmScheme>;

constexpr absl::Duration kCorrectionInterval = absl::Minutes(1);

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

absl::StatusOr<RfmConfig> ToRfmConfig(const Scheme& document) {
  const v1::RfmScheme& proto = document.message;
  const RfmConfig config = {
      .scheme = {.recency_weight_micros = proto.recency_weight_micros(),
                 .frequency_weight_micros = proto.frequency_weight_micros(),
                 .monetary_weight_micros = proto.monetary_weight_micros(),
                 .share_micros = {proto.strategic_partner_share_micros(), proto.core_share_micros(),
                                  proto.development_share_micros(), proto.potential_share_micros(),
                                  proto.maintenance_share_micros()}},
      .order_metrics = {proto.recency_metric(), proto.frequency_metric(), proto.monetary_metric()},
      .correction_interval = proto.has_correction_interval()
                                 ? ToDuration(proto.correction_interval())
                                 : kCorrectionInterval};
  config::Problems problems;
  const auto require = [&](const absl::Status& status) {
    if (status.ok()) return;
    const std::string field = DetailOf(status)->field;
    problems.Add({document.lines.PlaceOf(field), field, std::string(status.message())});
  };
  require(Validate(config.scheme));
  for (const auto& [name, metric] : {std::pair("recency_metric", proto.recency_metric()),
                                     {"frequency_metric", proto.frequency_metric()},
                                     {"monetary_metric", proto.monetary_metric()}}) {
    if (metric.empty()) require(InvalidArgument("METRIC_MISSING", name, "must be named", "A3"));
  }
  if (config.correction_interval < absl::Seconds(1) ||
      config.correction_interval > absl::Hours(1)) {
    require(InvalidArgument("CORRECTION_INTERVAL_INVALID", "correction_interval",
                            "must be between 1 second and 1 hour", "A3"));
  }
  RETURN_IF_ERROR(problems.ToStatus());
  return config;
}

absl::StatusOr<scheme::Scheme> ToRfmClasses(const scheme::v1::Scheme& proto) {
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
  for (size_t i = 0; i < classes.classes.size(); ++i) {
    const std::optional<std::string> tier = classes.EffectOf(classes.classes[i].name, kTierEffect);
    const auto tiers = ServiceLevels();
    if (tier.has_value() && std::find(tiers.begin(), tiers.end(), *tier) == tiers.end()) {
      return InvalidArgument("SCHEME_INVALID", absl::StrCat("classes[", i, "].effects"),
                             absl::StrCat("there is no tier ", *tier), "A10");
    }
  }
  return classes;
}

using ClassesDocument = config::Document<scheme::v1::Scheme>;

}  // namespace

absl::StatusOr<RfmConfig> ParseRfmConfig(absl::string_view yaml, absl::string_view file) {
  ASSIGN_OR_RETURN(const Scheme document, config::ParseDocument<v1::RfmScheme>(yaml, file));
  return ToRfmConfig(document);
}

absl::StatusOr<scheme::Scheme> ParseRfmClasses(absl::string_view yaml, absl::string_view file) {
  ASSIGN_OR_RETURN(const ClassesDocument document,
                   config::ParseDocument<scheme::v1::Scheme>(yaml, file));
  absl::StatusOr<scheme::Scheme> classes = ToRfmClasses(document.message);
  return classes.ok() ? std::move(classes) : document.At(classes.status());
}

absl::StatusOr<RfmConfig> LoadRfmConfig(const std::string& path) {
  ASSIGN_OR_RETURN(const Scheme document,
                   config::LoadShipped<v1::RfmScheme>(path, "rfm.yaml", ConfigFiles()));
  ASSIGN_OR_RETURN(RfmConfig config, ToRfmConfig(document));
  ASSIGN_OR_RETURN(const ClassesDocument classes_document,
                   config::LoadShipped<scheme::v1::Scheme>("", "rfm_classes.yaml", ConfigFiles()));
  absl::StatusOr<scheme::Scheme> classes = ToRfmClasses(classes_document.message);
  if (!classes.ok()) return classes_document.At(classes.status());
  config.classes = *std::move(classes);
  return config;
}

}  // namespace bellwether::accounts
