#include "services/alerts/adapters/alert_streams.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "services/alerts/adapters/watch_filter.h"
#include "services/alerts/adapters/watch_resume.h"

namespace bellwether::alerts {

AlertStreams::AlertStreams(Ports ports)
    : ports_(std::move(ports)),
      watchers_(ports_.streams, ports_.pool, {.heartbeat = ports_.heartbeat}) {}

void AlertStreams::Publish(const v1::AlertChanged& change) {
  v1::WatchAlertsResponse response;
  *response.mutable_change() = change;
  if (const auto stored = journal::FromTimestamp(change.store_time())) {
    response.set_resume_token(ResumeToken(*stored));
  }
  // Without a subject nothing takes another's place: watchers get every change.
  watchers_.Publish("", response);
}

std::shared_ptr<AlertStreams::Hub::Stream> AlertStreams::Watch(
    const v1::WatchAlertsRequest& request, const rpc::Call& call) {
  const auto minimum_level = static_cast<Level>(request.minimum_level());
  const std::string& token = request.resume_token();
  const absl::StatusOr<absl::Time> since =
      ReadResumeToken(token, ports_.clock.Now(), ports_.resume_age_max);
  auto kind = type::v1::WATCH_MARK_KIND_CHANGES_ONLY;
  if (request.include_open() || !token.empty()) kind = type::v1::WATCH_MARK_KIND_SNAPSHOT;
  if (since.ok()) kind = type::v1::WATCH_MARK_KIND_RESUMED;
  // Filled before the opening list is passed, read at its end.
  const auto seen = std::make_shared<std::vector<SeenAlert>>();
  auto filter = [passed = WatchFilter(minimum_level), opening = since.ok(),
                 seen](const v1::WatchAlertsResponse& response) mutable {
    if (response.has_mark()) {
      if (response.mark().kind() != type::v1::WATCH_MARK_KIND_SNAPSHOT_END) return true;
      opening = false;
      for (const SeenAlert& alert : *seen) passed.Know(alert.name, alert.entity_version);
      return true;
    }
    // What changed while the watch was away is passed whatever its level: it may be an alert that
    // was above the minimum before.
    return opening ? passed.PassAny(response.change()) : passed.Pass(response.change());
  };
  auto opens = [this, kind, since, minimum_level, asked_level = request.minimum_level(), seen,
                given = !token.empty()](const rpc::Call&) -> absl::StatusOr<Hub::Opening> {
    if (!v1::Level_IsValid(asked_level)) {
      return InvalidArgument("LEVEL_INVALID", "minimum_level", "is no level of an alert", "L1");
    }
    RETURN_IF_ERROR(ports_.feed_ready());
    Hub::Opening opening{.kind = kind, .resume_token = ResumeToken(ports_.clock.Now())};
    std::vector<v1::AlertChanged> changes;
    if (since.ok()) {
      // Before what has changed is read: a change between the two is then in the list.
      ASSIGN_OR_RETURN(*seen, ports_.queries.OpenSince(minimum_level));
      ASSIGN_OR_RETURN(changes, ports_.queries.ChangedSince(*since));
    } else if (given) {
      opening.reason = DetailOf(since.status()).value_or(ErrorDetail{}).reason;
    }
    if (kind == type::v1::WATCH_MARK_KIND_SNAPSHOT) {
      ASSIGN_OR_RETURN(changes, ports_.queries.Open());
    }
    for (v1::AlertChanged& change : changes) {
      v1::WatchAlertsResponse& response = opening.items.emplace_back().message;
      *response.mutable_change() = std::move(change);
      response.set_open_before(!since.ok());
    }
    return opening;
  };
  return watchers_.Open(call, std::move(filter), std::move(opens));
}

}  // namespace bellwether::alerts
