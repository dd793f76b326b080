// Applies the rules of the domain to a fact event as it came.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_FACT_VALIDATION_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_FACT_VALIDATION_H_

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/fact.pb.h"
#include "common/bounds/message_rules.h"
#include "common/calendar/calendar.h"
#include "common/currency/currency_source.h"

namespace bellwether::gateway {

// Thread-safe; outlived by what it refers to.
class FactValidator {
 public:
  FactValidator(const CurrencySource& currencies, const Calendar& calendar,
                absl::Duration ahead_max);

  // OK, or why the event is refused: INVALID_ARGUMENT with reason, field path and rule. Of a valid
  // event sets what every amount is in the reporting currency, by the rate of the local day of its
  // time, and names that currency where none was named.
  absl::Status Admit(events::v1::FactEvent& event, absl::string_view import_run,
                     absl::Time now) const;

 private:
  absl::Status CheckEvent(const events::v1::FactEvent& event, absl::string_view import_run,
                          absl::Time now) const;
  absl::Status ConvertAmounts(events::v1::FactEvent& event) const;

  const CurrencySource& currencies_;
  const Calendar& calendar_;
  const absl::Duration ahead_max_;
  absl::flat_hash_map<int, bounds::MessageRules> rules_;  // by field number of the kind
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_FACT_VALIDATION_H_
