#include "common/timers/timer_rows.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::timers {
namespace {

constexpr char kDue[] =
    "SELECT kind, subject_type, subject_id, due_micros, payload, attempts FROM timers "
    "WHERE retry_micros IS NULL AND urgent = $1 AND due_micros <= $2 "
    "ORDER BY due_micros, subject_type, subject_id, kind LIMIT $3";
constexpr char kToRetry[] =
    "SELECT kind, subject_type, subject_id, due_micros, payload, attempts FROM timers "
    "WHERE retry_micros IS NOT NULL AND retry_micros <= $1 ORDER BY retry_micros LIMIT $2";
// Of the row as it was read.
constexpr char kWhereSame[] =
    "WHERE kind = $1 AND subject_type = $2 AND subject_id = $3 AND due_micros = $4";

auto OrderOf(const TimerRow& row) {
  return std::tie(row.timer.due, row.timer.subject.type, row.timer.subject.id, row.kind);
}

std::vector<TimerRow> RowsFrom(const store::Rows& rows) {
  std::vector<TimerRow> timers;
  timers.reserve(rows.size());
  for (const store::Row& row : rows) {
    timers.push_back({.kind = row.Text(0),
                      .timer = {.subject = {row.Text(1), row.Text(2)},
                                .due = absl::FromUnixMicros(row.Int(3)),
                                .payload = row.IsNull(4) ? "" : row.Bytes(4)},
                      .attempts = row.Int(5)});
  }
  return timers;
}

absl::StatusOr<std::vector<TimerRow>> DueOf(store::Transaction& transaction, bool urgent,
                                            absl::Time horizon, int64_t count_max) {
  if (horizon == absl::InfinitePast()) return std::vector<TimerRow>();
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query(kDue, {int64_t{urgent}, absl::ToUnixMicros(horizon), count_max}));
  return RowsFrom(rows);
}

std::vector<store::Value> KeyOf(const TimerRow& row) {
  return {row.kind, row.timer.subject.type, row.timer.subject.id,
          absl::ToUnixMicros(row.timer.due)};
}

}  // namespace

absl::string_view DueSql() { return kDue; }

absl::StatusOr<std::vector<TimerRow>> Due(store::Transaction& transaction, const Horizon& horizon,
                                          int64_t count_max) {
  ASSIGN_OR_RETURN(std::vector<TimerRow> ordinary,
                   DueOf(transaction, /*urgent=*/false, horizon.ordinary, count_max));
  ASSIGN_OR_RETURN(std::vector<TimerRow> urgent,
                   DueOf(transaction, /*urgent=*/true, horizon.urgent, count_max));
  std::vector<TimerRow> due;
  due.reserve(ordinary.size() + urgent.size());
  std::merge(std::make_move_iterator(ordinary.begin()), std::make_move_iterator(ordinary.end()),
             std::make_move_iterator(urgent.begin()), std::make_move_iterator(urgent.end()),
             std::back_inserter(due),
             [](const TimerRow& a, const TimerRow& b) { return OrderOf(a) < OrderOf(b); });
  due.resize(std::min(due.size(), static_cast<size_t>(count_max)));
  return due;
}

absl::StatusOr<std::vector<TimerRow>> ToRetry(store::Transaction& transaction, absl::Time now,
                                              int64_t count_max) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query(kToRetry, {absl::ToUnixMicros(now), count_max}));
  return RowsFrom(rows);
}

absl::StatusOr<std::optional<absl::Time>> FirstOrdinaryDue(store::Transaction& transaction) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query("SELECT due_micros FROM timers WHERE retry_micros IS NULL "
                                     "AND urgent = 0 ORDER BY due_micros LIMIT 1"));
  if (rows.empty()) return std::nullopt;
  return absl::FromUnixMicros(rows[0].Int(0));
}

absl::StatusOr<bool> Claim(store::Transaction& transaction, const TimerRow& row) {
  ASSIGN_OR_RETURN(
      const int64_t claimed,
      transaction.Execute(absl::StrCat("DELETE FROM timers ", kWhereSame), KeyOf(row)));
  return claimed == 1;
}

absl::Status PutOff(store::Transaction& transaction, const TimerRow& row, absl::Time retry) {
  std::vector<store::Value> parameters = KeyOf(row);
  parameters.push_back(row.attempts + 1);
  parameters.push_back(absl::ToUnixMicros(retry));
  return transaction
      .Execute(absl::StrCat("UPDATE timers SET attempts = $5, retry_micros = $6 ", kWhereSame),
               parameters)
      .status();
}

}  // namespace bellwether::timers
