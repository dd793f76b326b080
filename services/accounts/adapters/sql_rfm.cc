#include "services/accounts/adapters/sql_rfm.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/accounts/adapters/rfm_cut_codec.h"

namespace bellwether::accounts {
namespace {

using store::Blob;
using store::Row;
using store::Rows;
using store::Value;

std::optional<int64_t> IntOrNothing(const Row& row, size_t column) {
  if (row.IsNull(column)) return std::nullopt;
  return row.Int(column);
}

std::optional<absl::Time> TimeOrNothing(const Row& row, size_t column) {
  if (row.IsNull(column)) return std::nullopt;
  return absl::FromUnixMicros(row.Int(column));
}

std::optional<int64_t> Micros(const std::optional<absl::Time>& time) {
  if (!time.has_value()) return std::nullopt;
  return absl::ToUnixMicros(*time);
}

std::vector<FiguresAt> FiguresFrom(const Rows& rows) {
  std::vector<FiguresAt> figures;
  figures.reserve(rows.size());
  for (const Row& row : rows) {
    figures.push_back({.partition = static_cast<int32_t>(row.Int(0)),
                       .account_id = row.Text(1),
                       .midnight = absl::FromUnixMicros(row.Int(2)),
                       .figures = {row.Int(3), IntOrNothing(row, 4), IntOrNothing(row, 5),
                                   IntOrNothing(row, 6)}});
  }
  return figures;
}

// Of rows ordered by account and midnight, the last one of each account.
std::vector<FiguresAt> LastOfEach(std::vector<FiguresAt> figures) {
  std::vector<FiguresAt> last;
  for (FiguresAt& each : figures) {
    if (!last.empty() && last.back().account_id == each.account_id) {
      last.back() = std::move(each);
    } else {
      last.push_back(std::move(each));
    }
  }
  return last;
}

constexpr char kSelectFigures[] =
    "SELECT partition, account_id, midnight_micros, version, last_order_day, order_count, "
    "order_value_minor FROM rfm_figures ";

}  // namespace

absl::StatusOr<std::vector<FiguresAt>> SqlRfm::LatestFigures(store::Transaction& transaction,
                                                             int32_t partition) {
  ASSIGN_OR_RETURN(const Rows rows,
                   transaction.Query(absl::StrCat(kSelectFigures, "WHERE partition = $1 ",
                                                  "ORDER BY account_id, midnight_micros"),
                                     {int64_t{partition}}));
  return LastOfEach(FiguresFrom(rows));
}

absl::StatusOr<std::vector<FiguresAt>> SqlRfm::FiguresAsOf(store::Transaction& transaction,
                                                           absl::Time cut) {
  ASSIGN_OR_RETURN(const Rows rows,
                   transaction.Query(absl::StrCat(kSelectFigures, "WHERE midnight_micros <= $1 ",
                                                  "ORDER BY account_id, midnight_micros"),
                                     {absl::ToUnixMicros(cut)}));
  return LastOfEach(FiguresFrom(rows));
}

absl::Status SqlRfm::SaveFigures(store::Transaction& transaction,
                                 absl::Span<const FiguresAt> figures) {
  if (figures.empty()) return absl::OkStatus();
  std::vector<std::vector<Value>> rows;
  rows.reserve(figures.size());
  for (const FiguresAt& each : figures) {
    rows.push_back({int64_t{each.partition}, each.account_id, absl::ToUnixMicros(each.midnight),
                    each.figures.version, store::IntOrNull(each.figures.last_order_day),
                    store::IntOrNull(each.figures.order_count),
                    store::IntOrNull(each.figures.order_value_minor)});
  }
  return transaction.ExecuteMany(
      "INSERT INTO rfm_figures (partition, account_id, midnight_micros, version, last_order_day, "
      "order_count, order_value_minor) VALUES ($1, $2, $3, $4, $5, $6, $7) "
      "ON CONFLICT (partition, account_id, midnight_micros) DO UPDATE SET "
      "version = excluded.version, last_order_day = excluded.last_order_day, "
      "order_count = excluded.order_count, order_value_minor = excluded.order_value_minor",
      rows);
}

absl::Status SqlRfm::PruneFigures(store::Transaction& transaction, absl::Time cut) {
  return transaction
      .Execute(
          "DELETE FROM rfm_figures WHERE midnight_micros < $1 AND midnight_micros < ("
          "SELECT MAX(later.midnight_micros) FROM rfm_figures later "
          "WHERE later.partition = rfm_figures.partition "
          "AND later.account_id = rfm_figures.account_id AND later.midnight_micros <= $1)",
          {absl::ToUnixMicros(cut)})
      .status();
}

absl::StatusOr<RfmSchedule> SqlRfm::Schedule(store::Transaction& transaction) {
  ASSIGN_OR_RETURN(
      const Rows rows,
      transaction.Query(
          absl::StrCat("SELECT next_cut_micros, begun FROM rfm_schedule WHERE id = 1", for_update_),
          {}));
  return RfmSchedule{TimeOrNothing(rows[0], 0), rows[0].Int(1) != 0};
}

absl::Status SqlRfm::SaveSchedule(store::Transaction& transaction, const RfmSchedule& schedule) {
  return transaction
      .Execute("UPDATE rfm_schedule SET next_cut_micros = $1, begun = $2 WHERE id = 1",
               {store::IntOrNull(Micros(schedule.next_cut)), int64_t{schedule.begun}})
      .status();
}

absl::Status SqlRfm::SaveCut(store::Transaction& transaction, const RfmCut& cut) {
  return transaction
      .Execute("INSERT INTO rfm_cuts (cut_micros, ranking) VALUES ($1, $2)",
               {absl::ToUnixMicros(cut.time), Blob{EncodeCut(cut)}})
      .status();
}

absl::StatusOr<std::optional<RfmCut>> SqlRfm::CutAsOf(store::Transaction& transaction,
                                                      absl::Time as_of) {
  ASSIGN_OR_RETURN(const Rows rows,
                   transaction.Query("SELECT cut_micros, ranking FROM rfm_cuts "
                                     "WHERE cut_micros <= $1 ORDER BY cut_micros DESC LIMIT 1",
                                     {absl::ToUnixMicros(as_of)}));
  if (rows.empty()) return std::nullopt;
  return DecodeCut(absl::FromUnixMicros(rows[0].Int(0)), rows[0].Bytes(1));
}

absl::StatusOr<std::vector<RfmLevelSince>> SqlRfm::Levels(store::Transaction& transaction) {
  ASSIGN_OR_RETURN(const Rows rows,
                   transaction.Query("SELECT account_id, level, since_micros FROM rfm_levels"));
  std::vector<RfmLevelSince> levels;
  levels.reserve(rows.size());
  for (const Row& row : rows) {
    levels.push_back(
        {row.Text(0), static_cast<RfmLevel>(row.Int(1)), absl::FromUnixMicros(row.Int(2))});
  }
  return levels;
}

absl::StatusOr<std::optional<RfmLevelSince>> SqlRfm::Level(store::Transaction& transaction,
                                                           const std::string& account_id) {
  ASSIGN_OR_RETURN(
      const Rows rows,
      transaction.Query("SELECT level, since_micros FROM rfm_levels WHERE account_id = $1",
                        {account_id}));
  if (rows.empty()) return std::nullopt;
  return RfmLevelSince{account_id, static_cast<RfmLevel>(rows[0].Int(0)),
                       absl::FromUnixMicros(rows[0].Int(1))};
}

absl::Status SqlRfm::SaveChanges(store::Transaction& transaction,
                                 absl::Span<const RfmLevelChange> changes) {
  if (changes.empty()) return absl::OkStatus();
  std::vector<std::vector<Value>> levels;
  std::vector<std::vector<Value>> history;
  for (const RfmLevelChange& change : changes) {
    const auto level = static_cast<int64_t>(change.level);
    levels.push_back({change.account_id, level, absl::ToUnixMicros(change.cut)});
    std::optional<int64_t> previous;
    if (change.previous.has_value()) previous = static_cast<int64_t>(*change.previous);
    history.push_back(
        {change.account_id, absl::ToUnixMicros(change.cut), store::IntOrNull(previous), level});
  }
  RETURN_IF_ERROR(transaction.ExecuteMany(
      "INSERT INTO rfm_levels (account_id, level, since_micros) VALUES ($1, $2, $3) "
      "ON CONFLICT (account_id) DO UPDATE SET level = excluded.level, "
      "since_micros = excluded.since_micros",
      levels));
  return transaction.ExecuteMany(
      "INSERT INTO rfm_changes (account_id, cut_micros, previous_level, level) "
      "VALUES ($1, $2, $3, $4)",
      history);
}

absl::StatusOr<std::vector<RfmLevelChange>> SqlRfm::History(store::Transaction& transaction,
                                                            const std::string& account_id,
                                                            absl::Time before, size_t count_max) {
  ASSIGN_OR_RETURN(
      const Rows rows,
      transaction.Query("SELECT cut_micros, previous_level, level FROM rfm_changes "
                        "WHERE account_id = $1 AND cut_micros < $2 "
                        "ORDER BY cut_micros DESC LIMIT $3",
                        {account_id, absl::ToUnixMicros(before), static_cast<int64_t>(count_max)}));
  std::vector<RfmLevelChange> changes;
  for (const Row& row : rows) {
    RfmLevelChange& change = changes.emplace_back();
    change.account_id = account_id;
    change.cut = absl::FromUnixMicros(row.Int(0));
    if (const auto previous = IntOrNothing(row, 1)) change.previous = RfmLevel(*previous);
    change.level = static_cast<RfmLevel>(row.Int(2));
  }
  return changes;
}

}  // namespace bellwether::accounts
