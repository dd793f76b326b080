#include "common/rpc/call_pool.h"

#include <array>
#include <exception>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "common/base/status.h"
#include "common/log/log.h"
#include "common/log/rate_limit.h"
#include "common/metrics/metrics.h"
#include "common/rpc/status.h"

namespace bellwether::rpc {
namespace {

constexpr absl::Duration kHiddenErrorLogInterval = absl::Milliseconds(100);

// Where a request type is declared is where its service is: one request type per method is a rule
// of the API (buf lint RPC_REQUEST_STANDARD_NAME).
const google::protobuf::MethodDescriptor* MethodOf(const google::protobuf::Descriptor* request) {
  const google::protobuf::FileDescriptor* file = request->file();
  for (int s = 0; s < file->service_count(); ++s) {
    for (int m = 0; m < file->service(s)->method_count(); ++m) {
      if (file->service(s)->method(m)->input_type() == request) return file->service(s)->method(m);
    }
  }
  return nullptr;
}

TraceContext TraceOf(const grpc::CallbackServerContext& context) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(kTraceParentName);
  if (found == metadata.end()) return NewTrace();
  const auto parent =
      ParseTraceParent(absl::string_view(found->second.data(), found->second.size()));
  return ChildOf(parent.value_or(TraceContext{}));
}

}  // namespace

// The metrics of each method, found by its request type.
class CallPool::Methods {
 public:
  struct Method {
    std::string service;
    std::string name;
    metrics::Counter* ok = nullptr;
    metrics::Histogram* seconds = nullptr;
  };

  explicit Methods(metrics::Registry& registry)
      : requests_(registry.Counters("bellwether_rpc_requests_total", "Calls answered.",
                                    {"service", "method", "code"})),
        errors_(registry.Counters("bellwether_rpc_errors_total",
                                  "Calls answered with an error, by its reason.",
                                  {"service", "method", "reason"})),
        seconds_(registry.Histograms("bellwether_rpc_seconds",
                                     "Time from a call's arrival to its answer.",
                                     {"service", "method"})),
        in_flight_(registry.GaugeOf("bellwether_rpc_in_flight", "Calls not answered yet.")),
        gate_(kHiddenErrorLogInterval) {}

  const Method& Find(const google::protobuf::Descriptor* request) {
    {
      absl::ReaderMutexLock lock(&mutex_);
      if (const auto found = methods_.find(request); found != methods_.end()) return *found->second;
    }
    const google::protobuf::MethodDescriptor* descriptor = MethodOf(request);
    auto method = std::make_unique<Method>();
    method->service = descriptor == nullptr ? "" : descriptor->service()->full_name();
    method->name = descriptor == nullptr ? request->name() : descriptor->name();
    method->ok = &requests_.With({method->service, method->name, "OK"});
    method->seconds = &seconds_.With({method->service, method->name});
    absl::WriterMutexLock lock(&mutex_);
    return *methods_.emplace(request, std::move(method)).first->second;
  }

  void Begun() { in_flight_.Increment(); }

  void Ended(const Method& method, const absl::Status& status, absl::Duration took) {
    in_flight_.Decrement();
    method.seconds->Observe(absl::ToDoubleSeconds(took));
    if (status.ok()) {
      method.ok->Increment();
      return;
    }
    requests_.With({method.service, method.name, CodeName(status.code())}).Increment();
    const absl::Status shown = PublicStatus(status);
    errors_.With({method.service, method.name, DetailOf(shown)->reason}).Increment();
    if (shown.message() != status.message()) {
      LogLimited(gate_, LogLevel::kWarning, "call failed",
                 {{"rpc_service", method.service}, {"method", method.name}, {"status", status}});
    }
  }

 private:
  metrics::Family<metrics::Counter>& requests_;
  metrics::Family<metrics::Counter>& errors_;
  metrics::Family<metrics::Histogram>& seconds_;
  metrics::Gauge& in_flight_;
  LogGate gate_;  // of failures whose text the caller does not see
  absl::Mutex mutex_;
  absl::flat_hash_map<const google::protobuf::Descriptor*, std::unique_ptr<Method>> methods_
      ABSL_GUARDED_BY(mutex_);
};

// One call between its arrival and Finish; its context dies with Finish.
struct CallPool::Call {
  grpc::CallbackServerContext* context;
  grpc::ServerUnaryReactor* reactor;
  const Methods::Method* method;
  absl::Time arrived;
  CallInfo info;
  Body body;
};

CallPool::CallPool(const WorkerPoolOptions& options, metrics::Registry& metrics, const Clock& clock)
    : metrics_(metrics),
      clock_(clock),
      methods_(std::make_unique<Methods>(metrics)),
      workers_(options) {}

CallPool::~CallPool() = default;

CallInfo CallPool::Describe(const grpc::CallbackServerContext& context) const {
  CallInfo info;
  // A call without a deadline has one that lies beyond what the system clock can count.
  const absl::Time given = absl::FromChrono(context.deadline());
  const absl::Time now = clock_.Now();
  info.deadline = given > now + absl::Hours(24 * 365) ? now + kTimeoutDefault : given;
  info.trace = TraceOf(context);
  info.context = &context;
  return info;
}

grpc::ServerUnaryReactor* CallPool::Dispatch(grpc::CallbackServerContext* context,
                                             const google::protobuf::Descriptor* request_type,
                                             Where where, Body body) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  auto call = std::make_unique<Call>(Call{context, reactor, &methods_->Find(request_type),
                                          clock_.Now(), Describe(*context), std::move(body)});
  methods_->Begun();
  if (where == Where::kHere) {
    Run(*call);
    return reactor;
  }
  Call& queued = *call;
  WorkerPool::Task task = [this, call = std::move(call)] { Run(*call); };
  if (const absl::Status status = workers_.Submit(std::move(task)); !status.ok()) {
    Finish(queued, status);
  }
  return reactor;
}

void CallPool::Run(Call& call) {
  const TraceScope scope(call.info.trace);
  if (call.info.IsCancelled()) {
    return Finish(call, Error(absl::StatusCode::kCancelled, {"CANCELLED", "", ""},
                              "the caller left before the call began"));
  }
  if (clock_.Now() >= call.info.deadline) {
    return Finish(call, Error(absl::StatusCode::kDeadlineExceeded, {"DEADLINE_EXCEEDED", "", ""},
                              "the deadline passed before the call began"));
  }
  absl::Status status;
  try {
    status = call.body(call.info);
  } catch (const std::exception& error) {
    // Adapters catch what third parties throw; this is the last line, so that one call's fault does
    // not take all others with it.
    LogError("handler threw", {{"method", call.method->name}, {"what", error.what()}});
    status = absl::InternalError("handler threw");
  }
  Finish(call, status);
}

void CallPool::Finish(Call& call, const absl::Status& status) {
  methods_->Ended(*call.method, status, clock_.Now() - call.arrived);
  call.reactor->Finish(status.ok() ? grpc::Status::OK : ToGrpcStatus(status, *call.context));
}

}  // namespace bellwether::rpc
