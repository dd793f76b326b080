#include "services/imports/application/import_lease.h"

#include <stop_token>

#include "common/base/status.h"
#include "common/log/log.h"

namespace bellwether::imports {
namespace {

constexpr int64_t kRenewalsPerLease = 3;

}  // namespace

absl::StatusOr<std::unique_ptr<ImportLease>> ImportLease::Begin(RunRegister& runs,
                                                                const std::string& import_run,
                                                                const std::string& source) {
  ASSIGN_OR_RETURN(const absl::Duration lease, runs.StartRun(import_run, source));
  return std::unique_ptr<ImportLease>(new ImportLease(runs, import_run, lease));
}

ImportLease::ImportLease(RunRegister& runs, std::string import_run, absl::Duration lease)
    : runs_(runs),
      import_run_(std::move(import_run)),
      lease_(lease),
      loop_({.name = "import-lease"},
            [this](const std::stop_token&) -> absl::StatusOr<absl::Duration> {
              // The first round: the run has only just begun.
              if (std::exchange(begun_, true)) {
                ASSIGN_OR_RETURN(lease_, runs_.RenewRun(import_run_));
              }
              return lease_ / kRenewalsPerLease;
            }) {
  loop_.Start();
}

ImportLease::~ImportLease() {
  if (const absl::Status ended = End(); !ended.ok()) {
    LogWarning("the import run was not ended; its lease runs out", {{"status", ended}});
  }
}

absl::Status ImportLease::End() {
  loop_.Stop();
  if (std::exchange(ended_, true)) return absl::OkStatus();
  return runs_.EndRun(import_run_);
}

}  // namespace bellwether::imports
