#include "services/gateway/adapters/sql_gateway_tables.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "services/gateway/migration_files.h"

namespace bellwether::gateway {
namespace {

using store::Value;

// No row means an empty journal.
absl::StatusOr<JournalRow::Values> Read(store::Transaction& transaction) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query("SELECT phase, backfilled_until_micros, semantics FROM"
                                     " journal_state"
                                     " WHERE id = 1"));
  JournalRow::Values values;
  if (rows.empty()) return values;
  const std::optional<JournalPhase> phase = PhaseNamed(rows[0].Text(0));
  if (!phase.has_value()) {
    return Error(absl::StatusCode::kDataLoss, {"PHASE_UNKNOWN", "", ""},
                 "the journal is in a phase this version does not know");
  }
  values.phase = *phase;
  if (!rows[0].IsNull(1)) values.backfilled_until = absl::FromUnixMicros(rows[0].Int(1));
  values.semantics = static_cast<journal::Semantics>(rows[0].Int(2));
  return values;
}

}  // namespace

absl::Status CreateTables(store::Store& store) {
  return store::Migrate(store, store::MigrationsFrom("gateway", MigrationFiles()));
}

absl::StatusOr<JournalRow::Values> SqlJournalRow::Load() {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction, store_.BeginRead());
  return Read(*transaction);
}

absl::StatusOr<JournalRow::Values> SqlJournalRow::MoveTo(JournalPhase phase,
                                                         JournalPhase from_max) {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction, store_.Begin());
  // The row is there and locked from here on, so that two gateways cannot pass each other.
  RETURN_IF_ERROR(transaction
                      ->Execute("INSERT INTO journal_state (id, phase) VALUES (1, $1)"
                                " ON CONFLICT (id) DO UPDATE SET phase = journal_state.phase",
                                {Value(std::string(PhaseName(JournalPhase::kEmpty)))})
                      .status());
  ASSIGN_OR_RETURN(Values values, Read(*transaction));
  if (Moves(values.phase, from_max, phase)) {
    RETURN_IF_ERROR(transaction
                        ->Execute("UPDATE journal_state SET phase = $1 WHERE id = 1",
                                  {Value(std::string(PhaseName(phase)))})
                        .status());
    values.phase = phase;
  }
  RETURN_IF_ERROR(transaction->Commit());
  return values;
}

absl::Status SqlJournalRow::SetBackfilledUntil(absl::Time time) {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction, store_.Begin());
  RETURN_IF_ERROR(transaction
                      ->Execute("UPDATE journal_state SET backfilled_until_micros = $1"
                                " WHERE id = 1",
                                {Value(absl::ToUnixMicros(time))})
                      .status());
  return transaction->Commit();
}

absl::Status SqlJournalRow::SetSemantics(journal::Semantics semantics) {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction, store_.Begin());
  RETURN_IF_ERROR(
      transaction
          ->Execute("INSERT INTO journal_state (id, phase, semantics) VALUES (1, $1, $2)"
                    " ON CONFLICT (id) DO UPDATE SET semantics = excluded.semantics"
                    " WHERE journal_state.semantics < excluded.semantics",
                    {Value(std::string(PhaseName(JournalPhase::kEmpty))),
                     Value(static_cast<int64_t>(semantics))})
          .status());
  return transaction->Commit();
}

absl::StatusOr<ReplayedLetters::Attempts> SqlReplayedLetters::Among(
    const std::vector<std::string>& names) {
  Attempts attempts;
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction, store_.BeginRead());
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const store::Rows rows,
                     transaction->Query("SELECT state, time_micros, principal, replay, reason,"
                                        " field, rule, message FROM letter_attempts"
                                        " WHERE name = $1",
                                        {Value(name)}));
    if (rows.empty()) continue;
    const store::Row& row = rows[0];
    ingest::v1::LetterReplay& attempt = attempts[name];
    attempt.set_state(static_cast<ingest::v1::LetterReplayState>(row.Int(0)));
    *attempt.mutable_time() = journal::ToTimestamp(absl::FromUnixMicros(row.Int(1)));
    attempt.set_principal(row.Text(2));
    attempt.set_replay(row.Text(3));
    if (row.Text(4).empty()) continue;
    attempt.mutable_rejection()->set_reason(row.Text(4));
    attempt.mutable_rejection()->set_field(row.Text(5));
    attempt.mutable_rejection()->set_rule(row.Text(6));
    attempt.mutable_rejection()->set_message(row.Text(7));
  }
  return attempts;
}

absl::Status SqlReplayedLetters::Add(const std::string& name,
                                     const ingest::v1::LetterReplay& attempt) {
  const ingest::v1::Rejection& rejection = attempt.rejection();
  const absl::Time time = journal::FromTimestamp(attempt.time()).value_or(absl::UnixEpoch());
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction, store_.Begin());
  RETURN_IF_ERROR(
      transaction
          ->Execute("INSERT INTO letter_attempts (name, state, time_micros, principal, replay,"
                    " reason, field, rule, message) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
                    " ON CONFLICT (name) DO UPDATE SET state = excluded.state,"
                    " time_micros = excluded.time_micros, principal = excluded.principal,"
                    " replay = excluded.replay, reason = excluded.reason, field = excluded.field,"
                    " rule = excluded.rule, message = excluded.message"
                    " WHERE letter_attempts.state <> 1",
                    {Value(name), Value(static_cast<int64_t>(attempt.state())),
                     Value(absl::ToUnixMicros(time)), Value(attempt.principal()),
                     Value(attempt.replay()), Value(rejection.reason()), Value(rejection.field()),
                     Value(rejection.rule()), Value(rejection.message())})
          .status());
  return transaction->Commit();
}

absl::StatusOr<std::optional<FactsOffsets::Place>> SqlFactsOffsets::Load(int32_t partition) {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction, store_.BeginRead());
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction->Query("SELECT log_id, next_offset FROM facts_offsets"
                                      " WHERE partition_number = $1",
                                      {Value(int64_t{partition})}));
  if (rows.empty()) return std::optional<Place>();
  return std::optional<Place>({rows[0].Text(0), rows[0].Int(1)});
}

absl::Status SqlFactsOffsets::Begin(int32_t partition, const Place& place) {
  return Store(partition, place,
               " WHERE facts_offsets.log_id <> excluded.log_id"
               " OR facts_offsets.next_offset < excluded.next_offset");
}

absl::Status SqlFactsOffsets::BeginAgain(int32_t partition, const Place& place) {
  return Store(partition, place, "");
}

absl::Status SqlFactsOffsets::Store(int32_t partition, const Place& place,
                                    absl::string_view replaced_where) {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction, store_.Begin());
  RETURN_IF_ERROR(
      transaction
          ->Execute(
              absl::StrCat("INSERT INTO facts_offsets (partition_number, log_id, next_offset)"
                           " VALUES ($1, $2, $3) ON CONFLICT (partition_number) DO UPDATE"
                           " SET log_id = excluded.log_id, next_offset = excluded.next_offset",
                           replaced_where),
              {Value(int64_t{partition}), Value(place.log_id), Value(place.next_offset)})
          .status());
  return transaction->Commit();
}

absl::Status SqlFactsOffsets::Advance(absl::string_view log_id,
                                      const std::map<int32_t, int64_t>& next_offsets) {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction, store_.Begin());
  for (const auto& [partition, next_offset] : next_offsets) {
    RETURN_IF_ERROR(
        transaction
            ->Execute("UPDATE facts_offsets SET next_offset = $1"
                      " WHERE partition_number = $2 AND log_id = $3"
                      " AND next_offset < $1",
                      {Value(next_offset), Value(int64_t{partition}), Value(std::string(log_id))})
            .status());
  }
  return transaction->Commit();
}

}  // namespace bellwether::gateway
