// `bellwetherctl import`: tables of another system into the running one.
#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/currency/currency_file.h"
#include "common/decimal/decimal.h"
#include "services/ctl/adapters/commands.h"
#include "services/ctl/adapters/import_view.h"
#include "services/ctl/adapters/interrupt.h"
#include "services/imports/adapters/file_ledger.h"
#include "services/imports/adapters/grpc_import_target.h"
#include "services/imports/adapters/import_source.h"
#include "services/imports/application/import_plan.h"
#include "services/imports/application/import_run.h"
#include "services/imports/application/import_summary.h"
#include "services/imports/domain/row_identity.h"
#include "services/imports/shipped_mappings.h"

namespace bellwether::ctl {
namespace {

// Past this the last facts are hardly in any window any more.
constexpr int64_t kOldDataDays = 366;

struct ImportCommandOptions {
  std::string mapping;
  std::string folder;
  bool shift_to_now = false;
  int64_t shift_days = 0;
  bool backfill = false;
  bool check = false;
  std::string ledger;
  bool new_identity = false;
  int outcome_wait_seconds = 300;
};

// What to do about it, in words of this command.
absl::Status WithNextStep(absl::Status status) {
  const auto detail = DetailOf(status);
  if (!detail.has_value()) return status;
  const auto advise = [&](absl::string_view advice) {
    return Error(status.code(), *detail, absl::StrCat(status.message(), ": ", advice));
  };
  if (detail->reason == "JOURNAL_IS_LIVE") return advise("run it without --backfill");
  if (detail->reason == "BACKFILL_RUNNING") {
    return advise("run it with --backfill, or end the past with `bellwetherctl journal go-live`");
  }
  return status;
}

// What the server's rates are; nothing where it does not say.
std::optional<CurrencyTable> RatesOf(Session& session) {
  const auto message = session.Call<ingest::v1::IngestService>(
      &ingest::v1::IngestService::Stub::GetCurrencies, ingest::v1::GetCurrenciesRequest());
  if (!message.ok()) return std::nullopt;
  auto table = FromMessage(*message);
  if (!table.ok()) return std::nullopt;
  return *std::move(table);
}

// What imports before this one left: only read where nothing is sent.
absl::StatusOr<std::unique_ptr<imports::IdentityLedger>> OpenLedger(
    Session& session, const ImportCommandOptions& options, const std::string& mapping_id,
    imports::FileLedger*& file) {
  const std::string folder =
      options.ledger.empty() ? imports::LedgerFolder(session.options.server) : options.ledger;
  auto opened = imports::FileLedger::Open(folder, mapping_id, options.new_identity);
  if (!opened.ok()) {
    if (options.check && DetailOf(opened.status())->reason == "LEDGER_NOT_WRITABLE") {
      return std::make_unique<imports::NoLedger>();
    }
    return opened.status();
  }
  file = opened->get();
  return *std::move(opened);
}

absl::Status Import(Session& session, const ImportCommandOptions& options) {
  ASSIGN_OR_RETURN(const imports::ImportSource source,
                   session.WrongUsage(imports::ReadImportSource(options.mapping, options.folder)));
  const imports::v1::Mapping& spec = *source.mapping.spec;
  std::optional<CurrencyTable> rates;
  if (!options.check) {
    RETURN_IF_ERROR(session.Channel().status());
    rates = RatesOf(session);
  }
  imports::FileLedger* file = nullptr;
  ASSIGN_OR_RETURN(const std::unique_ptr<imports::IdentityLedger> ledger,
                   session.WrongUsage(OpenLedger(session, options, spec.mapping_id(), file)));
  ASSIGN_OR_RETURN(
      imports::ImportPlan plan,
      session.WrongUsage(imports::BuildPlan(source.mapping, source.tables,
                                            {.now = absl::Now(),
                                             .ledger = ledger.get(),
                                             .accept_new_identity = options.new_identity,
                                             .rates = rates.has_value() ? &*rates : nullptr})));
  const int64_t shift =
      options.shift_to_now ? imports::DaysToNow(plan, absl::Now()) : options.shift_days;
  imports::ShiftDays(plan, shift);
  const auto report = [&](const imports::ImportResult* result) {
    const auto summary =
        imports::Summarize(spec.mapping_id(), plan,
                           {.shifted_days = shift,
                            .reporting_currency = rates.has_value() ? rates->reporting_code() : ""},
                           result);
    if (session.options.json) {
      session.PrintJson(summary);
    } else {
      ShowSummary(session, summary);
    }
    return imports::Verdict(summary);
  };
  if (options.check) return report(nullptr);
  const int64_t days_ago = imports::DaysToNow(plan, absl::Now());
  if (days_ago > kOldDataDays) {
    session.err << "the data end " << FormatCount(days_ago)
                << " days ago: scores look at a year and less; --shift-to-now makes them current"
                << std::endl;
  }

  const std::string import_run = imports::RunId(spec.mapping_id(), NewUuid());
  std::optional<imports::GrpcImportTarget> target;
  std::atomic<imports::GrpcImportTarget*> reached = nullptr;
  // Whoever presses Ctrl-C should not keep accounts unjudged until the lease runs out.
  const OnInterrupt on_interrupt([&] {
    if (auto* system = reached.load()) (void)system->EndRun(import_run);
  });
  ASSIGN_OR_RETURN(const auto channel, session.Channel());
  reached = &target.emplace(channel, session.Timeout());
  ImportProgress progress(session.err);
  const absl::StatusOr<imports::ImportResult> result =
      imports::RunImport(plan,
                         {.import_run = import_run,
                          .source = spec.mapping_id(),
                          .backfill = options.backfill,
                          .outcome_wait_max = absl::Seconds(options.outcome_wait_seconds)},
                         *target, progress);
  if (!result.ok()) return WithNextStep(result.status());
  progress.EndStage();
  if (file != nullptr) RETURN_IF_ERROR(file->Commit());
  return report(&*result);
}

}  // namespace

void AddImportCommand(cli::Command app, Session& session, Action& action) {
  cli::Command command = app.AddCommand(
      "import", "Tables of another system: accounts, opportunities and facts (docs/import.md)");
  auto options = std::make_shared<ImportCommandOptions>();
  std::string shipped;
  for (const EmbeddedFile& file : imports::ShippedMappings()) {
    absl::StrAppend(&shipped, shipped.empty() ? "" : ", ", absl::StripSuffix(file.name, ".yaml"));
  }
  command
      .AddOption("mapping", options->mapping,
                 absl::StrCat("A mapping file, or the name of a shipped one: ", shipped))
      .Required();
  command.AddOption("folder", options->folder, "Where the tables are").Required().ExistingFolder();
  cli::Option to_now =
      command.AddFlag("--shift-to-now", options->shift_to_now,
                      "Shift all times by whole days so that the last one is today");
  command
      .AddOption("--shift-days", options->shift_days,
                 "Shift all times by so many days: to repeat an import of another day")
      .Excludes(to_now);
  command.AddFlag("--backfill", options->backfill,
                  "Build the past of a journal that is not live yet, then go live");
  command.AddFlag("--check", options->check, "Only read the tables and report");
  command.AddOption("--ledger", options->ledger,
                    "Folder that remembers what was imported (docs/import.md)");
  command.AddFlag("--new-identity", options->new_identity,
                  "Begin the mapping's ledger anew: these rows are new things");
  command
      .AddOption("--wait", options->outcome_wait_seconds,
                 "Seconds to wait for what became of the facts")
      .Positive()
      .ShowDefault();
  command.OnChosen([&session, &action, options] {
    action = [&session, options] { return Import(session, *options); };
  });
}

}  // namespace bellwether::ctl
