// Runs the handlers of unary calls.
//
//   grpc::ServerUnaryReactor* GetAlert(grpc::CallbackServerContext* context,
//                                      const GetAlertRequest* request, Alert* response) override {
//     return pool_.Handle(context, request, response,
//                         [this](const GetAlertRequest& request, const CallInfo& call)
//                             -> absl::StatusOr<Alert> { return board_.Get(request.name()); });
//   }
//
// Everything that every call needs is here and nowhere else: the bounded queue, the deadline,
// cancellation, the trace context, metrics, and the one mapping of errors.
#ifndef BELLWETHER_COMMON_RPC_CALL_POOL_H_
#define BELLWETHER_COMMON_RPC_CALL_POOL_H_

#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/log/trace.h"
#include "common/rpc/worker_pool.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"

namespace bellwether::metrics {
class Registry;
}

namespace bellwether::rpc {

// What a handler may know of its call. Valid while the handler runs.
struct CallInfo {
  // The caller's deadline, or kTimeoutDefault from the call's arrival if it gave none.
  absl::Time deadline;
  // A span of its own within the caller's trace; also the thread's while the handler runs.
  TraceContext trace;
  const grpc::CallbackServerContext* context = nullptr;

  bool IsCancelled() const { return context->IsCancelled(); }
};

inline constexpr absl::Duration kTimeoutDefault = absl::Seconds(30);

// Thread-safe. Outlives the server whose calls it runs: Server::Stop waits for calls that are still
// queued here, so the pool is stopped after it.
class CallPool {
 public:
  CallPool(const WorkerPoolOptions& options, metrics::Registry& metrics,
           const Clock& clock = Clock::System());
  ~CallPool();

  // Runs `handler(request, call)` on the pool and finishes the call with what it returns
  // (absl::StatusOr<Response>). Not run, but answered: RESOURCE_EXHAUSTED / POOL_FULL when the
  // queue is full, DEADLINE_EXCEEDED when the deadline has passed, CANCELLED when the caller left.
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* Handle(grpc::CallbackServerContext* context, const Request* request,
                                   Response* response, Handler handler) {
    return Dispatch(context, Request::descriptor(), Where::kPool,
                    Bind(request, response, std::move(handler)));
  }

  // The same on gRPC's own thread: only for handlers that never block and take microseconds.
  template <typename Request, typename Response, typename Handler>
  grpc::ServerUnaryReactor* HandleInline(grpc::CallbackServerContext* context,
                                         const Request* request, Response* response,
                                         Handler handler) {
    return Dispatch(context, Request::descriptor(), Where::kHere,
                    Bind(request, response, std::move(handler)));
  }

  // For streams: work that may block, in the trace of the call. The caller answers for a refusal.
  absl::Status Submit(WorkerPool::Task&& task) { return workers_.Submit(std::move(task)); }
  // The call of a stream, as a handler would see it.
  CallInfo Describe(const grpc::CallbackServerContext& context) const;

  size_t queued() const { return workers_.queued(); }
  metrics::Registry& metrics() { return metrics_; }
  const Clock& clock() const { return clock_; }

  // After the server's Stop.
  void Stop() { workers_.Stop(); }

 private:
  enum class Where { kPool, kHere };
  using Body = absl::AnyInvocable<absl::Status(const CallInfo&)>;
  class Methods;
  struct Call;

  template <typename Request, typename Response, typename Handler>
  static Body Bind(const Request* request, Response* response, Handler handler) {
    return [request, response, handler = std::move(handler)](const CallInfo& call) mutable {
      absl::StatusOr<Response> result = handler(*request, call);
      if (!result.ok()) return result.status();
      *response = *std::move(result);
      return absl::OkStatus();
    };
  }

  grpc::ServerUnaryReactor* Dispatch(grpc::CallbackServerContext* context,
                                     const google::protobuf::Descriptor* request_type, Where where,
                                     Body body);
  void Run(Call& call);
  void Finish(Call& call, const absl::Status& status);

  metrics::Registry& metrics_;
  const Clock& clock_;
  const std::unique_ptr<Methods> methods_;
  WorkerPool workers_;
};

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_CALL_POOL_H_
