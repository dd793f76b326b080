// Looking at silences, and at what one would cover (L3).
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_SILENCE_QUERIES_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_SILENCE_QUERIES_H_

#include "absl/status/statusor.h"
#include "bellwether/alerts/v1/alerts_service.pb.h"
#include "common/base/clock.h"
#include "common/store/store.h"
#include "services/alerts/domain/case.h"

namespace bellwether::alerts {

// Thread-safe; outlived by what it refers to.
class SilenceQueries {
 public:
  SilenceQueries(store::Store& store, const CasePolicy& policy, const Clock& clock)
      : store_(store), policy_(policy), clock_(clock) {}

  absl::StatusOr<v1::ListSilencesResponse> List(const v1::ListSilencesRequest& request) const;
  absl::StatusOr<v1::PreviewSilenceResponse> Preview(
      const v1::PreviewSilenceRequest& request) const;

 private:
  store::Store& store_;
  const CasePolicy& policy_;
  const Clock& clock_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_SILENCE_QUERIES_H_
