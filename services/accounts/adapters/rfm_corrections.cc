#include "services/accounts/adapters/rfm_corrections.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace bellwether::accounts {
namespace {

std::vector<RfmOrders> OrdersOf(const std::vector<RfmPlace>& places) {
  std::vector<RfmOrders> orders;
  orders.reserve(places.size());
  for (const RfmPlace& place : places) orders.push_back(place.orders);
  return orders;
}

}  // namespace

absl::StatusOr<std::optional<RfmCut>> RfmCorrections::Take(store::Transaction& transaction,
                                                           absl::Time at) const {
  ASSIGN_OR_RETURN(std::vector<RestatedFigures> known,
                   ports_.corrections.KnownBefore(transaction, at));
  RETURN_IF_ERROR(ports_.corrections.Forget(transaction, at));
  ASSIGN_OR_RETURN(const std::optional<absl::Time> next, ports_.rfm.NextCutTime(transaction));
  if (known.empty() || !next.has_value()) return std::nullopt;
  const RestatedDays restated(std::move(known));
  ASSIGN_OR_RETURN(const std::optional<RfmCut> shown, ports_.rfm.CutAsOf(transaction, at));
  // The latest night first: what stands for the nights after one has to be read before that one is
  // corrected.
  bool corrected = false;
  for (const int32_t day : restated.Days()) {
    ASSIGN_OR_RETURN(const bool changed, CorrectNight(transaction, day, restated, at, *next));
    corrected = corrected || changed;
  }
  if (!corrected) return std::nullopt;
  ASSIGN_OR_RETURN(std::optional<RfmCut> newest, ports_.rfm.CutAsOf(transaction, at));
  if (newest->places == shown->places) return std::nullopt;
  return newest;
}

absl::StatusOr<bool> RfmCorrections::CorrectNight(store::Transaction& transaction, int32_t day,
                                                  const RestatedDays& restated, absl::Time at,
                                                  absl::Time next) const {
  const absl::Time midnight = ports_.calendar.StartOfDay(day + 1);
  if (midnight >= std::min(at, next)) return false;
  ASSIGN_OR_RETURN(const std::optional<RfmCut> shown, ports_.rfm.CutAsOf(transaction, midnight));
  if (!shown.has_value()) return false;  // before the first cut
  RfmCut cut{midnight, RankRfm(restated.Correct(day, OrdersOf(shown->places)), ports_.scheme),
             midnight, at};
  if (cut.places == shown->places) return false;
  // A night after it that was passed over would from now on stand by the corrected one.
  const absl::Time after = ports_.calendar.StartOfDay(day + 2);
  if (after < std::min(at, next)) {
    ASSIGN_OR_RETURN(const std::optional<RfmCut> stands, ports_.rfm.CutAsOf(transaction, after));
    if (stands->taken != after) {
      RETURN_IF_ERROR(ports_.rfm.CorrectCut(transaction, *stands, at));
    }
  }
  RETURN_IF_ERROR(ports_.rfm.CorrectCut(transaction, cut, at));
  return true;
}

}  // namespace bellwether::accounts
