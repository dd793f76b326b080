// Import runs: which there were, what became of one, taking one back.

#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/decimal/decimal.h"
#include "services/ctl/adapters/commands.h"
#include "services/ctl/adapters/format.h"
#include "services/ctl/adapters/listing.h"

namespace bellwether::ctl {
namespace {

using health::v1::HealthService;
using ingest::v1::IngestService;
using opportunities::v1::OpportunitiesService;

constexpr absl::Duration kWithdrawnPollInterval = absl::Milliseconds(200);

void AddRow(Session& session, const health::v1::ImportReport& run, TextTable& table) {
  table.AddRow({run.import_run(), FormatCount(run.counted() + run.late()),
                FormatCount(run.duplicates()), FormatCount(run.conflicts()),
                FormatCount(run.too_old()), FormatCount(run.retracted()),
                run.withdrawn() ? session.Label("withdrawn", "已撤回") : ""});
}

TextTable RunsTable(Session& session) {
  return TextTable({{session.Label("run", "批次")},
                    {session.Label("counted", "计入"), Align::kRight},
                    {session.Label("duplicates", "重复"), Align::kRight},
                    {session.Label("conflicts", "冲突"), Align::kRight},
                    {session.Label("too old", "过旧"), Align::kRight},
                    {session.Label("retracted", "已撤回"), Align::kRight},
                    {""}});
}

absl::Status ListRuns(Session& session) {
  health::v1::ListImportRunsRequest request;
  TextTable table = RunsTable(session);
  bool any = false;
  do {
    ASSIGN_OR_RETURN(const auto page,
                     session.Call<HealthService>(&HealthService::Stub::ListImportRuns, request));
    for (const auto& run : page.runs()) {
      any = true;
      if (session.options.json) {
        session.PrintJson(run);
      } else {
        AddRow(session, run, table);
      }
    }
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  if (session.options.json) return absl::OkStatus();
  if (any) {
    session.Print(table);
  } else {
    session.out << session.Label("no import runs", "没有导入批次") << "\n";
  }
  return absl::OkStatus();
}

absl::Status ShowRun(Session& session, const std::string& run) {
  health::v1::GetImportReportRequest request;
  request.set_import_run(run);
  ASSIGN_OR_RETURN(const auto report,
                   session.Call<HealthService>(&HealthService::Stub::GetImportReport, request));
  if (session.options.json) {
    session.PrintJson(report);
    return absl::OkStatus();
  }
  TextTable table = RunsTable(session);
  AddRow(session, report, table);
  session.Print(table);
  return absl::OkStatus();
}

struct WithdrawOptions {
  std::string run;
  std::string reason;
  int wait_seconds = 0;
};

absl::Status AwaitWithdrawn(Session& session, const WithdrawOptions& options,
                            const ingest::v1::WithdrawImportRunResponse& withdrawn) {
  health::v1::GetImportReportRequest request;
  request.set_import_run(options.run);
  for (const auto& [partition, offset] : withdrawn.offsets()) {
    auto& place = *request.add_up_to();
    place.set_partition(partition);
    place.set_offset(offset);
  }
  const absl::Time deadline = absl::Now() + absl::Seconds(options.wait_seconds);
  while (true) {
    ASSIGN_OR_RETURN(const auto report,
                     session.Call<HealthService>(&HealthService::Stub::GetImportReport, request));
    if (report.complete()) return absl::OkStatus();
    if (absl::Now() > deadline) {
      return Error(absl::StatusCode::kDeadlineExceeded, {"STILL_FOLDING", "", ""},
                   "the run is withdrawn, scores are still being folded again");
    }
    // STYLE(sleep): the server is asked again until the deadline
    absl::SleepFor(kWithdrawnPollInterval);
  }
}

// Of all pages together.
absl::StatusOr<opportunities::v1::WithdrawImportRunResponse> WithdrawOpportunities(
    Session& session, const std::string& run) {
  opportunities::v1::WithdrawImportRunRequest request;
  request.set_import_run(run);
  opportunities::v1::WithdrawImportRunResponse all;
  do {
    ASSIGN_OR_RETURN(const auto page, session.Call<OpportunitiesService>(
                                          &OpportunitiesService::Stub::WithdrawImportRun, request));
    all.set_withdrawn_count(all.withdrawn_count() + page.withdrawn_count());
    all.mutable_changed()->MergeFrom(page.changed());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  return all;
}

absl::Status Withdraw(Session& session, const WithdrawOptions& options) {
  ingest::v1::WithdrawImportRunRequest request;
  request.set_import_run(options.run);
  request.set_reason(options.reason);
  ASSIGN_OR_RETURN(const auto withdrawn,
                   session.Call<IngestService>(&IngestService::Stub::WithdrawImportRun, request));
  if (options.wait_seconds > 0) RETURN_IF_ERROR(AwaitWithdrawn(session, options, withdrawn));
  ASSIGN_OR_RETURN(const auto opportunities, WithdrawOpportunities(session, options.run));
  if (session.options.json) {
    session.PrintJson(withdrawn);
    session.PrintJson(opportunities);
    return absl::OkStatus();
  }
  session.out << session.Label("withdrawn: nothing of this run counts any more",
                               "已撤回：该批次的内容不再计入")
              << "  " << Printable(options.run) << "\n";
  if (opportunities.withdrawn_count() > 0) {
    session.out << session.Label("opportunities withdrawn", "已撤回商机") << "  "
                << FormatCount(opportunities.withdrawn_count()) << "\n";
  }
  for (const std::string& name : opportunities.changed()) {
    session.out << session.Label("changed since, stays", "此后有变更，保留") << "  "
                << Printable(name) << "\n";
  }
  return absl::OkStatus();
}

}  // namespace

void AddImportRunCommands(cli::Command app, Session& session, Action& action) {
  cli::Command imports = app.AddCommand("imports", "Import runs: list, show, withdraw");
  imports.RequireCommand();
  imports.AddCommand("list", "Every run with what became of its facts")
      .OnChosen([&session, &action] { action = [&session] { return ListRuns(session); }; });

  cli::Command show = imports.AddCommand("show", "What became of the facts of a run");
  auto shown = std::make_shared<std::string>();
  show.AddOption("run", *shown, "Name of the run, as the import reported it").Required();
  show.OnChosen([&session, &action, shown] {
    action = [&session, shown] { return ShowRun(session, *shown); };
  });

  cli::Command withdraw = imports.AddCommand(
      "withdraw", "Take back everything that a run brought, as if it had never been");
  auto options = std::make_shared<WithdrawOptions>();
  withdraw.AddOption("run", options->run, "Name of the run").Required();
  withdraw.AddOption("--reason", options->reason, "Why, for the journal");
  withdraw
      .AddOption("--wait", options->wait_seconds,
                 "Seconds to wait until scores are those without the run")
      .Positive();
  withdraw.OnChosen([&session, &action, options] {
    action = [&session, options] { return Withdraw(session, *options); };
  });
}

}  // namespace bellwether::ctl
