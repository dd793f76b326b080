#include "services/ctl/adapters/session.h"

#include <google/protobuf/util/json_util.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"

namespace bellwether::ctl {
namespace {

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails only for malformed google.protobuf.Any, which no message here holds.
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  return json;
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::Channel>> Session::Channel() {
  if (channel_ != nullptr) return channel_;
  rpc::ClientOptions client{
      .services = {accounts::v1::AccountsService::service_full_name(),
                   opportunities::v1::OpportunitiesService::service_full_name(),
                   health::v1::HealthService::service_full_name(),
                   alerts::v1::AlertsService::service_full_name(),
                   ingest::v1::IngestService::service_full_name()},
      // The greatest any call asks for; each call sets its own.
      .timeout = kReplayTimeout};
  ASSIGN_OR_RETURN(auto channel, rpc::Connect(options.server, client));
  if (!channel->WaitForConnected(absl::ToChronoTime(absl::Now() + Timeout()))) {
    return Error(absl::StatusCode::kUnavailable, {"UNREACHABLE", "", ""},
                 absl::StrCat("no server answers at ", options.server));
  }
  channel_ = std::move(channel);
  return channel_;
}

void Session::PrintJson(const google::protobuf::Message& message) {
  // Flushed line by line: streams are read by other programs as they come.
  out << ToJson(message) << std::endl;
}

int Session::PrintError(const absl::Status& status) {
  const ErrorDetail detail = DetailOf(status).value_or(ErrorDetail{});
  const bool unreachable = absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
  const bool silent = status.message().empty();
  err << "error: " << (silent ? "the call failed" : Printable(status.message())) << "\n";
  err << "  code:   " << rpc::CodeName(status.code()) << "\n";
  if (!detail.reason.empty()) err << "  reason: " << Printable(detail.reason) << "\n";
  if (!detail.field.empty()) err << "  field:  " << Printable(detail.field) << "\n";
  if (!detail.rule.empty()) err << "  rule:   " << Printable(detail.rule) << "\n";
  if (wrong_usage_) return kExitUsage;
  return unreachable ? kExitUnreachable : kExitRefused;
}

}  // namespace bellwether::ctl
