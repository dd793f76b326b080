// Imports of tables, one after another, outliving those who asked for them.
#ifndef BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_IMPORT_RUNNER_H_
#define BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_IMPORT_RUNNER_H_

#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "bellwether/imports/v1/imports_service.pb.h"
#include "common/metrics/metrics.h"
#include "common/runtime/background_loop.h"
#include "services/gateway/table_imports/import_job.h"
#include "services/gateway/table_imports/sql_table_imports.h"
#include "services/gateway/table_imports/upload_folder.h"

namespace bellwether::gateway {

inline constexpr size_t kImportQueueMax = 16;

// Every import is a row of the store from the moment it is queued; the one that runs is written
// again once a second. What the process leaves behind when it ends, however it ends, is INTERRUPTED
// at the latest when the next one starts. Also deletes uploads that have expired.
//
// Start, Stop, from one thread; the rest is thread-safe and blocks on store and disk. Outlived by
// what it is given.
class ImportRunner {
 public:
  ImportRunner(UploadFolder& uploads, SqlTableImports& rows, JobPorts ports,
               metrics::Registry& metrics);
  ~ImportRunner() { Stop(); }

  // UNAVAILABLE while the store is away.
  absl::Status Start();
  void Stop();

  // A new import with name, upload, principal, mapping, mode: what there is under its name, where
  // there is something. The errors of StartTableImport; UNAVAILABLE / STOPPING after Stop.
  absl::StatusOr<imports::v1::TableImport> Queue(imports::v1::TableImport import);
  // NOT_FOUND / TABLE_IMPORT_NOT_FOUND.
  absl::StatusOr<imports::v1::TableImport> Get(const std::string& name);
  // One that is queued waits on where the store does not take it.
  absl::StatusOr<imports::v1::TableImport> Cancel(const std::string& name);
  // `import` as it is now, where it is one of those at work.
  void Refresh(imports::v1::TableImport& import);

 private:
  struct Queued {
    imports::v1::TableImport import;
    std::unique_ptr<UploadFolder::Hold> hold;
  };

  absl::StatusOr<absl::Duration> Step();
  absl::StatusOr<absl::Duration> NoteProgress();
  // Carries out what is at the head of the queue, and settles how it ended.
  absl::Status RunNext(Queued next);
  absl::Status Run(imports::v1::TableImport& import);
  // How it ended, within the import.
  void Settle(const absl::Status& status, imports::v1::TableImport& import);
  // Counts and logs it.
  void NoteEnd(const absl::Status& status, const imports::v1::TableImport& import);
  bool ShouldEnd() const;
  // The one of that name that is queued, running or not written yet; null: none.
  imports::v1::TableImport* AtWork(const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::deque<Queued>::iterator FindQueued(const std::string& name)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  UploadFolder& uploads_;
  SqlTableImports& rows_;
  const JobPorts ports_;
  metrics::Family<metrics::Counter>& ended_;
  metrics::Gauge& waiting_;
  absl::Mutex queueing_;  // held while one is queued, around mutex_
  mutable absl::Mutex mutex_;
  std::deque<Queued> queue_ ABSL_GUARDED_BY(mutex_);
  std::optional<imports::v1::TableImport> running_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  // Has ended, but the store does not know it yet. Of the loop's thread but for reads under mutex_.
  std::optional<imports::v1::TableImport> unsaved_ ABSL_GUARDED_BY(mutex_);
  runtime::BackgroundLoop loop_;
  runtime::BackgroundLoop progress_loop_;
  bool started_ = false;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_IMPORT_RUNNER_H_
