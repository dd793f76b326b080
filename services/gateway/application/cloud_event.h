// Facts as CloudEvents 1.0.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_CLOUD_EVENT_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_CLOUD_EVENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bellwether/events/v1/fact.pb.h"

namespace bellwether::gateway {

// The context attributes that mean something here; empty where they are absent.
struct CloudEventAttributes {
  std::string specversion;
  std::string type;
  std::string id;
  std::string source;
  std::string subject;  // the account id
  std::string time;
  std::string datacontenttype;
};

// An event in binary mode: attributes, and the data as bytes of `datacontenttype`. That is
// application/protobuf (an events.v1.Fact) or JSON (its JSON form, as strict as below).
//
// INVALID_ARGUMENT with UNSUPPORTED_SPECVERSION, TIME_INVALID, UNKNOWN_FACT_KIND, TYPE_MISMATCH,
// UNSUPPORTED_CONTENT_TYPE, TOO_LARGE, MALFORMED_PROTOBUF, or what the JSON form says; fields are
// named as in the protobuf form. What is merely missing is left to FactValidator.
absl::StatusOr<events::v1::FactEvent> ReadCloudEvent(CloudEventAttributes attributes,
                                                     absl::string_view data);

// An event in structured mode, as JSON:
// {"specversion": "1.0", "type": "bellwether.fact.order_placed.v1", "source": …, "id": …,
// "subject": account id, "time": RFC 3339, "data": {"order_placed": {…}}}. The data is a
// events.v1.Fact in protobuf's JSON form, with these strictnesses: an integer is written as one
// (12, "12"; never 12.0 or 1e3), nothing unknown or repeated is passed over, null means absent.
// Instead of it, "data_base64" may hold the bytes that binary mode would. Other CloudEvents
// attributes (dataschema, extensions) may be there.
//
// As above, and MALFORMED_JSON, MALFORMED_BASE64, UNKNOWN_FIELD, WRONG_TYPE, AMOUNT_NOT_INTEGER,
// NOT_AN_INTEGER, UNKNOWN_ENUM_VALUE, TEXT_INVALID, TOO_MANY_VALUES.
absl::StatusOr<events::v1::FactEvent> ParseCloudEvent(absl::string_view document);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_CLOUD_EVENT_H_
