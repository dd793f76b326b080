// A call as its HTTP request asks for it.
#ifndef BELLWETHER_COMMON_CONNECT_REQUEST_H_
#define BELLWETHER_COMMON_CONNECT_REQUEST_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/connect/bridge.h"
#include "common/connect/protocol.h"
#include "common/http/message.h"
#include "google/protobuf/descriptor.h"

namespace bellwether::connect {

enum class Codec { kJson, kProto };

struct CallRequest {
  const google::protobuf::MethodDescriptor* method = nullptr;
  Codec codec = Codec::kProto;
  // The client takes answers in gzip.
  bool gzip_answer = false;
  std::optional<absl::Duration> timeout;
  http::Headers metadata;
  std::string message;  // in protobuf's binary form
};

// Why there is no call: an HTTP answer that the protocol prescribes, or an error of the call.
struct Refusal {
  std::optional<http::ServerResponse> response;
  CallError error;
  // The client expects a stream, and its error in the stream's last envelope.
  std::optional<Codec> stream;
};

// The method that the path names; null: there is none.
const google::protobuf::MethodDescriptor* FindMethod(absl::string_view path,
                                                     const google::protobuf::DescriptorPool& pool);

// False where `refusal` says why there is no call.
bool ReadRequest(const http::ServerRequest& request, const BridgeOptions& options,
                 CallRequest& call, Refusal& refusal);

// `bytes` of this type in JSON, or the other way round.
absl::StatusOr<std::string> ToProto(const std::string& json,
                                    const google::protobuf::Descriptor& type,
                                    const BridgeOptions& options);
absl::StatusOr<std::string> ToJson(const std::string& bytes,
                                   const google::protobuf::Descriptor& type,
                                   const BridgeOptions& options);

}  // namespace bellwether::connect

#endif  // BELLWETHER_COMMON_CONNECT_REQUEST_H_
