#include "services/alerts/adapters/sql_board.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "services/alerts/adapters/alert_messages.h"
#include "services/alerts/adapters/case_states.h"
#include "services/alerts/adapters/state_codec.h"

namespace bellwether::alerts {
namespace {

Where WhereOf(const BoardQuery& query) {
  Where where;
  AddFilter(query.filter, where);
  if (!query.subject.empty()) {
    where.Add("subject_type =", query.subject_type);
    where.Add("subject =", query.subject);
  }
  if (!query.rule_id.empty()) where.Add("rule_id =", query.rule_id);
  if (query.minimum_level != Level::kNone) {
    where.Add("level >=", int64_t{Rank(query.minimum_level)});
  }
  return where;
}

void AddAfter(const std::optional<BoardPlace>& after, Where& where) {
  if (!after.has_value()) return;
  const std::string priority = where.Place(after->priority);
  const std::string at_risk = where.Place(after->at_risk_minor);
  const std::string began = where.Place(after->began_micros);
  const std::string alert_id = where.Place(after->alert_id);
  where.Add(absl::StrCat("(priority < ", priority, " OR (priority = ", priority,
                         " AND (at_risk_minor < ", at_risk, " OR (at_risk_minor = ", at_risk,
                         " AND (began_micros > ", began, " OR (began_micros = ", began,
                         " AND alert_id > ", alert_id, "))))))"));
}

// Rows of alert_cases as they stand on the board: `stored`, and what BoardPlaceOf reads.
absl::StatusOr<store::Rows> ReadPage(store::Transaction& transaction, Where where,
                                     int64_t rows_max) {
  const std::string limit = where.Place(rows_max);
  return transaction.Query(
      absl::StrCat("SELECT stored, priority, at_risk_minor, began_micros, alert_id FROM "
                   "alert_cases WHERE ",
                   where.Text(),
                   " ORDER BY priority DESC, at_risk_minor DESC, began_micros, alert_id LIMIT ",
                   limit),
      where.parameters());
}

BoardPlace BoardPlaceOf(const store::Row& row) {
  return {row.Int(1), row.Int(2), row.Int(3), row.Text(4)};
}

}  // namespace

absl::StatusOr<v1::TimelineEntry> ParseEntry(const std::string& bytes) {
  v1::TimelineEntry entry;
  if (!entry.ParseFromString(bytes)) {
    return absl::DataLossError("a timeline row of the alerts service cannot be read");
  }
  return entry;
}

absl::StatusOr<v1::AlertChanged> DecodeNewestChange(const store::Row& row,
                                                    const CasePolicy& policy) {
  ASSIGN_OR_RETURN(const Case alert, DecodeCase(row.Bytes(0)));
  v1::AlertChanged changed;
  *changed.mutable_alert() = ToAlert(alert, policy);
  ASSIGN_OR_RETURN(*changed.mutable_entry(), ParseEntry(row.Bytes(1)));
  changed.set_entity_version(row.Int(2));
  return changed;
}

std::string BoardPlace::ToCursor() const {
  return absl::StrCat(priority, " ", at_risk_minor, " ", began_micros, " ", alert_id);
}

absl::StatusOr<BoardPlace> BoardPlace::FromCursor(absl::string_view cursor) {
  const std::vector<absl::string_view> parts = absl::StrSplit(cursor, absl::MaxSplits(' ', 3));
  BoardPlace place;
  if (parts.size() != 4 || !absl::SimpleAtoi(parts[0], &place.priority) ||
      !absl::SimpleAtoi(parts[1], &place.at_risk_minor) ||
      !absl::SimpleAtoi(parts[2], &place.began_micros)) {
    return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "the page token is not ours");
  }
  place.alert_id = std::string(parts[3]);
  return place;
}

absl::StatusOr<BoardPage> ReadBoard(store::Transaction& transaction, const CasePolicy& policy,
                                    const BoardQuery& query, const std::optional<BoardPlace>& after,
                                    int64_t rows_max) {
  return ReadBoard(transaction, policy, WhereOf(query), after, rows_max);
}

absl::StatusOr<BoardPage> ReadBoard(store::Transaction& transaction, const CasePolicy& policy,
                                    Where where, const std::optional<BoardPlace>& after,
                                    int64_t rows_max) {
  AddAfter(after, where);
  ASSIGN_OR_RETURN(const store::Rows rows, ReadPage(transaction, std::move(where), rows_max + 1));
  BoardPage page;
  for (const store::Row& row : rows) {
    if (static_cast<int64_t>(page.alerts.size()) == rows_max) {
      page.end = BoardPlaceOf(rows[rows_max - 1]);
      break;
    }
    ASSIGN_OR_RETURN(const Case alert, DecodeCase(row.Bytes(0)));
    page.alerts.push_back(ToAlert(alert, policy));
  }
  return page;
}

absl::StatusOr<bool> HasAlertsOf(store::Transaction& transaction, const std::string& rule_id) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query("SELECT 1 FROM alert_cases WHERE rule_id = $1 LIMIT 1", {rule_id}));
  return !rows.empty();
}

absl::StatusOr<v1::Alert> ReadAlert(store::Transaction& transaction, const CasePolicy& policy,
                                    const std::string& alert_id) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query("SELECT stored FROM alert_cases WHERE alert_id = $1", {alert_id}));
  if (rows.empty()) {
    return Error(absl::StatusCode::kNotFound, {"ALERT_NOT_FOUND", "name", ""},
                 absl::StrCat("there is no alert ", alert_id));
  }
  ASSIGN_OR_RETURN(const Case alert, DecodeCase(rows[0].Bytes(0)));
  v1::Alert out = ToAlert(alert, policy);
  ASSIGN_OR_RETURN(const store::Rows entries,
                   transaction.Query("SELECT entry FROM alert_timeline WHERE alert_id = $1 "
                                     "ORDER BY entry_number",
                                     {alert_id}));
  for (const store::Row& row : entries) {
    ASSIGN_OR_RETURN(*out.add_timeline(), ParseEntry(row.Bytes(0)));
  }
  return out;
}

absl::StatusOr<std::vector<v1::AlertChanged>> ReadOpen(store::Transaction& transaction,
                                                       const CasePolicy& policy) {
  std::vector<v1::AlertChanged> open;
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const store::Rows rows,
                     transaction.Query(
                         absl::StrCat(kSelectNewestChange, " WHERE ", kIsOpen,
                                      " AND alert_cases.backfill = 0 AND alert_cases.alert_id > $1 "
                                      "ORDER BY alert_cases.alert_id LIMIT $2"),
                         {after, kOpenPageRows}));
    for (const store::Row& row : rows) {
      ASSIGN_OR_RETURN(open.emplace_back(), DecodeNewestChange(row, policy));
    }
    if (static_cast<int64_t>(rows.size()) < kOpenPageRows) return open;
    after = rows.back().Text(3);
  }
}

absl::StatusOr<Firing> ReadFiring(store::Transaction& transaction, size_t alerts_max) {
  Firing firing;
  std::optional<BoardPlace> after;
  while (true) {
    Where where;
    where.Add(kIsFiring);
    AddAfter(after, where);
    ASSIGN_OR_RETURN(const store::Rows rows, ReadPage(transaction, where, kOpenPageRows));
    for (const store::Row& row : rows) {
      ASSIGN_OR_RETURN(Case alert, DecodeCase(row.Bytes(0)));
      if (!alert.announced) continue;
      firing.cut = firing.alerts.size() == alerts_max;
      if (firing.cut) return firing;
      firing.alerts.push_back(std::move(alert));
    }
    if (static_cast<int64_t>(rows.size()) < kOpenPageRows) return firing;
    after = BoardPlaceOf(rows.back());
  }
}

absl::StatusOr<std::vector<OpenCount>> CountOpen(store::Transaction& transaction) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query(absl::StrCat("SELECT level, COUNT(*) FROM alert_cases WHERE ",
                                                  kIsFiring, " GROUP BY level")));
  std::vector<OpenCount> counts;
  for (const store::Row& row : rows) {
    counts.push_back({static_cast<Level>(row.Int(0)), row.Int(1)});
  }
  return counts;
}

}  // namespace bellwether::alerts
