#include "services/health/adapters/live/health_messages.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/subject/subject_messages.h"
#include "services/health/domain/scoring.h"

namespace bellwether::health {
namespace {

constexpr absl::string_view kCachePrefix = "health/";

int64_t OrZero(int64_t value) { return value == kAbsent ? 0 : value; }

void SetDimensions(const ActiveModel& model, const Breakdown& breakdown,
                   google::protobuf::RepeatedPtrField<v1::DimensionScore>& dimensions) {
  dimensions.Reserve(static_cast<int>(breakdown.dimensions.size()));
  for (size_t d = 0; d < breakdown.dimensions.size(); ++d) {
    const DimensionContribution& from = breakdown.dimensions[d];
    v1::DimensionScore& to = *dimensions.Add();
    to.set_dimension_id(model.dimensions()[d].id);
    to.set_absent(from.score_micros == kAbsent);
    to.set_score_micros(OrZero(from.score_micros));
    to.set_contribution_micros(from.contribution_micros);
  }
}

}  // namespace

std::string CacheKey(absl::string_view account_id) {
  return absl::StrCat(kCachePrefix, account_id);
}

absl::string_view AccountOfCacheKey(absl::string_view key) {
  return absl::StripPrefix(key, kCachePrefix);
}

std::string RankingOfTier(absl::string_view tier) { return absl::StrCat("tier/", tier); }
std::string RankingOfOwner(absl::string_view owner) { return absl::StrCat("owner/", owner); }
std::string RankingOfIndustry(absl::string_view industry) {
  return absl::StrCat("industry/", industry);
}

std::vector<cache::Write::Rank> RanksOf(const Attributes& attributes, const ActiveModel* model,
                                        const std::vector<int64_t>& live) {
  std::vector<cache::Write::Rank> ranks;
  if (model == nullptr || live.empty() || live[kScoreValue] == kAbsent) return ranks;
  int64_t score = live[kScoreValue];
  if (live[kConfidenceValue] < model->model().minimum_confidence_micros) score += kUnsureFrom;
  ranks.reserve(4);
  ranks.push_back({kRankingAll, score});
  ranks.push_back({RankingOfTier(attributes.Get("tier")), score});
  attributes.ForEach([&](absl::string_view name, absl::string_view value) {
    if (name == "owner") ranks.push_back({RankingOfOwner(value), score});
    if (name == "industry") ranks.push_back({RankingOfIndustry(value), score});
  });
  return ranks;
}

void SetHealthHead(absl::string_view account_id, const Attributes& attributes,
                   const ActiveModel* model, const Breakdown& breakdown,
                   v1::AccountHealth& health) {
  std::string& name = *health.mutable_account();
  name.assign(kAccountPrefix);
  name.append(account_id.data(), account_id.size());
  const absl::string_view display_name = attributes.Get("display_name");
  health.mutable_display_name()->assign(display_name.data(), display_name.size());
  SetAttributes(attributes, *health.mutable_attributes());
  health.set_low_confidence(model == nullptr ||
                            breakdown.confidence_micros < model->model().minimum_confidence_micros);
  if (model == nullptr) return;
  health.set_confidence_micros(breakdown.confidence_micros);
  if (breakdown.score_micros != kAbsent) {
    health.set_score_micros(breakdown.score_micros);
    health.set_band_id(model->BandOf(breakdown.score_micros));
  }
  health.set_model_id(model->model().id);
  health.set_model_version(model->model().version);
}

void SetHealth(absl::string_view account_id, const Attributes& attributes, const ActiveModel* model,
               const std::vector<int64_t>& values, v1::AccountHealth& health) {
  if (values.empty()) model = nullptr;
  Breakdown breakdown;
  if (model != nullptr) Explain(*model, values, breakdown);
  SetHealthHead(account_id, attributes, model, breakdown, health);
  if (model == nullptr) return;
  SetDimensions(*model, breakdown, *health.mutable_dimensions());
  // In the order of the catalogue; those of the model with what they give.
  const auto& metrics = model->catalogue().metrics;
  health.mutable_metrics()->Reserve(static_cast<int>(metrics.size()));
  for (size_t m = 0; m < metrics.size(); ++m) {
    const int64_t value = values[static_cast<size_t>(model->MetricValueIndex(static_cast<int>(m)))];
    v1::MetricValue& metric = *health.add_metrics();
    metric.set_metric(metrics[m].name);
    metric.set_absent(value == kAbsent);
    metric.set_value_micros(OrZero(value));
  }
  for (const MetricContribution& contribution : breakdown.metrics) {
    v1::MetricValue& metric = *health.mutable_metrics(contribution.metric);
    metric.set_points_micros(contribution.points_micros);
    metric.set_contribution_micros(contribution.contribution_micros);
  }
}

std::string SnapshotBytes(const ActiveModel& model, const Breakdown& breakdown) {
  v1::HealthSnapshot snapshot;
  snapshot.set_score_micros(OrZero(breakdown.score_micros));
  snapshot.set_confidence_micros(breakdown.confidence_micros);
  snapshot.set_band_id(model.BandOf(breakdown.score_micros));
  SetDimensions(model, breakdown, *snapshot.mutable_dimensions());
  snapshot.set_model_id(model.model().id);
  snapshot.set_model_version(model.model().version);
  return snapshot.SerializeAsString();
}

std::string RestatedBytes(const ActiveModel& model, const std::vector<RestatedSpan>& spans) {
  events::v1::SignalStep step;
  for (size_t i = 0; i < spans.size(); ++i) {
    const RestatedSpan& span = spans[i];
    if (i == 0 || spans[i - 1].value != span.value) {
      step.add_restated()->set_name(model.ValueName(span.value));
    }
    events::v1::RestatedSpan& to = *step.mutable_restated(step.restated_size() - 1)->add_spans();
    to.set_first_day(span.first_day);
    to.set_last_day(span.last_day);
    if (span.before != kAbsent) to.set_before(span.before);
    if (span.after != kAbsent) to.set_after(span.after);
  }
  return step.SerializeAsString();
}

void SetPointChange(const PointChange& from, v1::PointChange& to) {
  to.set_metric(from.metric);
  to.set_dimension_id(from.dimension);
  to.set_absent_before(from.value_before == kAbsent);
  to.set_value_before_micros(OrZero(from.value_before));
  to.set_absent_after(from.value_after == kAbsent);
  to.set_value_after_micros(OrZero(from.value_after));
  to.set_points_micros(from.points_micros);
}

}  // namespace bellwether::health
