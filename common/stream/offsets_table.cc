#include "common/stream/offsets_table.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/stream/migration_files.h"

namespace bellwether::stream {
namespace {

using store::Value;

constexpr char kColumns[] =
    "epoch, generation, next_offset, fold_back_until, stream_time_micros, newest_tick_micros, "
    "log_id, code_version, commit_id";

Value OptionalInt(const std::optional<int64_t>& value) {
  return value.has_value() ? Value(*value) : Value();
}

// NULL stands for a partition without records.
Value Micros(absl::Time time) {
  return time == absl::InfinitePast() ? Value() : Value(absl::ToUnixMicros(time));
}

absl::Time TimeOf(const store::Row& row, size_t column) {
  return row.IsNull(column) ? absl::InfinitePast() : absl::FromUnixMicros(row.Int(column));
}

OffsetsRow Decode(const store::Row& row) {
  OffsetsRow out;
  out.epoch = row.Int(0);
  out.generation = row.Int(1);
  out.next_offset = row.Int(2);
  if (!row.IsNull(3)) out.fold_back_until = row.Int(3);
  out.time.now = TimeOf(row, 4);
  out.time.newest_tick = TimeOf(row, 5);
  out.log_id = row.Text(6);
  out.code_version = row.Int(7);
  out.commit_id = row.Text(8);
  return out;
}

// The parameters $1… of every statement that writes a row: its columns in the order of kColumns.
std::vector<Value> Encode(const OffsetsRow& row) {
  return {row.epoch,
          row.generation,
          row.next_offset,
          OptionalInt(row.fold_back_until),
          Micros(row.time.now),
          Micros(row.time.newest_tick),
          row.log_id,
          row.code_version,
          row.commit_id};
}

// A new generation folds the whole log again under `code_version`, muted up to where the old one
// had come.
absl::Status StartAgain(const OffsetsTable::TakeRequest& request, OffsetsRow& row) {
  if (request.range.first > 0) {
    return FailedPrecondition(kReasonLogTrimmed, "range.first",
                              absl::StrCat("partition ", request.partition,
                                           " must be folded again from its beginning, "
                                           "but its log starts at offset ",
                                           request.range.first));
  }
  const int64_t reached = std::max(row.next_offset, row.fold_back_until.value_or(0));
  ++row.generation;
  row.code_version = request.code_version;
  row.next_offset = request.range.first;
  row.time = StreamTime();
  row.fold_back_until.reset();
  if (reached > request.range.first) row.fold_back_until = reached;
  return absl::OkStatus();
}

}  // namespace

std::optional<int64_t> OwnersEpoch(const OffsetsRow& row) {
  absl::string_view id = row.commit_id;
  int64_t epoch = 0;
  if (!absl::ConsumePrefix(&id, kTakenForOwner) ||
      !absl::SimpleAtoi(id.substr(0, id.find('-')), &epoch)) {
    return std::nullopt;
  }
  return epoch;
}

absl::Status CheckCaughtUp(const OffsetsRow& row, int32_t partition) {
  if (row.next_offset >= row.fold_back_until.value_or(0)) return absl::OkStatus();
  return Error(absl::StatusCode::kUnavailable, {kReasonFoldingBack, "", ""},
               absl::StrCat("partition ", partition, " is being folded again from its beginning"));
}

bool IsRefusal(const absl::Status& status) {
  if (!absl::IsFailedPrecondition(status)) return false;
  const std::string reason = DetailOf(status).value_or(ErrorDetail{}).reason;
  return reason == kReasonLogChanged || reason == kReasonOffsetOutsideLog ||
         reason == kReasonLogTrimmed;
}

absl::Status CreateTables(store::Store& store) {
  return store::Migrate(store, store::MigrationsFrom("stream", MigrationFiles()));
}

absl::StatusOr<std::optional<OffsetsRow>> OffsetsTable::Read(store::Store& store,
                                                             store::Transaction& transaction,
                                                             int32_t partition, bool lock) const {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query(absl::StrCat("SELECT ", kColumns,
                                                  " FROM stream_offsets WHERE processor = $1 AND "
                                                  "partition_number = $2",
                                                  lock ? store.ForUpdate() : ""),
                                     {Value(processor_), Value(int64_t{partition})}));
  if (rows.empty()) return std::nullopt;
  return Decode(rows.front());
}

absl::Status OffsetsTable::CheckAgainstLog(const OffsetsRow& row, int32_t partition,
                                           absl::string_view log_id,
                                           const bus::OffsetRange& range) {
  if (row.log_id != log_id) {
    return FailedPrecondition(
        kReasonLogChanged, "log_id",
        absl::StrCat("partition ", partition, ": the state was folded from log ", row.log_id,
                     ", the topic is log ", log_id));
  }
  if (row.next_offset < range.first || row.next_offset > range.end) {
    return FailedPrecondition(
        kReasonOffsetOutsideLog, "next_offset",
        absl::StrCat("partition ", partition, ": the state stands at offset ", row.next_offset,
                     ", the log holds [", range.first, ", ", range.end, ")"));
  }
  return absl::OkStatus();
}

absl::StatusOr<OffsetsRow> OffsetsTable::Take(store::Store& store, const TakeRequest& request,
                                              PartitionFold& fold) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction, store.Begin());
  ASSIGN_OR_RETURN(const std::optional<OffsetsRow> found,
                   Read(store, *transaction, request.partition, /*lock=*/true));
  OffsetsRow row;
  if (found.has_value()) {
    row = *found;
    RETURN_IF_ERROR(CheckAgainstLog(row, request.partition, request.log_id, request.range));
    if (row.code_version != request.code_version || request.rebuild) {
      RETURN_IF_ERROR(StartAgain(request, row));
      RETURN_IF_ERROR(fold.Clear(*transaction));
    }
  } else {
    row.generation = 1;
    row.next_offset = request.range.first;
    row.log_id = request.log_id;
    row.code_version = request.code_version;
  }
  row.commit_id = request.commit_id;
  if (request.for_owner) {
    // What was taken for the owner before it noticed is still its.
    const int64_t owners_epoch =
        found.has_value() ? OwnersEpoch(*found).value_or(found->epoch) : row.epoch;
    row.commit_id = absl::StrCat(kTakenForOwner, owners_epoch, "-", request.commit_id);
  }
  ++row.epoch;

  std::vector<Value> parameters = Encode(row);
  parameters.emplace_back(processor_);
  parameters.emplace_back(int64_t{request.partition});
  if (found.has_value()) {
    RETURN_IF_ERROR(transaction
                        ->Execute("UPDATE stream_offsets SET epoch = $1, generation = $2, "
                                  "next_offset = $3, fold_back_until = $4, "
                                  "stream_time_micros = $5, newest_tick_micros = $6, log_id = $7, "
                                  "code_version = $8, commit_id = $9 "
                                  "WHERE processor = $10 AND partition_number = $11",
                                  parameters)
                        .status());
  } else {
    const absl::Status inserted =
        transaction
            ->Execute(absl::StrCat("INSERT INTO stream_offsets (", kColumns,
                                   ", processor, partition_number) VALUES "
                                   "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"),
                      parameters)
            .status();
    // Two members met at a partition nobody had taken before; there was no row to lock.
    if (absl::IsAlreadyExists(inserted)) {
      return absl::AbortedError("another member took the partition first");
    }
    RETURN_IF_ERROR(inserted);
  }
  RETURN_IF_ERROR(transaction->Commit());
  return row;
}

absl::StatusOr<bool> OffsetsTable::Advance(store::Transaction& transaction, int32_t partition,
                                           const OffsetsRow& expected,
                                           const OffsetsRow& next) const {
  std::vector<Value> parameters = Encode(next);
  parameters.emplace_back(processor_);
  parameters.emplace_back(int64_t{partition});
  parameters.emplace_back(expected.epoch);
  parameters.emplace_back(expected.next_offset);
  ASSIGN_OR_RETURN(
      const int64_t changed,
      transaction.Execute("UPDATE stream_offsets SET epoch = $1, generation = $2, "
                          "next_offset = $3, fold_back_until = $4, stream_time_micros = $5, "
                          "newest_tick_micros = $6, log_id = $7, code_version = $8, "
                          "commit_id = $9 "
                          "WHERE processor = $10 AND partition_number = $11 AND epoch = $12 AND "
                          "next_offset = $13",
                          parameters));
  return changed == 1;
}

}  // namespace bellwether::stream
