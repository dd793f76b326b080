#include "services/gateway/webhooks/webhook_endpoint.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "services/gateway/application/gathered_answers.h"
#include "services/gateway/application/journal_failure.h"
#include "services/gateway/webhooks/delivery_answer.h"
#include "services/gateway/webhooks/webhook_authentication.h"
#include "services/gateway/webhooks/webhook_events.h"
#include "services/gateway/webhooks/webhook_facts.h"

namespace bellwether::gateway {
namespace {

using Form = IncomingEvent::Form;

// A fact, or an event of which none could be made, and why.
struct Taken {
  size_t event = 0;
  IncomingEvent incoming;
  absl::Status refusal;
};

const char* OutcomeOf(const absl::StatusOr<DeliveryReport>& report) {
  if (report.ok()) {
    if (!report->refusals.empty()) return "refused_in_part";
    return report->accepted > 0 ? "accepted" : "ignored";
  }
  switch (StatusOfFailure(report.status())) {
    case 401:
      return "unauthenticated";
    case 415:
      return "unsupported";
    case 400:
      return "malformed";
    default:
      return "unavailable";
  }
}

}  // namespace

WebhookEndpoint::WebhookEndpoint(const WebhookSources& sources, Ports ports)
    : sources_(sources),
      ports_(std::move(ports)),
      deliveries_(ports_.metrics.Counters("bellwether_gateway_webhook_deliveries_total",
                                          "Webhook deliveries by what became of them.",
                                          {"source", "outcome"})),
      events_(ports_.metrics.Counters("bellwether_gateway_webhook_events_total",
                                      "What became of the events of webhooks: facts accepted, "
                                      "facts or events refused, events ignored.",
                                      {"source", "outcome"})) {}

void WebhookEndpoint::Handle(std::unique_ptr<http::Exchange> exchange) {
  const http::ServerRequest& request = exchange->request();
  if (const absl::Status admitted = ports_.admit(request); !admitted.ok()) {
    return exchange->Respond(http::TextResponse(403, absl::StrCat(admitted.message(), "\n")));
  }
  const auto found = sources_.find(absl::StripPrefix(request.path, kWebhooksPath));
  if (found == sources_.end()) {
    return exchange->Respond(http::TextResponse(404, "no webhook of that name is configured\n"));
  }
  const WebhookSource& source = found->second;
  if (request.method != "POST") return exchange->Respond(http::MethodNotAllowed("POST"));
  if (request.body_too_large) {
    deliveries_.With({found->first, "too_large"}).Increment();
    return exchange->Respond(http::TextResponse(
        413, absl::StrCat("a delivery has at most ", kWebhookBytesMax, " bytes\n")));
  }
  calls_.Begin();
  const std::shared_ptr<http::Exchange> shared = std::move(exchange);
  const absl::Status submitted = ports_.pool.Submit([this, shared, &source] {
    shared->Respond(Answer(source, shared->request()));
    calls_.End();
  });
  if (submitted.ok()) return;
  deliveries_.With({found->first, "unavailable"}).Increment();
  shared->Respond(DeliveryAnswer(source.spec.format(), submitted));
  calls_.End();
}

http::ServerResponse WebhookEndpoint::Answer(const WebhookSource& source,
                                             const http::ServerRequest& request) {
  const absl::StatusOr<DeliveryReport> report = Take(source, request);
  Count(source, report);
  return DeliveryAnswer(source.spec.format(), report);
}

absl::StatusOr<DeliveryReport> WebhookEndpoint::Take(const WebhookSource& source,
                                                     const http::ServerRequest& request) {
  RETURN_IF_ERROR(AuthenticateWebhook(source, request, ports_.clock.Now()));
  ASSIGN_OR_RETURN(std::vector<json::Value> events, WebhookEventsOf(source, request));
  return Admit(source, std::move(events));
}

absl::StatusOr<DeliveryReport> WebhookEndpoint::Admit(const WebhookSource& source,
                                                      std::vector<json::Value> events) {
  const absl::Time deadline = ports_.clock.Now() + kDeliveryTimeMax;
  const auto time_left = [&] { return deadline - ports_.clock.Now(); };
  DeliveryReport report{.events = events.size()};
  std::vector<Taken> taken;
  for (size_t i = 0; i < events.size(); ++i) {
    absl::StatusOr<std::vector<events::v1::FactEvent>> facts =
        FactsOf(source, events[i], ports_.clock.Now());
    if (!facts.ok()) {
      IncomingEvent unreadable{.form = Form::kUnreadable, .bytes = TextOf(events[i])};
      unreadable.place = absl::StrCat(kWebhooksPath, source.spec.name());
      taken.push_back({i, std::move(unreadable), facts.status()});
      continue;
    }
    if (facts->empty()) ++report.ignored;
    for (events::v1::FactEvent& fact : *facts) {
      taken.push_back({i, {.form = Form::kFact, .fact = std::move(fact)}, absl::OkStatus()});
    }
  }
  if (taken.empty()) return report;
  if (!ports_.state.is_live()) RETURN_IF_ERROR(ports_.state.GoLiveWithFact());
  const auto gathered = std::make_shared<GatheredAnswers>(taken.size());
  for (size_t i = 0; i < taken.size(); ++i) {
    const size_t bytes = taken[i].incoming.size();
    if (!ports_.acceptor.Enter(bytes, time_left())) return JournalTooSlow();
    Answered answered = [gathered, i](absl::StatusOr<gateway::Answer> answer) {
      gathered->Set(i, std::move(answer));
    };
    if (taken[i].refusal.ok()) {
      ports_.acceptor.Accept(std::move(taken[i].incoming), bytes, std::move(answered));
    } else {
      ports_.acceptor.Reject(std::move(taken[i].incoming), bytes, taken[i].refusal,
                             std::move(answered));
    }
  }
  ASSIGN_OR_RETURN(const std::vector<gateway::Answer> answers, gathered->Await(time_left()));
  for (size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].rejection.ok()) {
      ++report.accepted;
    } else {
      report.refusals.push_back({taken[i].event, answers[i].rejection});
    }
  }
  return report;
}

void WebhookEndpoint::Count(const WebhookSource& source,
                            const absl::StatusOr<DeliveryReport>& report) {
  const std::string& name = source.spec.name();
  deliveries_.With({name, OutcomeOf(report)}).Increment();
  if (!report.ok()) return;
  const auto add = [&](const char* outcome, size_t count) {
    if (count > 0) events_.With({name, outcome}).Increment(static_cast<double>(count));
  };
  add("accepted", report->accepted);
  add("refused", report->refusals.size());
  add("ignored", report->ignored);
}

}  // namespace bellwether::gateway
