// One connection to a Redis server.
#ifndef BELLWETHER_COMMON_CACHE_REDIS_CONNECTION_H_
#define BELLWETHER_COMMON_CACHE_REDIS_CONNECTION_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/cache/redis_options.h"
#include "common/cache/redis_request.h"

namespace bellwether::cache {

// hiredis connects and reads the answers. Sending and waiting are ours: hiredis 0.14 has a time
// limit per system call only, and raises SIGPIPE when the server is gone.
//
// One thread at a time. After a failed Exchange the connection is spent: its answers can no longer
// be distinguished. A failure is UNAVAILABLE, DEADLINE_EXCEEDED or, where the login was refused,
// UNAUTHENTICATED, with what the driver said: RedisClient keeps that from its callers.
class RedisConnection {
 public:
  // Connects, logs in and selects the database, all within `options.connect_timeout` (but for the
  // time the resolver takes for a name).
  static absl::StatusOr<std::unique_ptr<RedisConnection>> Open(const RedisOptions& options,
                                                               const Clock& clock);

  // The answers, one a command, in order; errors of single commands are among them. Fails when they
  // are not all there within `timeout`.
  absl::StatusOr<std::vector<RedisReply>> Exchange(const RedisRequest& request,
                                                   absl::Duration timeout);

  // False when the server has closed the connection or said what nobody asked for.
  bool Usable() const;

 private:
  struct FreeContext {
    void operator()(redisContext* context) const { redisFree(context); }
  };

  RedisConnection(redisContext* context, const Clock& clock);

  absl::Status LogIn(const RedisOptions& options, absl::Duration timeout);
  absl::Status Send(const std::string& bytes, size_t& sent);
  // Takes in what has arrived.
  absl::Status Receive();

  const std::unique_ptr<redisContext, FreeContext> context_;
  const Clock& clock_;
  std::vector<char> received_;
};

}  // namespace bellwether::cache

#endif  // BELLWETHER_COMMON_CACHE_REDIS_CONNECTION_H_
