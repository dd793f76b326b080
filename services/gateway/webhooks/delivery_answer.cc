#include "services/gateway/webhooks/delivery_answer.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/json/writer.h"

namespace bellwether::gateway {
namespace {

constexpr char kRetryAfterSeconds[] = "5";

void WriteReason(const absl::Status& why, json::Writer& json) {
  const ErrorDetail detail = DetailOf(why).value_or(ErrorDetail{});
  json.Name("reason").Text(detail.reason).Name("field").Text(detail.field);
  json.Name("message").Text(why.message());
}

std::string ReportText(const DeliveryReport& report) {
  json::Writer json;
  json.BeginObject();
  json.Name("events").Integer(static_cast<int64_t>(report.events));
  json.Name("accepted").Integer(static_cast<int64_t>(report.accepted));
  json.Name("refused").Integer(static_cast<int64_t>(report.refusals.size()));
  json.Name("ignored").Integer(static_cast<int64_t>(report.ignored));
  json.Name("refusals").BeginList();
  const size_t shown = std::min(report.refusals.size(), kRefusalsShownMax);
  for (size_t i = 0; i < shown; ++i) {
    json.BeginObject().Name("event").Integer(static_cast<int64_t>(report.refusals[i].event));
    WriteReason(report.refusals[i].why, json);
    json.EndObject();
  }
  json.EndList().EndObject();
  return std::move(json).Take();
}

std::string FailureText(const absl::Status& status) {
  json::Writer json;
  json.BeginObject();
  WriteReason(status, json);
  json.EndObject();
  return std::move(json).Take();
}

std::string SoapAck(bool taken) {
  return absl::StrCat(
      R"(<?xml version="1.0" encoding="UTF-8"?>)"
      R"(<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">)"
      R"(<soapenv:Body><notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound">)",
      "<Ack>", taken ? "true" : "false", "</Ack>",
      "</notificationsResponse></soapenv:Body></soapenv:Envelope>");
}

}  // namespace

int StatusOfFailure(const absl::Status& status) {
  if (absl::IsUnauthenticated(status)) return 401;
  if (!absl::IsInvalidArgument(status)) return 503;
  const auto detail = DetailOf(status);
  return detail.has_value() && detail->reason == "UNSUPPORTED_CONTENT_TYPE" ? 415 : 400;
}

http::ServerResponse DeliveryAnswer(webhooks::v1::WebhookFormat format,
                                    const absl::StatusOr<DeliveryReport>& report) {
  const bool soap = format == webhooks::v1::WEBHOOK_FORMAT_SALESFORCE_OUTBOUND_MESSAGE;
  // To these two senders whatever is not 200 means to send all of it again.
  const bool no_partial = soap || format == webhooks::v1::WEBHOOK_FORMAT_HUBSPOT_V3;
  http::ServerResponse response;
  response.headers = {{"cache-control", "no-store"}};
  if (!report.ok()) {
    response.status = StatusOfFailure(report.status());
  } else if (!no_partial && !report->refusals.empty()) {
    response.status = 207;
  }
  if (response.status == 503) response.headers.emplace_back("retry-after", kRetryAfterSeconds);
  if (soap && (report.ok() || response.status == 503)) {
    response.headers.emplace_back("content-type", "text/xml; charset=utf-8");
    response.body = SoapAck(report.ok());
    return response;
  }
  response.headers.emplace_back("content-type", "application/json");
  response.body = report.ok() ? ReportText(*report) : FailureText(report.status());
  return response;
}

}  // namespace bellwether::gateway
