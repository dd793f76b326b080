#include "services/alerts/adapters/sql_channels.h"

#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "services/alerts/adapters/sql_deliveries.h"

namespace bellwether::alerts {

absl::Status RecordChannel(store::Transaction& transaction, const Channel& channel,
                           const DeliveryVerdict& verdict, absl::string_view detail,
                           absl::Time now) {
  const int64_t micros = absl::ToUnixMicros(now);
  if (verdict.end == DeliveryEnd::kDelivered) {
    return transaction
        .Execute(
            "INSERT INTO alert_channels (kind, name, success_micros, failure_micros, "
            "failure_reason, failure_detail) VALUES ($1, $2, $3, NULL, '', '') "
            "ON CONFLICT (kind, name) DO UPDATE SET success_micros = excluded.success_micros",
            {channel.kind, channel.name, micros})
        .status();
  }
  return transaction
      .Execute(
          "INSERT INTO alert_channels (kind, name, success_micros, failure_micros, "
          "failure_reason, failure_detail) VALUES ($1, $2, NULL, $3, $4, $5) "
          "ON CONFLICT (kind, name) DO UPDATE SET failure_micros = excluded.failure_micros, "
          "failure_reason = excluded.failure_reason, "
          "failure_detail = excluded.failure_detail",
          {channel.kind, channel.name, micros, std::string(verdict.reason), std::string(detail)})
      .status();
}

absl::StatusOr<system::v1::ChannelStatus> ReadChannel(store::Transaction& transaction,
                                                      const Channel& channel) {
  system::v1::ChannelStatus status;
  status.set_kind(channel.kind);
  status.set_name(channel.name);
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query("SELECT success_micros, failure_micros, failure_reason, "
                                     "failure_detail FROM alert_channels "
                                     "WHERE kind = $1 AND name = $2",
                                     {channel.kind, channel.name}));
  const auto instant = [](const store::Row& row, size_t column) {
    return journal::ToTimestamp(absl::FromUnixMicros(row.Int(column)));
  };
  if (!rows.empty()) {
    if (!rows[0].IsNull(0)) *status.mutable_last_success_time() = instant(rows[0], 0);
    if (!rows[0].IsNull(1)) *status.mutable_last_failure_time() = instant(rows[0], 1);
    status.set_last_failure_reason(rows[0].Text(2));
    status.set_last_failure_detail(rows[0].Text(3));
  }
  if (channel.kind != kWebhookChannel) return status;
  ASSIGN_OR_RETURN(
      const store::Rows counts,
      transaction.Query("SELECT SUM(CASE WHEN state = $2 THEN 1 ELSE 0 END), "
                        "SUM(CASE WHEN state = $2 AND failures > 0 THEN 1 ELSE 0 END), "
                        "SUM(CASE WHEN state = $3 THEN 1 ELSE 0 END), "
                        "MIN(CASE WHEN state = $2 THEN created_micros END) "
                        "FROM alert_deliveries WHERE target = $1",
                        {channel.name, kDeliveryUnderWay, kDeliveryGivenUp}));
  const auto count = [&](size_t column) {
    return counts[0].IsNull(column) ? 0 : counts[0].Int(column);
  };
  status.set_waiting_count(count(0));
  status.set_failing_count(count(1));
  status.set_given_up_count(count(2));
  if (!counts[0].IsNull(3)) *status.mutable_oldest_waiting_time() = instant(counts[0], 3);
  return status;
}

}  // namespace bellwether::alerts
