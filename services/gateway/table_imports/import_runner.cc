#include "services/gateway/table_imports/import_runner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "common/log/log.h"
#include "services/gateway/table_imports/upload_names.h"

namespace bellwether::gateway {
namespace {

using imports::v1::TableImport;
using imports::v1::TableImportState;

constexpr absl::Duration kExpiryInterval = absl::Minutes(10);
constexpr absl::Duration kNoteInterval = absl::Seconds(1);

absl::Status NoSuchImport() {
  return Error(absl::StatusCode::kNotFound, {"TABLE_IMPORT_NOT_FOUND", "name", ""},
               "there is no such import of tables");
}

bool HasEnded(TableImportState state) {
  return state != imports::v1::TABLE_IMPORT_STATE_QUEUED &&
         state != imports::v1::TABLE_IMPORT_STATE_RUNNING;
}

// "done"
std::string LabelOf(TableImportState state) {
  return absl::AsciiStrToLower(
      absl::StripPrefix(imports::v1::TableImportState_Name(state), "TABLE_IMPORT_STATE_"));
}

}  // namespace

ImportRunner::ImportRunner(UploadFolder& uploads, SqlTableImports& rows, JobPorts ports,
                           metrics::Registry& metrics)
    : uploads_(uploads),
      rows_(rows),
      ports_(std::move(ports)),
      ended_(metrics.Counters("bellwether_table_imports_total",
                              "Imports of tables that have ended, by how.", {"state"})),
      waiting_(metrics.GaugeOf("bellwether_table_imports_waiting",
                               "Imports of tables that are queued or running.")),
      loop_({.name = "table-imports"}, [this](const std::stop_token&) { return Step(); }),
      progress_loop_({.name = "import-progress"},
                     [this](const std::stop_token&) { return NoteProgress(); }) {}

absl::Status ImportRunner::Start() {
  RETURN_IF_ERROR(rows_.InterruptAll(uploads_.id(), ports_.clock.Now()));
  started_ = true;
  loop_.Start();
  progress_loop_.Start();
  return absl::OkStatus();
}

void ImportRunner::Stop() {
  if (!std::exchange(started_, false)) return;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  progress_loop_.Stop();
  loop_.Stop();
  absl::MutexLock lock(&mutex_);
  if (unsaved_.has_value()) {
    if (const absl::Status saved = rows_.Update(*unsaved_); !saved.ok()) {
      LogWarning("how an import ended was not noted", {{"status", saved}});
    }
  }
  queue_.clear();
  if (const absl::Status left = rows_.InterruptAll(uploads_.id(), ports_.clock.Now()); !left.ok()) {
    LogWarning("imports that wait are interrupted at the next start", {{"status", left}});
  }
}

TableImport* ImportRunner::AtWork(const std::string& name) {
  if (running_.has_value() && running_->name() == name) return &*running_;
  if (unsaved_.has_value() && unsaved_->name() == name) return &*unsaved_;
  for (Queued& queued : queue_) {
    if (queued.import.name() == name) return &queued.import;
  }
  return nullptr;
}

absl::StatusOr<TableImport> ImportRunner::Queue(TableImport import) {
  absl::MutexLock queueing(&queueing_);
  if (auto before = Get(import.name()); !absl::IsNotFound(before.status())) return before;
  {
    absl::MutexLock lock(&mutex_);
    if (stopping_) {
      return Error(absl::StatusCode::kUnavailable, {"STOPPING", "", ""}, "the server is stopping");
    }
    if (queue_.size() >= kImportQueueMax) {
      return Error(absl::StatusCode::kResourceExhausted, {"IMPORT_QUEUE_FULL", "", ""},
                   absl::StrCat(kImportQueueMax, " imports wait: wait for one or cancel it"));
    }
  }
  ASSIGN_OR_RETURN(auto hold, uploads_.HoldUpload(import.upload()));
  ASSIGN_OR_RETURN(const imports::v1::Upload upload, uploads_.Get(import.upload()));
  for (const imports::v1::UploadFile& file : upload.files()) {
    if (file.complete()) continue;
    return FailedPrecondition("UPLOAD_INCOMPLETE", "upload",
                              absl::StrCat(file.file_name(),
                                           " is not complete: send the rest, or "
                                           "delete it"));
  }
  import.set_display_name(upload.display_name());
  import.set_state(imports::v1::TABLE_IMPORT_STATE_QUEUED);
  *import.mutable_create_time() = journal::ToTimestamp(ports_.clock.Now());
  ASSIGN_OR_RETURN(const bool inserted, rows_.Insert(import, uploads_.id()));
  if (!inserted) return Get(import.name());
  {
    absl::MutexLock lock(&mutex_);
    queue_.push_back({import, std::move(hold)});
    waiting_.Increment();
  }
  loop_.Wake();
  return import;
}

absl::StatusOr<TableImport> ImportRunner::Get(const std::string& name) {
  RETURN_IF_ERROR(IdIn(name, "tableImports", "TABLE_IMPORT_NOT_FOUND").status());
  {
    absl::MutexLock lock(&mutex_);
    if (const TableImport* at_work = AtWork(name)) return *at_work;
  }
  ASSIGN_OR_RETURN(const std::optional<TableImport> stored, rows_.Find(name));
  if (!stored.has_value()) return NoSuchImport();
  return *stored;
}

void ImportRunner::Refresh(TableImport& import) {
  absl::MutexLock lock(&mutex_);
  if (const TableImport* at_work = AtWork(import.name())) import = *at_work;
}

absl::StatusOr<TableImport> ImportRunner::Cancel(const std::string& name) {
  TableImport import;
  {
    absl::MutexLock lock(&mutex_);
    if (running_.has_value() && running_->name() == name) {
      running_->set_cancelling(true);
      return *running_;
    }
    if (const auto queued = FindQueued(name); queued != queue_.end()) {
      if (queued->import.cancelling()) return queued->import;
      // It does not begin any more, and keeps its place until the store knows.
      queued->import.set_cancelling(true);
      import = queued->import;
    }
  }
  if (import.name().empty()) {
    ASSIGN_OR_RETURN(import, Get(name));
    if (HasEnded(import.state())) return import;
    return FailedPrecondition("RUNS_ELSEWHERE", "name", "another gateway runs it: cancel it there");
  }
  Settle(absl::CancelledError(), import);
  const absl::Status saved = rows_.Update(import);
  {
    absl::MutexLock lock(&mutex_);
    const auto queued = FindQueued(name);
    if (queued != queue_.end() && saved.ok()) {
      queue_.erase(queued);
      waiting_.Decrement();
    } else if (queued != queue_.end()) {
      queued->import.clear_cancelling();
    }
  }
  // What waited for its turn may have it now.
  loop_.Wake();
  RETURN_IF_ERROR(saved);
  NoteEnd(absl::CancelledError(), import);
  return import;
}

std::deque<ImportRunner::Queued>::iterator ImportRunner::FindQueued(const std::string& name) {
  return std::find_if(queue_.begin(), queue_.end(),
                      [&](const Queued& each) { return each.import.name() == name; });
}

bool ImportRunner::ShouldEnd() const {
  absl::MutexLock lock(&mutex_);
  return stopping_ || (running_.has_value() && running_->cancelling());
}

absl::StatusOr<absl::Duration> ImportRunner::NoteProgress() {
  std::optional<TableImport> running;
  {
    absl::MutexLock lock(&mutex_);
    running = running_;
  }
  if (!running.has_value()) return absl::InfiniteDuration();
  RETURN_IF_ERROR(rows_.Update(*running));
  return kNoteInterval;
}

absl::StatusOr<absl::Duration> ImportRunner::Step() {
  std::optional<TableImport> unsaved;
  Queued next;
  {
    absl::MutexLock lock(&mutex_);
    unsaved = unsaved_;
  }
  if (unsaved.has_value()) {
    RETURN_IF_ERROR(rows_.Update(*unsaved));
    absl::MutexLock lock(&mutex_);
    unsaved_.reset();
  }
  {
    absl::MutexLock lock(&mutex_);
    const auto first = std::find_if(queue_.begin(), queue_.end(),
                                    [](const Queued& each) { return !each.import.cancelling(); });
    if (first != queue_.end() && !stopping_) {
      next = std::move(*first);
      queue_.erase(first);
      next.import.set_state(imports::v1::TABLE_IMPORT_STATE_RUNNING);
      *next.import.mutable_start_time() = journal::ToTimestamp(ports_.clock.Now());
      running_ = next.import;
    }
  }
  if (next.hold == nullptr) {
    RETURN_IF_ERROR(uploads_.DeleteExpired());
    return kExpiryInterval;
  }
  progress_loop_.Wake();
  RETURN_IF_ERROR(RunNext(std::move(next)));
  return absl::ZeroDuration();
}

absl::Status ImportRunner::RunNext(Queued next) {
  LogInfo("an import of tables begins",
          {{"import", next.import.name()}, {"principal", next.import.principal()}});
  const absl::Status status = Run(next.import);
  // Whoever sees that it has ended may change the upload.
  next.hold.reset();
  {
    absl::MutexLock lock(&mutex_);
    *next.import.mutable_progress() = running_->progress();
    next.import.set_import_run(running_->import_run());
    next.import.set_cancelling(running_->cancelling());
  }
  Settle(status, next.import);
  NoteEnd(status, next.import);
  {
    absl::MutexLock lock(&mutex_);
    running_.reset();
    unsaved_ = next.import;
    waiting_.Decrement();
  }
  RETURN_IF_ERROR(rows_.Update(next.import));
  absl::MutexLock lock(&mutex_);
  unsaved_.reset();
  return absl::OkStatus();
}

absl::Status ImportRunner::Run(TableImport& import) {
  ASSIGN_OR_RETURN(const std::string folder, uploads_.TablesOf(import.upload()));
  const auto moved = [&](const imports::v1::TableImportProgress& progress) {
    absl::MutexLock lock(&mutex_);
    *running_->mutable_progress() = progress;
  };
  const auto begins_to_send = [&](const std::string& import_run) {
    TableImport running;
    {
      absl::MutexLock lock(&mutex_);
      running_->set_import_run(import_run);
      running = *running_;
    }
    // Whoever wants to withdraw it must find its name, whatever comes.
    return rows_.Update(running);
  };
  const auto should_end = [&] { return ShouldEnd(); };
  return RunJob(ports_, folder,
                {.moved = moved, .begins_to_send = begins_to_send, .should_end = should_end},
                import);
}

void ImportRunner::Settle(const absl::Status& status, TableImport& import) {
  *import.mutable_end_time() = journal::ToTimestamp(ports_.clock.Now());
  if (status.ok()) {
    import.set_state(imports::v1::TABLE_IMPORT_STATE_DONE);
  } else if (absl::IsCancelled(status)) {
    absl::MutexLock lock(&mutex_);
    import.set_state(stopping_ ? imports::v1::TABLE_IMPORT_STATE_INTERRUPTED
                               : imports::v1::TABLE_IMPORT_STATE_CANCELLED);
    if (stopping_) {
      import.mutable_error()->set_reason("PROCESS_ENDED");
      import.mutable_error()->set_message("the process ended before the import did");
    }
  } else {
    import.set_state(IsRetryable(status) ? imports::v1::TABLE_IMPORT_STATE_INTERRUPTED
                                         : imports::v1::TABLE_IMPORT_STATE_FAILED);
    const ErrorDetail detail = DetailOf(status).value_or(ErrorDetail{"FAILED", "", ""});
    import.mutable_error()->set_reason(detail.reason);
    import.mutable_error()->set_field(detail.field);
    import.mutable_error()->set_message(std::string(status.message()));
  }
  import.clear_cancelling();
}

void ImportRunner::NoteEnd(const absl::Status& status, const TableImport& import) {
  ended_.With({LabelOf(import.state())}).Increment();
  LogInfo("an import of tables has ended",
          {{"import", import.name()}, {"state", LabelOf(import.state())}, {"status", status}});
}

}  // namespace bellwether::gateway
