// Reading alerts for people: the board, one alert with its timeline, what is open.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_BOARD_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_BOARD_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "bellwether/alerts/v1/alert.pb.h"
#include "common/store/store.h"
#include "services/alerts/adapters/board_filter.h"
#include "services/alerts/domain/case.h"

namespace bellwether::alerts {

// Snapshots for watchers are read in pages of this many.
inline constexpr int64_t kOpenPageRows = 1'000;

struct BoardQuery {
  BoardFilter filter;
  // Beside it.
  std::string subject;
  std::string subject_type = kAccount;  // of `subject`
  std::string rule_id;
  Level minimum_level = Level::kNone;
};

// Where a page ended.
struct BoardPlace {
  int64_t priority = 0;
  int64_t at_risk_minor = 0;
  int64_t began_micros = 0;
  std::string alert_id;

  std::string ToCursor() const;
  // INVALID_ARGUMENT / PAGE_TOKEN_INVALID for anything ToCursor did not make.
  static absl::StatusOr<BoardPlace> FromCursor(absl::string_view cursor);
};

struct BoardPage {
  std::vector<v1::Alert> alerts;
  // Set when there is more.
  std::optional<BoardPlace> end;
};

// Highest priority first, then the greatest value at risk, then oldest (L1, L3, L7).
absl::StatusOr<BoardPage> ReadBoard(store::Transaction& transaction, const CasePolicy& policy,
                                    const BoardQuery& query, const std::optional<BoardPlace>& after,
                                    int64_t rows_max);

// The same of whichever rows of alert_cases.
absl::StatusOr<BoardPage> ReadBoard(store::Transaction& transaction, const CasePolicy& policy,
                                    Where where, const std::optional<BoardPlace>& after,
                                    int64_t rows_max);

absl::StatusOr<bool> HasAlertsOf(store::Transaction& transaction, const std::string& rule_id);

// NOT_FOUND / ALERT_NOT_FOUND. With its timeline.
absl::StatusOr<v1::Alert> ReadAlert(store::Transaction& transaction, const CasePolicy& policy,
                                    const std::string& alert_id);

// A row of alert_timeline; DATA_LOSS for bytes that are none.
absl::StatusOr<v1::TimelineEntry> ParseEntry(const std::string& bytes);

// Of each alert: stored, the newest entry, its number, the alert's id, changed_micros. What is
// selected is up to the WHERE that follows.
inline constexpr char kSelectNewestChange[] =
    "SELECT alert_cases.stored, alert_timeline.entry, alert_timeline.entry_number, "
    "alert_cases.alert_id, alert_cases.changed_micros FROM alert_cases JOIN alert_timeline "
    "ON alert_timeline.alert_id = alert_cases.alert_id "
    "AND alert_timeline.entry_number = (SELECT MAX(entry_number) FROM "
    "alert_timeline AS latest WHERE latest.alert_id = alert_cases.alert_id)";
// A row of it, as the change that led to the alert's present state.
absl::StatusOr<v1::AlertChanged> DecodeNewestChange(const store::Row& row,
                                                    const CasePolicy& policy);

// Every open alert that is not of a backfill, as the change that led to its present state.
absl::StatusOr<std::vector<v1::AlertChanged>> ReadOpen(store::Transaction& transaction,
                                                       const CasePolicy& policy);

struct Firing {
  std::vector<Case> alerts;
  // There are more.
  bool cut = false;
};
// Alerts that are firing or acknowledged and that people were told of: not those of a backfill, nor
// those that a silence has kept from everybody. Highest priority first, `alerts_max` at most.
absl::StatusOr<Firing> ReadFiring(store::Transaction& transaction, size_t alerts_max);

struct OpenCount {
  Level level = Level::kNone;
  int64_t count = 0;
};
// Firing or acknowledged, not of a backfill.
absl::StatusOr<std::vector<OpenCount>> CountOpen(store::Transaction& transaction);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_BOARD_H_
