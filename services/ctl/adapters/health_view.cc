#include "services/ctl/adapters/health_view.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/resource_name.h"
#include "common/base/status.h"
#include "common/decimal/decimal.h"
#include "services/ctl/adapters/format.h"
#include "services/ctl/domain/text_table.h"

namespace bellwether::ctl {
namespace {

// Two decimals of a point.
constexpr int64_t kShownUnit = 10'000;

std::string ValueText(Session& session, const HealthNames& names, const std::string& metric,
                      int64_t value_micros, bool absent) {
  if (absent) return "–";
  const health::v1::MetricUnit unit = names.Unit(metric);
  return unit == health::v1::METRIC_UNIT_INSTANT
             ? session.Instant(absl::FromUnixMicros(value_micros))
             : MetricFigure(value_micros, unit,
                            unit == health::v1::METRIC_UNIT_MONEY ? session.ReportingDigits() : 0);
}

}  // namespace

absl::StatusOr<HealthNames> HealthNames::Read(Session& session) {
  HealthNames names;
  ASSIGN_OR_RETURN(const auto catalogue, session.Call<health::v1::HealthService>(
                                             &health::v1::HealthService::Stub::GetMetricCatalogue,
                                             health::v1::GetMetricCatalogueRequest()));
  ASSIGN_OR_RETURN(const auto model, session.Call<health::v1::HealthService>(
                                         &health::v1::HealthService::Stub::GetHealthModel,
                                         health::v1::GetHealthModelRequest()));
  for (const auto& metric : catalogue.metrics()) {
    names.metrics_[metric.name()] = {session.Text(metric.title(), metric.title_zh()),
                                     metric.unit()};
  }
  for (const auto& dimension : model.dimensions()) {
    names.dimensions_[dimension.dimension_id()] =
        session.Text(dimension.title(), dimension.title_zh());
    for (const auto& metric : dimension.metrics()) names.weighed_.insert(metric.metric());
  }
  for (const auto& band : model.bands()) {
    names.bands_[band.band_id()] = session.Text(band.title(), band.title_zh());
  }
  return names;
}

std::string HealthNames::Metric(const std::string& name) const {
  const auto found = metrics_.find(name);
  return found == metrics_.end() || found->second.title.empty() ? name : found->second.title;
}

health::v1::MetricUnit HealthNames::Unit(const std::string& metric) const {
  const auto found = metrics_.find(metric);
  return found == metrics_.end() ? health::v1::METRIC_UNIT_UNSPECIFIED : found->second.unit;
}

std::string HealthNames::Dimension(const std::string& id) const {
  const auto found = dimensions_.find(id);
  return found == dimensions_.end() || found->second.empty() ? id : found->second;
}

std::string HealthNames::Band(const std::string& id) const {
  const auto found = bands_.find(id);
  return found == bands_.end() || found->second.empty() ? id : found->second;
}

std::string ScoreChangeText(const Session& session, std::optional<int64_t> before,
                            std::optional<int64_t> after) {
  if (before && after) return absl::StrCat(Points(*before), " → ", Points(*after));
  if (after) return absl::StrCat(session.Label("first score ", "首次得分 "), Points(*after));
  if (before)
    return absl::StrCat(session.Label("score gone, was ", "不再有得分，原为 "), Points(*before));
  return session.Label("no score", "无得分");
}

std::string CauseText(const events::v1::Cause& cause) {
  std::vector<std::string> parts;
  if (cause.kind() != events::v1::CAUSE_KIND_FACT) parts.push_back(EnumText(cause.kind()));
  for (const std::string* part : {&cause.type(), &cause.source(), &cause.id()}) {
    if (!part->empty()) parts.push_back(*part);
  }
  if (cause.has_retracts()) {
    parts.push_back(absl::StrCat("(", cause.retracts().source(), " ", cause.retracts().id(), ")"));
  }
  return absl::StrJoin(parts, " ");
}

void ShowHealth(Session& session, const HealthNames& names,
                const health::v1::AccountHealth& health) {
  auto& out = session.out;
  out << Printable(ResourceId(health.account()));
  if (!health.display_name().empty()) out << "  " << Printable(health.display_name());
  out << "\n";
  out << session.Label("score", "健康度") << " " << Points(health.score_micros()) << "  "
      << names.Band(health.band_id()) << "  " << session.Label("confidence", "置信度") << " "
      << Percent(health.confidence_micros())
      << (health.low_confidence() ? session.Label(" (low)", "（低）") : "") << "  "
      << session.Label("as of", "截至") << " " << session.Instant(health.as_of()) << "  "
      << health.model_id() << " " << health.model_version() << "\n\n";

  TextTable dimensions({{session.Label("dimension", "维度")},
                        {session.Label("score", "得分"), Align::kRight},
                        {session.Label("contributes", "贡献"), Align::kRight}});
  for (const auto& dimension : health.dimensions()) {
    dimensions.AddRow({names.Dimension(dimension.dimension_id()),
                       dimension.absent() ? "–" : Points(dimension.score_micros()),
                       Points(dimension.contribution_micros())});
  }
  session.Print(dimensions);
  out << "\n";

  TextTable metrics({{session.Label("metric", "指标")},
                     {session.Label("value", "数值"), Align::kRight},
                     {session.Label("points", "分数"), Align::kRight},
                     {session.Label("contributes", "贡献"), Align::kRight}});
  for (const auto& metric : health.metrics()) {
    const bool weighed = names.Weighed(metric.metric());
    if (metric.absent() && !weighed) continue;
    metrics.AddRow(
        {names.Metric(metric.metric()),
         ValueText(session, names, metric.metric(), metric.value_micros(), metric.absent()),
         !weighed          ? ""
         : metric.absent() ? "–"
                           : Points(metric.points_micros()),
         weighed ? Points(metric.contribution_micros()) : ""});
  }
  session.Print(metrics);
}

bool ShowExplanation(Session& session, const HealthNames& names,
                     const health::v1::ExplainHealthResponse& explanation) {
  auto& out = session.out;
  bool exact = true;
  if (explanation.refold_differs()) {
    out << session.Label(
               "The re-fold gives another value than was shown then: the fold has changed since.",
               "重新计算的结果与当时显示的不同：计算规则已改变。")
        << "\n\n";
  }
  for (const auto& change : explanation.changes()) {
    const int64_t before = RoundHalfAway(change.score_before_micros(), kShownUnit);
    const int64_t after = RoundHalfAway(change.score_after_micros(), kShownUnit);
    const auto shown_before =
        change.absent_before() ? std::nullopt : std::optional<int64_t>(before);
    const auto shown_after = change.absent_after() ? std::nullopt : std::optional<int64_t>(after);
    out << session.Instant(change.time()) << "  "
        << ScoreChangeText(session, shown_before, shown_after) << "  "
        << Printable(CauseText(change.cause()));
    if (change.has_retracted_by()) {
      out << session.Label(", retracted by ", "，已撤回，由 ")
          << Printable(CauseText(change.retracted_by()));
    }
    out << "\n";

    std::vector<int64_t> points;
    int64_t sum = 0;
    for (const auto& point : change.points()) {
      points.push_back(point.points_micros());
      sum += point.points_micros();
    }
    const std::vector<int64_t> shown = RoundToSum(points, after - before, kShownUnit);
    TextTable table({{session.Label("  metric", "  指标")},
                     {session.Label("before", "之前"), Align::kRight},
                     {session.Label("after", "之后"), Align::kRight},
                     {session.Label("points", "分数"), Align::kRight}});
    for (int i = 0; i < change.points_size(); ++i) {
      const auto& point = change.points(i);
      table.AddRow({absl::StrCat("  ", names.Metric(point.metric())),
                    ValueText(session, names, point.metric(), point.value_before_micros(),
                              point.absent_before()),
                    ValueText(session, names, point.metric(), point.value_after_micros(),
                              point.absent_after()),
                    SignedPoints(shown[i])});
    }
    table.AddRow({session.Label("  sum", "  合计"), change.absent_before() ? "–" : Points(before),
                  change.absent_after() ? "–" : Points(after), SignedPoints(after - before)});
    session.Print(table);
    if (sum != change.score_after_micros() - change.score_before_micros()) {
      exact = false;
      out << session.Label("  The points do not add up to the change: off by ",
                           "  分数之和与变化不符：差 ")
          << SignedPoints(change.score_after_micros() - change.score_before_micros() - sum) << "\n";
    }
    out << "\n";
  }
  return exact;
}

}  // namespace bellwether::ctl
