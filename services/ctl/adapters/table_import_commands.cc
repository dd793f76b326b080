// Uploads of tables, and imports of them that the server runs.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "bellwether/imports/v1/imports_service.grpc.pb.h"
#include "common/base/ids.h"
#include "common/base/resource_name.h"
#include "common/base/status.h"
#include "common/config/yaml_message.h"
#include "services/ctl/adapters/commands.h"
#include "services/ctl/adapters/format.h"
#include "services/ctl/adapters/import_view.h"

namespace bellwether::ctl {
namespace {

using imports::v1::TableImport;
using imports::v1::TableImportsService;
using imports::v1::Upload;

// Of a file that goes out by one call.
constexpr size_t kPieceBytes = 1 << 20;
constexpr absl::Duration kWatchInterval = absl::Milliseconds(500);
// Guesses and previews read tables.
constexpr absl::Duration kReadTimeout = absl::Minutes(5);

bool HasEnded(const TableImport& import) {
  return import.state() != imports::v1::TABLE_IMPORT_STATE_QUEUED &&
         import.state() != imports::v1::TABLE_IMPORT_STATE_RUNNING;
}

std::string StateName(imports::v1::TableImportState state) {
  return absl::AsciiStrToLower(
      absl::StripPrefix(imports::v1::TableImportState_Name(state), "TABLE_IMPORT_STATE_"));
}
std::string PhaseName(imports::v1::TableImportPhase phase) {
  return absl::AsciiStrToLower(
      absl::StripPrefix(imports::v1::TableImportPhase_Name(phase), "TABLE_IMPORT_PHASE_"));
}

absl::Status PutFile(Session& session, const std::string& upload, const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return session.WrongUsage(InvalidArgument("FILE_NOT_READABLE", path, "cannot be read"));
  }
  imports::v1::WriteUploadFileRequest request;
  request.set_name(upload);
  request.set_file_name(std::filesystem::path(path).filename().string());
  do {
    request.mutable_piece()->resize(kPieceBytes);
    file.read(request.mutable_piece()->data(), kPieceBytes);
    request.mutable_piece()->resize(static_cast<size_t>(file.gcount()));
    request.set_complete(file.eof());
    ASSIGN_OR_RETURN(const auto written, session.Call<TableImportsService>(
                                             &TableImportsService::Stub::WriteUploadFile, request));
    request.set_offset(written.bytes());
  } while (!request.complete() && !file.bad());
  if (!request.complete()) {
    return session.WrongUsage(InvalidArgument("FILE_NOT_READABLE", path, "cannot be read on"));
  }
  session.err << Printable(request.file_name()) << "  " << FormatCount(request.offset())
              << session.Label(" bytes", " 字节") << "\n";
  return absl::OkStatus();
}

absl::Status Put(Session& session, const std::vector<std::string>& files,
                 const std::string& display_name) {
  imports::v1::CreateUploadRequest create;
  create.set_request_id(NewUuid());
  create.set_display_name(display_name);
  ASSIGN_OR_RETURN(const Upload upload, session.Call<TableImportsService>(
                                            &TableImportsService::Stub::CreateUpload, create));
  for (const std::string& file : files) {
    RETURN_IF_ERROR(PutFile(session, upload.name(), file));
  }
  session.out << upload.name() << "\n";
  return absl::OkStatus();
}

absl::Status ListUploads(Session& session) {
  ASSIGN_OR_RETURN(const auto list,
                   session.Call<TableImportsService>(&TableImportsService::Stub::ListUploads,
                                                     imports::v1::ListUploadsRequest()));
  TextTable table({{session.Label("upload", "上传")},
                   {session.Label("name", "名称")},
                   {session.Label("file", "文件")},
                   {session.Label("bytes", "字节"), Align::kRight},
                   {session.Label("made", "创建")},
                   {session.Label("by", "由")}});
  for (const Upload& upload : list.uploads()) {
    if (session.options.json) {
      session.PrintJson(upload);
      continue;
    }
    std::vector<std::string> about = {upload.name(), Printable(upload.display_name())};
    for (const auto& file : upload.files()) {
      table.AddRow({about[0], about[1], Printable(file.file_name()),
                    absl::StrCat(FormatCount(file.bytes()), file.complete() ? "" : " …"),
                    session.Instant(upload.create_time()), Printable(upload.principal())});
      about = {"", ""};
    }
    if (upload.files().empty()) {
      table.AddRow({about[0], about[1], "", "", session.Instant(upload.create_time()),
                    Printable(upload.principal())});
    }
  }
  if (!session.options.json) session.Print(table);
  return absl::OkStatus();
}

absl::Status Guess(Session& session, const imports::v1::GuessMappingRequest& request) {
  ASSIGN_OR_RETURN(const auto guess,
                   session.Call<TableImportsService>(&TableImportsService::Stub::GuessMapping,
                                                     request, kReadTimeout));
  if (session.options.json) {
    session.PrintJson(guess);
    return absl::OkStatus();
  }
  // What is printed is the mapping, to be kept in a file.
  session.out << guess.mapping_text();
  for (const auto& table : guess.tables()) {
    session.err << Printable(table.file_name()) << ": " << Printable(table.reason())
                << Printable(table.problem()) << "\n";
    for (const auto& column : table.columns()) {
      session.err << "  " << Printable(column.name()) << ": " << Printable(column.reason()) << "\n";
    }
  }
  for (const std::string& advice : guess.advice()) session.err << Printable(advice) << "\n";
  return absl::OkStatus();
}

void ShowProgress(Session& session, const TableImport& import, std::string& shown) {
  const auto& progress = import.progress();
  std::string line = StateName(import.state());
  if (import.state() == imports::v1::TABLE_IMPORT_STATE_RUNNING) {
    line = absl::StrCat(PhaseName(progress.phase()), " ", FormatCount(progress.done()),
                        progress.total() > 0 ? " / " + FormatCount(progress.total()) : "");
  }
  if (line == shown) return;
  shown = line;
  session.err << line << std::endl;
}

// The report of one that has ended, and the exit code that it means.
absl::Status ShowEnd(Session& session, const TableImport& import) {
  if (session.options.json) {
    session.PrintJson(import);
  } else if (import.has_summary()) {
    ShowSummary(session, import.summary());
  }
  if (import.state() == imports::v1::TABLE_IMPORT_STATE_DONE) {
    if (import.everything_taken()) return absl::OkStatus();
    return FailedPrecondition("IMPORT_INCOMPLETE", "", import.summary().conclusion());
  }
  const std::string reason = import.error().reason();
  return FailedPrecondition(
      reason.empty() ? "IMPORT_CANCELLED" : reason, import.error().field(),
      absl::StrCat("the import is ", StateName(import.state()),
                   import.error().message().empty() ? "" : ": ", import.error().message()));
}

absl::Status Watch(Session& session, const std::string& name) {
  imports::v1::GetTableImportRequest request;
  request.set_name(ResourceName("tableImports", name));
  std::string shown;
  while (true) {
    ASSIGN_OR_RETURN(
        const TableImport import,
        session.Call<TableImportsService>(&TableImportsService::Stub::GetTableImport, request));
    ShowProgress(session, import, shown);
    if (HasEnded(import)) return ShowEnd(session, import);
    // STYLE(sleep): the server is asked again until the import has ended
    absl::SleepFor(kWatchInterval);
  }
}

struct StartOptions {
  std::string upload;
  std::string mapping;
  bool check = false;
  bool detach = false;
  bool shift_to_now = false;
  int shift_days = 0;
  bool new_identity = false;
};

// A file, else the name of a shipped one.
template <typename Request>
absl::Status SetMapping(Session& session, const std::string& mapping, Request& request) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(mapping, error)) {
    request.set_shipped_mapping(ResourceName("mappings", mapping));
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(*request.mutable_mapping_text(), session.WrongUsage(config::ReadFile(mapping)));
  return absl::OkStatus();
}

absl::Status StartImport(Session& session, const StartOptions& options) {
  imports::v1::StartTableImportRequest request;
  request.set_request_id(NewUuid());
  request.set_upload(ResourceName("uploads", options.upload));
  RETURN_IF_ERROR(SetMapping(session, options.mapping, request));
  request.set_mode(options.check ? imports::v1::TABLE_IMPORT_MODE_CHECK
                                 : imports::v1::TABLE_IMPORT_MODE_RUN);
  request.set_shift_to_now(options.shift_to_now);
  request.set_shift_days(options.shift_days);
  request.set_new_identity(options.new_identity);
  ASSIGN_OR_RETURN(
      const TableImport import,
      session.Call<TableImportsService>(&TableImportsService::Stub::StartTableImport, request));
  if (!options.detach) return Watch(session, import.name());
  session.out << import.name() << "\n";
  return absl::OkStatus();
}

absl::Status ListImports(Session& session) {
  ASSIGN_OR_RETURN(const auto list,
                   session.Call<TableImportsService>(&TableImportsService::Stub::ListTableImports,
                                                     imports::v1::ListTableImportsRequest()));
  TextTable table({{session.Label("import", "导入")},
                   {session.Label("mapping", "映射")},
                   {session.Label("state", "状态")},
                   {session.Label("begun", "开始")},
                   {session.Label("by", "由")},
                   {session.Label("run", "批次")}});
  for (const TableImport& import : list.table_imports()) {
    if (session.options.json) {
      session.PrintJson(import);
      continue;
    }
    const bool check = import.mode() == imports::v1::TABLE_IMPORT_MODE_CHECK;
    table.AddRow({import.name(), Printable(import.mapping_id()),
                  absl::StrCat(check ? "check " : "", StateName(import.state())),
                  session.Instant(import.create_time()), Printable(import.principal()),
                  import.import_run()});
  }
  if (!session.options.json) session.Print(table);
  return absl::OkStatus();
}

void AddUploadCommands(cli::Command app, Session& session, Action& action) {
  cli::Command uploads =
      app.AddCommand("uploads", "Tables sent to the server, to be imported there");
  uploads.RequireCommand();
  uploads.AddCommand("list", "What is there").OnChosen([&session, &action] {
    action = [&session] { return ListUploads(session); };
  });

  cli::Command put = uploads.AddCommand("put", "Send files as one upload, and print its name");
  auto files = std::make_shared<std::vector<std::string>>();
  auto display_name = std::make_shared<std::string>();
  put.AddOption("files", *files, "The tables").Required();
  put.AddOption("--name", *display_name, "What people call it");
  put.OnChosen([&session, &action, files, display_name] {
    action = [&session, files, display_name] { return Put(session, *files, *display_name); };
  });

  cli::Command guess =
      uploads.AddCommand("guess", "Print a mapping proposed for it; why, on the error stream");
  auto guessed = std::make_shared<imports::v1::GuessMappingRequest>();
  auto upload = std::make_shared<std::string>();
  guess.AddOption("upload", *upload, "uploads/ID").Required();
  guess.AddOption("--time-zone", *guessed->mutable_time_zone(), "Zone of its dates");
  guess.AddOption("--currency", *guessed->mutable_currency_code(),
                  "Of amounts that do not say theirs");
  guess.OnChosen([&session, &action, guessed, upload] {
    action = [&session, guessed, upload] {
      guessed->set_upload(ResourceName("uploads", *upload));
      return Guess(session, *guessed);
    };
  });

  cli::Command remove = uploads.AddCommand("delete", "With its files; what was imported stays");
  auto removed = std::make_shared<std::string>();
  remove.AddOption("upload", *removed, "uploads/ID").Required();
  remove.OnChosen([&session, &action, removed] {
    action = [&session, removed] {
      imports::v1::DeleteUploadRequest request;
      request.set_name(ResourceName("uploads", *removed));
      return session.Call<TableImportsService>(&TableImportsService::Stub::DeleteUpload, request)
          .status();
    };
  });
}

}  // namespace

void AddTableImportCommands(cli::Command app, Session& session, Action& action) {
  AddUploadCommands(app, session, action);
  cli::Command imports = app.AddCommand("table-imports", "Imports of uploads by the server");
  imports.RequireCommand();
  imports.AddCommand("list", "The newest first").OnChosen([&session, &action] {
    action = [&session] { return ListImports(session); };
  });

  cli::Command start = imports.AddCommand("start", "Check or import an upload, and watch it");
  auto options = std::make_shared<StartOptions>();
  start.AddOption("upload", options->upload, "uploads/ID").Required();
  start.AddOption("mapping", options->mapping, "A mapping file, or the name of a shipped one")
      .Required();
  start.AddFlag("--check", options->check, "Only read the tables and report");
  start.AddFlag("--detach", options->detach, "Print its name and leave it to itself");
  cli::Option to_now = start.AddFlag("--shift-to-now", options->shift_to_now,
                                     "Shift all times by whole days so that the last one is today");
  start.AddOption("--shift-days", options->shift_days, "Shift all times by so many days")
      .Excludes(to_now);
  start.AddFlag("--new-identity", options->new_identity,
                "Begin the mapping's ledger anew: these rows are new things");
  start.OnChosen([&session, &action, options] {
    action = [&session, options] { return StartImport(session, *options); };
  });

  auto name = std::make_shared<std::string>();
  cli::Command watch = imports.AddCommand("watch", "Until it has ended, then its report");
  watch.AddOption("import", *name, "tableImports/ID").Required();
  watch.OnChosen(
      [&session, &action, name] { action = [&session, name] { return Watch(session, *name); }; });
  cli::Command cancel = imports.AddCommand("cancel", "End it before its end; what it sent stays");
  cancel.AddOption("import", *name, "tableImports/ID").Required();
  cancel.OnChosen([&session, &action, name] {
    action = [&session, name] {
      imports::v1::CancelTableImportRequest request;
      request.set_name(ResourceName("tableImports", *name));
      return session
          .Call<TableImportsService>(&TableImportsService::Stub::CancelTableImport, request)
          .status();
    };
  });
}

}  // namespace bellwether::ctl
