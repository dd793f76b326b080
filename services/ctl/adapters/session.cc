#include "services/ctl/adapters/session.h"

#include <google/protobuf/util/json_util.h>
#include <pwd.h>
#include <unistd.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/currency/iso_4217.h"
#include "services/ctl/adapters/format.h"
#include "services/imports/application/message_fields.h"

namespace bellwether::ctl {
namespace {

constexpr size_t kPasswordEntryBytesMax = 16 << 10;

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string json;
  // Fails only for malformed google.protobuf.Any, which no message here holds.
  (void)google::protobuf::util::MessageToJsonString(message, &json, options);
  return json;
}

}  // namespace

std::string SystemUser() {
  passwd entry;
  passwd* found = nullptr;
  std::vector<char> text(kPasswordEntryBytesMax);
  if (getpwuid_r(geteuid(), &entry, text.data(), text.size(), &found) != 0 || found == nullptr) {
    return "";
  }
  return found->pw_name;
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Session::Channel() {
  if (channel_ != nullptr) return channel_;
  rpc::ClientOptions client{
      .services = {accounts::v1::AccountsService::service_full_name(),
                   opportunities::v1::OpportunitiesService::service_full_name(),
                   health::v1::HealthService::service_full_name(),
                   alerts::v1::AlertsService::service_full_name(),
                   ingest::v1::IngestService::service_full_name()},
      // The greatest any call asks for; each call sets its own.
      .timeout = kReplayTimeout,
      .requests_have_ids = true,
      .principal = options.principal};
  ASSIGN_OR_RETURN(auto channel, rpc::Connect(options.server, client));
  if (!channel->WaitForConnected(absl::ToChronoTime(absl::Now() + Timeout()))) {
    return Error(absl::StatusCode::kUnavailable, {"UNREACHABLE", "", ""},
                 absl::StrCat("no server answers at ", options.server));
  }
  channel_ = std::move(channel);
  return channel_;
}

absl::StatusOr<absl::TimeZone> Session::AskZone() {
  if (options.utc) return absl::UTCTimeZone();
  ASSIGN_OR_RETURN(const auto calendar,
                   Call<health::v1::HealthService>(&health::v1::HealthService::Stub::GetCalendar,
                                                   health::v1::GetCalendarRequest()));
  absl::TimeZone zone;
  if (!absl::LoadTimeZone(calendar.time_zone(), &zone)) {
    return Error(absl::StatusCode::kNotFound, {"TIME_ZONE_UNKNOWN", "", ""},
                 absl::StrCat("this machine does not know the zone ", calendar.time_zone(),
                              "; --utc does without it"));
  }
  return zone;
}

absl::StatusOr<absl::TimeZone> Session::Zone() {
  if (!zone_.has_value()) zone_ = AskZone();
  return *zone_;
}

absl::TimeZone Session::ShownZone() {
  const absl::StatusOr<absl::TimeZone> zone = Zone();
  if (zone.ok()) return *zone;
  if (!std::exchange(warned_of_utc_, true)) {
    err << "times are in UTC: " << Printable(zone.status().message()) << "\n";
  }
  return absl::UTCTimeZone();
}

std::string Session::Instant(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0 && time.nanos() == 0) return "–";
  return Instant(imports::ToTime(time));
}
std::string Session::Instant(absl::Time time) { return ctl::Instant(time, ShownZone()); }

int Session::ReportingDigits() {
  if (reporting_digits_.has_value()) return *reporting_digits_;
  reporting_digits_ = kMinorDigitsDefault;
  const auto rates = Call<ingest::v1::IngestService>(
      &ingest::v1::IngestService::Stub::GetCurrencies, ingest::v1::GetCurrenciesRequest());
  if (!rates.ok()) return *reporting_digits_;
  for (const auto& rate : rates->currencies()) {
    if (rate.code() == rates->reporting_currency()) reporting_digits_ = rate.minor_digits();
  }
  return *reporting_digits_;
}

std::string Session::Money(const type::v1::Money& money) {
  return ctl::Money(money, money.currency_code().empty() ? ReportingDigits() : 0);
}

absl::StatusOr<absl::Time> Session::When(absl::string_view text, WholeDay day) {
  bool asked = false;
  auto time = ParseWhen(text, day, absl::Now(), [&] {
    asked = true;
    return Zone();
  });
  return asked ? time : WrongUsage(std::move(time));
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
