#include "common/rpc/status.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "bellwether/type/v1/error.pb.h"
#include "common/base/status.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/status.h"

namespace bellwether::rpc {
namespace {

// What people read where the real text may be a driver's.
absl::string_view GeneralMessage(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kCancelled:
      return "the call was cancelled";
    case absl::StatusCode::kDeadlineExceeded:
      return "the call took longer than its deadline";
    case absl::StatusCode::kNotFound:
      return "not found";
    case absl::StatusCode::kAlreadyExists:
      return "it exists already";
    case absl::StatusCode::kAborted:
      return "another change came first; try again";
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
      return "not available at present; try again later";
    case absl::StatusCode::kUnimplemented:
      return "not offered by this server";
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return "not allowed";
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kFailedPrecondition:
      return "the request cannot be carried out";
    default:
      return "internal error; the log has the details";
  }
}

// Metadata values are printable ASCII: gRPC stops the process over anything else.
std::string Printable(absl::string_view text) {
  std::string printable(text.substr(0, kErrorTextMax));
  for (char& c : printable) {
    if (c < 0x20 || c > 0x7e) c = '?';
  }
  return printable;
}

}  // namespace

absl::string_view CodeName(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return "OK";
    case absl::StatusCode::kCancelled:
      return "CANCELLED";
    case absl::StatusCode::kInvalidArgument:
      return "INVALID_ARGUMENT";
    case absl::StatusCode::kDeadlineExceeded:
      return "DEADLINE_EXCEEDED";
    case absl::StatusCode::kNotFound:
      return "NOT_FOUND";
    case absl::StatusCode::kAlreadyExists:
      return "ALREADY_EXISTS";
    case absl::StatusCode::kPermissionDenied:
      return "PERMISSION_DENIED";
    case absl::StatusCode::kResourceExhausted:
      return "RESOURCE_EXHAUSTED";
    case absl::StatusCode::kFailedPrecondition:
      return "FAILED_PRECONDITION";
    case absl::StatusCode::kAborted:
      return "ABORTED";
    case absl::StatusCode::kOutOfRange:
      return "OUT_OF_RANGE";
    case absl::StatusCode::kUnimplemented:
      return "UNIMPLEMENTED";
    case absl::StatusCode::kInternal:
      return "INTERNAL";
    case absl::StatusCode::kUnavailable:
      return "UNAVAILABLE";
    case absl::StatusCode::kDataLoss:
      return "DATA_LOSS";
    case absl::StatusCode::kUnauthenticated:
      return "UNAUTHENTICATED";
    default:
      return "UNKNOWN";
  }
}

absl::Status PublicStatus(const absl::Status& status) {
  if (status.ok() || DetailOf(status).has_value()) return status;
  return Error(status.code(), {std::string(CodeName(status.code())), "", ""},
               GeneralMessage(status.code()));
}

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const absl::Status shown = PublicStatus(status);
  const ErrorDetail detail = DetailOf(shown).value_or(ErrorDetail{});
  const std::string message(shown.message().substr(0, kErrorTextMax));
  type::v1::ErrorDetail detail_message;
  detail_message.set_reason(detail.reason);
  detail_message.set_field(detail.field.substr(0, kErrorTextMax));
  detail_message.set_rule(detail.rule);
  type::v1::RpcStatus details;
  details.set_code(static_cast<int>(shown.code()));
  details.set_message(message);
  details.add_details()->PackFrom(detail_message);
  // The codes of absl are those of gRPC.
  return grpc::Status(static_cast<grpc::StatusCode>(shown.code()), message,
                      details.SerializeAsString());
}

grpc::Status ToGrpcStatus(const absl::Status& status, grpc::ServerContextBase& context) {
  if (const auto detail = DetailOf(PublicStatus(status)); detail.has_value()) {
    context.AddTrailingMetadata(kReasonMetadata, Printable(detail->reason));
    if (!detail->field.empty()) {
      context.AddTrailingMetadata(kFieldMetadata, Printable(detail->field));
    }
    if (!detail->rule.empty()) context.AddTrailingMetadata(kRuleMetadata, Printable(detail->rule));
  }
  return ToGrpcStatus(status);
}

absl::Status FromGrpcStatus(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  type::v1::RpcStatus details;
  if (details.ParseFromString(status.error_details())) {
    for (const google::protobuf::Any& any : details.details()) {
      type::v1::ErrorDetail detail;
      if (any.UnpackTo(&detail)) {
        return Error(code, {detail.reason(), detail.field(), detail.rule()},
                     status.error_message());
      }
    }
  }
  return absl::Status(code, status.error_message());
}

}  // namespace bellwether::rpc
