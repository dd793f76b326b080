// Errors on the wire: absl::Status ↔ gRPC status, detail and trailing metadata.
#ifndef BELLWETHER_COMMON_RPC_STATUS_H_
#define BELLWETHER_COMMON_RPC_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace grpc {
class Status;
class ServerContextBase;
}  // namespace grpc

namespace bellwether::rpc {

inline constexpr char kReasonMetadata[] = "bellwether-reason";
inline constexpr char kFieldMetadata[] = "bellwether-field";
inline constexpr char kRuleMetadata[] = "bellwether-rule";

// Longest text of a detail or message that is sent: metadata has a limit of 8 KiB in all.
inline constexpr size_t kErrorTextMax = 1'024;

// What a caller may see of a failure. A status made by bellwether::Error passes as it is. Any other
// keeps its code, gets the code's name as reason and a general sentence for its message: the text
// may be a driver's.
absl::Status PublicStatus(const absl::Status& status);

// PublicStatus with the detail as bellwether.type.v1.ErrorDetail in the status details.
grpc::Status ToGrpcStatus(const absl::Status& status);
// ToGrpcStatus, and the detail in the call's trailing metadata. Before Finish.
grpc::Status ToGrpcStatus(const absl::Status& status, grpc::ServerContextBase& context);
// What the other side gave to Error, with its detail. A status from elsewhere keeps code and text.
absl::Status FromGrpcStatus(const grpc::Status& status);

// "INVALID_ARGUMENT"; for metric labels.
absl::string_view CodeName(absl::StatusCode code);

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_STATUS_H_
