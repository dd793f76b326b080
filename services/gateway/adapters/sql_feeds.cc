#include "services/gateway/adapters/sql_feeds.h"

#include "common/base/status.h"
#include "common/store/run_transaction.h"

namespace bellwether::gateway {
namespace {

using store::Value;

// Rows that are read for one list: far more than kFeedsMax of a few processes.
constexpr int64_t kFeedRowsMax = 20'000;

int64_t NumberOf(absl::CivilDay day) { return day - absl::CivilDay(1970, 1, 1); }

absl::Status AddFeed(store::Transaction& transaction, const FeedKey& key, const FeedRecord& record,
                     absl::CivilDay days_from) {
  RETURN_IF_ERROR(
      transaction
          .Execute(
              "INSERT INTO feeds (source, kind, first_received_micros, last_received_micros,"
              " last_fact_micros, received_count) VALUES ($1, $2, $3, $4, $5, $6)"
              " ON CONFLICT (source, kind) DO UPDATE SET"
              " first_received_micros = CASE WHEN excluded.first_received_micros <"
              " feeds.first_received_micros THEN excluded.first_received_micros"
              " ELSE feeds.first_received_micros END,"
              " last_received_micros = CASE WHEN excluded.last_received_micros >"
              " feeds.last_received_micros THEN excluded.last_received_micros"
              " ELSE feeds.last_received_micros END,"
              " last_fact_micros = CASE WHEN excluded.last_fact_micros > feeds.last_fact_micros"
              " THEN excluded.last_fact_micros ELSE feeds.last_fact_micros END,"
              " received_count = feeds.received_count + excluded.received_count",
              {Value(key.first), Value(int64_t{key.second}),
               Value(absl::ToUnixMicros(record.first_received)),
               Value(absl::ToUnixMicros(record.last_received)),
               Value(absl::ToUnixMicros(record.last_fact)), Value(record.count)})
          .status());
  for (auto day = record.days.lower_bound(days_from); day != record.days.end(); ++day) {
    ASSIGN_OR_RETURN(
        const int64_t added,
        transaction.Execute("INSERT INTO feed_days (source, kind, day)"
                            " VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                            {Value(key.first), Value(int64_t{key.second}), Value(NumberOf(*day))}));
    if (added == 0) continue;
    RETURN_IF_ERROR(
        transaction
            .Execute("DELETE FROM feed_days WHERE source = $1 AND kind = $2 AND day < $3",
                     {Value(key.first), Value(int64_t{key.second}), Value(NumberOf(days_from))})
            .status());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status SqlFeeds::Add(const FeedRecords& records, absl::CivilDay days_from) {
  // In the order of their keys, so that two replicas do not wait for each other.
  return store::RunTransaction(store_, [&](store::Transaction& transaction) -> absl::Status {
    for (const auto& [key, record] : records) {
      RETURN_IF_ERROR(AddFeed(transaction, key, record, days_from));
    }
    return absl::OkStatus();
  });
}

absl::StatusOr<FeedRecords> SqlFeeds::Load() {
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  ASSIGN_OR_RETURN(const store::Rows feeds,
                   transaction->Query("SELECT source, kind, first_received_micros,"
                                      " last_received_micros, last_fact_micros, received_count"
                                      " FROM feeds ORDER BY source, kind LIMIT $1",
                                      {Value(kFeedRowsMax)}));
  FeedRecords records;
  for (const store::Row& row : feeds) {
    records[FeedKey(row.Text(0), static_cast<int>(row.Int(1)))] = {
        .first_received = absl::FromUnixMicros(row.Int(2)),
        .last_received = absl::FromUnixMicros(row.Int(3)),
        .last_fact = absl::FromUnixMicros(row.Int(4)),
        .count = row.Int(5)};
  }
  ASSIGN_OR_RETURN(
      const store::Rows days,
      transaction->Query("SELECT source, kind, day FROM feed_days ORDER BY source, kind LIMIT $1",
                         {Value(kFeedRowsMax * kRhythmDays)}));
  for (const store::Row& row : days) {
    const auto found = records.find(FeedKey(row.Text(0), static_cast<int>(row.Int(1))));
    if (found != records.end()) {
      found->second.days.insert(absl::CivilDay(1970, 1, 1) + row.Int(2));
    }
  }
  return records;
}

}  // namespace bellwether::gateway
