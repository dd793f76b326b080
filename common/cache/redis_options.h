// What a redis:// URL says.
#ifndef BELLWETHER_COMMON_CACHE_REDIS_OPTIONS_H_
#define BELLWETHER_COMMON_CACHE_REDIS_OPTIONS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace bellwether::cache {

// redis://HOST[:PORT][/DB][?KEY=VALUE[&KEY=VALUE…]]
//
//   prefix             of every key, 1–64 characters of [A-Za-z0-9._:-]
//   user               for servers with ACLs
//   password-file      whose first line is the password
//   password-variable  the environment variable that holds it
//   connect-timeout, timeout   of a connection with its login, of a call: "250ms", "1s"
//   connections        the most that are open at once
//
// There is no TLS in hiredis 0.14: it goes through a proxy on this machine (docs/redis.md), the
// only one that may be named.
struct RedisOptions {
  std::string host;
  int port = 6379;
  int database = 0;
  std::string prefix = "bellwether:";
  std::string user;
  std::string password;
  absl::Duration connect_timeout = absl::Milliseconds(250);
  absl::Duration timeout = absl::Seconds(1);
  int connections = 8;
};

// INVALID_ARGUMENT with what is wrong; never with a secret, also when the URL holds one.
// FAILED_PRECONDITION / CACHE_NEEDS_TLS for another host than this one.
absl::StatusOr<RedisOptions> ParseRedisUrl(absl::string_view url);

}  // namespace bellwether::cache

#endif  // BELLWETHER_COMMON_CACHE_REDIS_OPTIONS_H_
