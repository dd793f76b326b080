// Opportunities between the domain and the API's messages.
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_MESSAGES_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_MESSAGES_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/opportunities/v1/opportunities_service.pb.h"
#include "services/opportunities/domain/opportunity.h"

namespace bellwether::opportunities {

// "opportunities/7" ↔ "7". INVALID_ARGUMENT / OPPORTUNITY_NAME_INVALID.
std::string OpportunityName(absl::string_view id);
absl::StatusOr<std::string> OpportunityIdOf(absl::string_view name);
// "accounts/acme" → "acme". INVALID_ARGUMENT / ACCOUNT_NAME_INVALID.
absl::StatusOr<std::string> AccountIdOf(absl::string_view name);

// With name, etag and the output-only instants.
v1::Opportunity ToProto(const Opportunity& opportunity);
// Everything a caller or the store may set, name and output-only fields aside. INVALID_ARGUMENT for
// what the domain cannot hold.
absl::StatusOr<Opportunity> FromProto(const v1::Opportunity& proto, const std::string& id);

// Nothing where the field is not set. INVALID_ARGUMENT / TIME_OUT_OF_RANGE.
absl::StatusOr<std::optional<absl::Time>> TimeOf(bool has,
                                                 const google::protobuf::Timestamp& timestamp,
                                                 absl::string_view field);
std::optional<Money> MoneyOf(bool has, const type::v1::Money& proto);

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_ADAPTERS_OPPORTUNITY_MESSAGES_H_
