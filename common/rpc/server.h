// The gRPC server of a process: all its services on one port.
#ifndef BELLWETHER_COMMON_RPC_SERVER_H_
#define BELLWETHER_COMMON_RPC_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/rpc/method_table.h"
#include "common/rpc/open_streams.h"
#include "common/runtime/background_loop.h"
#include "common/runtime/readiness.h"

namespace grpc {
class CallbackGenericService;
class Channel;
class Server;
}  // namespace grpc

namespace bellwether::rpc {

class HealthService;
class Service;

// A client may ping this often and does at kKeepaliveInterval: set together on both sides
// (Connect), or servers answer too_many_pings.
inline constexpr absl::Duration kPingIntervalLeast = absl::Seconds(20);
inline constexpr absl::Duration kKeepaliveInterval = absl::Seconds(30);
inline constexpr absl::Duration kKeepaliveTimeout = absl::Seconds(10);
inline constexpr int kMessageBytesMaxDefault = 4 << 20;
inline constexpr char kListenFailed[] = "LISTEN_FAILED";
// More than a server's streams: one too many of those is refused with a word, whereas a client lets
// a call past this one wait without any.
inline constexpr int kConcurrentCallsPerConnectionMax = 30'000;
// Connected when first used. gRPC's own transport within a process loses the answer of a call whose
// reader comes after its end (1.51).
inline constexpr size_t kLoopbackChannels = 8;
// How long a change of readiness may take to reach those who watch the health service.
inline constexpr absl::Duration kHealthRefreshInterval = absl::Milliseconds(200);

struct ServerOptions {
  std::string listen = "127.0.0.1:0";  // port 0: any free one
  int message_bytes_max = kMessageBytesMaxDefault;
  // Of those open at a time.
  size_t streams_max = kStreamsMaxDefault;
  // Of the process: the health service answers NOT_SERVING for everything while it is not OK.
  // Empty: each service is asked alone.
  runtime::ReadyCheck ready;
};

// Serves the standard health service (per service, and "" for all) and reflection beside what was
// added. Add, Start, Stop in that order from one thread; the rest is thread-safe.
class Server {
 public:
  explicit Server(ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // What the handlers refer to outlives the server. The health service answers SERVING for the
  // table's service while `ready` is OK.
  void Add(MethodTable table, runtime::ReadyCheck ready);

  // Answers the calls to services that were not added. Outlives the server.
  void AddFallback(grpc::CallbackGenericService* fallback) { fallback_ = fallback; }

  // INVALID_ARGUMENT / METHOD_TABLE_INVALID where a table added does not fit its service;
  // FAILED_PRECONDITION / LISTEN_NEEDS_TLS for any address but the loopback interface;
  // UNAVAILABLE / LISTEN_FAILED when the port cannot be had.
  absl::Status Start();
  // NOT_SERVING, every stream ended, no new calls; waits for calls in flight until `deadline`, then
  // cancels them. Handlers still queued in a CallPool are waited for: stop that afterwards.
  void Stop(absl::Time deadline);

  // The bound port, after Start.
  int port() const { return port_; }
  // "127.0.0.1:<port>", after Start.
  std::string target() const;
  // To this server from its own process, for calls of any size; null before Start and after Stop.
  // Each call gives the next of kLoopbackChannels, which share the connection's limit of calls.
  std::shared_ptr<grpc::Channel> LoopbackChannel();
  // Where reactors of streams register.
  OpenStreams& streams() { return streams_; }

 private:
  void OpenLoopback();

  const ServerOptions options_;
  OpenStreams streams_;
  const std::unique_ptr<HealthService> health_;
  std::vector<std::unique_ptr<Service>> services_;
  absl::Status tables_;  // what is wrong with the first wrong one
  grpc::CallbackGenericService* fallback_ = nullptr;
  std::string host_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  absl::Mutex mutex_;
  std::vector<std::shared_ptr<grpc::Channel>> loopback_ ABSL_GUARDED_BY(mutex_);
  size_t next_loopback_ ABSL_GUARDED_BY(mutex_) = 0;
  runtime::BackgroundLoop health_loop_;
};

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_SERVER_H_
