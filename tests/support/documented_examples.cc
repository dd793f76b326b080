#include "tests/support/documented_examples.h"

#include <cstdio>
#include <fstream>
#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace bellwether::testing {
namespace {

constexpr absl::string_view kPrompt = "$ ";

}  // namespace

std::vector<DocumentedExample> ReadExamples(const std::string& page) {
  std::ifstream text(page);
  std::vector<DocumentedExample> examples;
  bool inside = false;
  for (std::string line; std::getline(text, line);) {
    if (absl::StartsWith(line, "```")) {
      inside = line == "```console";
    } else if (inside && absl::StartsWith(line, kPrompt)) {
      examples.push_back({line.substr(kPrompt.size()), ""});
    } else if (inside) {
      absl::StrAppend(&examples.back().printed, line, "\n");
    }
  }
  return examples;
}

std::string OutputOf(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(popen(command.c_str(), "r"), pclose);
  std::string printed;
  char bytes[4'096];
  while (const size_t got = fread(bytes, 1, sizeof(bytes), pipe.get())) printed.append(bytes, got);
  return printed;
}

}  // namespace bellwether::testing
