// One connection of a client: its requests, one after another.
#ifndef BELLWETHER_COMMON_HTTP_CONNECTION_H_
#define BELLWETHER_COMMON_HTTP_CONNECTION_H_

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "common/http/exchange.h"
#include "common/http/router.h"
#include "common/http/server.h"

namespace bellwether::http {

// Whose connections they are; outlives them.
class ConnectionOwner {
 public:
  virtual ~ConnectionOwner() = default;
  virtual void Forget(uint64_t id) = 0;
  // Calls `post`, which hands work to a strand, and sees to it that the work is done. False, and
  // not called, once nothing runs on the strands any more and every connection is closed.
  virtual bool PostWhileRunning(absl::FunctionRef<void()> post) = 0;
  virtual const std::shared_ptr<BodyBudget>& body_budget() const = 0;
};

// Everything but the methods of ExchangeConnection runs on the stream's strand; those move there.
// Kept alive by the operations it waits for and by its exchange.
class Connection final : public ExchangeConnection,
                         public std::enable_shared_from_this<Connection> {
 public:
  // `options` and `router` outlive what it waits for.
  Connection(uint64_t id, boost::asio::ip::tcp::socket socket, const ServerOptions& options,
             const Router& router, std::shared_ptr<ConnectionOwner> owner);
  ~Connection() override;

  // Begins with the first request.
  void Start();
  // Ends it, whatever it is doing.
  void Close();
  // Ends it if it is writing and has got no byte away since the last such call.
  void BreakOffStalled();

  void Respond(ServerResponse response) override;
  void BeginStream(ServerResponse head) override;
  void Write(std::string bytes, absl::AnyInvocable<void(bool)> written) override;
  void Finish(std::string last) override;
  void Abort() override { Close(); }
  void OnAbandoned(absl::AnyInvocable<void()> abandoned) override;

 private:
  using ErrorCode = boost::system::error_code;
  using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;
  using Head = boost::beast::http::response<boost::beast::http::empty_body>;

  enum class State { kReading, kAnswering, kStreaming, kLingering, kClosed };
  using Written = absl::AnyInvocable<void(bool)>;

  void ReadHead(absl::Duration time_max);
  void OnHead(ErrorCode error);
  void RefuseHead(ErrorCode error);
  // Answers in place of a handler, with what follows the head left unread.
  void Refuse(ServerResponse response, bool keep_alive);
  void SayContinue();
  void BeginBody();
  void ReadBody();
  void OnBody(ErrorCode error);
  void Dispatch();
  // Notices that the client leaves while it waits for its answer.
  void WatchPeer();
  void OnPeer(ErrorCode error);
  void Abandon();

  Head HeadOf(const ServerResponse& response) const;
  static std::string HeadBytes(const Head& head);
  void Send(ServerResponse response);
  void BeginStreaming(const ServerResponse& response);
  std::string AsChunk(std::string bytes) const;
  // At most one write is under way; what comes meanwhile goes out together with the next.
  void Queue(std::string bytes, Written written);
  void WriteQueued();
  // Whether nothing of what is queued is left.
  bool WriteAtOnce();
  void WritePiece();
  void OnPiece(ErrorCode error, size_t bytes);
  void OnWritten(ErrorCode error);
  void NextRequest();
  // Reads on for a moment after the last answer, so that it is not lost in a reset.
  void Linger();
  void ReadAway();
  void Shut();

  template <typename Work>
  void OnStrand(Work work);
  template <typename Method>
  auto Then(Method method);

  const uint64_t id_;
  const std::shared_ptr<ConnectionOwner> owner_;  // before the stream, which needs its context
  boost::beast::tcp_stream stream_;
  const ServerOptions& options_;
  const Router& router_;
  boost::beast::flat_buffer buffer_;
  std::optional<Parser> parser_;
  std::shared_ptr<const Route> route_;
  ServerRequest request_;  // its head, until the body is there
  // STYLE(clock): what asio's timers go by
  std::chrono::steady_clock::time_point body_deadline_;
  BodyShare body_share_;
  State state_ = State::kReading;
  bool watching_ = false;
  bool keep_alive_ = false;
  bool head_only_ = false;  // of a HEAD request
  bool chunked_ = false;
  bool body_too_large_ = false;
  bool abandoned_ = false;
  absl::AnyInvocable<void()> on_abandoned_;
  std::string queued_;
  std::vector<Written> queued_callbacks_;
  bool writing_ = false;
  // What is being written, how much of it the network has, and who waits for it.
  std::string under_way_;
  size_t written_bytes_ = 0;
  std::vector<Written> under_way_callbacks_;
  bool seen_writing_ = false;  // by BreakOffStalled
  bool finished_ = false;      // nothing follows what is queued
  size_t lingered_ = 0;
};

}  // namespace bellwether::http

#endif  // BELLWETHER_COMMON_HTTP_CONNECTION_H_
