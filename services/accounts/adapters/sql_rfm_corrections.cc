#include "services/accounts/adapters/sql_rfm_corrections.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bellwether/accounts/v1/storage.pb.h"
#include "common/base/status.h"

namespace bellwether::accounts {
namespace {

using StoredSpans = google::protobuf::RepeatedPtrField<v1::StoredRestatedFigures::Span>;

void Encode(const std::vector<FigureSpan>& spans, StoredSpans& stored) {
  for (const FigureSpan& span : spans) {
    v1::StoredRestatedFigures::Span& each = *stored.Add();
    each.set_first_day(span.first_day);
    each.set_last_day(span.last_day);
    if (span.value.has_value()) each.set_value(*span.value);
  }
}

std::vector<FigureSpan> Decode(const StoredSpans& stored) {
  std::vector<FigureSpan> spans;
  spans.reserve(static_cast<size_t>(stored.size()));
  for (const v1::StoredRestatedFigures::Span& each : stored) {
    FigureSpan& span = spans.emplace_back(FigureSpan{each.first_day(), each.last_day(), {}});
    if (each.has_value()) span.value = each.value();
  }
  return spans;
}

constexpr char kSelect[] = "SELECT partition, account_id, known_micros, figures FROM rfm_restated ";

absl::StatusOr<std::vector<RestatedFigures>> RestatedFrom(const store::Rows& rows) {
  std::vector<RestatedFigures> restated;
  restated.reserve(rows.size());
  for (const store::Row& row : rows) {
    v1::StoredRestatedFigures stored;
    if (!stored.ParseFromString(row.Bytes(3))) {
      return Error(absl::StatusCode::kDataLoss, {"RFM_RESTATED_MALFORMED", "", "A3"},
                   "stored figures of closed days cannot be read");
    }
    restated.push_back({.partition = static_cast<int32_t>(row.Int(0)),
                        .account_id = row.Text(1),
                        .known = absl::FromUnixMicros(row.Int(2)),
                        .last_order_days = Decode(stored.last_order_days()),
                        .order_counts = Decode(stored.order_counts()),
                        .order_values_minor = Decode(stored.order_values_minor())});
  }
  return restated;
}

}  // namespace

absl::Status SqlRfmCorrections::Save(store::Transaction& transaction,
                                     absl::Span<const RestatedFigures> restated) {
  if (restated.empty()) return absl::OkStatus();
  std::vector<std::vector<store::Value>> rows;
  rows.reserve(restated.size());
  for (const RestatedFigures& each : restated) {
    v1::StoredRestatedFigures stored;
    Encode(each.last_order_days, *stored.mutable_last_order_days());
    Encode(each.order_counts, *stored.mutable_order_counts());
    Encode(each.order_values_minor, *stored.mutable_order_values_minor());
    rows.push_back({int64_t{each.partition}, each.account_id, absl::ToUnixMicros(each.known),
                    store::Blob{stored.SerializeAsString()}});
  }
  return transaction.ExecuteMany(
      "INSERT INTO rfm_restated (partition, account_id, known_micros, figures) "
      "VALUES ($1, $2, $3, $4) ON CONFLICT (partition, account_id, known_micros) "
      "DO UPDATE SET figures = excluded.figures",
      rows);
}

absl::Status SqlRfmCorrections::Schedule(store::Transaction& transaction,
                                         absl::Span<const absl::Time> due) {
  if (due.empty()) return absl::OkStatus();
  std::vector<std::vector<store::Value>> rows;
  for (const absl::Time each : due) rows.push_back({absl::ToUnixMicros(each)});
  return transaction.ExecuteMany(
      "INSERT INTO rfm_corrections (due_micros) VALUES ($1) ON CONFLICT (due_micros) DO NOTHING",
      rows);
}

absl::StatusOr<std::optional<absl::Time>> SqlRfmCorrections::NextDue(
    store::Transaction& transaction) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query("SELECT MIN(due_micros) FROM rfm_corrections"));
  if (rows[0].IsNull(0)) return std::nullopt;
  return absl::FromUnixMicros(rows[0].Int(0));
}

absl::StatusOr<std::vector<RestatedFigures>> SqlRfmCorrections::KnownIn(
    store::Transaction& transaction, int32_t partition, absl::Time known) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query(absl::StrCat(kSelect,
                                                  "WHERE partition = $1 AND "
                                                  "known_micros = $2 ORDER BY account_id"),
                                     {int64_t{partition}, absl::ToUnixMicros(known)}));
  return RestatedFrom(rows);
}

absl::StatusOr<std::vector<RestatedFigures>> SqlRfmCorrections::KnownBefore(
    store::Transaction& transaction, absl::Time at) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query(absl::StrCat(kSelect,
                                                  "WHERE known_micros < $1 "
                                                  "ORDER BY account_id, known_micros"),
                                     {absl::ToUnixMicros(at)}));
  return RestatedFrom(rows);
}

absl::Status SqlRfmCorrections::Forget(store::Transaction& transaction, absl::Time at) {
  const int64_t micros = absl::ToUnixMicros(at);
  RETURN_IF_ERROR(
      transaction.Execute("DELETE FROM rfm_restated WHERE known_micros < $1", {micros}).status());
  return transaction.Execute("DELETE FROM rfm_corrections WHERE due_micros <= $1", {micros})
      .status();
}

}  // namespace bellwether::accounts
