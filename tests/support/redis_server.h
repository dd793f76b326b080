// A real Redis server of a test's own.
#ifndef BELLWETHER_TESTS_SUPPORT_REDIS_SERVER_H_
#define BELLWETHER_TESTS_SUPPORT_REDIS_SERVER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/support/child_server.h"

namespace bellwether::testing {

// As ChildServer, with deploy/dev/redis.conf.
class RedisServer : public ChildServer {
 public:
  // `options` are more of redis-server's: {"--requirepass", "x"}.
  explicit RedisServer(const std::vector<std::string>& options = {});

  // "redis://127.0.0.1:PORT" and `rest`.
  std::string Url(absl::string_view rest = "") const;

  // What the server answers to a command, as redis-cli prints it: "OK", "(nil)", elements of a list
  // one a line.
  std::string Command(const std::vector<std::string>& arguments) const;
};

}  // namespace bellwether::testing

#endif  // BELLWETHER_TESTS_SUPPORT_REDIS_SERVER_H_
