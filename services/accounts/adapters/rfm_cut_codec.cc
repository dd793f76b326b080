#include "services/accounts/adapters/rfm_cut_codec.h"

#include <array>
#include <numeric>

#include "bellwether/accounts/v1/storage.pb.h"
#include "common/base/status.h"

namespace bellwether::accounts {

std::string EncodeCut(const RfmCut& cut) {
  v1::StoredRfmCut stored;
  std::array<int, kRfmLevels> counts = {};
  for (const RfmPlace& place : cut.places) {
    stored.add_account_ids(place.orders.account_id);
    stored.add_recency_days(place.orders.recency_days);
    stored.add_order_counts(place.orders.order_count);
    stored.add_order_values_minor(place.orders.order_value_minor);
    stored.add_recency_scores(place.recency_score);
    stored.add_frequency_scores(place.frequency_score);
    stored.add_monetary_scores(place.monetary_score);
    stored.add_composites_micros(place.composite_micros);
    ++counts[static_cast<size_t>(place.level)];
  }
  for (const int count : counts) stored.add_level_counts(count);
  return stored.SerializeAsString();
}

absl::StatusOr<RfmCut> DecodeCut(absl::Time time, const std::string& bytes) {
  const absl::Status malformed =
      Error(absl::StatusCode::kDataLoss, {"RFM_CUT_MALFORMED"}, "a stored RFM cut cannot be read");
  v1::StoredRfmCut stored;
  if (!stored.ParseFromString(bytes)) return malformed;
  const int n = stored.account_ids_size();
  for (const int size :
       {stored.recency_days_size(), stored.order_counts_size(), stored.order_values_minor_size(),
        stored.recency_scores_size(), stored.frequency_scores_size(), stored.monetary_scores_size(),
        stored.composites_micros_size(),
        std::accumulate(stored.level_counts().begin(), stored.level_counts().end(), 0)}) {
    if (size != n) return malformed;
  }
  if (stored.level_counts_size() != static_cast<int>(kRfmLevels)) return malformed;

  RfmCut cut{.time = time};
  cut.places.reserve(static_cast<size_t>(n));
  int level = 0;
  int left_in_level = stored.level_counts(0);
  for (int i = 0; i < n; ++i) {
    while (left_in_level == 0) left_in_level = stored.level_counts(++level);
    --left_in_level;
    cut.places.push_back({.orders = {stored.account_ids(i), stored.recency_days(i),
                                     stored.order_counts(i), stored.order_values_minor(i)},
                          .recency_score = stored.recency_scores(i),
                          .frequency_score = stored.frequency_scores(i),
                          .monetary_score = stored.monetary_scores(i),
                          .composite_micros = stored.composites_micros(i),
                          .level = static_cast<RfmLevel>(level)});
  }
  return cut;
}

}  // namespace bellwether::accounts
