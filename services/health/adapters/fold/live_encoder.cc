#include "services/health/adapters/fold/live_encoder.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bellwether/events/v1/signal.pb.h"
#include "common/journal/timestamps.h"
#include "services/health/adapters/fold/wire_writer.h"
#include "services/health/adapters/live/health_messages.h"

namespace bellwether::health {
namespace {

using events::v1::NamedValue;
using events::v1::Signal;
using events::v1::SignalStep;
using v1::AccountHealth;
using v1::DimensionScore;
using v1::MetricValue;

std::string Head(int field, const std::string& name) {
  std::string head;
  WireWriter(head, BytesFieldSize(name.size())).Bytes(field, name);
  return head;
}

// The value and absent fields, which stand at the same numbers in all three messages.
static_assert(NamedValue::kValueFieldNumber == 2 && NamedValue::kAbsentFieldNumber == 3);
static_assert(MetricValue::kValueMicrosFieldNumber == 2 && MetricValue::kAbsentFieldNumber == 3);
static_assert(DimensionScore::kScoreMicrosFieldNumber == 2 &&
              DimensionScore::kAbsentFieldNumber == 3);
size_t ValueSize(int64_t value) { return NumberFieldSize(value == kAbsent ? 1 : value); }
void PutValue(WireWriter& writer, int64_t value) {
  if (value == kAbsent) {
    writer.Number(3, 1);
  } else {
    writer.Number(2, value);
  }
}

void PutNamedValue(WireWriter& writer, absl::string_view head, int64_t value) {
  writer.Begin(SignalStep::kValuesFieldNumber, head.size() + ValueSize(value));
  writer.Raw(head);
  PutValue(writer, value);
}

// The parts of a step around its values, which lie between them in the order of fields.
size_t PartsSize(const StepParts& parts) {
  return NumberFieldSize(absl::ToUnixMicros(parts.time)) + TextSize(parts.cause) +
         TextSize(parts.attributes) + NumberFieldSize(parts.backfill ? 1 : 0) + parts.fields.size();
}
void PutBeforeValues(const StepParts& parts, WireWriter& writer) {
  writer.Number(SignalStep::kTimeMicrosFieldNumber, absl::ToUnixMicros(parts.time));
  writer.Text(SignalStep::kCauseFieldNumber, parts.cause);
}
void PutAfterValues(const StepParts& parts, WireWriter& writer) {
  writer.Text(SignalStep::kAttributesFieldNumber, parts.attributes);
  writer.Number(SignalStep::kBackfillFieldNumber, parts.backfill ? 1 : 0);
  writer.Raw(parts.fields);
}

}  // namespace

LiveEncoder::LiveEncoder(std::shared_ptr<const ActiveModel> model) : model_(std::move(model)) {
  if (model_ == nullptr) return;
  for (int value = 0; value < model_->value_count(); ++value) {
    value_heads_.push_back(Head(NamedValue::kNameFieldNumber, model_->ValueName(value)));
  }
  for (const MetricDefinition& metric : model_->catalogue().metrics) {
    metric_heads_.push_back(Head(MetricValue::kMetricFieldNumber, metric.name));
    const std::string& head = metric_heads_.back();
    const size_t size = head.size() + ValueSize(kAbsent);
    WireWriter writer(absent_metrics_.emplace_back(), BytesFieldSize(size));
    writer.Begin(AccountHealth::kMetricsFieldNumber, size);
    writer.Raw(head);
    PutValue(writer, kAbsent);
  }
  for (const CompiledDimension& dimension : model_->dimensions()) {
    dimension_heads_.push_back(Head(DimensionScore::kDimensionIdFieldNumber, dimension.id));
  }
}

void LiveEncoder::AppendStep(const StepParts& parts, const Changes& changes,
                             std::string& out) const {
  size_t size = PartsSize(parts);
  for (const ValueChange& change : changes.values) {
    size += BytesFieldSize(value_heads_[static_cast<size_t>(change.value)].size() +
                           ValueSize(change.now));
  }
  std::vector<std::string> gone;
  for (const std::string& name : changes.gone) {
    gone.push_back(Head(NamedValue::kNameFieldNumber, name));
    size += BytesFieldSize(gone.back().size() + ValueSize(kAbsent));
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
  head_.set_previous_absent(parts.previous_absent);
  out.clear();
  out.reserve(health_bytes_);
  head_.AppendToString(&out);
  // Messages may be concatenated: a parser merges them.
  WireWriter(out, TextSize(parts.cause)).Text(AccountHealth::kLastCauseFieldNumber, parts.cause);
  if (scored) AppendScores(account, out);
  health_bytes_ = std::max(health_bytes_, out.size());
}

void LiveEncoder::AppendScores(const Account& account, std::string& out) {
  const int64_t* values = account.live().data() + model_->first_metric_value();
  entries_.clear();
  size_t size = 0;
  const auto add = [&](const Entry& entry) {
    size += BytesFieldSize(entry.size);
    entries_.push_back(entry);
  };
  for (size_t d = 0; d < dimension_heads_.size(); ++d) {
    const DimensionContribution& dimension = breakdown_.dimensions[d];
    add({&dimension_heads_[d], dimension.score_micros, 0, dimension.contribution_micros,
         dimension_heads_[d].size() + ValueSize(dimension.score_micros) +
             NumberFieldSize(dimension.contribution_micros)});
  }
  // Metrics in the order of the catalogue. Most accounts have data for a part of them; the others
  // are as encoded once.
  contributions_.assign(metric_heads_.size(), nullptr);
  for (const MetricContribution& metric : breakdown_.metrics) {
    if (metric.value != kAbsent) contributions_[static_cast<size_t>(metric.metric)] = &metric;
  }
  for (size_t m = 0; m < metric_heads_.size(); ++m) {
    if (values[m] == kAbsent) {
      size += absent_metrics_[m].size();
      continue;
    }
    const MetricContribution* contribution = contributions_[m];
    const int64_t points = contribution == nullptr ? 0 : contribution->points_micros;
    const int64_t gives = contribution == nullptr ? 0 : contribution->contribution_micros;
    add({&metric_heads_[m], values[m], points, gives,
         metric_heads_[m].size() + ValueSize(values[m]) + NumberFieldSize(points) +
             NumberFieldSize(gives)});
  }

  WireWriter writer(out, size);
  const Entry* entry = entries_.data();
  for (size_t d = 0; d < dimension_heads_.size(); ++d, ++entry) {
    writer.Begin(AccountHealth::kDimensionsFieldNumber, entry->size);
    writer.Raw(*entry->head);
    PutValue(writer, entry->value);
    writer.Number(DimensionScore::kContributionMicrosFieldNumber, entry->contribution);
  }
  for (size_t m = 0; m < metric_heads_.size(); ++m) {
    if (values[m] == kAbsent) {
      writer.Raw(absent_metrics_[m]);
      continue;
    }
    writer.Begin(AccountHealth::kMetricsFieldNumber, entry->size);
    writer.Raw(*entry->head);
    PutValue(writer, entry->value);
    writer.Number(MetricValue::kPointsMicrosFieldNumber, entry->points);
    writer.Number(MetricValue::kContributionMicrosFieldNumber, entry->contribution);
    ++entry;
  }
}

}  // namespace bellwether::health
