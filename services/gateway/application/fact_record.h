// Facts as records of a topic: the Kafka protocol binding of CloudEvents 1.0.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_FACT_RECORD_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_FACT_RECORD_H_

#include "absl/status/statusor.h"
#include "bellwether/events/v1/fact.pb.h"
#include "common/bus/bus.h"

namespace bellwether::gateway {

// A `content-type` that begins with application/cloudevents, in either case, means structured mode:
// the value is the event, as JSON (application/cloudevents+json), and `ce_` headers say nothing.
// Any other means binary mode: the attributes are `ce_` headers, the value is the data, of that
// content type. Header names are compared as they are, which is what Kafka does.
//
// The key may be absent. If there is one, it is the account id, or writer and event disagree about
// whom the fact is about.
//
// INVALID_ARGUMENT as ReadCloudEvent and ParseCloudEvent, and MISSING_VALUE, REPEATED_ATTRIBUTE,
// KEY_MISMATCH.
absl::StatusOr<events::v1::FactEvent> ReadFactRecord(const bus::Message& record);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_FACT_RECORD_H_
