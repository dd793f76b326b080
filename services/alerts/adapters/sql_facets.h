// How many alerts of the board each choice of a filter would show (L7).
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_FACETS_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_FACETS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bellwether/alerts/v1/alerts_service.pb.h"
#include "common/store/store.h"
#include "services/alerts/adapters/board_filter.h"

namespace bellwether::alerts {

inline constexpr int64_t kFacetValuesMax = 200;

// Of every facet each value under the rest of the filter. `who` is counted as `mine`; empty:
// nobody.
absl::StatusOr<v1::CountAlertsResponse> CountFacets(store::Transaction& transaction,
                                                    const BoardFilter& filter,
                                                    absl::string_view who);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_FACETS_H_
