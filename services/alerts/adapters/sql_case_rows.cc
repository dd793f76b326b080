#include "services/alerts/adapters/sql_case_rows.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "bellwether/alerts/v1/alert.pb.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/envelope.h"
#include "common/journal/timestamps.h"
#include "common/outbox/outbox.h"
#include "common/store/run_transaction.h"
#include "services/alerts/adapters/alert_messages.h"
#include "services/alerts/adapters/case_states.h"
#include "services/alerts/adapters/escalation_timer.h"
#include "services/alerts/adapters/sql_deliveries.h"
#include "services/alerts/adapters/sql_silences.h"
#include "services/alerts/adapters/state_codec.h"
#include "services/alerts/migration_files.h"

namespace bellwether::alerts {
namespace {

using store::Blob;
using store::Value;

constexpr char kSource[] = "bellwether/alerts";
constexpr int64_t kFilledAtOnce = 1'000;

absl::StatusOr<std::optional<Case>> First(const store::Rows& rows) {
  if (rows.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(Case alert, DecodeCase(rows[0].Bytes(0)));
  return std::optional<Case>(std::move(alert));
}

absl::StatusOr<std::vector<Case>> All(const store::Rows& rows) {
  std::vector<Case> cases;
  for (const store::Row& row : rows) {
    ASSIGN_OR_RETURN(Case alert, DecodeCase(row.Bytes(0)));
    cases.push_back(std::move(alert));
  }
  return cases;
}

int64_t BeganMicros(const Case& alert) {
  return absl::ToUnixMicros(
      alert.fire_time.value_or(alert.pending_time.value_or(absl::UnixEpoch())));
}

std::string TierOf(const Case& alert) { return std::string(alert.attributes.Get(kTierAttribute)); }

v1::AlertChanged ChangedOf(const Decision& decision, const CasePolicy& policy, absl::Time now) {
  v1::AlertChanged changed;
  *changed.mutable_alert() = ToAlert(*decision.next, policy);
  *changed.mutable_entry() = ToProto(decision.entry);
  changed.set_entity_version(decision.next->entity_version);
  *changed.mutable_store_time() = journal::ToTimestamp(now);
  return changed;
}

// Brings rows from before migration 0006 up to it, some of them; true when there may be more. What
// cannot be read is left without them.
absl::StatusOr<bool> FillFilterColumns(store::Store& store) {
  bool more = false;
  RETURN_IF_ERROR(store::RunTransaction(store, [&](store::Transaction& transaction) {
    ASSIGN_OR_RETURN(const store::Rows rows,
                     transaction.Query("SELECT alert_id, stored FROM alert_cases WHERE filled = 0 "
                                       "ORDER BY alert_id LIMIT $1",
                                       {kFilledAtOnce}));
    for (const store::Row& row : rows) {
      const Case alert = DecodeCase(row.Bytes(1)).value_or(Case());
      RETURN_IF_ERROR(transaction
                          .Execute("UPDATE alert_cases SET tier = $2, assignee = $3, account = $4, "
                                   "filled = 1 WHERE alert_id = $1 AND filled = 0",
                                   {row.Text(0), TierOf(alert), alert.assignee, alert.account})
                          .status());
    }
    more = !rows.empty();
    return absl::OkStatus();
  }));
  return more;
}

}  // namespace

absl::Status CreateTables(store::Store& store) {
  RETURN_IF_ERROR(timers::CreateTables(store));  // migration 0004 writes into them
  RETURN_IF_ERROR(store::Migrate(store, store::MigrationsFrom("alerts", MigrationFiles())));
  bool more = true;
  while (more) {
    ASSIGN_OR_RETURN(more, FillFilterColumns(store));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Case>> SqlCaseRows::LockLatest(absl::string_view rule_id,
                                                            absl::string_view subject_type,
                                                            absl::string_view subject) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction_.Query(absl::StrCat("SELECT stored FROM alert_cases WHERE rule_id = $1 AND "
                                      "subject_type = $2 AND subject = $3 "
                                      "ORDER BY sequence DESC LIMIT 1",
                                      context_.for_update),
                         {std::string(rule_id), std::string(subject_type), std::string(subject)}));
  return First(rows);
}

absl::StatusOr<std::vector<Case>> SqlCaseRows::LockAll(absl::string_view rule_id,
                                                       absl::string_view subject_type,
                                                       absl::string_view subject) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction_.Query(absl::StrCat("SELECT stored FROM alert_cases WHERE rule_id = $1 AND "
                                      "subject_type = $2 AND subject = $3 ORDER BY sequence",
                                      context_.for_update),
                         {std::string(rule_id), std::string(subject_type), std::string(subject)}));
  return All(rows);
}

absl::StatusOr<std::optional<Case>> SqlCaseRows::Lock(absl::string_view alert_id) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction_.Query(absl::StrCat("SELECT stored FROM alert_cases WHERE "
                                                   "alert_id = $1",
                                                   context_.for_update),
                                      {std::string(alert_id)}));
  return First(rows);
}

absl::StatusOr<std::vector<Case>> SqlCaseRows::LockOpen(int32_t partition) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction_.Query(absl::StrCat("SELECT stored FROM alert_cases WHERE "
                                      "partition_number = $1 AND ",
                                      kIsOpen, " ORDER BY alert_id", context_.for_update),
                         {int64_t{partition}}));
  return All(rows);
}

absl::Status SqlCaseRows::Write(const Decision& decision,
                                absl::Span<const PlannedDelivery> deliveries, int32_t partition,
                                absl::Time now) {
  const Case& alert = *decision.next;
  RETURN_IF_ERROR(WriteCase(alert, partition, now));
  RETURN_IF_ERROR(transaction_
                      .Execute("INSERT INTO alert_timeline (alert_id, entry_number, entry) "
                               "VALUES ($1, $2, $3)",
                               {alert.alert_id, alert.entity_version,
                                Blob{ToProto(decision.entry).SerializeAsString()}})
                      .status());
  if (decision.publish) RETURN_IF_ERROR(Publish(decision, now));
  RETURN_IF_ERROR(WriteDeliveries(decision, deliveries, now));
  if (!decision.digest) return absl::OkStatus();
  return transaction_
      .Execute(
          "INSERT INTO alert_go_live (alert_id, created_micros) VALUES ($1, $2) "
          "ON CONFLICT (alert_id) DO NOTHING",
          {alert.alert_id, absl::ToUnixMicros(now)})
      .status();
}

absl::Status SqlCaseRows::WriteCase(const Case& alert, int32_t partition, absl::Time now) {
  RETURN_IF_ERROR(
      transaction_
          .Execute(
              "INSERT INTO alert_cases (alert_id, rule_id, subject_type, subject, sequence, "
              "partition_number, state, level, priority, began_micros, backfill, stored, "
              "at_risk_minor, changed_micros, tier, assignee, account, held_back, "
              "filled) "
              "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, "
              "$17, $18, 1) "
              "ON CONFLICT (alert_id) DO UPDATE SET partition_number = CASE WHEN "
              "excluded.partition_number < 0 THEN alert_cases.partition_number "
              "ELSE excluded.partition_number END, state = excluded.state, "
              "level = excluded.level, priority = excluded.priority, "
              "began_micros = excluded.began_micros, backfill = excluded.backfill, "
              "stored = excluded.stored, at_risk_minor = excluded.at_risk_minor, "
              "changed_micros = excluded.changed_micros, tier = excluded.tier, "
              "assignee = excluded.assignee, account = excluded.account, "
              "held_back = excluded.held_back, filled = 1",
              {alert.alert_id, alert.rule_id, alert.subject_type, alert.subject, alert.sequence,
               int64_t{partition}, static_cast<int64_t>(alert.state), int64_t{Rank(alert.level)},
               alert.priority, BeganMicros(alert), int64_t{alert.backfill}, Blob{EncodeCase(alert)},
               alert.at_risk_minor, absl::ToUnixMicros(now), TierOf(alert), alert.assignee,
               alert.account, int64_t{alert.held_back}})
          .status());
  return AlignEscalation(transaction_, alert);
}

absl::Status SqlCaseRows::Publish(const Decision& decision, absl::Time now) {
  const Case& alert = *decision.next;
  const std::string id = absl::StrCat(alert.alert_id, "/", alert.entity_version);
  const std::string& key = alert.account.empty() ? alert.subject : alert.account;
  const journal::Envelope envelope{.id = id,
                                   .source = kSource,
                                   .type = bus::kTypeAlertChanged,
                                   .subject = key,
                                   .time = decision.entry.time,
                                   .recorded_at = now};
  outbox::OutboxRow row{
      .subject = alert.alert_id,
      .entity_version = alert.entity_version,
      .topic = bus::kAlertsTopic,
      .message = journal::NewMessage(envelope, key,
                                     ChangedOf(decision, context_.policy, now).SerializeAsString()),
      .change_time = decision.entry.time};
  return outbox::Append(transaction_, {row}, now);
}

absl::StatusOr<absl::flat_hash_set<std::string>> SqlCaseRows::SentBefore(
    absl::string_view alert_id) {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction_.Query("SELECT DISTINCT target FROM alert_deliveries WHERE alert_id = $1",
                         {std::string(alert_id)}));
  absl::flat_hash_set<std::string> targets;
  for (const store::Row& row : rows) targets.insert(row.Text(0));
  return targets;
}

absl::StatusOr<std::vector<Silence>> SqlCaseRows::ActiveSilences(absl::Time at) {
  // Many cases of one checkpoint ask, all of the same instant.
  if (!silences_.has_value() || silences_at_ != at) {
    ASSIGN_OR_RETURN(silences_, alerts::ActiveSilences(transaction_, at));
    silences_at_ = at;
  }
  return *silences_;
}

absl::StatusOr<std::vector<Case>> SqlCaseRows::HeldBack(absl::string_view after) {
  return HeldBackAlerts(transaction_, std::string(after), kHeldBackPageRows);
}

absl::Status SqlCaseRows::WriteDeliveries(const Decision& decision,
                                          absl::Span<const PlannedDelivery> deliveries,
                                          absl::Time now) {
  if (deliveries.empty()) return absl::OkStatus();
  ASSIGN_OR_RETURN(const std::string body,
                   NotificationBody(ChangedOf(decision, context_.policy, now)));
  for (const PlannedDelivery& delivery : deliveries) {
    RETURN_IF_ERROR(InsertDelivery(transaction_, delivery.target, delivery.alert_id,
                                   delivery.entry_number, body, now));
  }
  return absl::OkStatus();
}

}  // namespace bellwether::alerts
