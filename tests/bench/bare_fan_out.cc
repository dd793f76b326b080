// A bare fan-out: a server that does nothing but write the same frame to its connections at a
// steady rate. What is beside it in `watch_bench` is measured against this.
//
//   bare_fan_out --port PORT --connections N --rate FRAMES_PER_SECOND --frames COUNT
//
// Every connection sends one request, whose body is the frame that all get, with the envelope. From
// a moment after the last of N has come on, COUNT frames fall due, one connection after another.
// What follows the last `"id":"` in a frame is replaced by the microsecond at which it is due.
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/check.h"
#include "common/cli/command.h"

namespace bellwether {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;

constexpr absl::Duration kBegin = absl::Milliseconds(500);
constexpr std::chrono::milliseconds kTick{1};
constexpr char kMark[] = "\"id\":\"";
constexpr size_t kMicrosDigits = 16;  // of this century

struct Options {
  int64_t port = 0;
  int64_t connections = 0;
  int64_t rate = 0;
  int64_t frames = 0;
};

// Reads a request, then writes what it is given; what comes during a write goes with the next.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(tcp::socket socket) : socket_(std::move(socket)) {
    socket_.set_option(tcp::no_delay(true));
  }

  template <typename Then>
  void Begin(Then then) {
    http::async_read(socket_, buffer_, request_,
                     [self = shared_from_this(), then](ErrorCode error, size_t) {
                       if (error) return;
                       self->Write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                       then(self->request_.body());
                     });
  }

  void Write(absl::string_view bytes) {
    waiting_.append(bytes.data(), bytes.size());
    if (!writing_) WriteWaiting();
  }

 private:
  void WriteWaiting() {
    writing_ = !waiting_.empty();
    if (!writing_) return;
    written_ = std::exchange(waiting_, {});
    asio::async_write(socket_, asio::buffer(written_),
                      [self = shared_from_this()](ErrorCode error, size_t) {
                        if (!error) self->WriteWaiting();
                      });
  }

  tcp::socket socket_;
  boost::beast::flat_buffer buffer_;
  http::request<http::string_body> request_;
  bool writing_ = false;
  std::string waiting_;
  std::string written_;
};

class Server {
 public:
  explicit Server(const Options& options)
      : options_(options),
        acceptor_(context_,
                  {asio::ip::address_v4::loopback(), static_cast<uint16_t>(options.port)}),
        timer_(context_) {}

  void Run() {
    Accept();
    context_.run();
  }

 private:
  void Accept() {
    acceptor_.async_accept([this](ErrorCode error, tcp::socket socket) {
      if (error) return;
      auto connection = std::make_shared<Connection>(std::move(socket));
      connection->Begin([this, connection](const std::string& frame) {
        connections_.push_back(connection);
        if (std::cmp_equal(connections_.size(), options_.connections)) Begin(frame);
      });
      Accept();
    });
  }

  void Begin(const std::string& frame) {
    chunk_ = absl::StrCat(absl::Hex(frame.size()), "\r\n", frame, "\r\n");
    const size_t mark = chunk_.rfind(kMark);
    BELLWETHER_CHECK(mark != std::string::npos, "the frame names a fact");
    micros_ = mark + sizeof(kMark) - 1;
    begin_ = absl::Now() + kBegin;
    Tick();
  }

  void Tick() {
    const absl::Time now = absl::Now();
    for (; sent_ < options_.frames; ++sent_) {
      const absl::Time due = begin_ + absl::Seconds(1) * sent_ / options_.rate;
      if (due > now) break;
      chunk_.replace(micros_, kMicrosDigits, absl::StrCat(absl::ToUnixMicros(due)));
      connections_[static_cast<size_t>(sent_) % connections_.size()]->Write(chunk_);
    }
    timer_.expires_after(kTick);
    timer_.async_wait([this](ErrorCode error) {
      if (!error && sent_ < options_.frames) Tick();
    });
  }

  const Options options_;
  asio::io_context context_{1};
  tcp::acceptor acceptor_;
  asio::steady_timer timer_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::string chunk_;
  size_t micros_ = 0;  // where in the chunk
  absl::Time begin_;
  int64_t sent_ = 0;
};

}  // namespace
}  // namespace bellwether

int main(int argc, char** argv) {
  bellwether::Options options;
  bellwether::cli::Program program("Writes one frame to many connections at a steady rate.");
  program.AddOption("--port", options.port).Required().Between(1, 65'535);
  program.AddOption("--connections", options.connections).Required().Positive();
  program.AddOption("--rate", options.rate).Required().Positive();
  program.AddOption("--frames", options.frames).Required().Positive();
  if (const auto exit_code = program.Parse(argc, argv)) return *exit_code;
  bellwether::Server(options).Run();
  return 0;
}
