#include "services/alerts/adapters/alert_streams.h"

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "services/alerts/adapters/watch_filter.h"
#include "services/alerts/adapters/watch_resume.h"

namespace bellwether::alerts {

AlertStreams::AlertStreams(Ports ports)
    : ports_(std::move(ports)), watchers_(ports_.streams, ports_.pool) {}

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
  const bool resumes = !request.resume_token().empty();
  const bool opens = request.include_open() || resumes;
  // Filled before the opening list is passed, read at its end.
  const auto seen = std::make_shared<std::vector<SeenAlert>>();
  auto filter = [passed = WatchFilter(minimum_level), opening = resumes,
                 seen](const v1::WatchAlertsResponse& response) mutable {
    if (response.snapshot_end()) {
      opening = false;
      for (const SeenAlert& alert : *seen) passed.Know(alert.name, alert.entity_version);
      return true;
    }
    // What changed while the watch was away is passed whatever its level: it may be an alert that
    // was above the minimum before.
    return opening ? passed.PassAny(response.change()) : passed.Pass(response.change());
  };
  using Items = Hub::Stream::Items;
  auto initial = [this, opens, minimum_level, seen,
                  token = request.resume_token()](const rpc::Call&) -> absl::StatusOr<Items> {
    RETURN_IF_ERROR(ports_.feed_ready());
    Items items;
    if (!opens) return items;
    const absl::Time now = ports_.clock.Now();
    std::optional<absl::Time> since;
    if (!token.empty()) {
      ASSIGN_OR_RETURN(since, ReadResumeToken(token, now, ports_.resume_age_max));
      // Before what has changed is read: a change between the two is then in the list.
      ASSIGN_OR_RETURN(*seen, ports_.queries.OpenSince(minimum_level));
    }
    ASSIGN_OR_RETURN(std::vector<v1::AlertChanged> changes,
                     since ? ports_.queries.ChangedSince(*since) : ports_.queries.Open());
    for (v1::AlertChanged& change : changes) {
      v1::WatchAlertsResponse& response = items.emplace_back().message;
      *response.mutable_change() = std::move(change);
      response.set_open_before(!since);
    }
    v1::WatchAlertsResponse& end = items.emplace_back().message;
    end.set_snapshot_end(true);
    end.set_resume_token(ResumeToken(now));
    return items;
  };
  return watchers_.Open(call, std::move(filter), std::move(initial));
}

}  // namespace bellwether::alerts
