#include "common/http/server.h"

#include <pthread.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/http/connection.h"
#include "common/log/log.h"
#include "common/metrics/metrics.h"
#include "common/runtime/listen_address.h"

namespace bellwether::http {
namespace {

namespace asio = boost::asio;
using tcp = boost::asio::ip::tcp;
using ErrorCode = boost::system::error_code;

// Between two looks for clients that do not read, while it drains.
constexpr absl::Duration kLookIntervalLeast = absl::Milliseconds(10);

}  // namespace

// The socket, its threads and its connections.
class Server::Listener final : public ConnectionOwner,
                               public std::enable_shared_from_this<Listener> {
 public:
  Listener(const ServerOptions& options, const Router& router, metrics::Registry& metrics)
      : options_(options),
        router_(router),
        accept_failures_(metrics.CounterOf("bellwether_http_accept_failures_total",
                                           "Tries to accept a connection that failed.")),
        refused_(metrics.CounterOf("bellwether_http_connections_refused_total",
                                   "Connections closed at once, being too many.")),
        open_(metrics.GaugeOf("bellwether_http_connections", "Connections that are open.")),
        context_(static_cast<int>(options.threads)),
        acceptor_(asio::make_strand(context_)),
        accept_timer_(acceptor_.get_executor()),
        drain_timer_(acceptor_.get_executor()) {}

  absl::StatusOr<int> Listen(const runtime::ListenAddress& address) {
    ErrorCode error;
    const std::string host = address.host == "localhost" ? "127.0.0.1" : address.host;
    const tcp::endpoint endpoint(asio::ip::make_address(host, error), address.port);
    if (!error) acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
    if (error) {
      return Error(absl::StatusCode::kUnavailable, {"LISTEN_FAILED", "listen", ""},
                   absl::StrCat("cannot listen on ", address.ToString(), ": ", error.message()));
    }
    const int port = acceptor_.local_endpoint().port();
    Accept();
    for (size_t i = 0; i < options_.threads; ++i) {
      threads_.emplace_back([this] {
        pthread_setname_np(pthread_self(), "http");
        context_.run();
      });
    }
    return port;
  }

  void Drain(absl::Duration write_time_max) {
    asio::post(acceptor_.get_executor(), [this, write_time_max] {
      // A write is seen at one look and broken off at the next.
      look_interval_ = std::clamp(write_time_max / 2, kLookIntervalLeast, options_.write_time_max);
      LookForStalled();
    });
  }

  void Stop() {
    {
      absl::MutexLock lock(&mutex_);
      stopping_ = true;
    }
    for (const auto& connection : Open()) connection->Close();
    asio::post(acceptor_.get_executor(), [this] {
      ErrorCode ignored;  // nobody else has it
      acceptor_.close(ignored);
      accept_timer_.cancel();
      drain_timer_.cancel();
    });
    // Ends by itself once every connection is closed.
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
    {
      absl::MutexLock lock(&posting_);
      ended_ = true;
    }
    // What was posted while the threads were ending.
    context_.restart();
    context_.poll();
  }

  // Called where the last owner lets go of the connection, which must not hold the lock.
  void Forget(uint64_t id) override {
    open_.Decrement();
    absl::MutexLock lock(&mutex_);
    connections_.erase(id);
  }

  bool PostWhileRunning(absl::FunctionRef<void()> post) override {
    absl::ReaderMutexLock lock(&posting_);
    if (!ended_) post();
    return !ended_;
  }

  const std::shared_ptr<BodyBudget>& body_budget() const override { return body_budget_; }

 private:
  // Let go of without the lock: see Forget.
  std::vector<std::shared_ptr<Connection>> Open() {
    std::vector<std::shared_ptr<Connection>> open;
    absl::MutexLock lock(&mutex_);
    for (const auto& [id, weak] : connections_) {
      if (auto connection = weak.lock()) open.push_back(std::move(connection));
    }
    return open;
  }

  void Accept() {
    // An accept may be done and wait behind the closing of the acceptor.
    if (!acceptor_.is_open()) return;
    acceptor_.async_accept(asio::make_strand(context_),
                           [this](ErrorCode error, tcp::socket socket) {
                             if (error == asio::error::operation_aborted) return;
                             if (error) return AcceptLater();
                             Begin(std::move(socket));
                             Accept();
                           });
  }

  // Without file descriptors (or memory) accepting fails at once, and the connection stays where it
  // is: trying again at once would be all that this thread does.
  void AcceptLater() {
    if (!acceptor_.is_open()) return;
    accept_failures_.Increment();
    accept_timer_.expires_after(std::chrono::milliseconds(absl::ToInt64Milliseconds(kAcceptWait)));
    accept_timer_.async_wait([this](ErrorCode error) {
      if (!error) Accept();
    });
  }

  void LookForStalled() {
    if (!acceptor_.is_open()) return;
    for (const auto& connection : Open()) connection->BreakOffStalled();
    drain_timer_.expires_after(
        std::chrono::milliseconds(absl::ToInt64Milliseconds(look_interval_)));
    drain_timer_.async_wait([this](ErrorCode error) {
      if (!error) LookForStalled();
    });
  }

  void Begin(tcp::socket socket) {
    // Its last owner may be this one, as soon as it has begun.
    std::shared_ptr<Connection> connection;
    {
      absl::MutexLock lock(&mutex_);
      if (stopping_) return;
      if (connections_.size() >= options_.connections_max) return refused_.Increment();
      const uint64_t id = ++last_id_;
      connection = std::make_shared<Connection>(id, std::move(socket), options_, router_,
                                                shared_from_this());
      connections_[id] = connection;
    }
    open_.Increment();
    connection->Start();
  }

  const ServerOptions& options_;
  const Router& router_;
  metrics::Counter& accept_failures_;
  metrics::Counter& refused_;
  metrics::Gauge& open_;
  absl::Mutex mutex_;
  absl::flat_hash_map<uint64_t, std::weak_ptr<Connection>> connections_ ABSL_GUARDED_BY(mutex_);
  uint64_t last_id_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Mutex posting_;
  bool ended_ ABSL_GUARDED_BY(posting_) = false;
  const std::shared_ptr<BodyBudget> body_budget_ =
      std::make_shared<BodyBudget>(options_.bodies_bytes_max);
  asio::io_context context_;
  tcp::acceptor acceptor_;
  asio::steady_timer accept_timer_;
  asio::steady_timer drain_timer_;
  absl::Duration look_interval_;  // once it drains
  std::vector<std::thread> threads_;
};

Server::Server(ServerOptions options, metrics::Registry& metrics)
    : options_(std::move(options)), metrics_(metrics) {}

Server::~Server() { Stop(); }

absl::Status Server::Start() {
  ASSIGN_OR_RETURN(const runtime::ListenAddress address,
                   runtime::ParseListenAddress(options_.listen));
  RETURN_IF_ERROR(runtime::RequireLoopback(address));
  auto listener = std::make_shared<Listener>(options_, router_, metrics_);
  ASSIGN_OR_RETURN(port_, listener->Listen(address));
  listener_ = std::move(listener);
  LogInfo(
      "serving HTTP",
      {{"target", runtime::ListenAddress{address.host, static_cast<uint16_t>(port_)}.ToString()}});
  return absl::OkStatus();
}

void Server::Drain(absl::Duration write_time_max) {
  if (listener_ != nullptr) listener_->Drain(write_time_max);
}

void Server::Stop() {
  if (listener_ == nullptr) return;
  listener_->Stop();
  listener_.reset();
}

}  // namespace bellwether::http
