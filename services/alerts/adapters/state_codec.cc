#include "services/alerts/adapters/state_codec.h"

#include <optional>

#include "bellwether/alerts/v1/storage.pb.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "common/subject/subject_messages.h"
#include "common/subject/subject_type.h"
#include "google/protobuf/timestamp.pb.h"
#include "services/alerts/adapters/alert_messages.h"

namespace bellwether::alerts {
namespace {

// 0 stands for "never": absl::InfiniteFuture or absl::InfinitePast, as the field has it.
int64_t Micros(absl::Time time) {
  return time == absl::InfiniteFuture() || time == absl::InfinitePast() ? 0
                                                                        : absl::ToUnixMicros(time);
}
absl::Time TimeOr(int64_t micros, absl::Time never) {
  return micros == 0 ? never : absl::FromUnixMicros(micros);
}

absl::Time Get(const google::protobuf::Timestamp& time) {
  return journal::FromTimestamp(time).value_or(absl::UnixEpoch());
}

}  // namespace

std::string EncodeSubject(const SubjectState& state) {
  v1::StoredSubject out;
  out.set_subject_type(SubjectTypeOf(state.scope->type()));
  out.set_account_id(state.account);
  out.set_entity_version(state.entity_version);
  if (state.closed_at) out.set_closed_micros(absl::ToUnixMicros(*state.closed_at));
  for (const auto& [name, label] : state.labels) (*out.mutable_labels())[name] = label;
  out.set_import_run(state.import_run);
  for (const Level level : state.held_before_import) {
    out.mutable_held_before_import()->push_back(static_cast<char>(Rank(level)));
  }
  out.set_version(state.version);
  out.set_first_seen_micros(absl::ToUnixMicros(state.first_seen));
  SetAttributes(state.attributes, *out.mutable_attributes());
  ToProto(state.last_cause, *out.mutable_last_cause());
  std::string& present = *out.mutable_present();
  present.assign((state.values.size() + 7) / 8, '\0');
  for (size_t i = 0; i < state.values.size(); ++i) {
    if (!state.values[i].has_value()) continue;
    present[i / 8] |= static_cast<char>(1 << (i % 8));
    out.add_figures(*state.values[i]);
  }
  for (size_t i = 0; i < state.conditions.size(); ++i) {
    const ConditionState& condition = state.conditions[i];
    if (condition == ConditionState()) continue;
    v1::StoredCondition& stored = *out.add_conditions();
    stored.set_index(static_cast<uint32_t>(i));
    stored.set_level(static_cast<uint32_t>(Rank(condition.level)));
    stored.set_fired_micros(Micros(condition.fired_at));
    for (const absl::Time since : condition.holds_since) {
      stored.add_holds_since_micros(Micros(since));
    }
    stored.set_recheck_micros(Micros(condition.recheck_at));
    stored.set_dormant_level(static_cast<uint32_t>(Rank(condition.dormant)));
    stored.set_unjudged_micros(Micros(condition.unjudged_since));
    stored.set_in_scope(condition.in_scope);
  }
  return SerializedInOrder(out);
}

absl::StatusOr<SubjectState> DecodeSubject(absl::string_view bytes, const RuleSet& rules) {
  v1::StoredSubject stored;
  const bool parsed = stored.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  const RuleScope* scope = parsed ? rules.ScopeOf(SubjectTypeName(stored.subject_type())) : nullptr;
  const bool closed = stored.has_closed_micros();
  if (scope == nullptr || stored.present().size() != (closed ? 0 : (scope->slots() + 7) / 8)) {
    return absl::DataLossError("a subject row of the alerts service cannot be read");
  }
  SubjectState state;
  state.scope = scope;
  state.account = stored.account_id();
  state.entity_version = stored.entity_version();
  state.version = stored.version();
  state.first_seen = absl::FromUnixMicros(stored.first_seen_micros());
  state.attributes = AttributesOf(stored.attributes());
  state.last_cause = FromProto(stored.last_cause());
  if (closed) {
    state.closed_at = absl::FromUnixMicros(stored.closed_micros());
    return state;
  }
  for (const auto& [name, label] : stored.labels()) state.labels[name] = label;
  state.values.resize(scope->slots());
  int next = 0;
  for (size_t i = 0; i < scope->slots(); ++i) {
    if ((stored.present()[i / 8] & (1 << (i % 8))) == 0) continue;
    if (next >= stored.figures_size()) {
      return absl::DataLossError("a subject row of the alerts service lacks figures");
    }
    state.values[i] = stored.figures(next++);
  }
  state.conditions.resize(scope->rules().size());
  for (const v1::StoredCondition& from : stored.conditions()) {
    if (from.index() >= state.conditions.size() || from.level() > kLevels ||
        from.dormant_level() > kLevels || from.holds_since_micros_size() != kLevels) {
      return absl::DataLossError("a condition of the alerts service cannot be read");
    }
    ConditionState& condition = state.conditions[from.index()];
    condition.level = static_cast<Level>(from.level());
    condition.fired_at = TimeOr(from.fired_micros(), absl::InfinitePast());
    for (int i = 0; i < kLevels; ++i) {
      condition.holds_since[i] = TimeOr(from.holds_since_micros(i), absl::InfiniteFuture());
    }
    condition.recheck_at = TimeOr(from.recheck_micros(), absl::InfiniteFuture());
    condition.dormant = static_cast<Level>(from.dormant_level());
    condition.unjudged_since = TimeOr(from.unjudged_micros(), absl::InfiniteFuture());
    condition.in_scope = from.in_scope();
  }
  state.import_run = stored.import_run();
  const std::string& levels = stored.held_before_import();
  if (!levels.empty() && levels.size() != state.conditions.size()) {
    return absl::DataLossError("what a subject held before an import cannot be read");
  }
  for (const char level : levels) {
    if (level < 0 || level > kLevels) {
      return absl::DataLossError("what a subject held before an import cannot be read");
    }
    state.held_before_import.push_back(static_cast<Level>(level));
  }
  return state;
}

std::string EncodeCase(const Case& alert) {
  v1::StoredCase stored;
  FillAlert(alert, *stored.mutable_alert());
  stored.set_sequence(alert.sequence);
  stored.set_entity_version(alert.entity_version);
  stored.set_decided_version(alert.decided_version);
  SetAttributes(alert.attributes, *stored.mutable_attributes());
  stored.set_subject_version(alert.subject_version);
  stored.set_resolve_reason(alert.resolve_reason);
  stored.set_threshold_micros(alert.threshold_micros);
  stored.set_acknowledge_within_micros(absl::ToInt64Microseconds(alert.acknowledge_within));
  stored.set_announced(alert.announced);
  stored.set_held_back(alert.held_back);
  stored.set_escalate_unless_acknowledged_micros(
      Micros(alert.escalate_unless_acknowledged.value_or(absl::InfiniteFuture())));
  if (alert.judged_time) stored.set_judged_micros(absl::ToUnixMicros(*alert.judged_time));
  return stored.SerializeAsString();
}

absl::StatusOr<Case> DecodeCase(absl::string_view bytes) {
  v1::StoredCase stored;
  if (!stored.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return absl::DataLossError("a case row of the alerts service cannot be read");
  }
  const v1::Alert& from = stored.alert();
  Case out;
  out.alert_id = from.name().substr(from.name().find('/') + 1);
  out.sequence = stored.sequence();
  out.entity_version = stored.entity_version();
  out.decided_version = stored.decided_version();
  out.rule_id = from.rule_id();
  out.rule_version = from.rule_version();
  out.subject = from.subject();
  out.subject_type = std::string(SubjectTypeName(from.subject_type()));
  // Rows from before there were other subjects than accounts do not say whose they are.
  out.account = out.subject_type == kAccount ? out.subject : from.account_id();
  out.subject_version = stored.subject_version();
  out.attributes = AttributesOf(stored.attributes());
  out.state = static_cast<CaseState>(from.state());
  out.level = static_cast<Level>(from.level());
  out.priority = from.priority();
  out.title = from.title();
  out.title_zh = from.title_zh();
  out.text = from.text();
  out.text_zh = from.text_zh();
  out.rule_cause = from.rule_cause();
  out.playbook = from.playbook();
  out.value_name = from.value_name();
  out.value_micros = from.value_micros();
  out.cause = FromProto(from.cause());
  out.threshold_micros = stored.threshold_micros();
  out.at_risk_minor = from.value_at_risk_minor();
  if (from.has_since_time()) out.since = Get(from.since_time());
  if (from.has_pending_time()) out.pending_time = Get(from.pending_time());
  if (from.has_fire_time()) out.fire_time = Get(from.fire_time());
  if (from.has_acknowledge_time()) out.acknowledge_time = Get(from.acknowledge_time());
  if (from.has_resolve_time()) out.resolve_time = Get(from.resolve_time());
  if (from.has_escalate_time()) out.escalate_at = Get(from.escalate_time());
  out.resolve_reason = stored.resolve_reason();
  out.assignee = from.assignee();
  out.escalation_rung = from.escalation_level();
  out.acknowledge_within = absl::Microseconds(stored.acknowledge_within_micros());
  out.backfill = from.backfill();
  out.restated = from.restated();
  out.announced = stored.announced();
  out.held_back = stored.held_back();
  if (stored.escalate_unless_acknowledged_micros() != 0) {
    out.escalate_unless_acknowledged =
        absl::FromUnixMicros(stored.escalate_unless_acknowledged_micros());
  }
  if (stored.judged_micros() != 0) out.judged_time = absl::FromUnixMicros(stored.judged_micros());
  return out;
}

}  // namespace bellwether::alerts
