// Prints how many records a topic has, over all its partitions.
//
//   log_end --bus URL --topic NAME
#include <cstdint>
#include <iostream>
#include <string>

#include "common/base/status.h"
#include "common/bus/open_bus.h"
#include "common/cli/command.h"

namespace bellwether::chaos {
namespace {

absl::StatusOr<int64_t> EndOf(const std::string& url, const std::string& topic) {
  ASSIGN_OR_RETURN(const auto bus, bus::OpenBus(url));
  ASSIGN_OR_RETURN(const bus::TopicDescription described, bus->Describe(topic));
  int64_t records = 0;
  for (int32_t partition = 0; partition < described.partitions; ++partition) {
    ASSIGN_OR_RETURN(const bus::OffsetRange range, bus->Offsets(topic, partition));
    records += range.end;
  }
  return records;
}

}  // namespace
}  // namespace bellwether::chaos

int main(int argc, char** argv) {
  std::string url, topic;
  bellwether::cli::Program program("Prints how many records a topic has.");
  program.AddOption("--bus", url).Required();
  program.AddOption("--topic", topic).Required();
  if (const auto exit_code = program.Parse(argc, argv)) return *exit_code;
  const auto end = bellwether::chaos::EndOf(url, topic);
  if (end.ok()) {
    std::cout << *end << std::endl;
  } else {
    std::cerr << end.status() << std::endl;
  }
  return end.ok() ? 0 : 1;
}
