// The words of the Connect protocol: codes, errors, envelopes, time-outs.
#ifndef BELLWETHER_COMMON_CONNECT_PROTOCOL_H_
#define BELLWETHER_COMMON_CONNECT_PROTOCOL_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/http/message.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/support/status.h"

namespace bellwether::connect {

// "invalid_argument"; "unknown" for a number that is no code.
absl::string_view CodeName(grpc::StatusCode code);
int HttpStatus(grpc::StatusCode code);

// What a call failed with.
struct CallError {
  grpc::StatusCode code = grpc::StatusCode::UNKNOWN;
  std::string message;
  std::vector<google::protobuf::Any> details;
};

// With the details of grpc-status-details-bin.
CallError ErrorOf(const grpc::Status& status);
// Of a failure of our own, as a gRPC caller would see it (rpc::ToGrpcStatus).
CallError ErrorOf(const absl::Status& status);

// While there is no server yet that the call could be passed on to: UNAVAILABLE / STARTING.
absl::Status Starting();

// {"code":"not_found","message":"…","details":[{"type":"…","value":"…","debug":{…}}]}; a detail
// whose type `pool` knows is shown in JSON besides.
std::string ErrorJson(const CallError& error, const google::protobuf::DescriptorPool& pool);

// The answer of a call that failed.
http::ServerResponse ErrorResponse(const CallError& error,
                                   const google::protobuf::DescriptorPool& pool =
                                       *google::protobuf::DescriptorPool::generated_pool());

// The payload of a stream's last envelope: {} or {"error":{…},"metadata":{"key":["value"]}}.
std::string EndOfStreamJson(const std::optional<CallError>& error, const http::Headers& metadata,
                            const google::protobuf::DescriptorPool& pool);

inline constexpr uint8_t kCompressedFlag = 1;
inline constexpr uint8_t kEndOfStreamFlag = 2;
inline constexpr size_t kEnvelopeHeadBytes = 5;

std::string Envelope(uint8_t flags, absl::string_view payload);

struct OpenedEnvelope {
  uint8_t flags = 0;
  absl::string_view payload;
};
// The one envelope that the request of a server stream is. UNIMPLEMENTED / ONE_REQUEST_EXPECTED for
// none and for several, INVALID_ARGUMENT / MALFORMED_ENVELOPE for bytes that are none.
absl::StatusOr<OpenedEnvelope> OpenOnlyEnvelope(absl::string_view body);

// Connect-Timeout-Ms: at most ten digits. INVALID_ARGUMENT / TIMEOUT_INVALID.
absl::StatusOr<absl::Duration> ParseTimeout(absl::string_view milliseconds);

}  // namespace bellwether::connect

#endif  // BELLWETHER_COMMON_CONNECT_PROTOCOL_H_
