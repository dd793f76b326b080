#include "common/rpc/service.h"

#include <exception>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "common/rpc/status.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/impl/rpc_service_method.h"

namespace bellwether::rpc {
namespace {

using grpc::internal::RpcMethod;
using grpc::internal::RpcServiceMethod;

RpcMethod::RpcType TypeOf(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming() && method.server_streaming()) return RpcMethod::BIDI_STREAMING;
  if (method.client_streaming()) return RpcMethod::CLIENT_STREAMING;
  return method.server_streaming() ? RpcMethod::SERVER_STREAMING : RpcMethod::NORMAL_RPC;
}

}  // namespace

// One call between its arrival and Finish; its context and messages die with Finish.
struct Service::UnaryCall {
  const Served& served;
  grpc::ServerUnaryReactor* reactor;
  const grpc::ByteBuffer* request;
  grpc::ByteBuffer* response;
  absl::Time arrived;
  Call call;
};

Service::Served::Served(const MethodTable::Line& line, CallMetrics& metrics, const Clock& clock)
    : path(absl::StrCat("/", line.method->service()->full_name(), "/", line.method->name())),
      line(line),
      method(*line.method, metrics, clock) {}

Service::Service(MethodTable table, OpenStreams& streams)
    : table_(std::move(table)), pool_(*table_.pool_), metrics_(pool_.metrics()) {
  for (const MethodTable::Line& line : table_.lines_) {
    const Served& served = served_.emplace_back(line, metrics_, pool_.clock());
    grpc::internal::MethodHandler* const handler =
        line.unary ? NewUnaryHandler(served) : line.stream(served.method, streams);
    // STYLE(raw-new): grpc::Service deletes its methods, and they their handlers
    auto* const method = new RpcServiceMethod(served.path.c_str(), TypeOf(*line.method), handler);
    method->SetServerApiType(RpcServiceMethod::ApiType::RAW_CALL_BACK);
    AddMethod(method);
  }
}

grpc::internal::MethodHandler* Service::NewUnaryHandler(const Served& served) {
  // STYLE(raw-new): its method deletes it
  return new grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
      [this, &served](grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                      grpc::ByteBuffer* response) {
        return Begin(served, context, request, response);
      });
}

grpc::ServerUnaryReactor* Service::Begin(const Served& served, grpc::CallbackServerContext* context,
                                         const grpc::ByteBuffer* request,
                                         grpc::ByteBuffer* response) {
  grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
  auto call = std::make_unique<UnaryCall>(
      UnaryCall{served, reactor, request, response, pool_.clock().Now(), Call()});
  served.method.counters().Begun();
  if (const absl::Status described = served.method.Describe(*context, call->call);
      !described.ok()) {
    Finish(*call, described);
  } else if (served.line.where == MethodTable::Where::kInline) {
    Run(*call);
  } else {
    UnaryCall& queued = *call;
    WorkerPool::Task task = [this, call = std::move(call)] { Run(*call); };
    // A task that is refused is left here, and its call with it.
    if (const absl::Status status = pool_.Submit(std::move(task)); !status.ok()) {
      Finish(queued, status);
    }
  }
  return reactor;
}

void Service::Run(UnaryCall& call) {
  const TraceScope scope(call.call.trace);
  if (call.call.IsCancelled()) {
    return Finish(call, Error(absl::StatusCode::kCancelled, {"CANCELLED", "", ""},
                              "the caller left before the call began"));
  }
  if (pool_.clock().Now() >= call.call.deadline) {
    return Finish(call, Error(absl::StatusCode::kDeadlineExceeded, {"DEADLINE_EXCEEDED", "", ""},
                              "the deadline passed before the call began"));
  }
  absl::Status status;
  try {
    status = call.served.line.unary(*call.request, call.call, *call.response);
  } catch (const std::exception& error) {
    // Adapters catch what third parties throw; this is the last line, so that one call's fault does
    // not take all others with it.
    LogError("handler threw", {{"method", call.call.method->name()}, {"what", error.what()}});
    status = absl::InternalError("handler threw");
  }
  Finish(call, status);
}

void Service::Finish(UnaryCall& call, const absl::Status& status) {
  call.served.method.counters().Answered(status, pool_.clock().Now() - call.arrived);
  call.reactor->Finish(status.ok() ? grpc::Status::OK : ToGrpcStatus(status, *call.call.context));
}

}  // namespace bellwether::rpc
