#include "services/alerts/adapters/sql_deliveries.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/alerts/adapters/case_states.h"

namespace bellwether::alerts {
namespace {

using store::Value;

// `last_result` of an attempt whose outcome is not recorded yet.
constexpr char kBeingSent[] = "BEING_SENT";

int64_t StateOf(DeliveryEnd end) {
  switch (end) {
    case DeliveryEnd::kDelivered:
      return kDeliveryDelivered;
    case DeliveryEnd::kGivenUp:
      return kDeliveryGivenUp;
    case DeliveryEnd::kRetry:
      return kDeliveryUnderWay;
  }
  return kDeliveryUnderWay;
}

// Whatever of the same alert comes before has to end first.
constexpr char kNoneBefore[] =
    "NOT EXISTS (SELECT 1 FROM alert_deliveries AS earlier "
    "WHERE earlier.target = alert_deliveries.target AND "
    "earlier.alert_id = alert_deliveries.alert_id AND earlier.state = alert_deliveries.state AND "
    "earlier.entry_number < alert_deliveries.entry_number)";

}  // namespace

std::string Delivery::IdempotencyKey() const { return absl::StrCat(alert_id, "/", entry_number); }

absl::Status InsertDelivery(store::Transaction& transaction, const std::string& target,
                            const std::string& alert_id, int64_t entry_number,
                            const std::string& body, absl::Time now) {
  const int64_t micros = absl::ToUnixMicros(now);
  return transaction
      .Execute(
          "INSERT INTO alert_deliveries (target, alert_id, entry_number, state, attempts, "
          "failures, created_micros, next_attempt_micros, last_result, ambiguous, body) "
          "VALUES ($1, $2, $3, $7, 0, 0, $4, $5, '', 0, $6)",
          {target, alert_id, entry_number, micros, micros, body, kDeliveryUnderWay})
      .status();
}

absl::StatusOr<bool> InsertDeliveryOnce(store::Transaction& transaction, const std::string& target,
                                        const std::string& alert_id, int64_t entry_number,
                                        const std::string& body, absl::Time now) {
  const int64_t micros = absl::ToUnixMicros(now);
  ASSIGN_OR_RETURN(
      const int64_t inserted,
      transaction.Execute(
          "INSERT INTO alert_deliveries (target, alert_id, entry_number, state, attempts, "
          "failures, created_micros, next_attempt_micros, last_result, ambiguous, body) "
          "VALUES ($1, $2, $3, $7, 0, 0, $4, $5, '', 0, $6) "
          "ON CONFLICT (target, alert_id, entry_number) DO NOTHING",
          {target, alert_id, entry_number, micros, micros, body, kDeliveryUnderWay}));
  return inserted == 1;
}

absl::StatusOr<Claim> ClaimDelivery(store::Transaction& transaction, const std::string& target,
                                    absl::Time now, absl::Time until) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query(absl::StrCat("SELECT alert_id, entry_number, attempts, failures, "
                                     "created_micros, next_attempt_micros, last_result, "
                                     "ambiguous, body FROM alert_deliveries WHERE ",
                                     kIsUnderWay, " AND target = $1 AND ", kNoneBefore,
                                     " ORDER BY next_attempt_micros, alert_id LIMIT 1"),
                        {target}));
  Claim claim;
  if (rows.empty()) return claim;
  const store::Row& row = rows[0];
  const absl::Time due = absl::FromUnixMicros(row.Int(5));
  if (due > now) {
    claim.next = due;
    return claim;
  }
  Delivery delivery{.target = target,
                    .alert_id = row.Text(0),
                    .entry_number = row.Int(1),
                    .attempts = row.Int(2) + 1,
                    .failures = row.Int(3),
                    .created = absl::FromUnixMicros(row.Int(4)),
                    .ambiguous = row.Int(7) != 0 || row.Text(6) == kBeingSent,
                    .body = row.Text(8)};
  RETURN_IF_ERROR(
      transaction
          .Execute("UPDATE alert_deliveries SET attempts = $1, last_result = $2, "
                   "ambiguous = $3, next_attempt_micros = $4 "
                   "WHERE target = $5 AND alert_id = $6 AND entry_number = $7",
                   {delivery.attempts, std::string(kBeingSent), int64_t{delivery.ambiguous},
                    absl::ToUnixMicros(until), target, delivery.alert_id, delivery.entry_number})
          .status());
  claim.delivery = std::move(delivery);
  return claim;
}

absl::StatusOr<bool> RecordAttempt(store::Transaction& transaction, const Delivery& delivery,
                                   const DeliveryVerdict& verdict, absl::Time now) {
  ASSIGN_OR_RETURN(
      const int64_t recorded,
      transaction.Execute(
          absl::StrCat("UPDATE alert_deliveries SET state = $1, failures = $2, last_result = $3, "
                       "ambiguous = $4, next_attempt_micros = $5 "
                       "WHERE target = $6 AND alert_id = $7 AND entry_number = $8 AND "
                       "attempts = $9 AND ",
                       kIsUnderWay),
          {StateOf(verdict.end), delivery.failures + (verdict.failure ? 1 : 0),
           std::string(verdict.reason), int64_t{delivery.ambiguous || verdict.ambiguous},
           absl::ToUnixMicros(now + verdict.wait), delivery.target, delivery.alert_id,
           delivery.entry_number, delivery.attempts}));
  return recorded == 1;
}

absl::StatusOr<DeliveryBacklog> BacklogOf(store::Transaction& transaction,
                                          const std::string& target) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query(absl::StrCat("SELECT COUNT(*), MIN(created_micros) FROM alert_deliveries "
                                     "WHERE target = $1 AND ",
                                     kIsUnderWay),
                        {target}));
  DeliveryBacklog backlog{.waiting = rows[0].Int(0)};
  if (!rows[0].IsNull(1)) backlog.oldest = absl::FromUnixMicros(rows[0].Int(1));
  return backlog;
}

absl::StatusOr<int64_t> PruneDeliveries(store::Transaction& transaction, absl::Time before) {
  return transaction.Execute(absl::StrCat("DELETE FROM alert_deliveries WHERE NOT (", kIsUnderWay,
                                          ") AND created_micros < $1 AND alert_id IN "
                                          "(SELECT alert_id FROM alert_cases WHERE ",
                                          kIsResolved, ")"),
                             {absl::ToUnixMicros(before)});
}

}  // namespace bellwether::alerts
