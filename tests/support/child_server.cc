#include "tests/support/child_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/ids.h"
#include "common/testing/await.h"

namespace bellwether::testing {
namespace {

constexpr int kLaunchesMax = 5;  // another test may take a port that was free a moment ago

int FreePort() {
  const int probe = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  const bool bound = bind(probe, reinterpret_cast<sockaddr*>(&address), length) == 0 &&
                     getsockname(probe, reinterpret_cast<sockaddr*>(&address), &length) == 0;
  BELLWETHER_CHECK(bound, "loopback has a free port");
  close(probe);
  return ntohs(address.sin_port);
}

}  // namespace

ChildServer::ChildServer(const std::string& name, Command command, Probe probe)
    : folder_(std::filesystem::path(BELLWETHER_SERVERS_FOLDER) /
              absl::StrCat(name, "-", NewUuid())),
      command_(std::move(command)),
      probe_(std::move(probe)) {
  std::filesystem::create_directories(folder_);
  Start();
}

ChildServer::~ChildServer() {
  if (pid_ != 0) Kill();
  std::error_code ignored;  // a folder that stays goes with the build folder
  std::filesystem::remove_all(folder_, ignored);
}

void ChildServer::Start() {
  BELLWETHER_CHECK(pid_ == 0, "it does not run");
  const bool first = port_ == 0;
  for (int launch = 0; launch < kLaunchesMax; ++launch) {
    if (first) port_ = FreePort();
    if (Launch()) return;
  }
  BELLWETHER_CHECK(false, "the server starts; see its log under the build folder");
}

bool ChildServer::Launch() {
  std::vector<std::string> words = command_(port_, folder_);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const std::string log = (folder_ / "server.log").string();
  pid_ = fork();
  BELLWETHER_CHECK(pid_ >= 0, "there is room for a process");
  if (pid_ == 0) {  // only what is safe after a fork of a program with threads
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    execvp(arguments[0], arguments.data());
    _exit(127);
  }
  bool ended = false;
  const bool ready = Await([&] {
    ended = waitpid(pid_, nullptr, WNOHANG) == pid_;
    return ended || probe_(port_);
  });
  if (ended) pid_ = 0;
  BELLWETHER_CHECK(ready, "the server answers; see its log under the build folder");
  return !ended;
}

void ChildServer::Kill() {
  BELLWETHER_CHECK(pid_ > 0, "it runs");
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void ChildServer::Pause() {
  BELLWETHER_CHECK(pid_ > 0, "it runs");
  kill(pid_, SIGSTOP);
}

void ChildServer::Resume() {
  BELLWETHER_CHECK(pid_ > 0, "it runs");
  kill(pid_, SIGCONT);
}

}  // namespace bellwether::testing
