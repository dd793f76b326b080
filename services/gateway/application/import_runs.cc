#include "services/gateway/application/import_runs.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "common/base/status.h"
#include "common/journal/entry.h"
#include "services/gateway/application/journal_failure.h"

namespace bellwether::gateway {
namespace {

using events::v1::JournalEntry;

// The answer of the bus, which may come after nobody waits for it any more.
class PendingAnswer {
 public:
  void Set(const absl::Status& status) {
    absl::MutexLock lock(&mu_);
    answer_ = status;
  }
  std::optional<absl::Status> Await(absl::Duration wait_max) {
    absl::MutexLock lock(&mu_);
    const auto there = [this]() ABSL_SHARED_LOCKS_REQUIRED(mu_) { return answer_.has_value(); };
    mu_.AwaitWithTimeout(absl::Condition(&there), wait_max);
    return answer_;
  }

 private:
  absl::Mutex mu_;
  std::optional<absl::Status> answer_ ABSL_GUARDED_BY(mu_);
};

absl::Status RunEnded(const std::string& id) {
  return FailedPrecondition("IMPORT_RUN_ENDED", "import_run",
                            absl::StrCat("the import run ", id, " has ended"), "L3");
}

}  // namespace

absl::StatusOr<ImportRun> ImportRuns::Start(const std::string& id, const std::string& source,
                                            const std::string& principal, absl::Time deadline) {
  const absl::Time now = clock_.Now();
  ASSIGN_OR_RETURN(const ImportRun run, rows_.Add({.id = id,
                                                   .source = source,
                                                   .principal = principal,
                                                   .started = now,
                                                   .lease_end = now + lease_},
                                                  now - kImportRunKept));
  if (run.ended.has_value()) return RunEnded(id);
  if (run.source != source) {
    return Error(absl::StatusCode::kAlreadyExists, {"IMPORT_RUN_DIFFERS", "source", "L3"},
                 absl::StrCat("an import run ", id, " was begun from ", run.source));
  }
  JournalEntry entry;
  auto& started = *entry.mutable_import_run_started();
  started.set_import_run(id);
  started.set_lease_micros(absl::ToInt64Microseconds(lease_));
  started.set_source(source);
  started.set_principal(run.principal);
  RETURN_IF_ERROR(Announce(id, entry, deadline));
  RETURN_IF_ERROR(rows_.SetLeaseEnd(id, now + lease_));
  return Get(id);
}

absl::StatusOr<ImportRun> ImportRuns::Renew(const std::string& id, absl::Time deadline) {
  ASSIGN_OR_RETURN(const ImportRun run, Get(id));
  if (run.ended.has_value()) return RunEnded(id);
  const absl::Time now = clock_.Now();
  JournalEntry entry;
  entry.mutable_import_run_renewed()->set_import_run(id);
  entry.mutable_import_run_renewed()->set_lease_micros(absl::ToInt64Microseconds(lease_));
  RETURN_IF_ERROR(Announce(id, entry, deadline));
  RETURN_IF_ERROR(rows_.SetLeaseEnd(id, now + lease_));
  return Get(id);
}

absl::StatusOr<ImportRun> ImportRuns::End(const std::string& id, absl::Time deadline) {
  ASSIGN_OR_RETURN(const ImportRun run, Get(id));
  if (run.ended.has_value()) return run;
  JournalEntry entry;
  entry.mutable_import_run_ended()->set_import_run(id);
  RETURN_IF_ERROR(Announce(id, entry, deadline));
  RETURN_IF_ERROR(rows_.SetEnded(id, clock_.Now()));
  return Get(id);
}

absl::StatusOr<ImportRun> ImportRuns::Get(const std::string& id) {
  ASSIGN_OR_RETURN(std::optional<ImportRun> run, rows_.Find(id));
  if (run.has_value()) return *std::move(run);
  return Error(absl::StatusCode::kNotFound, {"IMPORT_RUN_NOT_FOUND", "import_run", "L3"},
               absl::StrCat("no import run ", id, " was begun"));
}

absl::Status ImportRuns::Announce(const std::string& id, const JournalEntry& entry,
                                  absl::Time deadline) {
  const absl::Time now = clock_.Now();
  const auto answered = std::make_shared<PendingAnswer>();
  writer_.AppendToAll(
      [&](int32_t partition) { return journal::EncodeImportRunEntry(partition, now, id, entry); },
      [answered](const absl::Status& status) { answered->Set(status); });
  const std::optional<absl::Status> answer = answered->Await(deadline - clock_.Now());
  if (!answer.has_value()) return JournalTooSlow();
  return answer->ok() ? absl::OkStatus() : JournalUnavailable(*answer);
}

}  // namespace bellwether::gateway
