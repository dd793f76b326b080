// The standard health service.
//
// gRPC's own keeps its Watch calls open through a drain until the deadline; this one ends them like
// every other stream, and polls the readiness checks itself.
#ifndef BELLWETHER_COMMON_RPC_HEALTH_SERVICE_H_
#define BELLWETHER_COMMON_RPC_HEALTH_SERVICE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "common/base/clock.h"
#include "common/rpc/open_streams.h"
#include "common/rpc/watch_stream.h"
#include "common/runtime/readiness.h"
#include "grpc/health/v1/health_service.grpc.pb.h"

namespace bellwether::rpc {

// Add before the server starts; thread-safe from then on. Outlives the server's Stop.
class HealthService final : public grpc::health::v1::Health::CallbackService {
 public:
  // No service is SERVING while `process` is not OK; it may be empty.
  HealthService(OpenStreams& streams, const Clock& clock, runtime::ReadyCheck process)
      : streams_(streams), clock_(clock), process_(std::move(process)) {}

  void Add(const std::string& service, runtime::ReadyCheck ready);
  // NOT_SERVING for good; watchers are notified.
  void Shutdown();
  // Notifies watchers of what has changed since.
  void Refresh();

  grpc::ServerUnaryReactor* Check(grpc::CallbackServerContext* context,
                                  const grpc::health::v1::HealthCheckRequest* request,
                                  grpc::health::v1::HealthCheckResponse* response) override;
  grpc::ServerWriteReactor<grpc::health::v1::HealthCheckResponse>* Watch(
      grpc::CallbackServerContext* context,
      const grpc::health::v1::HealthCheckRequest* request) override;

 private:
  using Response = grpc::health::v1::HealthCheckResponse;
  using Stream = WatchStream<Response>;
  struct Watcher {
    std::string service;
    Response::ServingStatus last;
    std::shared_ptr<Stream> stream;
  };

  // SERVICE_UNKNOWN for a service not added; for "" whether all are ready.
  Response::ServingStatus StatusOf(const std::string& service) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Close(Stream* stream);

  OpenStreams& streams_;
  const Clock& clock_;
  const runtime::ReadyCheck process_;
  absl::Mutex mutex_;
  bool shut_down_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_map<std::string, runtime::ReadyCheck> checks_ ABSL_GUARDED_BY(mutex_);
  std::vector<Watcher> watchers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_HEALTH_SERVICE_H_
