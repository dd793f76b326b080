// The all-in-one process that a benchmark measures from outside.
#ifndef BELLWETHER_TESTS_BENCH_BELLWETHER_PROCESS_H_
#define BELLWETHER_TESTS_BENCH_BELLWETHER_PROCESS_H_

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/http/testing/raw_client.h"
#include "tests/bench/process_figures.h"
#include "tests/support/child_server.h"

namespace bellwether {

// A program of the build.
inline std::string ProgramPath(const std::string& name) {
  const auto bench = std::filesystem::canonical("/proc/self/exe").parent_path();
  return (bench.parent_path() / "bin" / name).string();
}

// The all-in-one process.
class Bellwether {
 public:
  Bellwether()
      : server_(
            "bellwether",
            [](int port, const std::filesystem::path& folder) -> std::vector<std::string> {
              return {ProgramPath("bellwether"), absl::StrCat("--data=", folder.string(), "/data"),
                      absl::StrCat("--http=127.0.0.1:", port), "--grpc=127.0.0.1:0"};
            },
            [](int port) {
              try {
                return absl::StrContains(http::RawClient(port).Get("/readyz"), " 200 ");
              } catch (const boost::system::system_error&) {
                return false;  // it does not listen yet
              }
            }) {}

  int http_port() const { return server_.port(); }
  ProcessFigures figures() const { return FiguresOf(server_.pid()); }

  // Its log says where that is.
  std::string grpc_target() const {
    const std::string before = "\"target\":\"";
    std::ifstream log(server_.folder() / "server.log");
    for (std::string line; std::getline(log, line);) {
      if (!absl::StrContains(line, "serving gRPC")) continue;
      const size_t begin = line.find(before) + before.size();
      return line.substr(begin, line.find('"', begin) - begin);
    }
    BELLWETHER_CHECK(false, "the log says where gRPC is served");
    return "";
  }

 private:
  testing::ChildServer server_;
};

}  // namespace bellwether

#endif  // BELLWETHER_TESTS_BENCH_BELLWETHER_PROCESS_H_
