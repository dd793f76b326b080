#include "common/connect/request.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/connect/gzip.h"
#include "common/connect/json_codec.h"
#include "common/connect/metadata.h"
#include "common/connect/protocol.h"
#include "google/protobuf/descriptor.pb.h"

namespace bellwether::connect {
namespace {

using google::protobuf::MethodDescriptor;

constexpr absl::string_view kUnaryTypes = "application/json, application/proto";
constexpr absl::string_view kStreamTypes = "application/connect+json, application/connect+proto";

bool OnlyReads(const MethodDescriptor& method) {
  return method.options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
}

// "application/json; charset=utf-8" → "application/json"; nothing for another character set.
std::optional<std::string> MediaTypeOf(absl::string_view header) {
  const std::vector<absl::string_view> parts = absl::StrSplit(header, ';');
  for (size_t i = 1; i < parts.size(); ++i) {
    const std::string parameter = absl::AsciiStrToLower(absl::StripAsciiWhitespace(parts[i]));
    if (absl::StartsWith(parameter, "charset=") && parameter != "charset=utf-8" &&
        parameter != "charset=\"utf-8\"") {
      return std::nullopt;
    }
  }
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(parts[0]));
}

// What is done with a request in its own way: where its codec stands and what its body is.
class Reader {
 public:
  Reader(const http::ServerRequest& request, const BridgeOptions& options, CallRequest& call,
         Refusal& refusal)
      : request_(request), options_(options), call_(call), refusal_(refusal) {}

  bool Read() {
    call_.method = FindMethod(request_.path, *options_.pool);
    if (call_.method == nullptr) return RespondNotFound();
    if (call_.method->client_streaming()) {
      return Fail(Error(absl::StatusCode::kUnimplemented, {"STREAM_OF_REQUESTS", "", ""},
                        "streams of requests are served by gRPC only"));
    }
    if (request_.method == "GET" && OnlyReads(*call_.method) && !IsStream()) return ReadGet();
    if (request_.method != "POST") return RespondMethodNotAllowed();
    if (!ReadCodec()) return RespondUnsupported();
    return ReadPost();
  }

 private:
  bool IsStream() const { return call_.method->server_streaming(); }

  bool Respond(http::ServerResponse response) {
    refusal_.response = std::move(response);
    return false;
  }
  bool Fail(const absl::Status& status) {
    refusal_.error = ErrorOf(status);
    return false;
  }
  // Of the protocol, not of a service: without details.
  bool FailProtocol(grpc::StatusCode code, std::string message) {
    refusal_.error = {code, std::move(message), {}};
    return false;
  }
  bool FailTooLarge() {
    return FailProtocol(
        grpc::StatusCode::RESOURCE_EXHAUSTED,
        absl::StrCat("the message is larger than ", options_.message_bytes_max, " bytes"));
  }

  bool RespondNotFound() {
    return Respond({404,
                    {{"content-type", "application/json"}},
                    ErrorJson({grpc::StatusCode::UNIMPLEMENTED,
                               absl::StrCat("there is no method ", request_.path),
                               {}},
                              *options_.pool)});
  }
  bool RespondMethodNotAllowed() {
    const bool get = OnlyReads(*call_.method) && !IsStream();
    http::ServerResponse response = http::TextResponse(405, "");
    response.headers.emplace_back("allow", get ? "GET, POST" : "POST");
    return Respond(std::move(response));
  }
  bool RespondUnsupported() {
    http::ServerResponse response = http::TextResponse(415, "");
    response.headers.emplace_back("accept-post",
                                  std::string(IsStream() ? kStreamTypes : kUnaryTypes));
    return Respond(std::move(response));
  }

  bool ReadCodec() {
    const auto type = MediaTypeOf(request_.Header("content-type").value_or(""));
    if (!type.has_value()) return false;
    absl::string_view codec = *type;
    if (!absl::ConsumePrefix(&codec, IsStream() ? "application/connect+" : "application/")) {
      return false;
    }
    if (codec != "json" && codec != "proto") return false;
    call_.codec = codec == "json" ? Codec::kJson : Codec::kProto;
    if (IsStream()) refusal_.stream = call_.codec;
    return true;
  }

  bool ReadPost() {
    const std::string version(request_.Header("connect-protocol-version").value_or("1"));
    if (version != "1") {
      return Fail(InvalidArgument("PROTOCOL_VERSION", "connect-protocol-version",
                                  absl::StrCat("Connect-Protocol-Version is 1, not ", version)));
    }
    if (!ReadCommon(IsStream() ? "connect-accept-encoding" : "accept-encoding")) return false;
    if (request_.body_too_large) return FailTooLarge();
    const std::string encoding(
        request_.Header(IsStream() ? "connect-content-encoding" : "content-encoding")
            .value_or("identity"));
    if (!IsStream()) return ReadMessage(request_.body, encoding);
    const absl::StatusOr<OpenedEnvelope> envelope = OpenOnlyEnvelope(request_.body);
    if (!envelope.ok()) {
      return FailProtocol(static_cast<grpc::StatusCode>(envelope.status().code()),
                          std::string(envelope.status().message()));
    }
    if ((envelope->flags & ~kCompressedFlag) != 0) {
      return FailProtocol(grpc::StatusCode::INVALID_ARGUMENT,
                          absl::StrCat("the envelope of a request has no flags ", envelope->flags));
    }
    const bool compressed = (envelope->flags & kCompressedFlag) != 0;
    if (compressed && encoding == "identity") {
      return FailProtocol(grpc::StatusCode::INTERNAL,
                          "a compressed envelope needs Connect-Content-Encoding");
    }
    if (!KnowsEncoding(encoding)) return false;
    return ReadMessage(std::string(envelope->payload), compressed ? encoding : "identity");
  }

  bool ReadGet() {
    if (const absl::Status query = http::CheckQuery(request_.query); !query.ok()) {
      return Fail(query);
    }
    const auto parameter = [this](absl::string_view name) {
      return http::FindParameter(request_.query, name);
    };
    const std::string encoding = parameter("encoding").value_or("");
    if (encoding != "json" && encoding != "proto") return RespondUnsupported();
    call_.codec = encoding == "json" ? Codec::kJson : Codec::kProto;
    if (const std::string version = parameter("connect").value_or("v1"); version != "v1") {
      return Fail(InvalidArgument("PROTOCOL_VERSION", "connect",
                                  absl::StrCat("connect is v1, not ", version)));
    }
    std::optional<std::string> message = parameter("message");
    if (!message.has_value()) {
      return Fail(
          InvalidArgument("MESSAGE_MISSING", "message", "a GET has its message in the query"));
    }
    if (parameter("base64").value_or("0") == "1") {
      std::string bytes;
      if (!DecodeBase64(*message, bytes)) {
        return Fail(InvalidArgument("MESSAGE_INVALID", "message", "message is not base64"));
      }
      message = std::move(bytes);
    }
    if (!ReadCommon("accept-encoding")) return false;
    return ReadMessage(*std::move(message), parameter("compression").value_or("identity"));
  }

  // Time-out, metadata and what the client takes.
  bool ReadCommon(absl::string_view accept_encoding) {
    if (const auto text = request_.Header("connect-timeout-ms"); text.has_value()) {
      const absl::StatusOr<absl::Duration> timeout = ParseTimeout(*text);
      if (!timeout.ok()) return Fail(timeout.status());
      call_.timeout = *timeout;
    }
    call_.gzip_answer = http::AcceptsEncoding(request_.Header(accept_encoding), "gzip");
    absl::StatusOr<http::Headers> metadata = MetadataOf(request_.headers);
    if (!metadata.ok()) return Fail(metadata.status());
    call_.metadata = *std::move(metadata);
    if (const absl::Status admitted = options_.admit(request_, !OnlyReads(*call_.method));
        !admitted.ok()) {
      return Fail(admitted);
    }
    return true;
  }

  bool KnowsEncoding(const std::string& encoding) {
    if (encoding == "gzip" || encoding == "identity" || encoding.empty()) return true;
    return FailProtocol(grpc::StatusCode::UNIMPLEMENTED,
                        absl::StrCat("unknown compression \"", absl::CHexEscape(encoding),
                                     "\": supported are gzip, identity"));
  }

  bool ReadMessage(std::string bytes, const std::string& encoding) {
    if (!KnowsEncoding(encoding)) return false;
    if (encoding == "gzip" && !bytes.empty()) {
      absl::StatusOr<std::string> inflated = Gunzip(bytes, options_.message_bytes_max);
      if (absl::IsResourceExhausted(inflated.status())) return FailTooLarge();
      if (!inflated.ok()) return Fail(inflated.status());
      bytes = *std::move(inflated);
    }
    if (bytes.size() > options_.message_bytes_max) return FailTooLarge();
    if (call_.codec == Codec::kJson) {
      absl::StatusOr<std::string> proto = ToProto(bytes, *call_.method->input_type(), options_);
      if (!proto.ok()) return Fail(proto.status());
      bytes = *std::move(proto);
    }
    call_.message = std::move(bytes);
    return true;
  }

  const http::ServerRequest& request_;
  const BridgeOptions& options_;
  CallRequest& call_;
  Refusal& refusal_;
};

std::unique_ptr<google::protobuf::Message> NewMessage(const google::protobuf::Descriptor& type,
                                                      const BridgeOptions& options) {
  return std::unique_ptr<google::protobuf::Message>(options.factory->GetPrototype(&type)->New());
}

}  // namespace

const MethodDescriptor* FindMethod(absl::string_view path,
                                   const google::protobuf::DescriptorPool& pool) {
  if (!absl::ConsumePrefix(&path, "/")) return nullptr;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(path, absl::MaxSplits('/', 1));
  if (absl::StrContains(parts.second, '.')) return nullptr;
  return pool.FindMethodByName(absl::StrCat(parts.first, ".", parts.second));
}

bool ReadRequest(const http::ServerRequest& request, const BridgeOptions& options,
                 CallRequest& call, Refusal& refusal) {
  return Reader(request, options, call, refusal).Read();
}

absl::StatusOr<std::string> ToProto(const std::string& json,
                                    const google::protobuf::Descriptor& type,
                                    const BridgeOptions& options) {
  const auto message = NewMessage(type, options);
  RETURN_IF_ERROR(ReadJson(json, *message));
  return message->SerializeAsString();
}

absl::StatusOr<std::string> ToJson(const std::string& bytes,
                                   const google::protobuf::Descriptor& type,
                                   const BridgeOptions& options) {
  const auto message = NewMessage(type, options);
  if (!message->ParseFromString(bytes)) {
    return Error(absl::StatusCode::kInternal, {"MALFORMED_RESPONSE", "", ""},
                 absl::StrCat("the answer is no ", type.full_name()));
  }
  return WriteJson(*message);
}

}  // namespace bellwether::connect
