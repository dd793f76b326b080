#include "common/store/testing/postgres_server.h"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/store/postgres_options.h"
#include "common/store/postgres_store.h"
#include "common/testing/await.h"

namespace bellwether::store::testing {
namespace {

namespace fs = std::filesystem;
using ::bellwether::testing::Await;

constexpr char kScript[] = "deploy/dev/postgres.sh";
constexpr char kDatabase[] = "postgres";
// As in the script: below the ports the system gives to clients.
constexpr int kPortLeast = 20'000, kPortMost = 31'999;
constexpr int kPortAttemptsMax = 50;
constexpr absl::Duration kStartMax = absl::Seconds(60);
constexpr absl::Duration kEndMax = absl::Seconds(30);

std::string NewFolder() {
  const char* build = getenv("BELLWETHER_BUILD_DIR");
  const fs::path folder = fs::absolute(build == nullptr ? "build" : build) / "test-data";
  fs::create_directories(folder);
  std::string pattern = (folder / "postgres-XXXXXX").string();
  BELLWETHER_CHECK(mkdtemp(pattern.data()) != nullptr, "the build folder must be writable");
  return pattern;
}

bool IsFree(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool free = bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  close(socket);
  return free;
}

int ChoosePort() {
  absl::BitGen random;
  for (int attempt = 0; attempt < kPortAttemptsMax; ++attempt) {
    const int port = absl::Uniform(absl::IntervalClosed, random, kPortLeast, kPortMost);
    if (IsFree(port)) return port;
  }
  BELLWETHER_CHECK(false, "some port must be free");
}

// Starts `bash deploy/dev/postgres.sh arguments…`.
pid_t RunScript(const std::vector<std::string>& arguments) {
  BELLWETHER_CHECK(fs::exists(kScript), "tests run with the repository's root as folder");
  std::vector<std::string> words = {"bash", kScript};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  setenv("POSTGRES_SCRATCH", "1", /*overwrite=*/1);
  setenv("POSTGRES_PARENT_DEATH_SIGNAL", "QUIT", /*overwrite=*/1);
  pid_t process = 0;
  BELLWETHER_CHECK(posix_spawnp(&process, "bash", nullptr, nullptr, argv.data(), environ) == 0,
                   "bash must be there");
  return process;
}

// The status `process` ended with.
int Ended(pid_t process) {
  int status = 0;
  waitpid(process, &status, 0);
  return status;
}

// The parent of `process`; 0 when it is gone.
pid_t ParentOf(const std::string& process) {
  std::ifstream file("/proc/" + process + "/stat");
  std::string line;
  std::getline(file, line);
  // "pid (name) state parent …", where the name may hold anything.
  const size_t name_end = line.rfind(')');
  if (name_end == std::string::npos) return 0;
  std::istringstream rest(line.substr(name_end + 1));
  std::string state;
  pid_t parent = 0;
  rest >> state >> parent;
  return parent;
}

}  // namespace

PostgresServer& PostgresServer::Shared() {
  static PostgresServer server;
  return server;
}

PostgresServer::PostgresServer() : folder_(NewFolder()), port_(ChoosePort()) {
  BELLWETHER_CHECK(Ended(RunScript({"postgres_init", folder_})) == 0,
                   "initdb must succeed; it said why above");
  std::ofstream(folder_ + "/port") << port_ << "\n";
  Start();
}

PostgresServer::~PostgresServer() {
  superuser_ = nullptr;
  if (process_ != 0) {
    kill(process_, SIGQUIT);
    AwaitEnd();
  }
  std::error_code ignored;  // a leftover under the build folder is harmless
  fs::remove_all(folder_, ignored);
}

void PostgresServer::Start() {
  const std::string port = absl::StrCat(port_);
  const char* keywords[] = {"host", "port", nullptr};
  const char* values[] = {"127.0.0.1", port.c_str(), nullptr};
  const bool ready = Await(
      [&] {
        // After a kill it refuses until the last process of its predecessor is gone.
        if (process_ == 0 || waitpid(process_, nullptr, WNOHANG) != 0) {
          process_ = RunScript({"postgres_serve", folder_, port});
        }
        return PQpingParams(keywords, values, 0) == PQPING_OK;
      },
      kStartMax);
  if (!ready) std::cerr << std::ifstream(folder_ + "/server.log").rdbuf();
  BELLWETHER_CHECK(ready, "the server must start; its log is above");
}

std::string PostgresServer::UrlOf(absl::string_view user, absl::string_view keys) const {
  return absl::StrCat("postgres://", user, "@127.0.0.1:", port_, "/", kDatabase,
                      "?password-file=", folder_, "/passwords/postgres&", keys);
}

std::string PostgresServer::Password() const {
  std::string password;
  std::ifstream file(folder_ + "/passwords/postgres");
  std::getline(file, password);
  return password;
}

std::string PostgresServer::NewRole() {
  const std::string name = absl::StrCat("schema_", ++schemas_);
  Query(absl::StrCat("CREATE ROLE ", name, " LOGIN PASSWORD '", Password(), "'"));
  Query(absl::StrCat("CREATE SCHEMA ", name, " AUTHORIZATION ", name));
  return name;
}

std::string PostgresServer::NewSchema(absl::string_view keys) {
  const std::string name = NewRole();
  return UrlOf(name, absl::StrCat("schema=", name, "&", keys));
}

std::string PostgresServer::NewConninfo() {
  return absl::StrCat("host=127.0.0.1 port=", port_, " dbname=", kDatabase, " user=", NewRole(),
                      " password=", Password());
}

Rows PostgresServer::Query(absl::string_view sql, const std::vector<Value>& parameters) {
  if (superuser_ == nullptr) {
    auto store = OpenStore(UrlOf("postgres", "schema=public"), "tests");
    BELLWETHER_CHECK(store.ok(), "the superuser must be let in");
    superuser_ = *std::move(store);
  }
  const auto transaction = superuser_->Begin();
  BELLWETHER_CHECK(transaction.ok(), "the server must be there");
  auto rows = (*transaction)->Query(sql, parameters);
  BELLWETHER_CHECK(rows.ok() && (*transaction)->Commit().ok(), "the statement must be right");
  return *std::move(rows);
}

void PostgresServer::RunAlone(const std::string& sql) {
  BELLWETHER_CHECK(Ended(RunScript({"postgres_psql", folder_, kDatabase, "-c", sql})) == 0,
                   "the statement must be right");
}

void PostgresServer::Configure(const std::string& settings) {
  // A setting of ours shows that the server has read all of them.
  const std::string mark = absl::StrCat("m", ++configurations_);
  std::ofstream(folder_ + "/data/postgresql.auto.conf")
      << settings << "\ntests.configuration = '" << mark << "'\n";
  Query("SELECT pg_reload_conf()");
  const bool holds = Await([&] {
    const Rows rows = Query("SELECT current_setting('tests.configuration', true)");
    return !rows[0].IsNull(0) && rows[0].Text(0) == mark;
  });
  BELLWETHER_CHECK(holds, "the server reads its settings");
}

std::string PostgresServer::EnableTls() {
  const std::string certificate = folder_ + "/server.crt", key = folder_ + "/data/server.key";
  const std::string command = absl::StrCat(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 "
      "-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 -keyout ",
      key, " -out ", certificate, " 2>/dev/null && chmod 600 ", key,
      " && chown --reference=", folder_, "/data ", key);
  BELLWETHER_CHECK(system(command.c_str()) == 0, "openssl makes a certificate");
  Configure(
      absl::StrCat("ssl = on\nssl_cert_file = '", certificate, "'\nssl_key_file = '", key, "'\n"));
  return certificate;
}

int64_t PostgresServer::EndSessions(const std::string& where) {
  const Rows ended = Query(absl::StrCat(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND ",
      where));
  return static_cast<int64_t>(ended.size());
}

std::vector<pid_t> PostgresServer::Processes() const {
  std::vector<pid_t> processes = {process_};
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    pid_t process = 0;
    if (absl::SimpleAtoi(name, &process) && ParentOf(name) == process_) {
      processes.push_back(process);
    }
  }
  return processes;
}

void PostgresServer::Signal(int signal) {
  for (const pid_t process : Processes()) kill(process, signal);
}

void PostgresServer::Kill() {
  kill(process_, SIGSTOP);  // so that it has no more children meanwhile
  Signal(SIGKILL);
  AwaitEnd();
}

void PostgresServer::Stop() {
  kill(process_, SIGINT);
  AwaitEnd();
}

void PostgresServer::Suspend() { Signal(SIGSTOP); }
void PostgresServer::Resume() { Signal(SIGCONT); }

void PostgresServer::AwaitEnd() {
  const bool ended = Await([this] { return waitpid(process_, nullptr, WNOHANG) != 0; }, kEndMax);
  BELLWETHER_CHECK(ended, "a server that was asked to end ends");
  process_ = 0;
}

}  // namespace bellwether::store::testing
