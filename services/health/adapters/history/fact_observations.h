// What a fact on the wire gives the daily series: the one place that reads the fields of facts.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_FACT_OBSERVATIONS_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_FACT_OBSERVATIONS_H_

#include "bellwether/events/v1/fact.pb.h"
#include "services/health/domain/series.h"

namespace bellwether::health {

// Feeds only series that AllFactKinds names for the kind. Nothing is fed where a fact does not say
// (an unset figure, an unknown denominator): no data is not zero.
void ToObservations(const events::v1::Fact& fact, Observations& observations);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_HISTORY_FACT_OBSERVATIONS_H_
