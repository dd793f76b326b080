// A real server of a test's own, as its operating system sees it.
#ifndef BELLWETHER_TESTS_SUPPORT_CHILD_SERVER_H_
#define BELLWETHER_TESTS_SUPPORT_CHILD_SERVER_H_

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace bellwether::testing {

// Runs a command on a free port of loopback, in a folder under the build folder that is removed
// with it; its output is in the folder's server.log. Killed when the thread that started it ends,
// however that is. A server that cannot be had fails the test program (CHECK). One thread.
class ChildServer {
 public:
  // The command line for a port and a folder.
  using Command =
      std::function<std::vector<std::string>(int port, const std::filesystem::path& folder)>;
  // Whether it serves on that port.
  using Probe = std::function<bool(int port)>;

  // Ready once constructed. `name` begins the folder's name.
  ChildServer(const std::string& name, Command command, Probe probe);
  ~ChildServer();
  ChildServer(const ChildServer&) = delete;
  ChildServer& operator=(const ChildServer&) = delete;

  int port() const { return port_; }
  pid_t pid() const { return pid_; }
  const std::filesystem::path& folder() const { return folder_; }

  void Kill();    // SIGKILL, and waits for the end
  void Start();   // after Kill; on the same port and folder, ready on return
  void Pause();   // SIGSTOP
  void Resume();  // SIGCONT

 private:
  bool Launch();  // false when it ended again at once

  const std::filesystem::path folder_;
  const Command command_;
  const Probe probe_;
  int port_ = 0;
  pid_t pid_ = 0;  // 0 while it does not run
};

}  // namespace bellwether::testing

#endif  // BELLWETHER_TESTS_SUPPORT_CHILD_SERVER_H_
