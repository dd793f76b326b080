#include "services/alerts/adapters/alertmanager_message.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/log/log.h"

namespace bellwether::alerts {
namespace {

std::string Instant(absl::Time time) {
  return JsonString(absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()));
}

using Pairs = std::vector<std::pair<absl::string_view, std::string>>;

// Without those that are empty, as Alertmanager has it.
std::string Object(const Pairs& pairs) {
  std::string text = "{";
  for (const auto& [name, value] : pairs) {
    if (value.empty()) continue;
    absl::StrAppend(&text, text.size() == 1 ? "" : ",", JsonString(name), ":", JsonString(value));
  }
  return text + "}";
}

std::string RolesOf(const Case& alert, const CasePolicy& policy) {
  const auto rung = static_cast<size_t>(std::max(alert.escalation_rung, 0));
  if (rung >= policy.escalation_chain.size()) return "";
  return absl::StrJoin(policy.escalation_chain[rung], ", ");
}

std::string AlertOf(const Listing& listing, const CasePolicy& policy) {
  const Case& alert = listing.alert;
  const std::string labels = Object({{"alertname", alert.rule_id},
                                     {"severity", std::string(LevelName(listing.level))},
                                     {"alert_id", alert.alert_id},
                                     {"subject_type", alert.subject_type},
                                     {"subject", alert.subject}});
  const std::string annotations =
      Object({{"summary", alert.title},
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
  return absl::StrCat("{\"labels\":", labels, ",\"annotations\":", annotations,
                      ",\"startsAt\":", Instant(begin), ",\"endsAt\":", Instant(listing.ends), "}");
}

}  // namespace

std::string AlertmanagerMessage(absl::Span<const Listing> listings, const CasePolicy& policy) {
  std::string body = "[";
  for (const Listing& listing : listings) {
    absl::StrAppend(&body, body.size() == 1 ? "" : ",", AlertOf(listing, policy));
  }
  return body + "]";
}

}  // namespace bellwether::alerts
