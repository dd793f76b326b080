// Prints how many records a topic has, over all its partitions.
//
//   log_end --bus URL --topic NAME
#include <CLI/CLI.hpp>
#include <cstdint>
#include <iostream>
#include <string>

#include "common/base/status.h"
#include "common/bus/open_bus.h"

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
  CLI::App app("Prints how many records a topic has.");
  app.add_option("--bus", url)->required();
  app.add_option("--topic", topic)->required();
  CLI11_PARSE(app, argc, argv);
  const auto end = bellwether::chaos::EndOf(url, topic);
  if (end.ok()) {
    std::cout << *end << std::endl;
  } else {
    std::cerr << end.status() << std::endl;
  }
  return end.ok() ? 0 : 1;
}
