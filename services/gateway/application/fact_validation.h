// Applies the rules of the domain to a fact event as it came.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_FACT_VALIDATION_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_FACT_VALIDATION_H_

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/fact.pb.h"
#include "common/bounds/message_rules.h"
#include "common/currency/currency_table.h"

namespace bellwether::gateway {

// Immutable, thread-safe.
class FactValidator {
 public:
  FactValidator(CurrencyTable currencies, absl::Duration ahead_max);

  // OK, or why the event is refused: INVALID_ARGUMENT with reason, field path and rule.
  absl::Status Validate(const events::v1::FactEvent& event, absl::string_view import_run,
                        absl::Time now) const;

  // Of a valid event: names the reporting currency where none was named and sets what every amount
  // is in it.
  void Normalise(events::v1::FactEvent& event) const;

  const CurrencyTable& currencies() const { return currencies_; }

 private:
  // Every amount there is, in the reporting currency.
  absl::Status CheckAmounts(const google::protobuf::Message& fact,
                            const bounds::MessageRules& rules) const;

  const CurrencyTable currencies_;
  const absl::Duration ahead_max_;
  absl::flat_hash_map<int, bounds::MessageRules> rules_;  // by field number of the kind
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_FACT_VALIDATION_H_
