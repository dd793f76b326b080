#include "common/http/connection.h"

#include <netinet/tcp.h>
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
constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr char kRetryAfterSeconds[] = "1";

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

// Why another server, in front of us, could take this head for the head of another request than we
// do: whose it is, or where it ends (RFC 9112, 3.2 and 6.1).
std::optional<ServerResponse> FramingFault(const bhttp::request_header<>& head) {
  const auto refuse = [](int status, absl::string_view why) {
    return TextResponse(status,
                        absl::StrCat("no HTTP request that is safe to answer: ", why, "\n"));
  };
  const size_t hosts = head.count(bhttp::field::host);
  if (hosts > 1) return refuse(400, "more than one Host");
  if (hosts == 0 && head.version() >= 11) return refuse(400, "no Host");
  const size_t codings = head.count(bhttp::field::transfer_encoding);
  if (codings == 0) return std::nullopt;
  if (head.version() < 11) return refuse(400, "Transfer-Encoding before HTTP/1.1");
  if (head.count(bhttp::field::content_length) > 0) {
    return refuse(400, "both Content-Length and Transfer-Encoding");
  }
  if (codings > 1 ||
      !absl::EqualsIgnoreCase(Text(head[bhttp::field::transfer_encoding]), "chunked")) {
    return refuse(501, "the one Transfer-Encoding known here is chunked");
  }
  return std::nullopt;
}

// The request without its body.
ServerRequest RequestHeadOf(const bhttp::request_header<>& head) {
  ServerRequest request;
  request.method = Text(head.method_string());
  const std::string target = Text(head.target());
  const size_t query = target.find('?');
  request.path = target.substr(0, query);
  if (query != std::string::npos) request.query = target.substr(query + 1);
  for (const auto& field : head) {
    request.headers.emplace_back(absl::AsciiStrToLower(Text(field.name_string())),
                                 Text(field.value()));
  }
  return request;
}

void PrepareSocket(asio::ip::tcp::socket& socket) {
  boost::system::error_code ignored;  // answers are small and follow one another: a delayed one
  socket.set_option(asio::ip::tcp::no_delay(true), ignored);  // helps nobody
  socket.non_blocking(true, ignored);
  // The kernel holds little that is not sent, so that room for more means that the client has read.
  const int unsent_bytes_max = static_cast<int>(kWritePieceBytes);
  setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent_bytes_max,
             sizeof(unsent_bytes_max));
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
  const bool posted = owner_->PostWhileRunning([&] {
    asio::post(stream_.get_executor(),
               [self = shared_from_this(), work = std::move(work)]() mutable { work(*self); });
  });
  if (!posted) work(*this);
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
    PrepareSocket(self.stream_.socket());
    self.ReadHead(self.options_.head_time_max);
  });
}

void Connection::Close() {
  OnStrand([](Connection& self) {
    self.Abandon();
    self.Shut();
  });
}

void Connection::BreakOffStalled() {
  OnStrand([](Connection& self) {
    const bool seen = std::exchange(self.seen_writing_, self.writing_);
    if (!seen || !self.writing_) return;
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
  keep_alive_ = head.keep_alive();
  head_only_ = head.method() == bhttp::verb::head;
  chunked_ = head.version() >= 11;
  if (auto fault = FramingFault(head); fault.has_value()) return Refuse(*std::move(fault), false);
  request_ = RequestHeadOf(head);
  route_ = router_.Find(request_.path);
  if (auto refusal = router_.Refusal(route_, request_); refusal.has_value()) {
    // A body that is not read cannot be told from the next request.
    return Refuse(*std::move(refusal), keep_alive_ && parser_->is_done());
  }
  const size_t limit = route_->body_bytes_max;
  const auto length = parser_->content_length();
  if (length.has_value() && *length > limit) {
    body_too_large_ = true;
    return Dispatch();
  }
  parser_->body_limit(limit);
  if (absl::EqualsIgnoreCase(Text(head[bhttp::field::expect]), "100-continue")) {
    return SayContinue();
  }
  BeginBody();
}

void Connection::RefuseHead(ErrorCode error) {
  // Nobody is left to be told: a timeout closes the connection.
  const bool began = parser_->got_some() || buffer_.size() > 0;
  if (!began || error == asio::error::eof || error == asio::error::operation_aborted ||
      error == asio::error::connection_reset || error == beast::error::timeout ||
      error == bhttp::error::end_of_stream) {
    return Shut();
  }
  head_only_ = false;
  chunked_ = true;
  Refuse(RefusalOf(error), false);
}

void Connection::Refuse(ServerResponse response, bool keep_alive) {
  state_ = State::kAnswering;
  abandoned_ = false;
  on_abandoned_ = nullptr;
  keep_alive_ = keep_alive;
  parser_.reset();
  body_share_ = {};
  Send(std::move(response));
}

void Connection::SayContinue() {
  stream_.expires_after(Chrono(options_.write_time_max));
  asio::async_write(stream_, asio::buffer(kContinue, sizeof(kContinue) - 1),
                    [self = shared_from_this()](ErrorCode error, size_t) {
                      if (error) return self->Shut();
                      self->BeginBody();
                    });
}

void Connection::BeginBody() {
  parser_->eager(true);
  body_share_ = BodyShare(owner_->body_budget());
  // STYLE(clock): what asio's timers go by
  body_deadline_ = std::chrono::steady_clock::now() + Chrono(route_->body_time_max);
  ReadBody();
}

// Piece by piece: what it holds of the budget is what has come of it.
void Connection::ReadBody() {
  if (!body_share_.Grow(parser_->get().body().size())) {
    ServerResponse busy = TextResponse(503, "too many requests with bodies at once\n");
    busy.headers.emplace_back("retry-after", kRetryAfterSeconds);
    return Refuse(std::move(busy), false);
  }
  if (parser_->is_done()) return Dispatch();
  stream_.expires_at(body_deadline_);
  bhttp::async_read_some(stream_, buffer_, *parser_, Then(&Connection::OnBody));
}

void Connection::OnBody(ErrorCode error) {
  if (state_ == State::kClosed) return;
  if (error == bhttp::error::body_limit) {
    body_too_large_ = true;
    return Dispatch();
  }
  if (error) return RefuseHead(error);
  ReadBody();
}

void Connection::Dispatch() {
  state_ = State::kAnswering;
  abandoned_ = false;
  on_abandoned_ = nullptr;
  // Whatever was not read of it cannot be told from the next request.
  if (body_too_large_) keep_alive_ = false;
  request_.body_too_large = body_too_large_;
  if (!body_too_large_) request_.body = std::move(parser_->get().body());
  parser_.reset();
  stream_.expires_never();
  WatchPeer();
  router_.Call(route_, std::make_unique<Exchange>(std::exchange(request_, {}), shared_from_this(),
                                                  std::exchange(body_share_, {})));
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

Connection::Head Connection::HeadOf(const ServerResponse& response) const {
  Head head(static_cast<bhttp::status>(response.status), 11);
  for (const auto& [name, value] : response.headers) head.insert(name, value);
  head.keep_alive(keep_alive_);
  return head;
}

void Connection::Respond(ServerResponse response) {
  OnStrand([response = std::move(response)](Connection& self) mutable {
    if (self.state_ == State::kAnswering && !self.finished_) self.Send(std::move(response));
  });
}

std::string Connection::HeadBytes(const Head& head) {
  std::string bytes =
      absl::StrCat("HTTP/1.1 ", head.result_int(), " ", Text(head.reason()), "\r\n");
  for (const auto& field : head) {
    absl::StrAppend(&bytes, Text(field.name_string()), ": ", Text(field.value()), "\r\n");
  }
  absl::StrAppend(&bytes, "\r\n");
  return bytes;
}

void Connection::Send(ServerResponse response) {
  std::string body = std::move(response.body);
  Head head = HeadOf(response);
  const bool has_body =
      head.result_int() >= 200 && head.result_int() != 204 && head.result_int() != 304;
  if (has_body) head.content_length(body.size());
  std::string bytes = HeadBytes(head);
  // HEAD is answered by the head of what GET would get.
  if (has_body && !head_only_) bytes += body;
  finished_ = true;
  Queue(std::move(bytes), nullptr);
}

void Connection::NextRequest() {
  on_abandoned_ = nullptr;
  finished_ = false;
  if (state_ == State::kClosed) return;
  if (!keep_alive_) return Linger();
  ReadHead(options_.idle_time_max);
}

void Connection::BeginStream(ServerResponse response) {
  OnStrand([response = std::move(response)](Connection& self) {
    if (self.state_ == State::kAnswering && !self.finished_) self.BeginStreaming(response);
  });
}

void Connection::BeginStreaming(const ServerResponse& response) {
  state_ = State::kStreaming;
  // An older client takes what comes until the end of the connection.
  if (!chunked_) keep_alive_ = false;
  Head head = HeadOf(response);
  if (chunked_) head.chunked(true);
  Queue(HeadBytes(head), nullptr);
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
  if (queued_.empty()) {
    queued_ = std::move(bytes);
  } else {
    queued_ += bytes;
  }
  if (written != nullptr) queued_callbacks_.push_back(std::move(written));
  if (!writing_) WriteQueued();
}

void Connection::WriteQueued() {
  if (WriteAtOnce()) {
    for (Written& written : std::exchange(queued_callbacks_, {})) written(true);
    if (finished_) NextRequest();
    return;
  }
  writing_ = true;
  seen_writing_ = false;
  under_way_ = std::exchange(queued_, {});
  under_way_callbacks_ = std::exchange(queued_callbacks_, {});
  written_bytes_ = 0;
  WritePiece();
}

// A frame that finds room in the socket needs neither timer nor wait.
bool Connection::WriteAtOnce() {
  if (queued_.empty()) return true;
  if (queued_.size() > kWritePieceBytes) return false;
  ErrorCode error;  // also that there is no room; whoever waits for it learns of the others
  const size_t sent = stream_.socket().write_some(asio::buffer(queued_), error);
  if (!error) queued_.erase(0, sent);
  return queued_.empty();
}

void Connection::WritePiece() {
  stream_.expires_after(Chrono(options_.write_time_max));
  stream_.async_write_some(
      asio::buffer(under_way_.data() + written_bytes_,
                   std::min(kWritePieceBytes, under_way_.size() - written_bytes_)),
      [self = shared_from_this()](ErrorCode error, size_t bytes) { self->OnPiece(error, bytes); });
}

void Connection::OnPiece(ErrorCode error, size_t bytes) {
  written_bytes_ += bytes;
  if (bytes > 0) seen_writing_ = false;  // its client reads
  const bool more = written_bytes_ < under_way_.size();
  if (!error && more && state_ != State::kClosed) return WritePiece();
  if (!error && more) error = asio::error::operation_aborted;
  OnWritten(error);
}

void Connection::OnWritten(ErrorCode error) {
  writing_ = false;
  under_way_.clear();
  if (state_ != State::kClosed) stream_.expires_never();
  for (Written& written : std::exchange(under_way_callbacks_, {})) written(!error);
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
