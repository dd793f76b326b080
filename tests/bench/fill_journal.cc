// Fills the empty journal of a bus for a benchmark.
//
//   fill_journal --bus URL --facts N --accounts N [--partitions 12]
#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>

#include "common/bus/open_bus.h"
#include "common/bus/topics.h"
#include "tests/bench/measure.h"
#include "tests/bench/sample_journal.h"

int main(int argc, char** argv) {
  std::string url;
  int64_t facts = 0;
  int64_t accounts = 0;
  int32_t partitions = bellwether::bus::kPartitionsDefault;
  CLI::App app("Fills the empty journal of a bus for a benchmark.");
  app.add_option("--bus", url)->required();
  app.add_option("--facts", facts)->required()->check(CLI::PositiveNumber);
  app.add_option("--accounts", accounts)->required()->check(CLI::PositiveNumber);
  app.add_option("--partitions", partitions)->check(CLI::Range(1, 1'024));
  CLI11_PARSE(app, argc, argv);
  const auto bus = bellwether::OrDie(bellwether::bus::OpenBus(url));
  bellwether::OrDie(
      bus->EnsureTopic({.name = bellwether::bus::kJournalTopic, .partitions = partitions}));
  bellwether::FillJournal(*bus, partitions, facts, accounts);
  return 0;
}
