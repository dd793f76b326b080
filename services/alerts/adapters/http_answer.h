// What a receiver's HTTP answer says about a delivery.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_HTTP_ANSWER_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_HTTP_ANSWER_H_

#include "absl/status/statusor.h"
#include "common/http/client.h"
#include "services/alerts/domain/delivery.h"

namespace bellwether::alerts {

// `response` is what http::Client::Post returned. Retry-After is read as seconds or as a date,
// which is taken against the receiver's own Date (RFC 9110).
Answer AnswerOf(const absl::StatusOr<http::Response>& response);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_HTTP_ANSWER_H_
