#include "services/alerts/adapters/alertmanager_messages.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "common/json/writer.h"

namespace bellwether::alerts {
namespace {

std::string Instant(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone());
}

using Pairs = std::vector<std::pair<absl::string_view, std::string>>;

// Without those that are empty, as Alertmanager has it.
void WriteObject(json::Writer& body, const Pairs& pairs) {
  body.BeginObject();
  for (const auto& [name, value] : pairs) {
    if (!value.empty()) body.Name(name).Text(value);
  }
  body.EndObject();
}

std::string RolesOf(const Case& alert, const CasePolicy& policy) {
  const auto rung = static_cast<size_t>(std::max(alert.escalation_rung, 0));
  if (rung >= policy.escalation_chain.size()) return "";
  return absl::StrJoin(policy.escalation_chain[rung], ", ");
}

void WriteAlert(json::Writer& body, const Listing& listing, const CasePolicy& policy) {
  const Case& alert = listing.alert;
  body.BeginObject().Name("labels");
  WriteObject(body, {{"alertname", alert.rule_id},
                     {"severity", std::string(LevelName(listing.level))},
                     {"alert_id", alert.alert_id},
                     {"subject_type", alert.subject_type},
                     {"subject", alert.subject}});
  body.Name("annotations");
  WriteObject(body, {{"summary", alert.title},
                     {"description", alert.text},
                     {"summary_zh", alert.title_zh},
                     {"description_zh", alert.text_zh},
                     {"subject_name", std::string(alert.attributes.Get("display_name"))},
                     {"state", alert.state == CaseState::kAcknowledged ? "acknowledged" : "firing"},
                     {"assignee", alert.assignee},
                     {"responsible", RolesOf(alert, policy)},
                     {"playbook", alert.playbook}});
  // An end before the beginning would be refused.
  const absl::Time begin = std::min(alert.fire_time.value_or(listing.ends), listing.ends);
  body.Name("startsAt").Text(Instant(begin)).Name("endsAt").Text(Instant(listing.ends)).EndObject();
}

}  // namespace

std::string AlertmanagerMessage(absl::Span<const Listing> listings, const CasePolicy& policy) {
  json::Writer body;
  body.BeginList();
  for (const Listing& listing : listings) WriteAlert(body, listing, policy);
  body.EndList();
  return std::move(body).Take();
}

}  // namespace bellwether::alerts
