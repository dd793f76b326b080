#include "tests/support/kafka_broker.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"

namespace bellwether::testing {
namespace {

constexpr char kScript[] = "deploy/kafka/broker";

// Held open until all are known, or the system would give the same one twice.
absl::StatusOr<std::vector<int>> FreePorts(int count) {
  std::vector<int> sockets, ports;
  for (int i = 0; i < count; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (fd >= 0) sockets.push_back(fd);
    if (fd < 0 || bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      break;
    }
    ports.push_back(ntohs(address.sin_port));
  }
  for (const int fd : sockets) close(fd);
  if (static_cast<int>(ports.size()) < count) return absl::UnavailableError("no free port");
  return ports;
}

// Runs the script; with `dies_with_us` it is killed when this thread ends.
pid_t Spawn(const std::vector<std::string>& arguments, bool dies_with_us) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  // Only calls that are safe between fork and exec.
  if (dies_with_us) prctl(PR_SET_PDEATHSIG, SIGKILL);
  execv(argv[0], argv.data());
  _exit(127);
}

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaBroker>> KafkaBroker::Make() {
  const char* const build = std::getenv("BELLWETHER_BUILD_DIR");
  std::unique_ptr<KafkaBroker> broker(new KafkaBroker(
      std::filesystem::absolute(build == nullptr ? "build" : build) / ("kafka-" + NewUuid())));
  ASSIGN_OR_RETURN(const std::vector<int> ports, FreePorts(3));
  broker->port_ = ports[0];
  broker->controller_port_ = ports[1];
  broker->secured_port_ = ports[2];
  std::filesystem::create_directories(broker->folder_);
  return broker;
}

absl::StatusOr<std::unique_ptr<KafkaBroker>> KafkaBroker::Start() {
  ASSIGN_OR_RETURN(std::unique_ptr<KafkaBroker> broker, Make());
  RETURN_IF_ERROR(broker->Restart());
  return broker;
}

absl::StatusOr<std::unique_ptr<KafkaBroker>> KafkaBroker::StartSecured(
    const std::string& user, const std::string& password) {
  ASSIGN_OR_RETURN(std::unique_ptr<KafkaBroker> broker, Make());
  RETURN_IF_ERROR(broker->Secure(user, password));
  RETURN_IF_ERROR(broker->Restart());
  return broker;
}

absl::Status KafkaBroker::Secure(const std::string& user, const std::string& password) {
  const std::string key = (folder_ / "key.pem").string();
  const pid_t openssl =
      Spawn({"/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
             "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key,
             "-out", certificate(), "-batch"},
            /*dies_with_us=*/true);
  int status = 0;
  if (waitpid(openssl, &status, 0) != openssl || status != 0) {
    return absl::UnavailableError("openssl made no certificate");
  }
  // The broker wants both in one file.
  std::ofstream(folder_ / "keystore.pem")
      << std::ifstream(key).rdbuf() << std::ifstream(certificate()).rdbuf();
  const std::string plain = address();
  std::ofstream(folder_ / "extra.properties")
      << "listeners=PLAINTEXT://" << plain << ",CONTROLLER://127.0.0.1:" << controller_port_
      << ",SECURED://127.0.0.1:" << secured_port_ << "\nadvertised.listeners=PLAINTEXT://" << plain
      << ",SECURED://127.0.0.1:" << secured_port_
      << "\nlistener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,"
         "SECURED:SASL_SSL\nsasl.enabled.mechanisms=PLAIN\n"
         "listener.name.secured.plain.sasl.jaas.config="
         "org.apache.kafka.common.security.plain.PlainLoginModule required user_"
      << user << "=\"" << password
      << "\";\nlistener.name.secured.ssl.keystore.type=PEM\n"
         "listener.name.secured.ssl.keystore.location="
      << (folder_ / "keystore.pem").string()
      << "\nauthorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
         "super.users=User:ANONYMOUS\n";
  return absl::OkStatus();
}

KafkaBroker::~KafkaBroker() {
  Kill();
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::string KafkaBroker::address() const { return absl::StrCat("127.0.0.1:", port_); }

std::string KafkaBroker::Url(absl::string_view query) const {
  return absl::StrCat("kafka://", address(), query.empty() ? "" : "?", query);
}

std::string KafkaBroker::SecuredUrl(absl::string_view query) const {
  return absl::StrCat("kafka://127.0.0.1:", secured_port_, "?security.protocol=sasl_ssl&", query);
}

void KafkaBroker::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

absl::Status KafkaBroker::Restart() {
  Kill();
  pid_ =
      Spawn({kScript, "run", folder_.string(), absl::StrCat(port_), absl::StrCat(controller_port_)},
            /*dies_with_us=*/true);
  if (pid_ < 0) return absl::UnavailableError("cannot start a process");
  const pid_t waiter =
      Spawn({kScript, "await", folder_.string(), absl::StrCat(pid_)}, /*dies_with_us=*/true);
  int status = 0;
  if (waiter < 0 || waitpid(waiter, &status, 0) != waiter || status != 0) {
    return absl::UnavailableError("the broker did not start; its output says why");
  }
  return absl::OkStatus();
}

size_t KafkaBroker::BytesOf(absl::string_view topic) const {
  size_t bytes = 0;
  const std::string prefix = absl::StrCat(topic, "-");
  for (const auto& partition : std::filesystem::directory_iterator(folder_ / "log")) {
    if (!absl::StartsWith(partition.path().filename().string(), prefix)) continue;
    for (const auto& file : std::filesystem::directory_iterator(partition.path())) {
      if (file.path().extension() == ".log") bytes += file.file_size();
    }
  }
  return bytes;
}

void KafkaBroker::Freeze() {
  kill(pid_, SIGSTOP);
  waitpid(pid_, nullptr, WUNTRACED);  // until every thread of it stands
}
void KafkaBroker::Thaw() { kill(pid_, SIGCONT); }

}  // namespace bellwether::testing
