// Reads of the feeds.
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_FEEDS_QUERIES_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_FEEDS_QUERIES_H_

#include "absl/status/statusor.h"
#include "bellwether/ingest/v1/feeds_service.pb.h"
#include "common/base/clock.h"
#include "services/gateway/application/feeds.h"

namespace bellwether::gateway {

// Thread-safe.
class FeedsQueries {
 public:
  FeedsQueries(const Feeds& feeds, const Clock& clock) : feeds_(feeds), clock_(clock) {}

  // INVALID_ARGUMENT / STATE_INVALID, PAGE_SIZE_INVALID, PAGE_TOKEN_INVALID.
  absl::StatusOr<ingest::v1::ListFeedsResponse> List(const ingest::v1::ListFeedsRequest& request);

 private:
  const Feeds& feeds_;
  const Clock& clock_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_FEEDS_QUERIES_H_
