#include "services/alerts/adapters/alert_messages.h"

#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "common/rpc/paging.h"
#include "common/subject/subject_type.h"
#include "google/protobuf/util/json_util.h"

namespace bellwether::alerts {
namespace {

constexpr absl::CivilDay kEpochDay(1970, 1, 1);

}  // namespace

absl::StatusOr<std::string> AlertIdOf(absl::string_view name) {
  if (!absl::ConsumePrefix(&name, "alerts/") || name.empty()) {
    return InvalidArgument("NAME_INVALID", "name", "must be alerts/{alert_id}");
  }
  return std::string(name);
}

Cause FromProto(const events::v1::Cause& cause) {
  return {cause.kind(), cause.type(), cause.source(), cause.id()};
}

RestatedValue FromProto(const std::string& name, const events::v1::RestatedSpan& span) {
  const auto figure = [](bool has, int64_t value) {
    return has ? std::optional<int64_t>(value) : std::nullopt;
  };
  return {name, kEpochDay + span.first_day(), kEpochDay + span.last_day(),
          figure(span.has_before(), span.before()), figure(span.has_after(), span.after())};
}

void ToProto(const Cause& cause, events::v1::Cause& out) {
  out.set_kind(static_cast<events::v1::CauseKind>(cause.kind));
  out.set_type(cause.type);
  out.set_source(cause.source);
  out.set_id(cause.id);
}

void FillAlert(const Case& from, v1::Alert& out) {
  out.set_name(absl::StrCat("alerts/", from.alert_id));
  out.set_rule_id(from.rule_id);
  out.set_rule_version(from.rule_version);
  out.set_subject(from.subject);
  out.set_subject_type(SubjectTypeOf(from.subject_type));
  out.set_account_id(from.account);
  out.set_subject_display_name(std::string(from.attributes.Get("display_name")));
  out.set_subject_tier(std::string(from.attributes.Get(kTierAttribute)));
  out.set_state(static_cast<v1::AlertState>(from.state));
  out.set_level(static_cast<v1::Level>(from.level));
  out.set_priority(from.priority);
  out.set_title(from.title);
  out.set_title_zh(from.title_zh);
  out.set_text(from.text);
  out.set_text_zh(from.text_zh);
  out.set_rule_cause(from.rule_cause);
  out.set_playbook(from.playbook);
  out.set_value_name(from.value_name);
  out.set_value_micros(from.value_micros);
  if (from.pending_time) *out.mutable_pending_time() = journal::ToTimestamp(*from.pending_time);
  if (from.fire_time) *out.mutable_fire_time() = journal::ToTimestamp(*from.fire_time);
  if (from.acknowledge_time)
    *out.mutable_acknowledge_time() = journal::ToTimestamp(*from.acknowledge_time);
  if (from.resolve_time) *out.mutable_resolve_time() = journal::ToTimestamp(*from.resolve_time);
  if (from.escalate_at) *out.mutable_escalate_time() = journal::ToTimestamp(*from.escalate_at);
  out.set_assignee(from.assignee);
  out.set_escalation_level(from.escalation_rung);
  ToProto(from.cause, *out.mutable_cause());
  out.set_backfill(from.backfill);
  out.set_restated(from.restated);
  if (from.since) *out.mutable_since_time() = journal::ToTimestamp(*from.since);
  out.set_value_at_risk_minor(from.at_risk_minor);
  out.set_resolve_reason(from.resolve_reason);
}

v1::Alert ToAlert(const Case& alert, const CasePolicy& policy) {
  v1::Alert out;
  FillAlert(alert, out);
  out.set_etag(rpc::EtagOf(alert.decided_version));
  if (alert.open() && alert.escalation_rung >= 0 && alert.escalation_rung <= policy.last_rung()) {
    for (const std::string& role : policy.escalation_chain[alert.escalation_rung]) {
      out.add_responsible_roles(role);
    }
  }
  return out;
}

v1::TimelineEntry ToProto(const TimelineEntry& entry) {
  v1::TimelineEntry out;
  *out.mutable_time() = journal::ToTimestamp(entry.time);
  out.set_kind(static_cast<v1::TimelineKind>(entry.kind));
  out.set_actor(entry.actor);
  out.set_reason(entry.reason);
  out.set_note(entry.note);
  out.set_level(static_cast<v1::Level>(entry.level));
  if (!entry.silenced_by.empty()) {
    out.set_silenced_by(absl::StrCat("silences/", entry.silenced_by));
  }
  return out;
}

absl::StatusOr<std::string> NotificationBody(const v1::AlertChanged& change) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string body;
  if (!google::protobuf::util::MessageToJsonString(change, &body, options).ok()) {
    return absl::InternalError("an alert cannot be written as JSON");
  }
  return body;
}

}  // namespace bellwether::alerts
