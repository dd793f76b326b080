// One call as its handler sees it.
#ifndef BELLWETHER_COMMON_RPC_CALL_H_
#define BELLWETHER_COMMON_RPC_CALL_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/log/trace.h"
#include "google/protobuf/descriptor.h"

namespace grpc {
class CallbackServerContext;
class Status;
}  // namespace grpc

namespace bellwether::rpc {

class MethodCounters;

// Metadata that callers send. Until people authenticate, a principal is taken at its word: servers
// listen on the loopback interface only. Both values are percent-encoded UTF-8 where they are not
// printable ASCII.
inline constexpr char kPrincipalMetadata[] = "bellwether-principal";
inline constexpr char kEffectiveTimeMetadata[] = "bellwether-effective-time";  // RFC 3339
inline constexpr size_t kPrincipalBytesMax = 128;

// The principal of a caller that does not say who it is.
inline constexpr char kAnonymous[] = "anonymous";
// Who does what the services do by themselves; no caller may be it.
inline constexpr char kSystem[] = "system";

inline constexpr absl::Duration kTimeoutDefault = absl::Seconds(30);

// Valid while the call lasts.
struct Call {
  const google::protobuf::MethodDescriptor* method = nullptr;
  // The caller's deadline, or kTimeoutDefault from the call's arrival if it gave none.
  absl::Time deadline;
  // A span of its own within the caller's trace; also the thread's while a handler runs.
  TraceContext trace;
  // Who asks: kAnonymous or 1–128 bytes.
  std::string principal = kAnonymous;
  // Of a command given for a past that is being built: when what it does happened.
  std::optional<absl::Time> effective_time;

  grpc::CallbackServerContext* context = nullptr;
  const MethodCounters* counters = nullptr;  // null: not counted

  bool IsCancelled() const;
};

// What a stream finishes with: the one mapping of errors, with its detail in the trailing metadata,
// counted. Once per call, right before Finish.
grpc::Status EndStream(const Call& call, const absl::Status& status);

// INVALID_ARGUMENT / PRINCIPAL_INVALID for what no caller may call itself.
absl::Status CheckPrincipal(absl::string_view principal);

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_CALL_H_
