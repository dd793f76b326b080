#include "common/rpc/client.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/clock.h"
#include "common/base/status.h"
#include "common/log/trace.h"
#include "common/rpc/call.h"
#include "common/rpc/metadata_text.h"
#include "common/rpc/server.h"
#include "common/runtime/listen_address.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "grpcpp/grpcpp.h"
#include "grpcpp/support/client_interceptor.h"

namespace bellwether::rpc {
namespace {

constexpr absl::Duration kReconnectLeast = absl::Milliseconds(100);
constexpr absl::Duration kReconnectMost = absl::Seconds(5);
// What one attempt to connect may take, handshake included: a busy machine is slow to answer. gRPC
// has no other name for it than the least backoff.
constexpr absl::Duration kConnectMost = absl::Seconds(5);
constexpr char kRetryBackoff[] =
    R"("initialBackoff":"0.05s","maxBackoff":"1s","backoffMultiplier":2)";

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

bool ReadsOnly(const google::protobuf::MethodDescriptor& method) {
  return method.options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
}

// A repeated request_id is answered with the first answer.
bool MayHaveId(const google::protobuf::MethodDescriptor& method) {
  return method.input_type()->FindFieldByName("request_id") != nullptr;
}

// Adds who calls to every call of a channel.
class PrincipalInterceptor final : public grpc::experimental::Interceptor {
 public:
  explicit PrincipalInterceptor(const std::string& principal) : principal_(principal) {}

  void Intercept(grpc::experimental::InterceptorBatchMethods* methods) override {
    if (methods->QueryInterceptionHookPoint(
            grpc::experimental::InterceptionHookPoints::PRE_SEND_INITIAL_METADATA)) {
      methods->GetSendInitialMetadata()->emplace(kPrincipalMetadata, principal_);
    }
    methods->Proceed();
  }

 private:
  const std::string& principal_;  // the factory's, which outlives every call
};

class PrincipalInterceptors final : public grpc::experimental::ClientInterceptorFactoryInterface {
 public:
  explicit PrincipalInterceptors(absl::string_view principal)
      : principal_(EncodeMetadataText(principal)) {}

  grpc::experimental::Interceptor* CreateClientInterceptor(
      grpc::experimental::ClientRpcInfo*) override {
    // STYLE(raw-new): gRPC deletes it with the call
    return new PrincipalInterceptor(principal_);
  }

 private:
  const std::string principal_;
};

// As gRPC's resolvers read it.
absl::StatusOr<std::string> AddressOf(const std::string& target) {
  const std::vector<std::string> servers = absl::StrSplit(target, ',');
  if (servers.size() > kServersMax) {
    return InvalidArgument("TOO_MANY_SERVERS", "target",
                           absl::StrCat("at most ", kServersMax, " servers share a channel"));
  }
  const bool ipv6 = absl::StartsWith(target, "[");
  for (const std::string& server : servers) {
    ASSIGN_OR_RETURN(const runtime::ListenAddress address, runtime::ParseListenAddress(server));
    if (!runtime::RequireLoopback(address).ok()) {
      return FailedPrecondition("TARGET_NEEDS_TLS", "target",
                                absl::StrCat("refusing to connect to ", server,
                                             " without TLS: only loopback targets are allowed"));
    }
    if (servers.size() == 1) return server;
    if (address.host == "localhost" || ipv6 != absl::StrContains(address.host, ':')) {
      return InvalidArgument("SERVERS_NEED_ADDRESSES", "target",
                             "several servers are named by addresses, all IPv4 or all IPv6");
    }
  }
  return absl::StrCat(ipv6 ? "ipv6:" : "ipv4:", target);
}

}  // namespace

std::string ServiceConfig(const ClientOptions& options) {
  std::vector<std::string> once;
  std::vector<std::string> repeatable;
  for (const std::string& name : options.services) {
    const google::protobuf::ServiceDescriptor* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    // A program into which the service is not linked does not call it.
    if (service == nullptr) continue;
    for (int i = 0; i < service->method_count(); ++i) {
      const google::protobuf::MethodDescriptor& method = *service->method(i);
      // A stream lasts as long as it lasts.
      if (method.client_streaming() || method.server_streaming()) continue;
      const bool repeat = ReadsOnly(method) || (options.requests_have_ids && MayHaveId(method));
      (repeat ? repeatable : once)
          .push_back(absl::StrFormat(R"({"service":"%s","method":"%s"})", name, method.name()));
    }
  }
  const std::string timeout =
      absl::StrFormat(R"("timeout":"%.3fs")", absl::ToDoubleSeconds(options.timeout));
  std::vector<std::string> configs;
  if (!once.empty()) {
    configs.push_back(absl::StrFormat(R"({"name":[%s],%s})", absl::StrJoin(once, ","), timeout));
  }
  if (!repeatable.empty()) {
    configs.push_back(absl::StrFormat(
        R"({"name":[%s],%s,"retryPolicy":{"maxAttempts":%d,%s,"retryableStatusCodes":["UNAVAILABLE"]}})",
        absl::StrJoin(repeatable, ","), timeout, kAttemptsMax, kRetryBackoff));
  }
  return absl::StrCat(R"({"methodConfig":[)", absl::StrJoin(configs, ","), "]}");
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> Connect(const std::string& target,
                                                       const ClientOptions& options) {
  ASSIGN_OR_RETURN(const std::string address, AddressOf(target));
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(options.message_bytes_max);
  arguments.SetMaxSendMessageSize(options.message_bytes_max);
  arguments.SetServiceConfigJSON(ServiceConfig(options));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(kKeepaliveInterval));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(kKeepaliveTimeout));
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, Milliseconds(kReconnectLeast));
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, Milliseconds(kConnectMost));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, Milliseconds(kReconnectMost));
  // Loopback traffic never goes through the environment's proxy.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetLoadBalancingPolicyName("round_robin");
  std::vector<std::unique_ptr<grpc::experimental::ClientInterceptorFactoryInterface>> interceptors;
  if (!options.principal.empty()) {
    interceptors.push_back(std::make_unique<PrincipalInterceptors>(options.principal));
  }
  return grpc::experimental::CreateCustomChannelWithInterceptors(
      address, grpc::InsecureChannelCredentials(), arguments, std::move(interceptors));
}

void Prepare(grpc::ClientContext& context, absl::Duration timeout) {
  context.set_deadline(absl::ToChronoTime(Clock::System().Now() + timeout));
  const std::string traceparent = FormatTraceParent(CurrentTrace());
  if (!traceparent.empty()) context.AddMetadata(kTraceParentName, traceparent);
}

void SetPrincipal(grpc::ClientContext& context, absl::string_view principal) {
  context.AddMetadata(kPrincipalMetadata, EncodeMetadataText(principal));
}

void SetEffectiveTime(grpc::ClientContext& context, absl::Time time) {
  context.AddMetadata(kEffectiveTimeMetadata,
                      absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()));
}

}  // namespace bellwether::rpc
