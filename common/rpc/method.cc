#include "common/rpc/method.h"

#include "absl/strings/str_cat.h"
#include "bellwether/type/v1/method_options.pb.h"
#include "common/base/status.h"
#include "common/rpc/metadata_text.h"
#include "common/rpc/status.h"
#include "common/text/readable.h"
#include "google/protobuf/descriptor.pb.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"

namespace bellwether::rpc {
namespace {

constexpr absl::Duration kHiddenErrorLogInterval = absl::Milliseconds(100);
// A call without a deadline has one that lies beyond what the system clock can count.
constexpr absl::Duration kDeadlineMost = absl::Hours(24 * 365);

std::optional<absl::string_view> MetadataOf(const grpc::CallbackServerContext& context,
                                            const char* name) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(name);
  if (found == metadata.end()) return std::nullopt;
  return absl::string_view(found->second.data(), found->second.size());
}

TraceContext TraceOf(const grpc::CallbackServerContext& context) {
  const auto given = MetadataOf(context, kTraceParentName);
  if (!given.has_value()) return NewTrace();
  return ChildOf(ParseTraceParent(*given).value_or(TraceContext{}));
}

bool MayBuildPast(const google::protobuf::MethodDescriptor& method) {
  const auto& options = method.options();
  if (options.idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS) return false;
  for (int i = 0; i < options.ExtensionSize(type::v1::roles); ++i) {
    if (options.GetExtension(type::v1::roles, i) == type::v1::ROLE_INGEST) return true;
  }
  return false;
}

}  // namespace

bool Call::IsCancelled() const { return context->IsCancelled(); }

grpc::Status EndStream(const Call& call, const absl::Status& status) {
  if (call.counters != nullptr) call.counters->Count(status);
  return status.ok() ? grpc::Status::OK : ToGrpcStatus(status, *call.context);
}

absl::Status CheckPrincipal(absl::string_view principal) {
  const auto refuse = [](absl::string_view why) {
    return InvalidArgument("PRINCIPAL_INVALID", kPrincipalMetadata, why);
  };
  // It becomes an assignee and stands in the audit table: two that look alike must be the same.
  const absl::Status readable = text::CheckReadable(
      {.field = kPrincipalMetadata, .bytes_max = kPrincipalBytesMax, .needed = true}, principal);
  if (!readable.ok()) return refuse(readable.message());
  if (text::Tidied(principal) != principal) {
    return refuse("has blanks at its ends, or several in a row");
  }
  if (principal == kSystem || principal == kAnonymous) return refuse("is nobody's name");
  return absl::OkStatus();
}

CallMetrics::CallMetrics(metrics::Registry& registry)
    : requests_(registry.Counters("bellwether_rpc_requests_total", "Calls answered.",
                                  {"service", "method", "code"})),
      errors_(registry.Counters("bellwether_rpc_errors_total",
                                "Calls answered with an error, by its reason.",
                                {"service", "method", "reason"})),
      seconds_(registry.Histograms("bellwether_rpc_seconds",
                                   "Time from a call's arrival to its answer.",
                                   {"service", "method"})),
      in_flight_(registry.GaugeOf("bellwether_rpc_in_flight", "Calls not answered yet.")),
      gate_(kHiddenErrorLogInterval) {}

MethodCounters::MethodCounters(const google::protobuf::MethodDescriptor& method,
                               CallMetrics& metrics)
    : metrics_(metrics),
      service_(method.service()->full_name()),
      name_(method.name()),
      ok_(metrics.requests_.With({service_, name_, "OK"})),
      seconds_(method.client_streaming() || method.server_streaming()
                   ? nullptr
                   : &metrics.seconds_.With({service_, name_})) {}

void MethodCounters::Answered(const absl::Status& status, absl::Duration took) const {
  metrics_.in_flight_.Decrement();
  seconds_->Observe(absl::ToDoubleSeconds(took));
  Count(status);
}

void MethodCounters::Count(const absl::Status& status) const {
  if (status.ok()) {
    ok_.Increment();
    return;
  }
  metrics_.requests_.With({service_, name_, CodeName(status.code())}).Increment();
  const absl::Status shown = PublicStatus(status);
  metrics_.errors_.With({service_, name_, DetailOf(shown)->reason}).Increment();
  if (shown.message() != status.message()) {
    LogLimited(metrics_.gate_, LogLevel::kWarning, "call failed",
               {{"rpc_service", service_}, {"method", name_}, {"status", status}});
  }
}

Method::Method(const google::protobuf::MethodDescriptor& descriptor, CallMetrics& metrics,
               const Clock& clock)
    : descriptor_(descriptor),
      clock_(clock),
      counters_(descriptor, metrics),
      principal_required_(descriptor.options().GetExtension(type::v1::principal_required)),
      may_build_past_(MayBuildPast(descriptor)) {}

absl::Status Method::Describe(grpc::CallbackServerContext& context, Call& call) const {
  call.method = &descriptor_;
  call.context = &context;
  call.counters = &counters_;
  const absl::Time given = absl::FromChrono(context.deadline());
  const absl::Time now = clock_.Now();
  call.deadline = given > now + kDeadlineMost ? now + kTimeoutDefault : given;
  call.trace = TraceOf(context);
  RETURN_IF_ERROR(ReadPrincipal(call));
  return ReadEffectiveTime(call);
}

absl::Status Method::ReadPrincipal(Call& call) const {
  const auto given = MetadataOf(*call.context, kPrincipalMetadata);
  if (!given.has_value()) {
    if (!principal_required_) return absl::OkStatus();
    return Error(absl::StatusCode::kUnauthenticated, {"PRINCIPAL_REQUIRED", kPrincipalMetadata, ""},
                 "say who you are: this is for people");
  }
  if (call.context->client_metadata().count(kPrincipalMetadata) > 1) {
    return InvalidArgument("PRINCIPAL_INVALID", kPrincipalMetadata, "a call has one principal");
  }
  const std::optional<std::string> principal = DecodeMetadataText(*given);
  if (!principal.has_value()) {
    return InvalidArgument("PRINCIPAL_INVALID", kPrincipalMetadata,
                           "must be percent-encoded UTF-8");
  }
  RETURN_IF_ERROR(CheckPrincipal(*principal));
  call.principal = *principal;
  return absl::OkStatus();
}

absl::Status Method::ReadEffectiveTime(Call& call) const {
  const auto given = MetadataOf(*call.context, kEffectiveTimeMetadata);
  if (!given.has_value()) return absl::OkStatus();
  if (!may_build_past_) {
    return FailedPrecondition("EFFECTIVE_TIME_NOT_ALLOWED", kEffectiveTimeMetadata,
                              "this method does not build a past");
  }
  absl::Time time;
  const bool read = absl::ParseTime(absl::RFC3339_full, *given, &time, nullptr);
  const absl::civil_year_t year = absl::ToCivilYear(time, absl::UTCTimeZone()).year();
  if (!read || year < 1 || year > 9999) {
    return InvalidArgument("EFFECTIVE_TIME_INVALID", kEffectiveTimeMetadata,
                           "must be an RFC 3339 time of the years 1-9999");
  }
  call.effective_time = time;
  return absl::OkStatus();
}

}  // namespace bellwether::rpc
