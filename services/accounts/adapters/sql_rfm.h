// What the RFM ranking keeps, in SQL.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_SQL_RFM_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_SQL_RFM_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/calendar/calendar.h"
#include "common/consume/positions.h"
#include "common/cut/cuts.h"
#include "common/scheme/classes.h"
#include "services/accounts/application/rfm_repository.h"

namespace bellwether::accounts {

// The figures of migrations/0002_rfm.sql; cuts by common/cut and levels by common/scheme, as the
// family and the scheme "rfm". A cut is one row, its ranking packed into columns: it is written
// once and only ever read as a whole or by rank. Thread-safe.
class SqlRfm final : public RfmRepository {
 public:
  // All but the store outlive it.
  struct Parts {
    const store::Store& store;
    const Calendar& calendar;
    // Of the signals topic, with the number of its partitions.
    const consume::Positions& positions;
    int32_t partitions = 0;
    const scheme::Scheme& classes;  // one class per level, best first
  };
  explicit SqlRfm(const Parts& parts);

  absl::StatusOr<std::vector<FiguresAt>> LatestFigures(store::Transaction& transaction,
                                                       int32_t partition) override;
  absl::StatusOr<std::vector<FiguresAt>> FiguresAsOf(store::Transaction& transaction,
                                                     absl::Time cut) override;
  absl::Status SaveFigures(store::Transaction& transaction,
                           absl::Span<const FiguresAt> figures) override;
  absl::Status PruneFigures(store::Transaction& transaction, absl::Time cut) override;
  absl::StatusOr<std::optional<cut::Cuts::Due>> NextCut(store::Transaction& transaction) override;
  absl::Status KeepCut(store::Transaction& transaction, const cut::Cuts::Due& due,
                       const RfmCut& cut) override;
  absl::StatusOr<std::optional<absl::Time>> NextMove(store::Transaction& transaction) override;
  absl::Status PassOverCut(store::Transaction& transaction, const cut::Cuts::Due& due,
                           absl::Time until) override;
  absl::StatusOr<std::optional<absl::Time>> NextCutTime(store::Transaction& transaction) override;
  absl::StatusOr<std::optional<RfmCut>> CutAsOf(store::Transaction& transaction,
                                                absl::Time as_of) override;
  absl::Status Classify(store::Transaction& transaction, const RfmCut& cut,
                        absl::Span<const std::string> accounts) override;
  absl::StatusOr<std::optional<RfmLevel>> ClassifyNew(store::Transaction& transaction,
                                                      const std::string& account_id) override;
  absl::StatusOr<std::optional<RfmLevelSince>> Level(store::Transaction& transaction,
                                                     const std::string& account_id) override;
  absl::StatusOr<std::vector<RfmLevelChange>> History(store::Transaction& transaction,
                                                      const std::string& account_id,
                                                      absl::Time before, size_t count_max) override;

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
