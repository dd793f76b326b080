// Fills the empty journal of a bus for a benchmark.
//
//   fill_journal --bus URL --facts N --accounts N [--partitions 12]
#include <cstdint>
#include <string>

#include "common/bus/open_bus.h"
#include "common/bus/topics.h"
#include "common/cli/command.h"
#include "tests/bench/measure.h"
#include "tests/bench/sample_journal.h"

int main(int argc, char** argv) {
  std::string url;
  int64_t facts = 0;
  int64_t accounts = 0;
  int32_t partitions = bellwether::bus::kPartitionsDefault;
  bellwether::cli::Program program("Fills the empty journal of a bus for a benchmark.");
  program.AddOption("--bus", url).Required();
  program.AddOption("--facts", facts).Required().Positive();
  program.AddOption("--accounts", accounts).Required().Positive();
  program.AddOption("--partitions", partitions).Between(1, 1'024);
  if (const auto exit_code = program.Parse(argc, argv)) return *exit_code;
  const auto bus = bellwether::OrDie(bellwether::bus::OpenBus(url));
  bellwether::OrDie(
      bus->EnsureTopic({.name = bellwether::bus::kJournalTopic, .partitions = partitions}));
  bellwether::FillJournal(*bus, partitions, facts, accounts);
  return 0;
}
