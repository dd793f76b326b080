#include "services/alerts/adapters/sql_import_holds.h"

#include <string>
#include <vector>

#include "bellwether/alerts/v1/storage.pb.h"
#include "common/base/status.h"

namespace bellwether::alerts {
namespace {

using store::Blob;
using store::Value;

std::string EncodeHold(const AccountHold& hold) {
  v1::StoredHold stored;
  stored.set_since_micros(absl::ToUnixMicros(hold.since));
  if (hold.news_since != absl::InfiniteFuture()) {
    stored.set_news_since_micros(absl::ToUnixMicros(hold.news_since));
  }
  for (const std::string& run : hold.runs) stored.add_import_runs(run);
  return stored.SerializeAsString();
}

absl::StatusOr<AccountHold> DecodeHold(const std::string& bytes) {
  v1::StoredHold stored;
  if (!stored.ParseFromString(bytes)) {
    return absl::DataLossError("the hold of an account cannot be read");
  }
  AccountHold hold{.since = absl::FromUnixMicros(stored.since_micros())};
  if (stored.has_news_since_micros()) {
    hold.news_since = absl::FromUnixMicros(stored.news_since_micros());
  }
  hold.runs = {stored.import_runs().begin(), stored.import_runs().end()};
  return hold;
}

// Deletes the rows of `ended`, writes those of `going_on`.
absl::Status Replace(store::Transaction& transaction, absl::string_view write,
                     const std::vector<std::vector<Value>>& going_on, absl::string_view drop,
                     const std::vector<std::vector<Value>>& ended) {
  if (!going_on.empty()) RETURN_IF_ERROR(transaction.ExecuteMany(write, going_on));
  return ended.empty() ? absl::OkStatus() : transaction.ExecuteMany(drop, ended);
}

}  // namespace

absl::Status LoadImportHolds(store::Transaction& transaction, int32_t partition,
                             ImportHolds& holds) {
  ASSIGN_OR_RETURN(const store::Rows runs,
                   transaction.Query("SELECT import_run, lease_end_micros FROM alert_import_runs "
                                     "WHERE partition_number = $1",
                                     {int64_t{partition}}));
  for (const store::Row& row : runs) {
    holds.LoadRun(row.Text(0), absl::FromUnixMicros(row.Int(1)));
  }
  ASSIGN_OR_RETURN(const store::Rows accounts,
                   transaction.Query("SELECT account, hold FROM alert_import_holds "
                                     "WHERE partition_number = $1",
                                     {int64_t{partition}}));
  for (const store::Row& row : accounts) {
    ASSIGN_OR_RETURN(const AccountHold hold, DecodeHold(row.Bytes(1)));
    holds.LoadHold(row.Text(0), hold);
  }
  return absl::OkStatus();
}

absl::Status WriteImportHolds(store::Transaction& transaction, int32_t partition,
                              const ImportHolds::Changes& changes) {
  std::vector<std::vector<Value>> going_on;
  std::vector<std::vector<Value>> ended;
  for (const auto& [run, lease_end] : changes.lease_ends) {
    if (lease_end.has_value()) {
      going_on.push_back({int64_t{partition}, run, absl::ToUnixMicros(*lease_end)});
    } else {
      ended.push_back({int64_t{partition}, run});
    }
  }
  RETURN_IF_ERROR(Replace(
      transaction,
      "INSERT INTO alert_import_runs (partition_number, import_run, lease_end_micros) "
      "VALUES ($1, $2, $3) ON CONFLICT (partition_number, import_run) DO UPDATE SET "
      "lease_end_micros = excluded.lease_end_micros",
      going_on, "DELETE FROM alert_import_runs WHERE partition_number = $1 AND import_run = $2",
      ended));
  going_on.clear();
  ended.clear();
  for (const auto& [account, hold] : changes.holds) {
    if (hold.has_value()) {
      going_on.push_back({int64_t{partition}, account, Blob{EncodeHold(*hold)}});
    } else {
      ended.push_back({int64_t{partition}, account});
    }
  }
  return Replace(transaction,
                 "INSERT INTO alert_import_holds (partition_number, account, hold) "
                 "VALUES ($1, $2, $3) ON CONFLICT (partition_number, account) DO UPDATE SET "
                 "hold = excluded.hold",
                 going_on,
                 "DELETE FROM alert_import_holds WHERE partition_number = $1 AND account = $2",
                 ended);
}

absl::Status ClearImportHolds(store::Transaction& transaction, int32_t partition) {
  for (const char* sql : {"DELETE FROM alert_import_runs WHERE partition_number = $1",
                          "DELETE FROM alert_import_holds WHERE partition_number = $1"}) {
    RETURN_IF_ERROR(transaction.Execute(sql, {int64_t{partition}}).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<ImportCount> CountImports(store::Transaction& transaction) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query("SELECT CAST((SELECT COUNT(DISTINCT import_run) FROM "
                                     "alert_import_runs) AS BIGINT), CAST((SELECT COUNT(*) FROM "
                                     "alert_import_holds) AS BIGINT)"));
  return ImportCount{rows[0].Int(0), rows[0].Int(1)};
}

}  // namespace bellwether::alerts
