// Where a service's PostgreSQL database is, and how long it may be waited for.
#ifndef BELLWETHER_COMMON_STORE_POSTGRES_OPTIONS_H_
#define BELLWETHER_COMMON_STORE_POSTGRES_OPTIONS_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace bellwether::store {

inline constexpr size_t kPostgresConnectionsDefault = 8;
inline constexpr size_t kPostgresConnectionsMax = 64;

struct PostgresOptions {
  // As libpq takes them; several, separated by commas, are tried in turn until one is a primary.
  std::string hosts;
  std::string ports;
  std::string database;
  std::string user;
  std::string schema;
  // Its first line is the password, read anew for every connection. Empty: PGPASSWORD, or none.
  std::string password_file;
  std::string tls_mode;  // libpq's sslmode
  std::string tls_root_certificate;
  std::string application;
  size_t connections_max = kPostgresConnectionsDefault;

  // How long Begin waits for a connection to become free.
  absl::Duration wait = absl::Seconds(10);
  // To connect, and for any answer beyond what the server itself allows: longer means that it is
  // away. libpq takes it in whole seconds, two at least, for each host.
  absl::Duration connect_timeout = absl::Seconds(5);
  // The server gives a statement up after this long, and waiting for a lock sooner.
  absl::Duration statement_timeout = absl::Seconds(30);
  absl::Duration lock_timeout = absl::Seconds(10);
  // A process that stands still inside a transaction keeps its locks no longer than this.
  absl::Duration idle_in_transaction_timeout = absl::Seconds(10);
};

// "postgres://[user@]host[:port][,host[:port]…]/database[?key=value&…]" with the keys
//
//   schema             its tables; default: the service's name, as is the user
//   password-file      secrets come by file or environment, never in the URL
//   pool               connections at most
//   sslmode            default: verify-full; on the loopback interface prefer
//   sslrootcert        certificates to verify with; "system" is not known to libpq 15
//   statement-timeout, lock-timeout, idle-timeout, connect-timeout, wait   "30s"
//
// "{service}" stands for the service's name, so that one URL serves a process of many services.
// INVALID_ARGUMENT for anything else. FAILED_PRECONDITION / STORE_NEEDS_TLS when another host than
// this one would be connected to without TLS.
absl::StatusOr<PostgresOptions> ParsePostgresUrl(absl::string_view url, absl::string_view service);

}  // namespace bellwether::store

#endif  // BELLWETHER_COMMON_STORE_POSTGRES_OPTIONS_H_
