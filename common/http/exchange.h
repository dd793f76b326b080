// One request and its answer.
#ifndef BELLWETHER_COMMON_HTTP_EXCHANGE_H_
#define BELLWETHER_COMMON_HTTP_EXCHANGE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "common/http/body_budget.h"
#include "common/http/message.h"

namespace bellwether::http {

// The connection that an exchange is about. Thread-safe.
class ExchangeConnection {
 public:
  virtual ~ExchangeConnection() = default;
  virtual void Respond(ServerResponse response) = 0;
  virtual void BeginStream(ServerResponse head) = 0;
  virtual void Write(std::string bytes, absl::AnyInvocable<void(bool)> written) = 0;
  virtual void Finish(std::string last) = 0;
  virtual void Abort() = 0;
  virtual void OnAbandoned(absl::AnyInvocable<void()> abandoned) = 0;
};

// Answered exactly once: by Respond, or by BeginStream, any number of Writes one after another, and
// Finish. Whoever drops an exchange that has no answer answers 500. Thread-safe but for the order.
class Exchange {
 public:
  // `share` is what the request's body takes of the server's budget.
  Exchange(ServerRequest request, std::shared_ptr<ExchangeConnection> connection,
           BodyShare share = {});
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  const ServerRequest& request() const { return request_; }

  void Respond(ServerResponse response);

  // The head of an answer whose body follows in pieces; its own body is ignored.
  void BeginStream(ServerResponse head);
  // `written` is called once, on a thread of the server: true when the bytes have been handed to
  // the network, false when nobody reads any more. At most one write at a time.
  void Write(std::string bytes, absl::AnyInvocable<void(bool)> written);
  // Ends the stream after `last`, which may be empty.
  void Finish(std::string last = "");

  // Ends the stream by breaking the connection off: what came is not all.
  void Abort();

  // Called at most once, on a thread of the server, when the client has gone before the answer was
  // complete; at once if it has already. What is written afterwards goes nowhere.
  void OnAbandoned(absl::AnyInvocable<void()> abandoned);

 private:
  const BodyShare share_;
  const ServerRequest request_;
  const std::shared_ptr<ExchangeConnection> connection_;
  bool answered_ = false;
  bool streaming_ = false;
};

using Handler = std::function<void(std::unique_ptr<Exchange>)>;

}  // namespace bellwether::http

#endif  // BELLWETHER_COMMON_HTTP_EXCHANGE_H_
