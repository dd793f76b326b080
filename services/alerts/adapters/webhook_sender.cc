#include "services/alerts/adapters/webhook_sender.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "common/signature/webhook_signature.h"
#include "common/store/run_transaction.h"
#include "services/alerts/adapters/go_live_digest.h"
#include "services/alerts/adapters/http_answer.h"
#include "services/alerts/adapters/sql_channels.h"

namespace bellwether::alerts {
namespace {

using signature::kSignatureHeader;
using signature::SignWebhook;

constexpr char kIdempotencyHeader[] = "Idempotency-Key";
// "true" when an earlier attempt may have been received without our knowing: after silence or a
// crash of ours. Without it a key comes again only where the receiver itself said that it failed.
constexpr char kPossibleRepeatHeader[] = "Bellwether-Possible-Repeat";

std::string NoteOf(const Delivery& delivery, const Answer& answer, const DeliveryVerdict& verdict) {
  std::string note = absl::StrCat(answer.detail, ", attempt ", delivery.attempts);
  if (delivery.ambiguous || verdict.ambiguous) {
    absl::StrAppend(&note, verdict.end == DeliveryEnd::kDelivered
                               ? "; may have been received more than once"
                               : "; may have been received");
  }
  if (verdict.end == DeliveryEnd::kRetry) absl::StrAppend(&note, "; still trying");
  return note;
}

// What an attempt adds to the timeline, if anything.
std::optional<DeliveryEnded> EntryFor(const Delivery& delivery, const Answer& answer,
                                      const DeliveryVerdict& verdict, const DeliveryPolicy& policy,
                                      absl::Time now) {
  const bool keeps_failing = verdict.end == DeliveryEnd::kRetry && verdict.failure &&
                             delivery.failures + 1 == policy.failures_until_visible;
  if (verdict.end == DeliveryEnd::kRetry && !keeps_failing) return std::nullopt;
  return DeliveryEnded{.target = delivery.target,
                       .delivered = verdict.end == DeliveryEnd::kDelivered,
                       .reason = std::string(verdict.reason),
                       .note = NoteOf(delivery, answer, verdict),
                       .at = now};
}

}  // namespace

WebhookSender::WebhookSender(WebhookTarget target, store::Store& store, const Clock& clock,
                             const http::Client& client, const CaseBook& cases,
                             const CaseRowsContext& rows, metrics::Registry& registry,
                             WebhookSenderOptions options)
    : target_(std::move(target)),
      store_(store),
      clock_(clock),
      client_(client),
      cases_(cases),
      rows_(rows),
      options_(std::move(options)),
      lease_(store, clock,
             {.name = absl::StrCat("alerts-webhook-", target_.notification.name),
              .owner = options_.owner,
              .duration = options_.timeout + absl::Seconds(10)}),
      attempts_(registry.Counters("bellwether_alerts_delivery_attempts_total",
                                  "Attempts to deliver a notification, by outcome.",
                                  {"target", "outcome"})),
      waiting_(registry
                   .Gauges("bellwether_alerts_deliveries_waiting",
                           "Notifications not delivered yet.", {"target"})
                   .With({target_.notification.name})),
      oldest_seconds_(registry
                          .Gauges("bellwether_alerts_delivery_oldest_seconds",
                                  "Age of the oldest notification not delivered yet.", {"target"})
                          .With({target_.notification.name})),
      loop_({.name = "webhook"}, [this](const std::stop_token& stop) { return SendNext(stop); }) {}

void WebhookSender::Stop() {
  loop_.Stop();
  if (const absl::Status released = lease_.Release(); !released.ok()) {
    LogWarning("webhook lease not given back",
               {{"target", target_.notification.name}, {"status", released}});
  }
}

absl::StatusOr<absl::Duration> WebhookSender::SendNext(const std::stop_token& stop) {
  ASSIGN_OR_RETURN(const bool leading, lease_.Hold());
  if (!leading) return options_.poll_interval;
  const absl::Time now = clock_.Now();
  // Nobody claims the delivery again before, whichever replica has the lease.
  const absl::Time until = now + options_.timeout + options_.poll_interval;
  ASSIGN_OR_RETURN(const Claim claim, TakeNext(now, until));
  if (!claim.delivery.has_value()) {
    return std::min(options_.poll_interval, claim.next - now);
  }
  const absl::Duration left = until - clock_.Now();
  if (left <= absl::ZeroDuration()) {
    // By now another one may have sent it. The next attempt says that it may be a repeat; this one
    // would not.
    LogWarning("notification claimed and not sent in time",
               {{"target", claim.delivery->target}, {"alert", claim.delivery->alert_id}});
    return absl::ZeroDuration();
  }
  const absl::StatusOr<http::Response> response =
      Send(*claim.delivery, std::min(options_.timeout, left), stop);
  // The claim stays without an outcome, and the next attempt says that it may be a repeat.
  if (absl::IsCancelled(response.status())) return options_.poll_interval;
  RETURN_IF_ERROR(Record(*claim.delivery, AnswerOf(response)));
  if (options_.written) options_.written();
  return absl::ZeroDuration();
}

absl::StatusOr<Claim> WebhookSender::TakeNext(absl::Time now, absl::Time until) {
  {
    ASSIGN_OR_RETURN(const auto reading, store_.BeginRead());
    ASSIGN_OR_RETURN(const DeliveryBacklog backlog, BacklogOf(*reading, target_.notification.name));
    Measure(backlog, now);
    if (backlog.waiting == 0) return Claim();
  }
  ASSIGN_OR_RETURN(const auto transaction, store_.Begin());
  RETURN_IF_ERROR(lease_.Check(*transaction));
  ASSIGN_OR_RETURN(Claim claim, ClaimDelivery(*transaction, target_.notification.name, now, until));
  RETURN_IF_ERROR(transaction->Commit());
  return claim;
}

absl::StatusOr<http::Response> WebhookSender::Send(const Delivery& delivery, absl::Duration timeout,
                                                   const std::stop_token& stop) const {
  http::Request request{
      .url = target_.url,
      .headers = {{"Content-Type", "application/json"},
                  {kIdempotencyHeader, delivery.IdempotencyKey()},
                  {kSignatureHeader, SignWebhook(target_.secret, clock_.Now(), delivery.body)}},
      .body = delivery.body,
      .timeout = timeout};
  if (delivery.ambiguous) request.headers.emplace_back(kPossibleRepeatHeader, "true");
  return client_.Post(request, stop);
}

absl::Status WebhookSender::Record(const Delivery& delivery, const Answer& answer) {
  const absl::Time now = clock_.Now();
  const DeliveryVerdict verdict =
      JudgeAnswer(options_.policy, answer, delivery.failures, now - delivery.created,
                  absl::Uniform(random_, 0.0, 1.0));
  attempts_.With({target_.notification.name, verdict.reason}).Increment();
  if (verdict.end != DeliveryEnd::kDelivered) {
    LogWarning("notification not delivered", {{"target", delivery.target},
                                              {"alert", delivery.alert_id},
                                              {"reason", verdict.reason},
                                              {"detail", answer.detail},
                                              {"attempt", delivery.attempts}});
  }
  const std::optional<DeliveryEnded> ended =
      EntryFor(delivery, answer, verdict, options_.policy, now);
  bool recorded = false;
  RETURN_IF_ERROR(
      store::RunTransaction(store_, [&](store::Transaction& transaction) -> absl::Status {
        ASSIGN_OR_RETURN(recorded, RecordAttempt(transaction, delivery, verdict, now));
        if (!recorded || !ended.has_value() || IsDigest(delivery.alert_id)) {
          return absl::OkStatus();
        }
        SqlCaseRows rows(transaction, rows_);
        return cases_.ReportDelivery(rows, delivery.alert_id, *ended);
      }));
  NoteChannel(verdict, answer, now);
  if (!recorded) {
    LogWarning("outcome of an attempt dropped: another one has been made since",
               {{"target", delivery.target},
                {"alert", delivery.alert_id},
                {"reason", verdict.reason},
                {"attempt", delivery.attempts}});
  }
  return absl::OkStatus();
}

void WebhookSender::NoteChannel(const DeliveryVerdict& verdict, const Answer& answer,
                                absl::Time now) {
  absl::Time& noted = verdict.end == DeliveryEnd::kDelivered ? success_noted_ : failure_noted_;
  if (now - noted < kChannelNotedInterval) return;
  noted = now;
  const absl::Status status = store::RunTransaction(store_, [&](store::Transaction& transaction) {
    return RecordChannel(transaction, {kWebhookChannel, target_.notification.name}, verdict,
                         answer.detail, now);
  });
  if (!status.ok()) LogWarning("state of a channel not noted", {{"status", status}});
}

void WebhookSender::Measure(const DeliveryBacklog& backlog, absl::Time now) {
  waiting_.Set(static_cast<double>(backlog.waiting));
  oldest_seconds_.Set(backlog.oldest.has_value() ? absl::ToDoubleSeconds(now - *backlog.oldest)
                                                 : 0);
}

}  // namespace bellwether::alerts
