#include "services/alerts/adapters/alertmanager_reporter.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "common/store/run_transaction.h"
#include "services/alerts/adapters/alertmanager_messages.h"
#include "services/alerts/adapters/http_answer.h"
#include "services/alerts/adapters/sql_board.h"
#include "services/alerts/adapters/sql_channels.h"
#include "services/alerts/domain/delivery.h"

namespace bellwether::alerts {
namespace {

constexpr absl::Duration kLogInterval = absl::Minutes(1);
constexpr absl::Duration kSuccessKeptEvery = absl::Seconds(10);

}  // namespace

AlertmanagerReporter::AlertmanagerReporter(store::Store& store, const Clock& clock,
                                           const http::Client& client, const CasePolicy& policy,
                                           metrics::Registry& registry, AlertmanagerOptions options)
    : store_(store),
      clock_(clock),
      client_(client),
      policy_(policy),
      options_(std::move(options)),
      target_(options_.url.Authority()),
      lease_(store, clock,
             {.name = absl::StrCat("alerts-alertmanager-", target_),
              .owner = options_.owner,
              .duration = options_.timeout + absl::Seconds(10)}),
      roster_(options_.repeat, options_.ended_repeated),
      posts_(registry.Counters("bellwether_alerts_alertmanager_posts_total",
                               "Messages to an Alertmanager, by outcome.", {"target", "outcome"})),
      listed_(registry
                  .Gauges("bellwether_alerts_alertmanager_listed",
                          "Current alerts that were sent to an Alertmanager.", {"target"})
                  .With({target_})),
      too_many_gate_(kLogInterval),
      loop_({.name = "alertmanager"},
            [this](const std::stop_token& stop) { return Report(stop); }) {}

void AlertmanagerReporter::Stop() {
  loop_.Stop();
  if (const absl::Status released = lease_.Release(); !released.ok()) {
    LogWarning("alertmanager lease not given back", {{"target", target_}, {"status", released}});
  }
}

absl::StatusOr<absl::Duration> AlertmanagerReporter::Report(const std::stop_token& stop) {
  ASSIGN_OR_RETURN(bool leading, lease_.Hold());
  if (!leading) return NotLeading();
  Firing firing;
  {
    ASSIGN_OR_RETURN(const auto reading, store_.BeginRead());
    ASSIGN_OR_RETURN(firing, ReadFiring(*reading, options_.alerts_max));
  }
  if (firing.cut) {
    LogLimited(too_many_gate_, LogLevel::kError, "alertmanager is not sent every alert",
               {{"target", target_}, {"alerts_max", options_.alerts_max}});
  }
  std::vector<Listing> due = roster_.Due(firing.alerts, firing.cut, clock_.Now());
  // What one message fails by, the next need not: it holds up none of those behind it.
  absl::Status first_failure;
  for (size_t begin = 0; begin < due.size() && !stop.stop_requested(); begin += kListingsPerPost) {
    // Many messages may take many times as long as a lease.
    ASSIGN_OR_RETURN(leading, lease_.Hold());
    if (!leading) return NotLeading();
    first_failure.Update(Post(absl::MakeSpan(due).subspan(begin, kListingsPerPost), stop));
  }
  listed_.Set(static_cast<double>(roster_.current()));
  RETURN_IF_ERROR(first_failure);
  return options_.poll_interval;
}

absl::Duration AlertmanagerReporter::NotLeading() {
  roster_.Reset();  // another replica posts meanwhile
  listed_.Set(0);
  return options_.poll_interval;
}

absl::Status AlertmanagerReporter::Post(absl::Span<Listing> listings, const std::stop_token& stop) {
  const absl::Time now = clock_.Now();
  roster_.HoldFrom(now, listings);
  http::Request request{.url = options_.url,
                        .headers = {{"Content-Type", "application/json"}},
                        .body = AlertmanagerMessage(listings, policy_),
                        .timeout = options_.timeout};
  if (!options_.token.empty()) {
    request.headers.emplace_back("Authorization", absl::StrCat("Bearer ", options_.token));
  }
  const absl::StatusOr<http::Response> response = client_.Post(request, stop);
  if (absl::IsCancelled(response.status())) return absl::OkStatus();
  const Answer answer = AnswerOf(response);
  const DeliveryVerdict verdict = JudgeAnswer({}, answer, /*failures=*/0,
                                              /*age=*/absl::ZeroDuration(), /*jitter=*/0);
  posts_.With({target_, verdict.reason}).Increment();
  const absl::Status recorded = Record(verdict, answer);
  if (verdict.end == DeliveryEnd::kRetry) {
    return Error(absl::StatusCode::kUnavailable, {std::string(verdict.reason), "", "L6"},
                 answer.detail);
  }
  if (verdict.end == DeliveryEnd::kGivenUp) {
    // The same again would be refused again: not before it is due for a repeat.
    LogError("alertmanager refuses alerts",
             {{"target", target_}, {"detail", answer.detail}, {"alerts", listings.size()}});
  }
  roster_.MarkSent(listings, now);
  return recorded;
}

absl::Status AlertmanagerReporter::Record(const DeliveryVerdict& verdict, const Answer& answer) {
  const absl::Time now = clock_.Now();
  const bool delivered = verdict.end == DeliveryEnd::kDelivered;
  if (delivered && now < success_kept_until_) return absl::OkStatus();
  RETURN_IF_ERROR(store::RunTransaction(store_, [&](store::Transaction& transaction) {
    return RecordChannel(transaction, {kAlertmanagerChannel, target_}, verdict, answer.detail, now);
  }));
  success_kept_until_ = delivered ? now + kSuccessKeptEvery : absl::InfinitePast();
  return absl::OkStatus();
}

}  // namespace bellwether::alerts
