#include "services/health/adapters/live_encoder.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "bellwether/events/v1/signal.pb.h"
#include "common/journal/timestamps.h"
#include "services/health/adapters/health_messages.h"
#include "services/health/adapters/wire_writer.h"

namespace bellwether::health {
namespace {

using events::v1::NamedValue;
using events::v1::Signal;
using events::v1::SignalStep;
using v1::AccountHealth;
using v1::DimensionScore;
using v1::MetricValue;

int64_t OrZero(int64_t value) { return value == kAbsent ? 0 : value; }

std::string Head(int field, const std::string& name) {
  std::string head;
  WireWriter(head, BytesFieldSize(name.size())).Bytes(field, name);
  return head;
}

size_t NamedValueSize(absl::string_view head, int64_t value) {
  return head.size() + (value == kAbsent ? NumberFieldSize(1) : NumberFieldSize(value));
}
void PutNamedValue(WireWriter& writer, absl::string_view head, int64_t value) {
  writer.Begin(SignalStep::kValuesFieldNumber, NamedValueSize(head, value));
  writer.Raw(head);
  if (value == kAbsent) {
    writer.Number(NamedValue::kAbsentFieldNumber, 1);
  } else {
    writer.Number(NamedValue::kValueFieldNumber, value);
  }
}

// The parts of a step around its values, which lie between them in the order of fields.
size_t PartsSize(const StepParts& parts) {
  return NumberFieldSize(absl::ToUnixMicros(parts.time)) + TextSize(parts.cause) +
         TextSize(parts.attributes) + TextSize(parts.opportunity_changed) +
         NumberFieldSize(parts.backfill ? 1 : 0);
}
void PutBeforeValues(const StepParts& parts, WireWriter& writer) {
  writer.Number(SignalStep::kTimeMicrosFieldNumber, absl::ToUnixMicros(parts.time));
  writer.Text(SignalStep::kCauseFieldNumber, parts.cause);
}
void PutAfterValues(const StepParts& parts, WireWriter& writer) {
  writer.Text(SignalStep::kAttributesFieldNumber, parts.attributes);
  writer.Text(SignalStep::kOpportunityChangedFieldNumber, parts.opportunity_changed);
  writer.Number(SignalStep::kBackfillFieldNumber, parts.backfill ? 1 : 0);
}

}  // namespace

LiveEncoder::LiveEncoder(std::shared_ptr<const ActiveModel> model) : model_(std::move(model)) {
  if (model_ == nullptr) return;
  for (int value = 0; value < model_->value_count(); ++value) {
    value_heads_.push_back(Head(NamedValue::kNameFieldNumber, model_->ValueName(value)));
  }
  for (const MetricDefinition& metric : model_->catalogue().metrics) {
    metric_heads_.push_back(Head(MetricValue::kMetricFieldNumber, metric.name));
  }
  for (const CompiledDimension& dimension : model_->dimensions()) {
    dimension_heads_.push_back(Head(DimensionScore::kDimensionIdFieldNumber, dimension.id));
  }
}

void LiveEncoder::AppendStep(const StepParts& parts, const Changes& changes,
                             std::string& out) const {
  size_t size = PartsSize(parts);
  for (const ValueChange& change : changes.values) {
    size +=
        BytesFieldSize(NamedValueSize(value_heads_[static_cast<size_t>(change.value)], change.now));
  }
  std::vector<std::string> gone;
  for (const std::string& name : changes.gone) {
    gone.push_back(Head(NamedValue::kNameFieldNumber, name));
    size += BytesFieldSize(NamedValueSize(gone.back(), kAbsent));
  }
  WireWriter writer(out, BytesFieldSize(size));
  writer.Begin(Signal::kStepsFieldNumber, size);
  PutBeforeValues(parts, writer);
  for (const ValueChange& change : changes.values) {
    PutNamedValue(writer, value_heads_[static_cast<size_t>(change.value)], change.now);
  }
  for (const std::string& head : gone) PutNamedValue(writer, head, kAbsent);
  PutAfterValues(parts, writer);
}

void LiveEncoder::AppendFullStep(const StepParts& parts, const std::vector<int64_t>& values,
                                 std::string& out) const {
  Changes all;
  for (size_t i = 0; i < values.size(); ++i) {
    all.values.push_back({static_cast<int>(i), values[i]});
  }
  AppendStep(parts, all, out);
}

void LiveEncoder::EncodeHealth(const HealthParts& parts, const Account& account, std::string& out) {
  const bool scored = model_ != nullptr && !account.live().empty();
  if (scored) Explain(*model_, account.live(), breakdown_);
  head_.Clear();
  SetHealthHead(parts.account_id, account.attributes(), scored ? model_.get() : nullptr, breakdown_,
                head_);
  head_.set_version(parts.version);
  *head_.mutable_as_of() = journal::ToTimestamp(parts.as_of);
  if (parts.score_before != kAbsent) head_.set_previous_score_micros(parts.score_before);
  head_.SerializeToString(&out);
  // Messages may be concatenated: a parser merges them.
  WireWriter(out, TextSize(parts.cause)).Text(AccountHealth::kLastCauseFieldNumber, parts.cause);
  if (scored) AppendScores(account, out);
}

void LiveEncoder::AppendScores(const Account& account, std::string& out) {
  contributions_.assign(metric_heads_.size(), nullptr);
  for (const MetricContribution& metric : breakdown_.metrics) {
    contributions_[static_cast<size_t>(metric.metric)] = &metric;
  }
  const auto dimension_size = [&](size_t d) {
    const DimensionContribution& dimension = breakdown_.dimensions[d];
    return dimension_heads_[d].size() + NumberFieldSize(OrZero(dimension.score_micros)) +
           NumberFieldSize(dimension.score_micros == kAbsent ? 1 : 0) +
           NumberFieldSize(dimension.contribution_micros);
  };
  const auto value_of = [&](size_t m) {
    return account.live()[static_cast<size_t>(model_->MetricValueIndex(static_cast<int>(m)))];
  };
  const auto metric_size = [&](size_t m) {
    const int64_t value = value_of(m);
    size_t size = metric_heads_[m].size() + NumberFieldSize(OrZero(value)) +
                  NumberFieldSize(value == kAbsent ? 1 : 0);
    if (const MetricContribution* contribution = contributions_[m]) {
      size += NumberFieldSize(contribution->points_micros) +
              NumberFieldSize(contribution->contribution_micros);
    }
    return size;
  };
  size_t size = 0;
  for (size_t d = 0; d < dimension_heads_.size(); ++d) size += BytesFieldSize(dimension_size(d));
  for (size_t m = 0; m < metric_heads_.size(); ++m) size += BytesFieldSize(metric_size(m));
  WireWriter writer(out, size);
  for (size_t d = 0; d < dimension_heads_.size(); ++d) {
    const DimensionContribution& dimension = breakdown_.dimensions[d];
    writer.Begin(AccountHealth::kDimensionsFieldNumber, dimension_size(d));
    writer.Raw(dimension_heads_[d]);
    writer.Number(DimensionScore::kScoreMicrosFieldNumber, OrZero(dimension.score_micros));
    writer.Number(DimensionScore::kAbsentFieldNumber, dimension.score_micros == kAbsent ? 1 : 0);
    writer.Number(DimensionScore::kContributionMicrosFieldNumber, dimension.contribution_micros);
  }
  for (size_t m = 0; m < metric_heads_.size(); ++m) {
    const int64_t value = value_of(m);
    writer.Begin(AccountHealth::kMetricsFieldNumber, metric_size(m));
    writer.Raw(metric_heads_[m]);
    writer.Number(MetricValue::kValueMicrosFieldNumber, OrZero(value));
    writer.Number(MetricValue::kAbsentFieldNumber, value == kAbsent ? 1 : 0);
    if (const MetricContribution* contribution = contributions_[m]) {
      writer.Number(MetricValue::kPointsMicrosFieldNumber, contribution->points_micros);
      writer.Number(MetricValue::kContributionMicrosFieldNumber, contribution->contribution_micros);
    }
  }
}

}  // namespace bellwether::health
