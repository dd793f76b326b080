// Silences in the service's own table.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_SILENCES_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_SILENCES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/store/store.h"
#include "services/alerts/adapters/board_filter.h"
#include "services/alerts/domain/silence.h"

namespace bellwether::alerts {

absl::StatusOr<std::optional<Silence>> FindSilence(store::Transaction& transaction,
                                                   const std::string& silence_id,
                                                   absl::string_view for_update = "");
absl::Status InsertSilence(store::Transaction& transaction, const Silence& silence);
absl::Status UpdateSilence(store::Transaction& transaction, const Silence& silence);
// In force at `at`, in the order of their ids.
absl::StatusOr<std::vector<Silence>> ActiveSilences(store::Transaction& transaction, absl::Time at);
// In force at `at` or to come.
absl::StatusOr<int64_t> CountSilencesFrom(store::Transaction& transaction, absl::Time at);

// The one that ends first comes first; those that are over by `from` are left out. `after`: the end
// (microseconds) and id of the last one of the page before.
absl::StatusOr<std::vector<Silence>> ListSilences(
    store::Transaction& transaction, absl::Time from,
    const std::optional<std::pair<int64_t, std::string>>& after, int64_t rows_max);

// What SilenceMatchers::Match says, of the open alerts that are not of a backfill.
void AddMatchers(const SilenceMatchers& matchers, Where& where);
absl::StatusOr<int64_t> CountMatching(store::Transaction& transaction,
                                      const SilenceMatchers& matchers);
// The same of each of these, in their order, with one look at the table.
absl::StatusOr<std::vector<int64_t>> CountMatchingEach(store::Transaction& transaction,
                                                       absl::Span<const Silence> silences);

// Alerts of which something was held back are read in pages of this many.
inline constexpr int64_t kHeldBackPageRows = 500;

// Open alerts of which something was held back, in the order of their ids, from behind `after`.
absl::StatusOr<int64_t> CountHeldBack(store::Transaction& transaction);
absl::StatusOr<std::vector<Case>> HeldBackAlerts(store::Transaction& transaction,
                                                 const std::string& after, int64_t rows_max);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_SILENCES_H_
