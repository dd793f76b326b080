#include "common/cache/redis_connection.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::cache {
namespace {

constexpr size_t kReceiveBytes = 64 * 1024;
constexpr char kClientName[] = "bellwether";

absl::Status Away(absl::string_view what, absl::string_view driver_text) {
  return absl::UnavailableError(absl::StrCat(what, ": ", driver_text));
}

absl::Status Broken(absl::string_view what, int error_number) {
  return Away(what, std::generic_category().message(error_number));
}

absl::Status TimedOut() { return absl::DeadlineExceededError("no answer in time"); }

}  // namespace

RedisConnection::RedisConnection(redisContext* context, const Clock& clock)
    : context_(context), clock_(clock), received_(kReceiveBytes) {}

absl::StatusOr<std::unique_ptr<RedisConnection>> RedisConnection::Open(const RedisOptions& options,
                                                                       const Clock& clock) {
  const absl::Time deadline = clock.Now() + options.connect_timeout;
  std::unique_ptr<redisContext, FreeContext> context(redisConnectWithTimeout(
      options.host.c_str(), options.port, absl::ToTimeval(options.connect_timeout)));
  if (context == nullptr) return Away("connect", "no memory");
  if (context->err != 0) return Away("connect", context->errstr);
  // A program that is started by this process must not inherit it.
  if (fcntl(context->fd, F_SETFD, FD_CLOEXEC) != 0) return Away("connect", "no FD_CLOEXEC");
  std::unique_ptr<RedisConnection> connection(new RedisConnection(context.release(), clock));
  RETURN_IF_ERROR(connection->LogIn(options, deadline - clock.Now()));
  return connection;
}

absl::Status RedisConnection::LogIn(const RedisOptions& options, absl::Duration timeout) {
  RedisRequest request;
  if (!options.password.empty()) {
    request.Command(options.user.empty() ? 2 : 3).Add("AUTH");
    if (!options.user.empty()) request.Add(options.user);
    request.Add(options.password);
  }
  request.Command(2).Add("SELECT").Add(options.database);
  request.Command(3).Add("CLIENT").Add("SETNAME").Add(kClientName);
  ASSIGN_OR_RETURN(const std::vector<RedisReply> replies, Exchange(request, timeout));
  // The name only helps operators who list the clients: a user may lack the right to set it.
  for (size_t i = 0; i + 1 < replies.size(); ++i) {
    if (replies[i]->type == REDIS_REPLY_ERROR)
      return absl::UnauthenticatedError(TextOf(*replies[i]));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<RedisReply>> RedisConnection::Exchange(const RedisRequest& request,
                                                                  absl::Duration timeout) {
  const absl::Time deadline = clock_.Now() + timeout;
  std::vector<RedisReply> replies;
  replies.reserve(request.commands());
  size_t sent = 0;
  RETURN_IF_ERROR(Send(request.bytes(), sent));
  while (replies.size() < request.commands()) {
    void* reply = nullptr;
    if (redisReaderGetReply(context_->reader, &reply) != REDIS_OK) {
      return Away("read", context_->reader->errstr);
    }
    if (reply != nullptr) {
      replies.emplace_back(static_cast<redisReply*>(reply));
      continue;
    }
    // Answers are read while commands are still being sent, so that neither side waits for the
    // other with full buffers.
    pollfd waiting{context_->fd, POLLIN, 0};
    if (sent < request.bytes().size()) waiting.events |= POLLOUT;
    const absl::Duration left = std::clamp(deadline - clock_.Now(), absl::ZeroDuration(), timeout);
    if (left == absl::ZeroDuration()) return TimedOut();
    const int ready =
        poll(&waiting, 1,
             static_cast<int>(absl::ToInt64Milliseconds(absl::Ceil(left, absl::Milliseconds(1)))));
    if (ready == 0) return TimedOut();
    if (ready < 0 && errno != EINTR) return Broken("wait", errno);
    if (ready < 0) continue;
    if ((waiting.revents & POLLOUT) != 0) RETURN_IF_ERROR(Send(request.bytes(), sent));
    if ((waiting.revents & ~POLLOUT) != 0) RETURN_IF_ERROR(Receive());
  }
  return replies;
}

absl::Status RedisConnection::Send(const std::string& bytes, size_t& sent) {
  while (sent < bytes.size()) {
    const ssize_t took =
        send(context_->fd, bytes.data() + sent, bytes.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (took >= 0) {
      sent += static_cast<size_t>(took);
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return absl::OkStatus();
    } else if (errno != EINTR) {
      return Broken("send", errno);
    }
  }
  return absl::OkStatus();
}

absl::Status RedisConnection::Receive() {
  const ssize_t took = recv(context_->fd, received_.data(), received_.size(), MSG_DONTWAIT);
  if (took == 0) return Away("receive", "closed by the server");
  if (took < 0) {
    const bool again = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    return again ? absl::OkStatus() : Broken("receive", errno);
  }
  if (redisReaderFeed(context_->reader, received_.data(), static_cast<size_t>(took)) != REDIS_OK) {
    return Away("receive", context_->reader->errstr);
  }
  return absl::OkStatus();
}

bool RedisConnection::Usable() const {
  char next = 0;
  const ssize_t took = recv(context_->fd, &next, 1, MSG_PEEK | MSG_DONTWAIT);
  return took < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace bellwether::cache
