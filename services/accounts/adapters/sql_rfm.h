// What the RFM ranking keeps, in SQL.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_SQL_RFM_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_SQL_RFM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "common/calendar/calendar.h"
#include "common/consume/positions.h"
#include "common/cut/cuts.h"
#include "common/scheme/classes.h"
#include "common/store/store.h"
#include "services/accounts/application/order_figures.h"
#include "services/accounts/domain/rfm.h"

namespace bellwether::accounts {

// The figures of migrations/0002_rfm.sql; cuts by common/cut and levels by common/scheme, as the
// family and the scheme "rfm". A cut is one row, its ranking packed into columns: it is written
// once and only ever read as a whole or by rank. Thread-safe; every call works in the transaction
// it is given.
class SqlRfm {
 public:
  // All but the store outlive it.
  struct Ports {
    const store::Store& store;
    const Calendar& calendar;
    // Of the signals topic, with the number of its partitions.
    const consume::Positions& positions;
    int32_t partitions = 0;
    const scheme::Scheme& classes;  // one class per level, best first
  };
  explicit SqlRfm(const Ports& ports);

  // The latest figures of each account of the partition.
  absl::StatusOr<std::vector<FiguresAt>> LatestFigures(store::Transaction& transaction,
                                                       int32_t partition);
  // The latest figures of each account at or before `cut`.
  absl::StatusOr<std::vector<FiguresAt>> FiguresAsOf(store::Transaction& transaction,
                                                     absl::Time cut);
  absl::Status SaveFigures(store::Transaction& transaction, absl::Span<const FiguresAt> figures);
  // Forgets figures that no cut after `cut` can read.
  absl::Status PruneFigures(store::Transaction& transaction, absl::Time cut);

  // The next midnight to rank, once every partition has reached it (common/cut); locked until the
  // transaction ends.
  absl::StatusOr<std::optional<cut::Cuts::Due>> NextCut(store::Transaction& transaction);
  absl::Status KeepCut(store::Transaction& transaction, const cut::Cuts::Due& due,
                       const RfmCut& cut);
  // The first midnight at which figures changed that no cut has seen, or cuts had been corrected;
  // before the first cut, at which there were orders. Nothing while there is none.
  absl::StatusOr<std::optional<absl::Time>> NextMove(store::Transaction& transaction);
  // All midnights before `until`.
  absl::Status PassOverCut(store::Transaction& transaction, const cut::Cuts::Due& due,
                           absl::Time until);
  // The midnight of the next cut; nothing before every partition has a tick.
  absl::StatusOr<std::optional<absl::Time>> NextCutTime(store::Transaction& transaction);
  // The cut of the last midnight at or before `as_of`, as known at `known_by`: since nights on
  // which no figure moves are passed over, the latest that was taken, its recencies brought up to
  // that midnight.
  absl::StatusOr<std::optional<RfmCut>> CutAsOf(store::Transaction& transaction, absl::Time as_of,
                                                absl::Time known_by = absl::InfiniteFuture());
  // Adds what the cut of `cut.time` is known to be at `known_at`.
  absl::Status CorrectCut(store::Transaction& transaction, const RfmCut& cut, absl::Time known_at);
  // The least watermark of all partitions; nothing while one of them has no tick.
  absl::StatusOr<std::optional<absl::Time>> Reached(store::Transaction& transaction);

  // Gives every account the level it has by the cut: those in it, and as maintenance those without
  // a place that had a level before or stand among `accounts` (A3). From when the cut is known to
  // be so.
  absl::Status Classify(store::Transaction& transaction, const RfmCut& cut,
                        absl::Span<const std::string> accounts);
  // The level an account that is new has at once, by the last cut: what that says of it, else
  // maintenance, since it has no orders there (A3). Nothing before the first cut.
  absl::StatusOr<std::optional<RfmLevel>> ClassifyNew(store::Transaction& transaction,
                                                      const std::string& account_id);
  absl::StatusOr<std::optional<RfmLevelSince>> Level(store::Transaction& transaction,
                                                     const std::string& account_id);
  // Newest first, before `before`.
  absl::StatusOr<std::vector<RfmLevelChange>> History(store::Transaction& transaction,
                                                      const std::string& account_id,
                                                      absl::Time before, size_t count_max);

 private:
  const std::string& ClassOf(RfmLevel level) const;
  absl::StatusOr<RfmLevel> LevelOf(const std::string& class_name) const;

  const Calendar& calendar_;
  const scheme::Scheme& scheme_;
  const cut::Cuts cuts_;
  const scheme::Classes classes_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_SQL_RFM_H_
