#include "services/alerts/adapters/watch_resume.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bellwether/alerts/v1/alert.pb.h"
#include "common/base/status.h"
#include "common/rpc/watch_mark.h"
#include "services/alerts/adapters/case_states.h"
#include "services/alerts/adapters/sql_board.h"

namespace bellwether::alerts {
namespace {

constexpr absl::string_view kFormat = "w1";

// Those at the level or above now: their rows say so.
absl::Status AddAtLevel(store::Transaction& transaction, Level minimum_level,
                        std::vector<SeenAlert>& seen) {
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(
        const store::Rows rows,
        transaction.Query(
            absl::StrCat("SELECT alert_cases.alert_id, (SELECT MAX(entry_number) FROM "
                         "alert_timeline WHERE alert_timeline.alert_id = alert_cases.alert_id) "
                         "FROM alert_cases WHERE ",
                         kIsOpen,
                         " AND alert_cases.backfill = 0 AND alert_cases.level >= $1 AND "
                         "alert_cases.alert_id > $2 ORDER BY alert_cases.alert_id LIMIT $3"),
            {int64_t{Rank(minimum_level)}, after, kOpenPageRows}));
    for (const store::Row& row : rows) {
      seen.push_back({absl::StrCat("alerts/", row.Text(0)), row.Int(1)});
    }
    if (static_cast<int64_t>(rows.size()) < kOpenPageRows) return absl::OkStatus();
    after = rows.back().Text(0);
  }
}

// Those below it now, that have been there: their timelines say so.
absl::Status AddOnceAtLevel(store::Transaction& transaction, Level minimum_level,
                            std::vector<SeenAlert>& seen) {
  std::string after_id;
  int64_t after_entry = 0;
  while (true) {
    ASSIGN_OR_RETURN(
        const store::Rows rows,
        transaction.Query(
            absl::StrCat("SELECT alert_timeline.alert_id, alert_timeline.entry_number, "
                         "alert_timeline.entry FROM alert_cases JOIN alert_timeline "
                         "ON alert_timeline.alert_id = alert_cases.alert_id WHERE ",
                         kIsOpen,
                         " AND alert_cases.backfill = 0 AND alert_cases.level < $4 AND "
                         "(alert_timeline.alert_id > $1 OR (alert_timeline.alert_id = $1 AND "
                         "alert_timeline.entry_number > $2)) "
                         "ORDER BY alert_timeline.alert_id, alert_timeline.entry_number LIMIT $3"),
            {after_id, after_entry, kOpenPageRows, int64_t{Rank(minimum_level)}}));
    for (const store::Row& row : rows) {
      ASSIGN_OR_RETURN(const v1::TimelineEntry entry, ParseEntry(row.Bytes(2)));
      const std::string name = absl::StrCat("alerts/", row.Text(0));
      const bool known = !seen.empty() && seen.back().name == name;
      if (!known && static_cast<Level>(entry.level()) < minimum_level) continue;
      if (!known) seen.push_back({name});
      seen.back().entity_version = row.Int(1);
    }
    if (static_cast<int64_t>(rows.size()) < kOpenPageRows) return absl::OkStatus();
    after_id = rows.back().Text(0);
    after_entry = rows.back().Int(1);
  }
}

}  // namespace

std::string ResumeToken(absl::Time stored) {
  return absl::StrCat(kFormat, ".", absl::ToUnixMicros(stored));
}

absl::StatusOr<absl::Time> ReadResumeToken(absl::string_view token, absl::Time now,
                                           absl::Duration age_max) {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  int64_t micros = 0;
  if (parts.size() != 2 || parts[0] != kFormat || !absl::SimpleAtoi(parts[1], &micros)) {
    return InvalidArgument(rpc::kResumeTokenInvalid, "resume_token", "is no token of a watch",
                           "L7");
  }
  const absl::Time stored = absl::FromUnixMicros(micros);
  // Nothing has changed since an instant to come: all that did would be missed.
  if (stored > now + kResumeOverlap) {
    return InvalidArgument(rpc::kResumeTokenInvalid, "resume_token", "lies ahead of our clock",
                           "L7");
  }
  if (stored < now - age_max) {
    return Error(absl::StatusCode::kOutOfRange, {rpc::kResumeTokenTooOld, "resume_token", "L7"},
                 "the watch broke off too long ago");
  }
  return stored;
}

absl::StatusOr<std::vector<v1::AlertChanged>> ReadChangedSince(store::Transaction& transaction,
                                                               const CasePolicy& policy,
                                                               absl::Time since) {
  std::vector<v1::AlertChanged> changes;
  int64_t after_micros = absl::ToUnixMicros(since - kResumeOverlap);
  std::string after_id;
  while (true) {
    ASSIGN_OR_RETURN(
        const store::Rows rows,
        transaction.Query(
            absl::StrCat(kSelectNewestChange,
                         " WHERE alert_cases.backfill = 0 AND (alert_cases.changed_micros > $1 OR "
                         "(alert_cases.changed_micros = $1 AND alert_cases.alert_id > $2)) "
                         "ORDER BY alert_cases.changed_micros, alert_cases.alert_id LIMIT $3"),
            {after_micros, after_id, kOpenPageRows}));
    for (const store::Row& row : rows) {
      ASSIGN_OR_RETURN(changes.emplace_back(), DecodeNewestChange(row, policy));
    }
    if (static_cast<int64_t>(rows.size()) < kOpenPageRows) return changes;
    after_micros = rows.back().Int(4);
    after_id = rows.back().Text(3);
  }
}

absl::StatusOr<std::vector<SeenAlert>> ReadOpenSince(store::Transaction& transaction,
                                                     Level minimum_level) {
  std::vector<SeenAlert> seen;
  RETURN_IF_ERROR(AddAtLevel(transaction, minimum_level, seen));
  RETURN_IF_ERROR(AddOnceAtLevel(transaction, minimum_level, seen));
  return seen;
}

}  // namespace bellwether::alerts
