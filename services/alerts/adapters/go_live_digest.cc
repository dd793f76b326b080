#include "services/alerts/adapters/go_live_digest.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bellwether/alerts/v1/alert.pb.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/timestamps.h"
#include "services/alerts/adapters/alert_messages.h"
#include "services/alerts/adapters/case_states.h"
#include "services/alerts/adapters/sql_deliveries.h"
#include "services/alerts/adapters/state_codec.h"
#include "services/alerts/domain/notify.h"

namespace bellwether::alerts {
namespace {

// No alert id begins so: those begin with a rule's id and hold no '/'.
constexpr absl::string_view kDigestPrefix = "go-live/";
constexpr int64_t kDigestEntry = 1;

struct Waiting {
  Case alert;
  v1::TimelineEntry entry;
  int64_t entry_number = 0;
};

// Those that are still open, as they stand on the board.
absl::StatusOr<std::vector<Waiting>> Read(store::Transaction& transaction) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query(absl::StrCat(
                       "SELECT alert_cases.stored, alert_timeline.entry, "
                       "alert_timeline.entry_number FROM alert_go_live "
                       "JOIN alert_cases ON alert_cases.alert_id = alert_go_live.alert_id "
                       "JOIN alert_timeline ON alert_timeline.alert_id = alert_cases.alert_id "
                       "AND alert_timeline.entry_number = (SELECT MAX(entry_number) FROM "
                       "alert_timeline AS latest WHERE latest.alert_id = alert_cases.alert_id) "
                       "WHERE ",
                       kIsOpen,
                       " ORDER BY alert_cases.priority DESC, "
                       "alert_cases.at_risk_minor DESC, alert_cases.began_micros, "
                       "alert_cases.alert_id")));
  std::vector<Waiting> waiting;
  for (const store::Row& row : rows) {
    Waiting& one = waiting.emplace_back();
    ASSIGN_OR_RETURN(one.alert, DecodeCase(row.Bytes(0)));
    if (!one.entry.ParseFromString(row.Bytes(1))) {
      return absl::DataLossError("a timeline row of the alerts service cannot be read");
    }
    one.entry_number = row.Int(2);
  }
  return waiting;
}

v1::AlertChanged DigestOf(const std::vector<Waiting>& waiting, const NotificationTarget& target,
                          const std::string& log_id, const CasePolicy& policy, int alerts_max) {
  v1::AlertChanged message;
  v1::GoLiveDigest& digest = *message.mutable_digest();
  digest.set_log_id(log_id);
  std::array<int64_t, kLevels> counts = {};
  absl::Time live = absl::InfinitePast();
  for (const Waiting& one : waiting) {
    if (IsTooMild(one.alert.level, target)) continue;
    ++counts[Rank(one.alert.level) - 1];
    live = std::max(live, one.alert.fire_time.value_or(live));
    if (digest.alerts_size() < alerts_max) {
      *digest.add_alerts() = ToAlert(one.alert, policy);
    }
    digest.set_total(digest.total() + 1);
  }
  if (live != absl::InfinitePast()) *digest.mutable_live_time() = journal::ToTimestamp(live);
  for (int i = kLevels - 1; i >= 0; --i) {
    if (counts[i] == 0) continue;
    v1::LevelCount& count = *digest.add_counts();
    count.set_level(static_cast<v1::Level>(i + 1));
    count.set_count(counts[i]);
  }
  return message;
}

// By itself: the digest has left without it.
absl::Status InsertDeliveries(store::Transaction& transaction, const NotificationTarget& target,
                              const std::vector<Waiting>& waiting, const CasePolicy& policy,
                              absl::Time now) {
  for (const Waiting& one : waiting) {
    if (IsTooMild(one.alert.level, target)) continue;
    v1::AlertChanged changed;
    *changed.mutable_alert() = ToAlert(one.alert, policy);
    *changed.mutable_entry() = one.entry;
    changed.set_entity_version(one.entry_number);
    ASSIGN_OR_RETURN(const std::string body, NotificationBody(changed));
    RETURN_IF_ERROR(InsertDeliveryOnce(transaction, target.name, one.alert.alert_id,
                                       one.entry_number, body, now)
                        .status());
  }
  return absl::OkStatus();
}

}  // namespace

bool IsDigest(absl::string_view delivery_alert_id) {
  return absl::StartsWith(delivery_alert_id, kDigestPrefix);
}

absl::StatusOr<bool> GoLiveDigest::Due(store::Transaction& transaction, absl::Time now) const {
  ASSIGN_OR_RETURN(const store::Rows oldest,
                   transaction.Query("SELECT MIN(created_micros) FROM alert_go_live"));
  if (oldest.empty() || oldest[0].IsNull(0)) return false;
  if (now - absl::FromUnixMicros(oldest[0].Int(0)) >= options_.wait_max) return true;
  ASSIGN_OR_RETURN(const store::Rows live,
                   transaction.Query("SELECT COUNT(*) FROM alert_partitions WHERE opened = 1"));
  return live[0].Int(0) >= partitions_;
}

absl::StatusOr<bool> GoLiveDigest::Make(absl::Time now) const {
  {
    ASSIGN_OR_RETURN(const auto reading, store_.BeginRead());
    ASSIGN_OR_RETURN(const bool due, Due(*reading, now));
    if (!due) return false;
  }
  ASSIGN_OR_RETURN(const bus::TopicDescription signals, bus_.Describe(bus::kSignalsTopic));
  ASSIGN_OR_RETURN(const auto transaction, store_.Begin());
  ASSIGN_OR_RETURN(const std::vector<Waiting> waiting, Read(*transaction));
  ASSIGN_OR_RETURN(const int64_t taken, transaction->Execute("DELETE FROM alert_go_live"));
  if (taken == 0) return false;  // another replica has made it
  for (const NotificationTarget& target : rows_.policy.targets) {
    const v1::AlertChanged digest =
        DigestOf(waiting, target, signals.log_id, rows_.policy, options_.alerts_max);
    if (digest.digest().total() == 0) continue;
    ASSIGN_OR_RETURN(const std::string body, NotificationBody(digest));
    ASSIGN_OR_RETURN(
        const bool first,
        InsertDeliveryOnce(*transaction, target.name, absl::StrCat(kDigestPrefix, signals.log_id),
                           kDigestEntry, body, now));
    if (!first) RETURN_IF_ERROR(InsertDeliveries(*transaction, target, waiting, rows_.policy, now));
  }
  RETURN_IF_ERROR(transaction->Commit());
  return true;
}

}  // namespace bellwether::alerts
