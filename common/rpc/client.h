// Channels and calls to other services.
#ifndef BELLWETHER_COMMON_RPC_CLIENT_H_
#define BELLWETHER_COMMON_RPC_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace grpc {
class Channel;
class ClientContext;
}  // namespace grpc

namespace bellwether::rpc {

// gRPC itself allows at most five.
inline constexpr int kAttemptsMax = 4;

struct ClientOptions {
  // Full names of the services called (AlertsService::service_full_name()). Their unary methods get
  // `timeout` as deadline unless the call has an earlier one, and those that are safe to repeat
  // (NO_SIDE_EFFECTS, and what `requests_have_ids` says) are repeated on UNAVAILABLE, with
  // backoff, at most kAttemptsMax times in all.
  std::vector<std::string> services;
  absl::Duration timeout = absl::Seconds(5);
  // Each request of a type that has a `request_id` has one, so that it is answered once however
  // often it comes. Not for proxies, which pass on the requests of others.
  bool requests_have_ids = false;
  int message_bytes_max = 4 << 20;
  // Who makes the calls: sent with each of them. Empty: they say it themselves, or nobody does.
  std::string principal;
};

// Servers one channel may share its calls among.
inline constexpr size_t kServersMax = 64;

// `target` is "host:port", or several replicas of one server, "host:port,host:port": calls go to
// those that are there, in turn. Connects lazily: fine before the other side is up.
// FAILED_PRECONDITION / TARGET_NEEDS_TLS for a target that is not on the loopback interface.
absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const std::string& target,
                                                       const ClientOptions& options = {});

// Sets the deadline and sends the thread's trace context along.
void Prepare(grpc::ClientContext& context, absl::Duration timeout);

// Says who makes the call (1–128 bytes of UTF-8).
void SetPrincipal(grpc::ClientContext& context, absl::string_view principal);
// Gives a command for a past that is being built: what it does happened at `time`.
void SetEffectiveTime(grpc::ClientContext& context, absl::Time time);

// The gRPC service config that Connect uses, as JSON.
std::string ServiceConfig(const ClientOptions& options);

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_CLIENT_H_
