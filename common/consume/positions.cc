#include "common/consume/positions.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/consume/migration_files.h"

namespace bellwether::consume {
namespace {

constexpr char kSelect[] =
    "SELECT partition_number, log_id, next_offset, first_tick_micros, watermark_micros "
    "FROM topic_positions WHERE reader = $1 ";

store::Value MicrosOrNull(const std::optional<absl::Time>& time) {
  return time.has_value() ? store::Value(absl::ToUnixMicros(*time)) : store::Null();
}

std::optional<absl::Time> TimeOrNothing(const store::Row& row, size_t column) {
  if (row.IsNull(column)) return std::nullopt;
  return absl::FromUnixMicros(row.Int(column));
}

Position PositionFrom(const store::Row& row) {
  return {.partition = static_cast<int32_t>(row.Int(0)),
          .log_id = row.Text(1),
          .next_offset = row.Int(2),
          .first_tick = TimeOrNothing(row, 3),
          .watermark = TimeOrNothing(row, 4)};
}

}  // namespace

absl::Status CreateTables(store::Store& store) {
  return store::Migrate(store, store::MigrationsFrom("consume", MigrationFiles()));
}

void NoteTick(absl::Time time, Position& position) {
  if (!position.first_tick.has_value()) position.first_tick = time;
  if (!position.watermark.has_value() || time > *position.watermark) position.watermark = time;
}

absl::Status CheckAgainstLog(const Position& position, absl::string_view topic,
                             absl::string_view log_id, const bus::OffsetRange& range) {
  if (position.log_id != log_id) {
    return FailedPrecondition(kReasonLogReplaced, "",
                              absl::StrCat(topic, " is not the log that was read before"));
  }
  if (position.next_offset >= range.first && position.next_offset <= range.end) {
    return absl::OkStatus();
  }
  return FailedPrecondition(
      kReasonOutsideLog, "",
      absl::StrCat("partition ", position.partition, " of ", topic, " was read up to ",
                   position.next_offset, " but holds ", range.first, " to ", range.end));
}

absl::StatusOr<std::vector<Position>> Positions::All(store::Transaction& transaction) const {
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query(absl::StrCat(kSelect, "ORDER BY partition_number"), {reader_}));
  std::vector<Position> positions;
  positions.reserve(rows.size());
  for (const store::Row& row : rows) positions.push_back(PositionFrom(row));
  return positions;
}

absl::StatusOr<std::optional<Position>> Positions::Of(store::Transaction& transaction,
                                                      int32_t partition) const {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query(absl::StrCat(kSelect, "AND partition_number = $2"),
                                     {reader_, int64_t{partition}}));
  if (rows.empty()) return std::nullopt;
  return PositionFrom(rows[0]);
}

absl::Status Positions::Move(store::Transaction& transaction, const Position& position,
                             std::optional<int64_t> read_from) const {
  std::vector<store::Value> parameters = {reader_,
                                          int64_t{position.partition},
                                          position.log_id,
                                          position.next_offset,
                                          MicrosOrNull(position.first_tick),
                                          MicrosOrNull(position.watermark)};
  absl::string_view sql =
      "INSERT INTO topic_positions (reader, partition_number, log_id, next_offset, "
      "first_tick_micros, watermark_micros) VALUES ($1, $2, $3, $4, $5, $6) "
      "ON CONFLICT (reader, partition_number) DO NOTHING";
  if (read_from.has_value()) {
    parameters.push_back(*read_from);
    sql =
        "UPDATE topic_positions SET next_offset = $4, first_tick_micros = $5, "
        "watermark_micros = $6 "
        "WHERE reader = $1 AND partition_number = $2 AND log_id = $3 AND next_offset = $7";
  }
  ASSIGN_OR_RETURN(const int64_t moved, transaction.Execute(sql, parameters));
  if (moved == 1) return absl::OkStatus();
  return Error(
      absl::StatusCode::kAborted, {"POSITION_MOVED"},
      absl::StrCat("another process has read partition ", position.partition, " for ", reader_));
}

}  // namespace bellwether::consume
