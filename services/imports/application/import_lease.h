// Keeps an import run under way while an import sends its facts.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_IMPORT_LEASE_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_IMPORT_LEASE_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/runtime/background_loop.h"

namespace bellwether::imports {

// What the running system is asked of a run. Calls block; each has a deadline. Idempotent.
class RunRegister {
 public:
  virtual ~RunRegister() = default;
  // Until when, counted from now, the run is under way unless it is renewed.
  virtual absl::StatusOr<absl::Duration> StartRun(const std::string& import_run,
                                                  const std::string& source) = 0;
  virtual absl::StatusOr<absl::Duration> RenewRun(const std::string& import_run) = 0;
  virtual absl::Status EndRun(const std::string& import_run) = 0;
};

// Renews the run on a thread of its own, three times within each lease. What is not ended before it
// goes is ended then, as far as that succeeds: after that the lease runs out by itself.
class ImportLease {
 public:
  static absl::StatusOr<std::unique_ptr<ImportLease>> Begin(RunRegister& runs,
                                                            const std::string& import_run,
                                                            const std::string& source);
  ~ImportLease();
  ImportLease(const ImportLease&) = delete;
  ImportLease& operator=(const ImportLease&) = delete;

  // Nothing that the run sent is on its way any more.
  absl::Status End();

 private:
  ImportLease(RunRegister& runs, std::string import_run, absl::Duration lease);

  RunRegister& runs_;
  const std::string import_run_;
  absl::Duration lease_;  // of the loop's thread once that runs
  bool begun_ = false;
  bool ended_ = false;
  runtime::BackgroundLoop loop_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_IMPORT_LEASE_H_
