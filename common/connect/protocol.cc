#include "common/connect/protocol.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "bellwether/type/v1/error.pb.h"
#include "common/base/status.h"
#include "common/connect/json_codec.h"
#include "common/json/writer.h"
#include "common/rpc/status.h"
#include "google/protobuf/dynamic_message.h"

namespace bellwether::connect {
namespace {

constexpr size_t kTimeoutDigitsMax = 10;

struct Code {
  absl::string_view name;
  int http_status;
};

// By the number of the gRPC code.
constexpr Code kCodes[] = {
    {"ok", 200},
    {"canceled", 499},
    {"unknown", 500},
    {"invalid_argument", 400},
    {"deadline_exceeded", 504},
    {"not_found", 404},
    {"already_exists", 409},
    {"permission_denied", 403},
    {"resource_exhausted", 429},
    {"failed_precondition", 400},
    {"aborted", 409},
    {"out_of_range", 400},
    {"unimplemented", 501},
    {"internal", 500},
    {"unavailable", 503},
    {"data_loss", 500},
    {"unauthenticated", 401},
};

const Code& CodeOf(grpc::StatusCode code) {
  const auto number = static_cast<size_t>(code);
  return number < std::size(kCodes) ? kCodes[number] : kCodes[grpc::StatusCode::UNKNOWN];
}

// The detail's message in JSON; nothing where its type is not known or its bytes are not of it.
std::optional<std::string> DebugOf(const google::protobuf::Any& detail, absl::string_view type,
                                   const google::protobuf::DescriptorPool& pool) {
  const google::protobuf::Descriptor* const descriptor =
      pool.FindMessageTypeByName(std::string(type));
  if (descriptor == nullptr) return std::nullopt;
  google::protobuf::DynamicMessageFactory factory;
  const std::unique_ptr<google::protobuf::Message> message(factory.GetPrototype(descriptor)->New());
  if (!message->ParseFromString(detail.value())) return std::nullopt;
  absl::StatusOr<std::string> json = WriteJson(*message);
  if (!json.ok()) return std::nullopt;
  return *std::move(json);
}

void WriteDetail(const google::protobuf::Any& detail, const google::protobuf::DescriptorPool& pool,
                 json::Writer& json) {
  absl::string_view type = detail.type_url();
  type.remove_prefix(type.rfind('/') == absl::string_view::npos ? 0 : type.rfind('/') + 1);
  std::string value = absl::Base64Escape(detail.value());
  value.erase(value.find_last_not_of('=') + 1);
  json.BeginObject().Name("type").Text(type).Name("value").Text(value);
  if (const auto debug = DebugOf(detail, type, pool); debug.has_value()) {
    json.Name("debug").Raw(*debug);
  }
  json.EndObject();
}

void WriteError(const CallError& error, const google::protobuf::DescriptorPool& pool,
                json::Writer& json) {
  json.BeginObject().Name("code").Text(CodeName(error.code));
  if (!error.message.empty()) json.Name("message").Text(error.message);
  if (!error.details.empty()) {
    json.Name("details").BeginList();
    for (const google::protobuf::Any& detail : error.details) WriteDetail(detail, pool, json);
    json.EndList();
  }
  json.EndObject();
}

}  // namespace

absl::string_view CodeName(grpc::StatusCode code) { return CodeOf(code).name; }

int HttpStatus(grpc::StatusCode code) { return CodeOf(code).http_status; }

CallError ErrorOf(const grpc::Status& status) {
  CallError error{status.error_code(), status.error_message(), {}};
  type::v1::RpcStatus details;
  if (details.ParseFromString(status.error_details())) {
    error.details.assign(details.details().begin(), details.details().end());
  }
  return error;
}

CallError ErrorOf(const absl::Status& status) { return ErrorOf(rpc::ToGrpcStatus(status)); }

absl::Status Starting() {
  return Error(absl::StatusCode::kUnavailable, {"STARTING", "", ""}, "the server is not ready yet");
}

std::string ErrorJson(const CallError& error, const google::protobuf::DescriptorPool& pool) {
  json::Writer json;
  WriteError(error, pool, json);
  return std::move(json).Take();
}

http::ServerResponse ErrorResponse(const CallError& error,
                                   const google::protobuf::DescriptorPool& pool) {
  return {HttpStatus(error.code),
          {{"content-type", "application/json"}, {"cache-control", "no-store"}},
          ErrorJson(error, pool)};
}

std::string EndOfStreamJson(const std::optional<CallError>& error, const http::Headers& metadata,
                            const google::protobuf::DescriptorPool& pool) {
  std::map<absl::string_view, std::vector<absl::string_view>> by_name;
  for (const auto& [name, value] : metadata) by_name[name].push_back(value);
  json::Writer json;
  json.BeginObject();
  if (error.has_value()) {
    json.Name("error");
    WriteError(*error, pool, json);
  }
  if (!by_name.empty()) {
    json.Name("metadata").BeginObject();
    for (const auto& [name, values] : by_name) {
      json.Name(name).BeginList();
      for (const absl::string_view value : values) json.Text(value);
      json.EndList();
    }
    json.EndObject();
  }
  json.EndObject();
  return std::move(json).Take();
}

std::string Envelope(uint8_t flags, absl::string_view payload) {
  const auto size = static_cast<uint32_t>(payload.size());
  std::string bytes;
  bytes.reserve(kEnvelopeHeadBytes + payload.size());
  bytes.push_back(static_cast<char>(flags));
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(size >> shift));
  absl::StrAppend(&bytes, payload);
  return bytes;
}

absl::StatusOr<OpenedEnvelope> OpenOnlyEnvelope(absl::string_view body) {
  const auto not_one = [](absl::string_view how_many) {
    return Error(absl::StatusCode::kUnimplemented, {"ONE_REQUEST_EXPECTED", "", ""},
                 absl::StrCat("this method takes one request, not ", how_many));
  };
  if (body.empty()) return not_one("none");
  if (body.size() < kEnvelopeHeadBytes) {
    return InvalidArgument("MALFORMED_ENVELOPE", "", "the body ends within an envelope's head");
  }
  uint64_t size = 0;
  for (size_t i = 1; i < kEnvelopeHeadBytes; ++i) size = size << 8 | static_cast<uint8_t>(body[i]);
  const absl::string_view rest = body.substr(kEnvelopeHeadBytes);
  if (rest.size() < size) {
    return InvalidArgument(
        "MALFORMED_ENVELOPE", "",
        absl::StrCat("an envelope of ", size, " bytes ends after ", rest.size()));
  }
  if (rest.size() > size) return not_one("several");
  return OpenedEnvelope{static_cast<uint8_t>(body[0]), rest};
}

absl::StatusOr<absl::Duration> ParseTimeout(absl::string_view milliseconds) {
  int64_t count = 0;
  if (milliseconds.size() > kTimeoutDigitsMax || milliseconds.empty() ||
      !std::all_of(milliseconds.begin(), milliseconds.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(milliseconds, &count)) {
    return InvalidArgument("TIMEOUT_INVALID", "connect-timeout-ms",
                           "Connect-Timeout-Ms is a number of at most ten digits");
  }
  return absl::Milliseconds(count);
}

}  // namespace bellwether::connect
