#include "common/rpc/server.h"

#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "common/rpc/health_service.h"
#include "common/rpc/service.h"
#include "common/runtime/listen_address.h"
#include "grpc/support/log.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/grpcpp.h"

namespace bellwether::rpc {
namespace {

// gRPC's own lines join the log, so that every line is one JSON object.
void LogFromGrpc(gpr_log_func_args* line) {
  const LogLevel level = line->severity == GPR_LOG_SEVERITY_ERROR  ? LogLevel::kWarning
                         : line->severity == GPR_LOG_SEVERITY_INFO ? LogLevel::kInfo
                                                                   : LogLevel::kDebug;
  Log(level, "gRPC", {{"file", line->file}, {"line", line->line}, {"text", line->message}});
}

// Settings of the process, read when a server is built.
void PrepareProcess() {
  static std::once_flag once;
  std::call_once(once, [] {
    gpr_set_log_function(&LogFromGrpc);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  });
}

}  // namespace

Server::Server(ServerOptions options)
    : options_(std::move(options)),
      streams_(options_.streams_max),
      health_(std::make_unique<HealthService>(streams_, Clock::System(), options_.ready)),
      health_loop_({.name = "rpc-health"},
                   [this](const std::stop_token&) -> absl::StatusOr<absl::Duration> {
                     health_->Refresh();
                     return kHealthRefreshInterval;
                   }) {}

Server::~Server() { Stop(absl::InfinitePast()); }

void Server::Add(MethodTable table, runtime::ReadyCheck ready) {
  BELLWETHER_CHECK(server_ == nullptr, "services are added before Start");
  if (const absl::Status fits = table.Check(); !fits.ok()) return tables_.Update(fits);
  health_->Add(table.service(), std::move(ready));
  services_.push_back(std::make_unique<Service>(std::move(table), streams_));
}

absl::Status Server::Start() {
  RETURN_IF_ERROR(tables_);
  ASSIGN_OR_RETURN(const runtime::ListenAddress address,
                   runtime::ParseListenAddress(options_.listen));
  RETURN_IF_ERROR(runtime::RequireLoopback(address));
  host_ = address.host;
  PrepareProcess();
  grpc::ServerBuilder builder;
  builder.SetMaxReceiveMessageSize(options_.message_bytes_max);
  builder.SetMaxSendMessageSize(options_.message_bytes_max);
  // Else a second process could share the port unnoticed.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kConcurrentCallsPerConnectionMax);
  const auto milliseconds = [](absl::Duration duration) {
    return static_cast<int>(absl::ToInt64Milliseconds(duration));
  };
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(kKeepaliveInterval));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, milliseconds(kKeepaliveTimeout));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             milliseconds(kPingIntervalLeast));
  builder.AddListeningPort(address.ToString(), grpc::InsecureServerCredentials(), &port_);
  for (const auto& service : services_) builder.RegisterService(service.get());
  builder.RegisterService(health_.get());
  if (fallback_ != nullptr) builder.RegisterCallbackGenericService(fallback_);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port_ == 0) {
    server_.reset();
    return Error(absl::StatusCode::kUnavailable, {kListenFailed, "listen", ""},
                 absl::StrCat("cannot listen on ", address.ToString(), ": is the port taken?"));
  }
  OpenLoopback();
  health_loop_.Start();
  LogInfo("serving gRPC", {{"target", target()}});
  return absl::OkStatus();
}

std::string Server::target() const {
  return runtime::ListenAddress{host_, static_cast<uint16_t>(port_)}.ToString();
}

void Server::OpenLoopback() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  absl::MutexLock lock(&mutex_);
  for (size_t i = 0; i < kLoopbackChannels; ++i) {
    loopback_.push_back(
        grpc::CreateCustomChannel(target(), grpc::InsecureChannelCredentials(), arguments));
  }
}

std::shared_ptr<grpc::Channel> Server::LoopbackChannel() {
  absl::MutexLock lock(&mutex_);
  return loopback_.empty() ? nullptr : loopback_[next_loopback_++ % loopback_.size()];
}

void Server::Stop(absl::Time deadline) {
  if (server_ == nullptr) return;
  {
    absl::MutexLock lock(&mutex_);
    loopback_.clear();
  }
  health_loop_.Stop();
  // Load balancers first, then long streams, then calls.
  health_->Shutdown();
  streams_.Drain();
  server_->Shutdown(absl::ToChronoTime(deadline));
  server_->Wait();
  server_.reset();
}

}  // namespace bellwether::rpc
