// A program of ours as a child of the test: ended, killed and frozen.
#ifndef BELLWETHER_TESTS_SUPPORT_CHILD_PROCESS_H_
#define BELLWETHER_TESTS_SUPPORT_CHILD_PROCESS_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace bellwether::testing {

// Dies with the thread that started it, and with this object. Not thread-safe.
class ChildProcess {
 public:
  // `program` of the build's folder bin.
  ChildProcess(const std::string& program, std::vector<std::string> arguments);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // Its exit status, −1 when a signal ended it.
  int End(int signal);
  // SIGSTOP and SIGCONT: alive, and silent.
  void Freeze();
  void Thaw();

 private:
  pid_t pid_ = -1;
};

}  // namespace bellwether::testing

#endif  // BELLWETHER_TESTS_SUPPORT_CHILD_PROCESS_H_
