#include "services/accounts/adapters/sql_rfm.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/accounts/adapters/rfm_cut_codec.h"

namespace bellwether::accounts {
namespace {

using store::Row;
using store::Rows;
using store::Value;

std::optional<int64_t> IntOrNothing(const Row& row, size_t column) {
  if (row.IsNull(column)) return std::nullopt;
  return row.Int(column);
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

constexpr char kFamily[] = "rfm";
// Why a level was given.
constexpr char kNightlyCut[] = "NIGHTLY_CUT";
constexpr char kCorrectedCut[] = "CORRECTED_CUT";
constexpr char kNewAccount[] = "NEW_ACCOUNT";

}  // namespace

SqlRfm::SqlRfm(const Ports& ports)
    : calendar_(ports.calendar),
      scheme_(ports.classes),
      cuts_(ports.store, ports.positions,
            {.family = kFamily,
             .partitions = ports.partitions,
             .next =
                 [&calendar = ports.calendar, schedule = scheme_.schedule](absl::Time after) {
                   return scheme::NextInstant(schedule, calendar, after);
                 }}),
      classes_(scheme_) {}

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

absl::StatusOr<std::optional<cut::Cuts::Due>> SqlRfm::NextCut(store::Transaction& transaction) {
  return cuts_.NextDue(transaction);
}

absl::Status SqlRfm::KeepCut(store::Transaction& transaction, const cut::Cuts::Due& due,
                             const RfmCut& cut) {
  return cuts_.Keep(transaction, due, EncodeCut(cut));
}

absl::StatusOr<std::optional<absl::Time>> SqlRfm::NextMove(store::Transaction& transaction) {
  ASSIGN_OR_RETURN(const std::optional<absl::Time> last, cuts_.Latest(transaction));
  ASSIGN_OR_RETURN(
      const Rows rows,
      last.has_value()
          ? transaction.Query(
                "SELECT MIN(midnight_micros) FROM rfm_figures WHERE midnight_micros > $1",
                {absl::ToUnixMicros(*last)})
          : transaction.Query("SELECT MIN(midnight_micros) FROM rfm_figures "
                              "WHERE order_count > 0 AND last_order_day IS NOT NULL"));
  std::optional<absl::Time> move;
  if (!rows[0].IsNull(0)) move = absl::FromUnixMicros(rows[0].Int(0));
  if (!last.has_value()) return move;
  // Corrected nights say what was known of them, not what stands for the nights to come.
  ASSIGN_OR_RETURN(const std::optional<absl::Time> known, cuts_.LastKnown(transaction));
  if (*known <= *last) return move;
  const absl::Time after = calendar_.NextMidnight(*known - absl::Microseconds(1));
  return std::min(move.value_or(after), after);
}

absl::Status SqlRfm::PassOverCut(store::Transaction& transaction, const cut::Cuts::Due& due,
                                 absl::Time until) {
  return cuts_.PassOver(transaction, due, until);
}

absl::StatusOr<std::optional<absl::Time>> SqlRfm::NextCutTime(store::Transaction& transaction) {
  return cuts_.Next(transaction);
}

absl::StatusOr<std::optional<RfmCut>> SqlRfm::CutAsOf(store::Transaction& transaction,
                                                      absl::Time as_of, absl::Time known_by) {
  ASSIGN_OR_RETURN(const std::optional<cut::Cuts::Kept> kept,
                   cuts_.AsOf(transaction, as_of, known_by));
  if (!kept.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(RfmCut cut, DecodeCut(kept->stands_at, kept->result));
  cut.taken = kept->at;
  cut.known = kept->known_at;
  const int32_t days = calendar_.LocalDayOf(kept->stands_at) - calendar_.LocalDayOf(kept->at);
  for (RfmPlace& place : cut.places) place.orders.recency_days += days;
  return cut;
}

absl::Status SqlRfm::CorrectCut(store::Transaction& transaction, const RfmCut& cut,
                                absl::Time known_at) {
  return cuts_.Correct(transaction, cut.time, known_at, EncodeCut(cut));
}

absl::StatusOr<std::optional<absl::Time>> SqlRfm::Reached(store::Transaction& transaction) {
  return cuts_.Reached(transaction);
}

const std::string& SqlRfm::ClassOf(RfmLevel level) const {
  return scheme_.classes[static_cast<size_t>(level)].name;
}

absl::StatusOr<RfmLevel> SqlRfm::LevelOf(const std::string& class_name) const {
  for (size_t level = 0; level < kRfmLevels; ++level) {
    if (scheme_.classes[level].name == class_name) return static_cast<RfmLevel>(level);
  }
  return Error(absl::StatusCode::kDataLoss, {"RFM_CLASS_UNKNOWN", "", "A3"},
               "a stored RFM level is none of the scheme's");
}

absl::Status SqlRfm::Classify(store::Transaction& transaction, const RfmCut& cut,
                              absl::Span<const std::string> accounts) {
  std::vector<scheme::Assignment> assignments;
  assignments.reserve(cut.places.size());
  for (const RfmPlace& place : cut.places) {
    assignments.push_back({.subject_id = place.orders.account_id,
                           .class_name = ClassOf(place.level),
                           .inputs = {{"recency_score", place.recency_score * kMicros},
                                      {"frequency_score", place.frequency_score * kMicros},
                                      {"monetary_score", place.monetary_score * kMicros},
                                      {"composite", place.composite_micros}}});
  }
  const bool corrected = cut.known > cut.time;
  return classes_
      .AssignAll(transaction, std::max(cut.known, cut.time),
                 corrected ? kCorrectedCut : kNightlyCut, std::move(assignments), accounts)
      .status();
}

absl::StatusOr<std::optional<RfmLevel>> SqlRfm::ClassifyNew(store::Transaction& transaction,
                                                            const std::string& account_id) {
  ASSIGN_OR_RETURN(const std::optional<RfmLevelSince> known, Level(transaction, account_id));
  if (known.has_value()) return known->level;
  ASSIGN_OR_RETURN(const std::optional<absl::Time> cut, cuts_.Latest(transaction));
  if (!cut.has_value()) return std::nullopt;
  // As of the cut, so that the next one follows it, however far behind cuts may be.
  RETURN_IF_ERROR(classes_
                      .Assign(transaction, *cut, kNewAccount,
                              {.subject_id = account_id, .class_name = scheme_.otherwise})
                      .status());
  return LevelOf(scheme_.otherwise);
}

absl::StatusOr<std::optional<RfmLevelSince>> SqlRfm::Level(store::Transaction& transaction,
                                                           const std::string& account_id) {
  ASSIGN_OR_RETURN(const std::optional<scheme::Standing> standing,
                   classes_.Of(transaction, account_id));
  if (!standing.has_value()) return std::nullopt;
  ASSIGN_OR_RETURN(const RfmLevel level, LevelOf(standing->class_name));
  return RfmLevelSince{account_id, level, standing->since};
}

absl::StatusOr<std::vector<RfmLevelChange>> SqlRfm::History(store::Transaction& transaction,
                                                            const std::string& account_id,
                                                            absl::Time before, size_t count_max) {
  ASSIGN_OR_RETURN(const std::vector<scheme::Change> known,
                   classes_.History(transaction, account_id, before, count_max));
  std::vector<RfmLevelChange> changes;
  for (const scheme::Change& each : known) {
    RfmLevelChange& change = changes.emplace_back();
    change.account_id = account_id;
    change.cut = each.at;
    if (each.previous.has_value()) {
      ASSIGN_OR_RETURN(change.previous, LevelOf(*each.previous));
    }
    ASSIGN_OR_RETURN(change.level, LevelOf(each.class_name));
  }
  return changes;
}

}  // namespace bellwether::accounts
