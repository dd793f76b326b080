// Facts as CloudEvents 1.0 structured JSON.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_CLOUD_EVENT_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_CLOUD_EVENT_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bellwether/events/v1/fact.pb.h"

namespace bellwether::gateway {

// Reads {"specversion": "1.0", "type": "bellwether.fact.order_placed.v1", "source": …, "id": …,
// "subject": account id, "time": RFC 3339, "data": {"order_placed": {…}}}. The data is a
// events.v1.Fact in protobuf's JSON form, with these strictnesses: an integer is written as one
// (12, "12"; never 12.0 or 1e3), nothing unknown or repeated is passed over, null means absent.
// Other CloudEvents attributes (datacontenttype, dataschema, extensions) may be there.
//
// INVALID_ARGUMENT with TOO_LARGE, MALFORMED_JSON, UNSUPPORTED_SPECVERSION, UNKNOWN_FACT_KIND,
// TYPE_MISMATCH, UNKNOWN_FIELD, WRONG_TYPE, AMOUNT_NOT_INTEGER, NOT_AN_INTEGER, UNKNOWN_ENUM_VALUE,
// TIME_INVALID, TEXT_INVALID, TOO_MANY_VALUES; fields are named as in the protobuf form. What is
// merely missing is left to FactValidator.
absl::StatusOr<events::v1::FactEvent> ParseCloudEvent(absl::string_view document);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_CLOUD_EVENT_H_
