// The HTTP endpoint for probes and metrics.
//
//   /healthz  200 while the process runs
//   /readyz   200 while everything is ready, else 503; a line of JSON per component
//   /metrics  Prometheus text
#ifndef BELLWETHER_COMMON_RUNTIME_ADMIN_ENDPOINT_H_
#define BELLWETHER_COMMON_RUNTIME_ADMIN_ENDPOINT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/runtime/readiness.h"

namespace bellwether::metrics {
class Registry;
}

namespace bellwether::runtime {

inline constexpr size_t kAdminConnectionsMax = 64;
inline constexpr size_t kAdminRequestBytesMax = 8 << 10;
inline constexpr absl::Duration kAdminRequestTimeMax = absl::Seconds(10);
// Between two tries to accept a connection that the process has no file descriptor for.
inline constexpr absl::Duration kAdminAcceptWait = absl::Milliseconds(100);

struct AdminOptions {
  std::string listen = "127.0.0.1:0";  // port 0: any free one
};

// Serves on one thread of its own. Start and Stop from one thread; `readiness` and `metrics`
// outlive it. Connections past kAdminConnectionsMax are closed at once, slow ones after
// kAdminRequestTimeMax. While the process is out of file descriptors, connections wait.
class AdminEndpoint {
 public:
  AdminEndpoint(AdminOptions options, const Readiness& readiness, metrics::Registry& metrics);
  ~AdminEndpoint();
  AdminEndpoint(const AdminEndpoint&) = delete;
  AdminEndpoint& operator=(const AdminEndpoint&) = delete;

  // FAILED_PRECONDITION / LISTEN_NEEDS_TLS for any address but the loopback interface;
  // UNAVAILABLE / LISTEN_FAILED when the port cannot be had.
  absl::Status Start();
  void Stop();

  // The bound port, after Start.
  int port() const { return port_; }

 private:
  class Listener;

  const AdminOptions options_;
  const Readiness& readiness_;
  metrics::Registry& metrics_;
  int port_ = 0;
  std::unique_ptr<Listener> listener_;
};

}  // namespace bellwether::runtime

#endif  // BELLWETHER_COMMON_RUNTIME_ADMIN_ENDPOINT_H_
