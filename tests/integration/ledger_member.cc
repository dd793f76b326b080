// One process of the ledger's group: folds until SIGTERM. For tests that kill and freeze it.
//
//   ledger_member <bus url> <store file>
#include <csignal>
#include <cstdio>

#include "common/base/ids.h"
#include "common/bus/open_bus.h"
#include "common/store/sqlite_store.h"
#include "common/stream/processor.h"
#include "tests/integration/ledger_fold.h"

namespace bellwether::ledger {
namespace {

absl::Status Run(const char* bus_url, const char* store_path) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop, nullptr);  // before threads are made
  auto bus = bus::OpenBus(bus_url);
  if (!bus.ok()) return bus.status();
  auto store = store::SqliteStore::Open({.path = store_path});
  if (!store.ok()) return store.status();
  LedgerFolds folds;
  stream::Processor processor(
      LedgerOptions(), {bus->get(), store->get(), nullptr, &Clock::System(), &folds}, NewUuid());
  if (absl::Status started = processor.Start(); !started.ok()) return started;
  int received = 0;
  sigwait(&stop, &received);
  processor.Stop();
  return absl::OkStatus();
}

}  // namespace
}  // namespace bellwether::ledger

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const absl::Status ran = bellwether::ledger::Run(argv[1], argv[2]);
  if (!ran.ok()) std::fprintf(stderr, "%s\n", ran.ToString().c_str());
  return ran.ok() ? 0 : 1;
}
