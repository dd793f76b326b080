// Answers HTTP/1.1 requests, by Boost.Beast.
#ifndef BELLWETHER_COMMON_HTTP_SERVER_H_
#define BELLWETHER_COMMON_HTTP_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/http/router.h"

namespace bellwether::metrics {
class Registry;
}

namespace bellwether::http {

// Between two tries to accept a connection that the process has no file descriptor for.
inline constexpr absl::Duration kAcceptWait = absl::Milliseconds(100);
// What is still read of a request that was refused, so that its client sees the answer.
inline constexpr size_t kLingerBytesMax = 16 << 20;
inline constexpr absl::Duration kLingerTimeMax = absl::Seconds(2);
// An answer leaves in pieces of this: each that the client takes gives it write_time_max anew.
inline constexpr size_t kWritePieceBytes = 64 << 10;

struct ServerOptions {
  std::string listen = "127.0.0.1:0";  // port 0: any free one
  size_t threads = 1;
  // Those past it are closed at once.
  size_t connections_max = 64;
  size_t head_bytes_max = 16 << 10;
  // From the acceptance of a connection to the end of its first head.
  absl::Duration head_time_max = absl::Seconds(10);
  // From an answer to the end of the next head.
  absl::Duration idle_time_max = absl::Seconds(75);
  // A client that takes nothing of an answer for so long is disconnected; one that takes a little
  // (kWritePieceBytes) now and then is not.
  absl::Duration write_time_max = absl::Seconds(30);
  // Of the bodies that are being read and of those whose requests are not answered yet, over all
  // connections. A request whose body would need more is answered 503.
  size_t bodies_bytes_max = 128 << 20;
};

// Routes may come and go while it serves; a path without one is 404. Heads that are no HTTP, or
// that two servers could take for two different requests, are answered 400, those too large 431,
// transfer codings other than chunked 501; slow ones are not answered, their connection is closed.
//
// Start and Stop from one thread; outlives every exchange it gave to a handler but for those that
// are answered after Stop, whose answers go nowhere.
class Server {
 public:
  // `metrics` outlives it.
  Server(ServerOptions options, metrics::Registry& metrics);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Router& router() { return router_; }

  // FAILED_PRECONDITION / LISTEN_NEEDS_TLS for any address but the loopback interface;
  // UNAVAILABLE / LISTEN_FAILED when the port cannot be had.
  absl::Status Start();
  // From now on a client that for so long takes nothing of an answer that is given, whole or by the
  // piece of a stream, is broken off and its exchange abandoned, so that nobody waits for a client
  // that does not read. Everything else is served as before, probes among it.
  void Drain(absl::Duration write_time_max);
  // Accepts no more and closes every connection; what is to be answered first is awaited by its
  // owner before. Idempotent.
  void Stop();

  // The bound port, after Start.
  int port() const { return port_; }

 private:
  class Listener;

  const ServerOptions options_;
  metrics::Registry& metrics_;
  Router router_;
  int port_ = 0;
  std::shared_ptr<Listener> listener_;
};

}  // namespace bellwether::http

#endif  // BELLWETHER_COMMON_HTTP_SERVER_H_
