#include "tests/support/child_process.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

namespace bellwether::testing {

ChildProcess::ChildProcess(const std::string& program, std::vector<std::string> arguments) {
  const auto tests = std::filesystem::canonical("/proc/self/exe").parent_path();
  arguments.insert(arguments.begin(), (tests.parent_path() / "bin" / program).string());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  execv(argv[0], argv.data());
  _exit(127);
}

ChildProcess::~ChildProcess() { End(SIGKILL); }

int ChildProcess::End(int signal) {
  if (pid_ <= 0) return -1;
  kill(pid_, signal);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void ChildProcess::Freeze() {
  kill(pid_, SIGSTOP);
  waitpid(pid_, nullptr, WUNTRACED);
}

void ChildProcess::Thaw() { kill(pid_, SIGCONT); }

}  // namespace bellwether::testing
