#include "services/gateway/adapters/sql_letter_replays.h"

#include <utility>

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

absl::StatusOr<std::optional<StoredReplay>> First(const store::Rows& rows) {
  if (rows.empty()) return std::nullopt;
  StoredReplay replay;
  if (!replay.ParseFromString(rows[0].Bytes(0))) return Unreadable();
  return std::optional<StoredReplay>(std::move(replay));
}

}  // namespace

absl::Status SqlReplayRows::Insert(const StoredReplay& replay, const std::string& request_id) {
  return store::RunTransaction(store_, [&](store::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const store::Rows running,
                     transaction.Query("SELECT 1 FROM letter_replays WHERE state = 1"));
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

absl::StatusOr<std::optional<StoredReplay>> SqlReplayRows::Find(const std::string& name) {
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction->Query("SELECT stored FROM letter_replays WHERE replay_id = $1", {Value(name)}));
  return First(rows);
}

absl::StatusOr<std::optional<StoredReplay>> SqlReplayRows::FindByRequest(
    const std::string& request_id) {
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction->Query("SELECT stored FROM letter_replays WHERE request_id = $1",
                                      {Value(request_id)}));
  return First(rows);
}

absl::StatusOr<std::optional<StoredReplay>> SqlReplayRows::Running() {
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction->Query("SELECT stored FROM letter_replays WHERE state = 1"));
  return First(rows);
}

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
      transaction->Query("SELECT stored FROM letter_replays WHERE started_micros < $1 OR "
                         "(started_micros = $1 AND replay_id < $2) "
                         "ORDER BY started_micros DESC, replay_id DESC LIMIT $3",
                         {Value(started), Value(after), Value(int64_t{rows_max})}));
  std::vector<DeadLetterReplay> replays;
  for (const store::Row& row : rows) {
    StoredReplay stored;
    if (!stored.ParseFromString(row.Bytes(0))) return Unreadable();
    replays.push_back(std::move(*stored.mutable_replay()));
  }
  return replays;
}

absl::StatusOr<bool> SqlReplayRows::Advance(const StoredReplay& replay,
                                            absl::Span<const Result> results) {
  bool advanced = false;
  RETURN_IF_ERROR(
      store::RunTransaction(store_, [&](store::Transaction& transaction) -> absl::Status {
        ASSIGN_OR_RETURN(const int64_t changed,
                         transaction.Execute("UPDATE letter_replays SET state = $2, stored = $3 "
                                             "WHERE replay_id = $1 AND state = 1",
                                             {Value(replay.replay().name()),
                                              Value(static_cast<int64_t>(replay.replay().state())),
                                              Blob{replay.SerializeAsString()}}));
        advanced = changed == 1;
        if (!advanced) return absl::OkStatus();
        for (const Result& result : results) {
          RETURN_IF_ERROR(
              transaction
                  .Execute("INSERT INTO letter_replay_results (replay_id, position, state, result) "
                           "VALUES ($1, $2, $3, $4)",
                           {Value(replay.replay().name()), Value(result.position),
                            Value(static_cast<int64_t>(result.result.replay().state())),
                            Blob{result.result.SerializeAsString()}})
                  .status());
        }
        return absl::OkStatus();
      }));
  return advanced;
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
