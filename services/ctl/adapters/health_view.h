// Shows health: scores, their parts and why they moved.
#ifndef BELLWETHER_SERVICES_CTL_ADAPTERS_HEALTH_VIEW_H_
#define BELLWETHER_SERVICES_CTL_ADAPTERS_HEALTH_VIEW_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "bellwether/events/v1/signal.pb.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "bellwether/health/v1/model.pb.h"
#include "services/ctl/adapters/session.h"

namespace bellwether::ctl {

// Names and units of metrics, dimensions and bands in the session's language.
class HealthNames {
 public:
  static absl::StatusOr<HealthNames> Read(Session& session);

  std::string Metric(const std::string& name) const;
  health::v1::MetricUnit Unit(const std::string& metric) const;
  // The model gives points for the metric.
  bool Weighed(const std::string& metric) const { return weighed_.contains(metric); }
  std::string Dimension(const std::string& id) const;
  std::string Band(const std::string& id) const;

 private:
  struct NamedMetric {
    std::string title;
    health::v1::MetricUnit unit = health::v1::METRIC_UNIT_UNSPECIFIED;
  };
  std::map<std::string, NamedMetric> metrics_;
  std::set<std::string> weighed_;
  std::map<std::string, std::string> dimensions_;
  std::map<std::string, std::string> bands_;
};

// "83.25 → 71.00", "first score 71.00", or "score gone, was 83.25".
std::string ScoreChangeText(const Session& session, std::optional<int64_t> before,
                            std::optional<int64_t> after);

// "order_placed crm/salesforce 42", "fact_retracted crm 43 (crm/salesforce 42)", "day closed".
std::string CauseText(const events::v1::Cause& cause);

// The score, its dimensions and metrics with what each contributes.
void ShowHealth(Session& session, const HealthNames& names,
                const health::v1::AccountHealth& health);

// Every change with its cause, the points of each metric and a sum line. The points shown add up
// exactly to the difference shown: they are rounded together. False when the exact figures the
// server sent do not add up, which is shown too.
bool ShowExplanation(Session& session, const HealthNames& names,
                     const health::v1::ExplainHealthResponse& explanation);

}  // namespace bellwether::ctl

#endif  // BELLWETHER_SERVICES_CTL_ADAPTERS_HEALTH_VIEW_H_
