// An event as it came, whatever it is.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_INCOMING_EVENT_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_INCOMING_EVENT_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/fact.pb.h"
#include "common/bus/bus.h"
#include "common/journal/dead_letter.h"

namespace bellwether::gateway {

struct IncomingEvent {
  enum class Form {
    kFact,        // `fact`
    kCloudEvent,  // `bytes`: CloudEvents structured JSON
    kRecord,      // `record`: of the facts topic, where it lay at `place`
    kUnreadable,  // `bytes`: a request that is no message of ours
  };

  Form form = Form::kFact;
  events::v1::FactEvent fact;
  std::string bytes;
  bus::Message record;
  std::string place;
  std::string import_run;
  std::string traceparent;

  size_t size() const;
};

// The event whole, as the dead-letter topic keeps it.
bus::Message ToDeadLetter(IncomingEvent event, const absl::Status& why, absl::Time now);

// What a dead letter was before it was refused, by whichever service. FAILED_PRECONDITION /
// LETTER_CUT when it was too large to be kept whole, NOT_A_FACT when it was another kind of record.
absl::StatusOr<IncomingEvent> FromDeadLetter(const journal::DeadLetter& letter);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_INCOMING_EVENT_H_
