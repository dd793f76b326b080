// The sentences of an alert (L2): a rule's text with {subject}, {value}, {threshold}, {since}.
#ifndef BELLWETHER_SERVICES_ALERTS_DOMAIN_TEXT_H_
#define BELLWETHER_SERVICES_ALERTS_DOMAIN_TEXT_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/alerts/domain/condition_state.h"
#include "services/alerts/domain/rule.h"

namespace bellwether::alerts {

struct TextFigures {
  absl::string_view subject;
  int64_t value_micros = 0;
  int64_t threshold_micros = 0;
  absl::Time since;
};

// How a deployment reads figures.
struct TextStyle {
  absl::TimeZone zone;
  // Minor digits of the reporting currency, in whose minor units values of money are.
  int money_digits = 2;
};

// Figures read as the rule's condition means them: plain numbers, percentages for a relative
// change, days for an absence, units of the reporting currency for what the rule calls a loss. A
// value that would round to its threshold is shown in full, so that 79.999999 never reads "80 is
// below 80".
std::string RenderText(absl::string_view pattern, const Rule& rule, const TextFigures& figures,
                       const TextStyle& style);

// "2026-11-20: health.score was 58.2, is 63.1"; the value of an absence is an instant.
std::string RenderRestated(const RestatedValue& value, absl::CivilDay day, const Rule& rule,
                           const TextStyle& style);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_TEXT_H_
