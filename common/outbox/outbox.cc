#include "common/outbox/outbox.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/packing.h"
#include "common/base/status.h"
#include "common/bus/headers_codec.h"
#include "common/lease/lease.h"
#include "common/outbox/migration_files.h"

namespace bellwether::outbox {
namespace {

using store::Blob;
using store::Rows;
using store::Value;

// What the relay may add to a message.
constexpr size_t kStampHeaders = 2;
constexpr size_t kStampBytes = 128;

// The form in which headers are written, beside those that are still read.
constexpr int64_t kHeadersForm = 1;
constexpr int64_t kHeadersFormFirst = 0;

// Of the first form: a text after its size as four bytes, the least first.
bool ConsumeSized(absl::string_view& in, std::string& text) {
  uint32_t size = 0;
  if (in.size() < sizeof(size)) return false;
  for (int i = 0; i < 4; ++i) size |= uint32_t{static_cast<unsigned char>(in[i])} << (8 * i);
  in.remove_prefix(sizeof(size));
  if (in.size() < size) return false;
  text.assign(in.data(), size);
  in.remove_prefix(size);
  return true;
}

bool DecodeFirstForm(absl::string_view in, std::vector<bus::Header>& headers) {
  while (!in.empty()) {
    bus::Header& header = headers.emplace_back();
    if (!ConsumeSized(in, header.name) || !ConsumeSized(in, header.value)) return false;
  }
  return true;
}

bool Decode(absl::string_view in, std::vector<bus::Header>& headers) {
  PackedReader reader(in);
  std::vector<bus::HeaderView> views;
  bus::TakeHeaders(reader, views);
  for (const bus::HeaderView& view : views) {
    headers.push_back({std::string(view.name), std::string(view.value)});
  }
  return reader.ok() && reader.AtEnd();
}

absl::StatusOr<std::vector<bus::Header>> DecodeHeaders(int64_t form, absl::string_view in) {
  std::vector<bus::Header> headers;
  if (form == kHeadersForm && Decode(in, headers)) return headers;
  if (form == kHeadersFormFirst && DecodeFirstForm(in, headers)) return headers;
  return Error(absl::StatusCode::kDataLoss, {"OUTBOX_ROW_MALFORMED"},
               "the headers of an outbox row cannot be read");
}

std::string EncodeHeaders(const std::vector<bus::Header>& headers) {
  std::string out;
  bus::PutHeaders(out, headers);
  return out;
}

absl::Status CheckFits(const bus::Message& message) {
  if (bus::SizeOf(message) + kStampBytes <= bus::kMessageBytesMax &&
      message.headers.size() + kStampHeaders <= bus::kHeadersMax) {
    return absl::OkStatus();
  }
  return InvalidArgument("MESSAGE_TOO_LARGE", "", "the change is larger than the bus may carry");
}

// Takes `count` positions; the last of them. Others wait here until the transaction has ended.
absl::StatusOr<int64_t> TakePositions(store::Transaction& transaction, size_t count) {
  ASSIGN_OR_RETURN(const Rows rows,
                   transaction.Query("UPDATE outbox_head SET last_position = last_position + $1 "
                                     "WHERE id = 1 RETURNING last_position",
                                     {static_cast<int64_t>(count)}));
  if (rows.size() != 1) {
    return Error(absl::StatusCode::kInternal, {"OUTBOX_NOT_CREATED"}, "the outbox has no head row");
  }
  return rows[0].Int(0);
}

}  // namespace

absl::Status CreateTables(store::Store& store) {
  RETURN_IF_ERROR(lease::CreateTables(store));
  return store::Migrate(store, store::MigrationsFrom("outbox", MigrationFiles()));
}

absl::Status Append(store::Transaction& transaction, absl::Span<const OutboxRow> rows,
                    absl::Time now) {
  if (rows.empty()) return absl::OkStatus();
  for (const OutboxRow& row : rows) RETURN_IF_ERROR(CheckFits(row.message));
  ASSIGN_OR_RETURN(const int64_t last, TakePositions(transaction, rows.size()));
  int64_t position = last - static_cast<int64_t>(rows.size());
  std::vector<std::vector<Value>> parameters;
  parameters.reserve(rows.size());
  for (const OutboxRow& row : rows) {
    parameters.push_back({++position, row.subject, row.entity_version, row.topic, store::Null(),
                          row.message.key, Blob{EncodeHeaders(row.message.headers)},
                          Blob{row.message.value}, absl::ToUnixMicros(row.change_time),
                          absl::ToUnixMicros(now), kHeadersForm});
    if (row.partition.has_value()) parameters.back()[4] = int64_t{*row.partition};
  }
  return transaction.ExecuteMany(
      "INSERT INTO outbox (position, subject, entity_version, topic, partition, message_key, "
      "headers, payload, change_micros, appended_micros, headers_form, sent_micros) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0)",
      parameters);
}

absl::StatusOr<std::vector<UnsentRow>> ReadUnsent(store::Transaction& transaction,
                                                  size_t rows_max) {
  ASSIGN_OR_RETURN(
      const Rows rows,
      transaction.Query("SELECT position, subject, entity_version, topic, partition, message_key, "
                        "headers, payload, change_micros, appended_micros, headers_form FROM "
                        "outbox "
                        "WHERE sent_micros = 0 ORDER BY position LIMIT $1",
                        {static_cast<int64_t>(rows_max)}));
  std::vector<UnsentRow> unsent;
  unsent.reserve(rows.size());
  for (const store::Row& row : rows) {
    UnsentRow& read = unsent.emplace_back();
    read.position = row.Int(0);
    read.row.subject = row.Text(1);
    read.row.entity_version = row.Int(2);
    read.row.topic = row.Text(3);
    if (!row.IsNull(4)) read.row.partition = static_cast<int32_t>(row.Int(4));
    read.row.message.key = row.Text(5);
    ASSIGN_OR_RETURN(read.row.message.headers, DecodeHeaders(row.Int(10), row.Bytes(6)));
    read.row.message.value = row.Bytes(7);
    read.row.change_time = absl::FromUnixMicros(row.Int(8));
    read.appended = absl::FromUnixMicros(row.Int(9));
  }
  return unsent;
}

absl::Status MarkSent(store::Transaction& transaction, absl::Span<const int64_t> positions,
                      absl::Time now) {
  // Runs of neighbours are marked by one statement.
  for (size_t first = 0; first < positions.size();) {
    size_t last = first;
    while (last + 1 < positions.size() && positions[last + 1] == positions[last] + 1) ++last;
    RETURN_IF_ERROR(transaction
                        .Execute("UPDATE outbox SET sent_micros = $3 "
                                 "WHERE sent_micros = 0 AND position BETWEEN $1 AND $2",
                                 {positions[first], positions[last], absl::ToUnixMicros(now)})
                        .status());
    first = last + 1;
  }
  return absl::OkStatus();
}

absl::StatusOr<Backlog> BacklogOf(store::Transaction& transaction) {
  ASSIGN_OR_RETURN(const Rows rows,
                   transaction.Query("SELECT COUNT(*), MIN(appended_micros) FROM outbox "
                                     "WHERE sent_micros = 0"));
  Backlog backlog{.rows = rows[0].Int(0)};
  if (!rows[0].IsNull(1)) backlog.oldest = absl::FromUnixMicros(rows[0].Int(1));
  return backlog;
}

absl::StatusOr<int64_t> PruneSent(store::Transaction& transaction, absl::Time before,
                                  int64_t rows_max) {
  return transaction.Execute(
      "DELETE FROM outbox WHERE position IN (SELECT position FROM outbox "
      "WHERE sent_micros > 0 AND sent_micros < $1 ORDER BY sent_micros, position LIMIT $2)",
      {absl::ToUnixMicros(before), rows_max});
}

}  // namespace bellwether::outbox
