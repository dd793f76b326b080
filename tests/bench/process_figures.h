// What another process has used, as the system counts it.
#ifndef BELLWETHER_TESTS_BENCH_PROCESS_FIGURES_H_
#define BELLWETHER_TESTS_BENCH_PROCESS_FIGURES_H_

#include <sys/types.h>
#include <unistd.h>

#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"

namespace bellwether {

struct ProcessFigures {
  double cpu_seconds = 0;  // of all its threads, since its start
  int64_t resident_bytes = 0;
  int64_t threads = 0;
};

inline ProcessFigures FiguresOf(pid_t process) {
  std::ifstream file(absl::StrCat("/proc/", process, "/stat"));
  std::string line;
  std::getline(file, line);
  // After the name, which may hold blanks, from the third field on.
  std::istringstream fields(line.substr(line.rfind(')') + 1));
  std::string skipped;
  int64_t user = 0, system = 0, pages = 0;
  ProcessFigures figures;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  fields >> user >> system;
  for (int field = 16; field < 20; ++field) fields >> skipped;
  fields >> figures.threads;
  for (int field = 21; field < 24; ++field) fields >> skipped;
  fields >> pages;
  figures.cpu_seconds =
      static_cast<double>(user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
  figures.resident_bytes = pages * sysconf(_SC_PAGESIZE);
  return figures;
}

}  // namespace bellwether

#endif  // BELLWETHER_TESTS_BENCH_PROCESS_FIGURES_H_
