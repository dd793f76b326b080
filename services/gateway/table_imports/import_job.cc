#include "services/gateway/table_imports/import_job.h"

#include <optional>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/currency/currency_file.h"
#include "common/journal/timestamps.h"
#include "common/rpc/client.h"
#include "common/rpc/status.h"
#include "grpcpp/grpcpp.h"
#include "services/imports/adapters/file_ledger.h"
#include "services/imports/adapters/folder_tables.h"
#include "services/imports/adapters/grpc_import_target.h"
#include "services/imports/adapters/import_source.h"
#include "services/imports/application/import_plan.h"
#include "services/imports/application/import_run.h"
#include "services/imports/application/import_summary.h"
#include "services/imports/domain/row_identity.h"
#include "services/imports/shipped_mappings.h"

namespace bellwether::gateway {
namespace {

using imports::v1::TableImport;
using imports::v1::TableImportPhase;
using imports::v1::TableImportProgress;

constexpr absl::Duration kCallTimeout = absl::Seconds(30);
constexpr int64_t kRowsPerMove = 1'000;

absl::Status ShouldEnd() { return absl::CancelledError("the import was to end"); }

TableImportPhase PhaseNamed(absl::string_view stage) {
  if (stage == "accounts") return imports::v1::TABLE_IMPORT_PHASE_ACCOUNTS;
  if (stage == "opportunities") return imports::v1::TABLE_IMPORT_PHASE_OPPORTUNITIES;
  if (stage == "facts") return imports::v1::TABLE_IMPORT_PHASE_FACTS;
  return imports::v1::TABLE_IMPORT_PHASE_OUTCOMES;
}

// How far the import is. Thread-safe: answers to facts come on threads of gRPC.
class JobProgress : public imports::ImportObserver {
 public:
  JobProgress(const JobWatch& watch, const Clock& clock) : watch_(watch), clock_(clock) {
    absl::MutexLock lock(&mutex_);
    progress_.set_phase(imports::v1::TABLE_IMPORT_PHASE_READING);
    Tell();
  }

  void OnRow() {
    absl::MutexLock lock(&mutex_);
    progress_.set_rows_read(progress_.rows_read() + 1);
    progress_.set_done(progress_.rows_read());
    if (progress_.rows_read() % kRowsPerMove == 0) Tell();
  }
  void OnStage(absl::string_view stage, int64_t total) override {
    absl::MutexLock lock(&mutex_);
    progress_.set_phase(PhaseNamed(stage));
    progress_.set_done(0);
    progress_.set_total(total);
    Tell();
  }
  void OnDone(int64_t done) override {
    absl::MutexLock lock(&mutex_);
    progress_.set_done(done);
    if (progress_.phase() == imports::v1::TABLE_IMPORT_PHASE_FACTS) progress_.set_facts_sent(done);
    Tell();
  }

 private:
  void Tell() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    *progress_.mutable_update_time() = journal::ToTimestamp(clock_.Now());
    watch_.moved(progress_);
  }

  const JobWatch& watch_;
  const Clock& clock_;
  absl::Mutex mutex_;
  TableImportProgress progress_ ABSL_GUARDED_BY(mutex_);
};

// The tables of a folder, until the import should end.
class WatchedTables : public imports::Tables {
 public:
  WatchedTables(std::string folder, const JobWatch& watch, JobProgress& progress)
      : tables_(std::move(folder)), watch_(watch), progress_(progress) {}

  absl::StatusOr<std::vector<std::string>> PathsOf(
      const imports::CompiledFile& file) const override {
    return tables_.PathsOf(file);
  }
  absl::StatusOr<std::unique_ptr<imports::OpenedTable>> Open(
      const imports::CompiledFile& file, const std::string& path) const override {
    ASSIGN_OR_RETURN(std::unique_ptr<imports::OpenedTable> table, tables_.Open(file, path));
    return std::make_unique<WatchedTable>(std::move(table), watch_, progress_);
  }

 private:
  class WatchedTable : public imports::OpenedTable, public imports::RowSource {
   public:
    WatchedTable(std::unique_ptr<imports::OpenedTable> table, const JobWatch& watch,
                 JobProgress& progress)
        : table_(std::move(table)), watch_(watch), progress_(progress) {}

    imports::RowSource& rows() override { return *this; }
    std::string encoding() const override { return table_->encoding(); }

    Result Next(imports::Row& row, imports::RowProblem& problem) override {
      ended_ = ended_ || watch_.should_end();
      if (ended_) return Result::kEnd;
      const Result result = table_->rows().Next(row, problem);
      if (result != Result::kEnd) progress_.OnRow();
      return result;
    }
    void GiveUpRow() override { table_->rows().GiveUpRow(); }
    absl::Status status() const override { return ended_ ? ShouldEnd() : table_->rows().status(); }
    bool ragged() const override { return table_->rows().ragged(); }

   private:
    const std::unique_ptr<imports::OpenedTable> table_;
    const JobWatch& watch_;
    JobProgress& progress_;
    bool ended_ = false;
  };

  const imports::FolderTables tables_;
  const JobWatch& watch_;
  JobProgress& progress_;
};

// Sends until the import should end: nothing of a call is taken back, so it ends between two.
class WatchedTarget : public imports::GrpcImportTarget {
 public:
  WatchedTarget(const std::shared_ptr<grpc::Channel>& channel, const JobWatch& watch)
      : GrpcImportTarget(channel, kCallTimeout), watch_(watch) {}

  absl::Status CreateAccounts(
      absl::Span<const accounts::v1::CreateAccountRequest> requests,
      absl::FunctionRef<void(const imports::CreateAnswer&)> answered) override {
    if (watch_.should_end()) return ShouldEnd();
    return GrpcImportTarget::CreateAccounts(requests, answered);
  }
  absl::Status CreateOpportunities(
      absl::Span<const opportunities::v1::CreateOpportunityRequest> requests,
      absl::FunctionRef<void(const imports::CreateAnswer&)> answered) override {
    if (watch_.should_end()) return ShouldEnd();
    return GrpcImportTarget::CreateOpportunities(requests, answered);
  }
  absl::StatusOr<imports::FactsAnswer> SendFacts(absl::Span<const events::v1::FactEvent> facts,
                                                 const std::string& import_run,
                                                 imports::Advance advance) override {
    if (watch_.should_end()) return ShouldEnd();
    return GrpcImportTarget::SendFacts(facts, import_run, advance);
  }
  absl::StatusOr<health::v1::ImportReport> Report(
      const std::string& import_run, absl::Span<const health::v1::PartitionOffset> up_to) override {
    if (watch_.should_end()) return ShouldEnd();
    return GrpcImportTarget::Report(import_run, up_to);
  }

 private:
  const JobWatch& watch_;
};

// The server's rates, for sums in the reporting currency.
absl::StatusOr<CurrencyTable> RatesOf(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  rpc::Prepare(context, kCallTimeout);
  ingest::v1::CurrencyRates rates;
  const grpc::Status status =
      ingest::v1::IngestService::NewStub(channel)->GetCurrencies(&context, {}, &rates);
  if (!status.ok()) return rpc::FromGrpcStatus(status);
  return FromMessage(rates);
}

}  // namespace

absl::StatusOr<std::string> MappingTextOf(const TableImport& import) {
  if (import.shipped_mapping().empty()) return import.mapping_text();
  absl::string_view id = import.shipped_mapping();
  absl::ConsumePrefix(&id, "mappings/");
  for (const EmbeddedFile& file : imports::ShippedMappings()) {
    if (absl::StripSuffix(file.name, ".yaml") == id) return std::string(file.content);
  }
  return Error(absl::StatusCode::kNotFound, {"MAPPING_NOT_FOUND", "shipped_mapping", ""},
               "no mapping of that name is shipped");
}

absl::Status RunJob(const JobPorts& ports, const std::string& folder, const JobWatch& watch,
                    TableImport& import) {
  const bool check = import.mode() == imports::v1::TABLE_IMPORT_MODE_CHECK;
  JobProgress progress(watch, ports.clock);
  ASSIGN_OR_RETURN(const std::string text, MappingTextOf(import));
  ASSIGN_OR_RETURN(const imports::CompiledMapping mapping,
                   imports::ParseMapping(text, "mapping.yaml"));
  const std::string& mapping_id = mapping.spec->mapping_id();
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::Channel> channel, ports.channel(import.principal()));
  ASSIGN_OR_RETURN(const CurrencyTable rates, RatesOf(channel));
  ASSIGN_OR_RETURN(
      const std::unique_ptr<imports::FileLedger> ledger,
      imports::FileLedger::Open(ports.ledger_folder, mapping_id, import.new_identity()));
  ASSIGN_OR_RETURN(imports::ImportPlan plan,
                   imports::BuildPlan(mapping, WatchedTables(folder, watch, progress),
                                      {.now = ports.clock.Now(),
                                       .ledger = ledger.get(),
                                       .accept_new_identity = import.new_identity(),
                                       .rates = &rates}));
  const int64_t shift =
      import.shift_to_now() ? imports::DaysToNow(plan, ports.clock.Now()) : import.shift_days();
  imports::ShiftDays(plan, shift);
  std::optional<imports::ImportResult> result;
  if (!check) {
    const std::string import_run = imports::RunId(mapping_id, NewUuid());
    RETURN_IF_ERROR(watch.begins_to_send(import_run));
    WatchedTarget target(channel, watch);
    ASSIGN_OR_RETURN(
        result, imports::RunImport(
                    plan, {.import_run = import_run, .source = mapping_id, .clock = &ports.clock},
                    target, progress));
    RETURN_IF_ERROR(ledger->Commit());
  }
  import.set_mapping_id(mapping_id);
  *import.mutable_summary() = imports::Summarize(
      mapping_id, plan,
      {.shifted_days = shift, .reporting_currency = std::string(rates.reporting_code())},
      result.has_value() ? &*result : nullptr);
  import.set_everything_taken(imports::Verdict(import.summary()).ok());
  import.set_refused_rows(imports::RefusedRows(import.summary()));
  return absl::OkStatus();
}

}  // namespace bellwether::gateway
