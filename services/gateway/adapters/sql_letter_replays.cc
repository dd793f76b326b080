#include "services/gateway/adapters/sql_letter_replays.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "common/store/run_transaction.h"

namespace bellwether::gateway {
namespace {

using ingest::v1::DeadLetterReplay;
using ingest::v1::StoredReplay;
using store::Blob;
using store::Value;

absl::Status Unreadable() {
  return absl::DataLossError("a replay row of the gateway cannot be read");
}

int64_t StartedMicros(const DeadLetterReplay& replay) {
  return absl::ToUnixMicros(
      journal::FromTimestamp(replay.start_time()).value_or(absl::UnixEpoch()));
}

constexpr char kColumns[] = "SELECT stored, version, cancel_asked FROM letter_replays WHERE ";
// A constant, no parameter: only so is the partial index of the migrations used.
constexpr char kRuns[] = "state = 1";
static_assert(ingest::v1::REPLAY_STATE_RUNNING == 1);

absl::StatusOr<KeptReplay> FromRow(const store::Row& row) {
  KeptReplay replay{.version = row.Int(1), .cancel_asked = row.Int(2) != 0};
  if (!replay.stored.ParseFromString(row.Bytes(0))) return Unreadable();
  return replay;
}

// Null while it runs.
Value EndedMicros(const DeadLetterReplay& replay) {
  const std::optional<absl::Time> ended = journal::FromTimestamp(replay.end_time());
  if (!replay.has_end_time() || !ended.has_value()) return std::monostate();
  return absl::ToUnixMicros(*ended);
}

}  // namespace

absl::Status SqlReplayRows::Insert(const StoredReplay& replay, const std::string& request_id) {
  return store::RunTransaction(store_, [&](store::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const store::Rows running,
                     transaction.Query(absl::StrCat("SELECT 1 FROM letter_replays WHERE ", kRuns)));
    if (!running.empty()) {
      return FailedPrecondition("REPLAY_RUNNING", "names",
                                "another replay is running; wait for it or cancel it");
    }
    return store::ConflictIfExists(
        transaction
            .Execute("INSERT INTO letter_replays (replay_id, started_micros, request_id, state, "
                     "stored) VALUES ($1, $2, $3, $4, $5)",
                     {Value(replay.replay().name()), Value(StartedMicros(replay.replay())),
                      Value(request_id), Value(static_cast<int64_t>(replay.replay().state())),
                      Blob{replay.SerializeAsString()}})
            .status());
  });
}

absl::StatusOr<std::optional<KeptReplay>> SqlReplayRows::FindWhere(
    absl::string_view condition, absl::Span<const Value> parameters) {
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction->Query(absl::StrCat(kColumns, condition), parameters));
  if (rows.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(KeptReplay replay, FromRow(rows[0]));
  return std::optional<KeptReplay>(std::move(replay));
}

absl::StatusOr<std::optional<KeptReplay>> SqlReplayRows::Find(const std::string& name) {
  return FindWhere("replay_id = $1", {Value(name)});
}

absl::StatusOr<std::optional<KeptReplay>> SqlReplayRows::FindByRequest(
    const std::string& request_id) {
  return FindWhere("request_id = $1", {Value(request_id)});
}

absl::StatusOr<std::optional<KeptReplay>> SqlReplayRows::Running() { return FindWhere(kRuns, {}); }

absl::StatusOr<std::vector<DeadLetterReplay>> SqlReplayRows::List(const std::string& after,
                                                                  int rows_max) {
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  int64_t started = INT64_MAX;
  if (!after.empty()) {
    ASSIGN_OR_RETURN(
        const store::Rows rows,
        transaction->Query("SELECT started_micros FROM letter_replays WHERE replay_id = $1",
                           {Value(after)}));
    if (rows.empty()) {
      return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "the page token is not ours");
    }
    started = rows[0].Int(0);
  }
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction->Query(absl::StrCat(kColumns,
                                      "started_micros < $1 OR (started_micros = $1 AND "
                                      "replay_id < $2) "
                                      "ORDER BY started_micros DESC, replay_id DESC LIMIT $3"),
                         {Value(started), Value(after), Value(int64_t{rows_max})}));
  std::vector<DeadLetterReplay> replays;
  for (const store::Row& row : rows) {
    ASSIGN_OR_RETURN(const KeptReplay replay, FromRow(row));
    replays.push_back(replay.Shown());
  }
  return replays;
}

absl::StatusOr<bool> SqlReplayRows::Advance(const KeptReplay& replay,
                                            absl::Span<const Result> results) {
  const DeadLetterReplay& shown = replay.stored.replay();
  bool advanced = false;
  RETURN_IF_ERROR(
      store::RunTransaction(store_, [&](store::Transaction& transaction) -> absl::Status {
        ASSIGN_OR_RETURN(
            const int64_t changed,
            transaction.Execute(absl::StrCat("UPDATE letter_replays SET state = $2, stored = $3, "
                                             "ended_micros = $4, version = version + 1 "
                                             "WHERE replay_id = $1 AND version = $5 AND ",
                                             kRuns),
                                {Value(shown.name()), Value(static_cast<int64_t>(shown.state())),
                                 Blob{replay.stored.SerializeAsString()}, EndedMicros(shown),
                                 Value(replay.version)}));
        advanced = changed == 1;
        if (!advanced) return absl::OkStatus();
        for (const Result& result : results) {
          RETURN_IF_ERROR(
              transaction
                  .Execute("INSERT INTO letter_replay_results (replay_id, position, state, result) "
                           "VALUES ($1, $2, $3, $4)",
                           {Value(shown.name()), Value(result.position),
                            Value(static_cast<int64_t>(result.result.replay().state())),
                            Blob{result.result.SerializeAsString()}})
                  .status());
        }
        return absl::OkStatus();
      }));
  return advanced;
}

absl::Status SqlReplayRows::AskToCancel(const std::string& name) {
  return store::RunTransaction(store_, [&](store::Transaction& transaction) {
    return transaction
        .Execute(absl::StrCat(
                     "UPDATE letter_replays SET cancel_asked = 1 WHERE replay_id = $1 AND ", kRuns),
                 {Value(name)})
        .status();
  });
}

absl::StatusOr<bool> SqlReplayRows::Prune(absl::Time ended_before) {
  bool more = false;
  RETURN_IF_ERROR(
      store::RunTransaction(store_, [&](store::Transaction& transaction) -> absl::Status {
        ASSIGN_OR_RETURN(const store::Rows oldest,
                         transaction.Query("SELECT replay_id FROM letter_replays WHERE "
                                           "ended_micros < $1 ORDER BY ended_micros LIMIT 1",
                                           {Value(absl::ToUnixMicros(ended_before))}));
        more = !oldest.empty();
        if (!more) return absl::OkStatus();
        const std::string replay = oldest[0].Text(0);
        ASSIGN_OR_RETURN(
            const int64_t forgotten,
            transaction.Execute(
                "DELETE FROM letter_replay_results WHERE replay_id = $1 AND "
                "position < (SELECT MIN(earliest.position) FROM "
                "letter_replay_results AS earliest WHERE earliest.replay_id = $1) + $2",
                {Value(replay), Value(kReplayResultsPrunedMax)}));
        if (forgotten == kReplayResultsPrunedMax) return absl::OkStatus();
        return transaction
            .Execute("DELETE FROM letter_replays WHERE replay_id = $1", {Value(replay)})
            .status();
      }));
  return more;
}

absl::StatusOr<std::vector<ReplayRows::Result>> SqlReplayRows::Results(
    const std::string& name, ingest::v1::LetterReplayState state, int64_t after_position,
    int rows_max) {
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction->Query("SELECT position, result FROM letter_replay_results WHERE replay_id = $1 "
                         "AND position > $2 AND ($3 = 0 OR state = $3) ORDER BY position LIMIT $4",
                         {Value(name), Value(after_position), Value(static_cast<int64_t>(state)),
                          Value(int64_t{rows_max})}));
  std::vector<Result> results;
  for (const store::Row& row : rows) {
    Result& result = results.emplace_back();
    result.position = row.Int(0);
    if (!result.result.ParseFromString(row.Bytes(1))) return Unreadable();
  }
  return results;
}

}  // namespace bellwether::gateway
