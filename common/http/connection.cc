#include "common/http/connection.h"

#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <cerrno>
#include <chrono>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace bellwether::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace bhttp = boost::beast::http;

constexpr size_t kLingerPiece = 16 << 10;

std::chrono::milliseconds Chrono(absl::Duration duration) {
  return std::chrono::milliseconds(absl::ToInt64Milliseconds(duration));
}

std::string Text(beast::string_view text) { return std::string(text.data(), text.size()); }

// What our client is told of a head that is none.
ServerResponse RefusalOf(const boost::system::error_code& error) {
  if (error == bhttp::error::header_limit || error == bhttp::error::buffer_overflow) {
    return TextResponse(431, "the head of the request is too large\n");
  }
  return TextResponse(400, absl::StrCat("no HTTP request: ", error.message(), "\n"));
}

}  // namespace

Connection::Connection(uint64_t id, asio::ip::tcp::socket socket, const ServerOptions& options,
                       const Router& router, std::shared_ptr<ConnectionOwner> owner)
    : id_(id),
      owner_(std::move(owner)),
      stream_(std::move(socket)),
      options_(options),
      router_(router),
      buffer_(std::max(options.head_bytes_max, kLingerPiece)) {}

Connection::~Connection() { owner_->Forget(id_); }

template <typename Work>
void Connection::OnStrand(Work work) {
  if (owner_->Stopped()) return work(*this);
  asio::post(stream_.get_executor(),
             [self = shared_from_this(), work = std::move(work)]() mutable { work(*self); });
}

// A handler of an operation that is done: the method, on what is kept alive until then.
template <typename Method>
auto Connection::Then(Method method) {
  return [self = shared_from_this(), method](ErrorCode error, size_t = 0) {
    (self.get()->*method)(error);
  };
}

void Connection::Start() {
  OnStrand([](Connection& self) {
    ErrorCode ignored;  // answers are small and follow one another: a delayed one helps nobody
    self.stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
    self.ReadHead(self.options_.head_time_max);
  });
}

void Connection::Close() {
  OnStrand([](Connection& self) {
    self.Abandon();
    self.Shut();
  });
}

void Connection::ReadHead(absl::Duration time_max) {
  state_ = State::kReading;
  parser_.emplace();
  parser_->header_limit(static_cast<uint32_t>(options_.head_bytes_max));
  // Its route's, once that is known.
  parser_->body_limit(std::numeric_limits<uint64_t>::max());
  body_too_large_ = false;
  stream_.expires_after(Chrono(time_max));
  bhttp::async_read_header(stream_, buffer_, *parser_, Then(&Connection::OnHead));
}

void Connection::OnHead(ErrorCode error) {
  if (state_ == State::kClosed) return;
  if (error) return RefuseHead(error);
  const auto& head = parser_->get();
  const beast::string_view target = head.target();
  const absl::string_view path(target.data(), std::min(target.find('?'), target.size()));
  route_ = router_.Find(path);
  keep_alive_ = head.keep_alive();
  head_only_ = head.method() == bhttp::verb::head;
  chunked_ = head.version() >= 11;
  const size_t limit = route_ == nullptr ? 0 : route_->body_bytes_max;
  const auto length = parser_->content_length();
  if (length.has_value() && *length > limit) {
    body_too_large_ = true;
    return Dispatch();
  }
  parser_->body_limit(limit);
  if (absl::EqualsIgnoreCase(Text(head[bhttp::field::expect]), "100-continue")) {
    head_.emplace(bhttp::status::continue_, 11);
    bhttp::async_write(stream_, *head_, [self = shared_from_this()](ErrorCode error, size_t) {
      if (error) return self->Shut();
      self->ReadBody();
    });
    return;
  }
  ReadBody();
}

void Connection::RefuseHead(ErrorCode error) {
  // Nobody is left to be told: a timeout closes the connection.
  const bool began = parser_->got_some() || buffer_.size() > 0;
  if (!began || error == asio::error::eof || error == asio::error::operation_aborted ||
      error == asio::error::connection_reset || error == beast::error::timeout ||
      error == bhttp::error::end_of_stream) {
    return Shut();
  }
  state_ = State::kAnswering;
  keep_alive_ = false;
  head_only_ = false;
  chunked_ = true;
  Send(HeadOf(RefusalOf(error)));
}

void Connection::ReadBody() {
  if (parser_->is_done()) return Dispatch();
  stream_.expires_after(Chrono(route_ == nullptr ? options_.head_time_max : route_->body_time_max));
  bhttp::async_read(stream_, buffer_, *parser_, Then(&Connection::OnBody));
}

void Connection::OnBody(ErrorCode error) {
  if (state_ == State::kClosed) return;
  if (error == bhttp::error::body_limit) {
    body_too_large_ = true;
    return Dispatch();
  }
  if (error) return RefuseHead(error);
  Dispatch();
}

void Connection::Dispatch() {
  state_ = State::kAnswering;
  abandoned_ = false;
  on_abandoned_ = nullptr;
  // Whatever was not read of it cannot be told from the next request.
  if (body_too_large_) keep_alive_ = false;
  auto message = parser_->release();
  ServerRequest request;
  request.method = Text(message.method_string());
  const std::string target = Text(message.target());
  const size_t query = target.find('?');
  request.path = target.substr(0, query);
  if (query != std::string::npos) request.query = target.substr(query + 1);
  for (const auto& field : message) {
    request.headers.emplace_back(absl::AsciiStrToLower(Text(field.name_string())),
                                 Text(field.value()));
  }
  request.body_too_large = body_too_large_;
  if (!body_too_large_) request.body = std::move(message.body());
  stream_.expires_never();
  WatchPeer();
  router_.Call(route_, std::make_unique<Exchange>(std::move(request), shared_from_this()));
}

void Connection::WatchPeer() {
  if (watching_) return;
  watching_ = true;
  stream_.socket().async_wait(asio::socket_base::wait_read, Then(&Connection::OnPeer));
}

void Connection::OnPeer(ErrorCode error) {
  watching_ = false;
  if (error || (state_ != State::kAnswering && state_ != State::kStreaming)) return;
  char byte = 0;
  const ssize_t got =
      recv(stream_.socket().native_handle(), &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT);
  // Bytes are the next request, or the rest of a refused one: left where they are.
  if (got > 0) return;
  // The news may be of bytes that have been read meanwhile.
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return WatchPeer();
  Abandon();
  Shut();
}

void Connection::Abandon() {
  if (abandoned_) return;
  abandoned_ = true;
  if (on_abandoned_ != nullptr) std::exchange(on_abandoned_, nullptr)();
}

void Connection::OnAbandoned(absl::AnyInvocable<void()> abandoned) {
  OnStrand([abandoned = std::move(abandoned)](Connection& self) mutable {
    if (self.abandoned_ || self.state_ == State::kClosed) return abandoned();
    // After its answer there is nothing to abandon.
    if (self.state_ == State::kReading) return;
    self.on_abandoned_ = std::move(abandoned);
  });
}

Connection::Head Connection::HeadOf(ServerResponse response) const {
  Head head(static_cast<bhttp::status>(response.status), 11);
  for (const auto& [name, value] : response.headers) head.insert(name, value);
  head.keep_alive(keep_alive_);
  head.body() = std::move(response.body);
  return head;
}

void Connection::Respond(ServerResponse response) {
  OnStrand([response = std::move(response)](Connection& self) mutable {
    if (self.state_ != State::kAnswering) return;
    self.Send(self.HeadOf(std::move(response)));
  });
}

void Connection::Send(Head head) {
  head_ = std::move(head);
  const unsigned status = head_->result_int();
  const bool has_body = status >= 200 && status != 204 && status != 304;
  if (has_body) head_->content_length(head_->body().size());
  // HEAD is answered by the head of what GET would get.
  if (head_only_ || !has_body) head_->body().clear();
  stream_.expires_after(Chrono(options_.write_time_max));
  bhttp::async_write(stream_, *head_, Then(&Connection::OnSent));
}

void Connection::OnSent(ErrorCode error) {
  head_.reset();
  if (error) {
    Abandon();
    return Shut();
  }
  NextRequest();
}

void Connection::NextRequest() {
  on_abandoned_ = nullptr;
  finished_ = false;
  if (state_ == State::kClosed) return;
  if (!keep_alive_) return Linger();
  ReadHead(options_.idle_time_max);
}

void Connection::BeginStream(ServerResponse response) {
  OnStrand([response = std::move(response)](Connection& self) mutable {
    if (self.state_ == State::kAnswering) self.BeginStreaming(std::move(response));
  });
}

void Connection::BeginStreaming(ServerResponse response) {
  state_ = State::kStreaming;
  // An older client takes what comes until the end of the connection.
  if (!chunked_) keep_alive_ = false;
  response.body.clear();
  Head head = HeadOf(std::move(response));
  if (chunked_) head.chunked(true);
  std::string bytes =
      absl::StrCat("HTTP/1.1 ", head.result_int(), " ", Text(head.reason()), "\r\n");
  for (const auto& field : head) {
    absl::StrAppend(&bytes, Text(field.name_string()), ": ", Text(field.value()), "\r\n");
  }
  absl::StrAppend(&bytes, "\r\n");
  Queue(std::move(bytes), nullptr);
}

void Connection::Write(std::string bytes, absl::AnyInvocable<void(bool)> written) {
  OnStrand([bytes = std::move(bytes), written = std::move(written)](Connection& self) mutable {
    if (self.state_ != State::kStreaming) return written(false);
    self.Queue(self.AsChunk(std::move(bytes)), std::move(written));
  });
}

void Connection::Finish(std::string last) {
  OnStrand([last = std::move(last)](Connection& self) mutable {
    if (self.state_ != State::kStreaming) return;
    std::string bytes = self.AsChunk(std::move(last));
    if (self.chunked_ && !self.head_only_) absl::StrAppend(&bytes, "0\r\n\r\n");
    self.finished_ = true;
    self.Queue(std::move(bytes), nullptr);
  });
}

std::string Connection::AsChunk(std::string bytes) const {
  // HEAD has no body, and a chunk of nothing would be the last one.
  if (head_only_ || bytes.empty()) return "";
  if (!chunked_) return bytes;
  return absl::StrCat(absl::Hex(bytes.size()), "\r\n", bytes, "\r\n");
}

void Connection::Queue(std::string bytes, Written written) {
  queued_ += bytes;
  if (written != nullptr) queued_callbacks_.push_back(std::move(written));
  if (!writing_) WriteQueued();
}

void Connection::WriteQueued() {
  if (queued_.empty()) {
    for (Written& written : std::exchange(queued_callbacks_, {})) written(true);
    if (finished_) NextRequest();
    return;
  }
  writing_ = true;
  stream_.expires_after(Chrono(options_.write_time_max));
  auto callbacks = std::make_shared<std::vector<Written>>(std::exchange(queued_callbacks_, {}));
  auto bytes = std::make_shared<std::string>(std::exchange(queued_, {}));
  asio::async_write(stream_, asio::buffer(*bytes),
                    [self = shared_from_this(), callbacks, bytes](ErrorCode error, size_t) {
                      self->OnWritten(error, *callbacks);
                    });
}

void Connection::OnWritten(ErrorCode error, std::vector<Written>& callbacks) {
  writing_ = false;
  if (state_ != State::kClosed) stream_.expires_never();
  for (Written& written : callbacks) written(!error);
  if (error) {
    Abandon();
    return Shut();
  }
  if (state_ != State::kClosed) WriteQueued();
}

void Connection::Linger() {
  state_ = State::kLingering;
  ErrorCode ignored;  // the peer may have gone
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  stream_.expires_after(Chrono(kLingerTimeMax));
  buffer_.consume(buffer_.size());
  ReadAway();
}

void Connection::ReadAway() {
  stream_.async_read_some(buffer_.prepare(kLingerPiece),
                          [self = shared_from_this()](ErrorCode error, size_t bytes) {
                            self->lingered_ += bytes;
                            if (error || self->lingered_ > kLingerBytesMax) return self->Shut();
                            self->ReadAway();
                          });
}

void Connection::Shut() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  stream_.close();  // its timer too, for which the threads would wait
  for (Written& written : std::exchange(queued_callbacks_, {})) written(false);
}

}  // namespace bellwether::http
