// A PostgreSQL server of a test's own, to work with and to kill.
#ifndef BELLWETHER_COMMON_STORE_TESTING_POSTGRES_SERVER_H_
#define BELLWETHER_COMMON_STORE_TESTING_POSTGRES_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/store/store.h"

namespace bellwether::store::testing {

// Runs the server of deploy/dev/postgres.sh with the settings of deploy/postgres, in a folder under
// the build folder that goes away with it. Dies with the test program, however that ends. What goes
// wrong with the server itself ends the program: no test means anything then.
//
// Made and used on the main thread, from the repository's root.
class PostgresServer {
 public:
  // The one the tests of a program share; started when first asked for.
  static PostgresServer& Shared();

  PostgresServer();
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  // The URL of a schema nobody has used yet, with a role of its own. `keys` are added to it:
  // "pool=2&lock-timeout=100ms".
  std::string NewSchema(absl::string_view keys = "");
  // For libpq itself: conninfo of a role with a schema of its own name, nobody has used yet.
  std::string NewConninfo();

  // As the superuser, on a connection of its own.
  Rows Query(absl::string_view sql, const std::vector<Value>& parameters = {});
  // The same outside of a transaction, for what must not be in one; through psql.
  void RunAlone(const std::string& sql);
  // Ends the sessions that `where` (of pg_stat_activity) finds; how many there were.
  int64_t EndSessions(const std::string& where);

  // kill -9 of every process of the server, and what a machine does afterwards.
  void Kill();
  // Has it serve TLS beside plain text; the file to verify it with.
  std::string EnableTls();
  // Replaces what was set beyond deploy/postgres/postgresql.conf, and waits until it holds.
  void Configure(const std::string& settings);

  // Rolls back what is under way, ends all sessions.
  void Stop();
  void Start();
  // SIGSTOP and SIGCONT to every process: nothing answers, nothing is refused.
  void Suspend();
  void Resume();

  const std::string& folder() const { return folder_; }

 private:
  // A role and a schema of that name.
  std::string NewRole();
  std::string Password() const;
  std::string UrlOf(absl::string_view user, absl::string_view keys) const;
  // The server's main process and its children.
  std::vector<pid_t> Processes() const;
  void Signal(int signal);
  void AwaitEnd();

  const std::string folder_;
  const int port_;
  pid_t process_ = 0;  // 0 while it does not run
  int schemas_ = 0;
  int configurations_ = 0;
  std::unique_ptr<Store> superuser_;
};

}  // namespace bellwether::store::testing

#endif  // BELLWETHER_COMMON_STORE_TESTING_POSTGRES_SERVER_H_
