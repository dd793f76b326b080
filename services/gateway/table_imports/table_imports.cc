#include "services/gateway/table_imports/table_imports.h"

#include <utility>

#include "bellwether/accounts/v1/accounts_service.grpc.pb.h"
#include "bellwether/health/v1/health_service.grpc.pb.h"
#include "bellwether/imports/v1/imports_service.grpc.pb.h"
#include "bellwether/ingest/v1/ingest_service.grpc.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.grpc.pb.h"
#include "common/base/status.h"
#include "common/calendar/calendar.h"
#include "common/rpc/client.h"

namespace bellwether::gateway {
namespace {

constexpr absl::Duration kJobCallTimeout = absl::Seconds(30);

JobPorts PortsOf(const UploadFolder& uploads, std::function<std::string()> target,
                 const Clock& clock) {
  return {.clock = clock,
          .channel =
              [target = std::move(target)](const std::string& principal) {
                return rpc::Connect(
                    target(),
                    {.services = {ingest::v1::IngestService::service_full_name(),
                                  accounts::v1::AccountsService::service_full_name(),
                                  opportunities::v1::OpportunitiesService::service_full_name(),
                                  health::v1::HealthService::service_full_name()},
                     .timeout = kJobCallTimeout,
                     .requests_have_ids = true,
                     .principal = principal});
              },
          .ledger_folder = uploads.ledger_folder()};
}

}  // namespace

absl::StatusOr<std::unique_ptr<TableImports>> TableImports::Create(
    const std::string& folder, std::function<std::string()> target, const hosting::Ports& ports,
    const CurrencySource& currencies) {
  std::unique_ptr<UploadFolder> uploads;
  if (!folder.empty()) {
    ASSIGN_OR_RETURN(uploads, UploadFolder::Open(folder, UploadLimits(), ports.clock));
  }
  return std::unique_ptr<TableImports>(
      new TableImports(std::move(uploads), std::move(target), ports, currencies));
}

TableImports::TableImports(std::unique_ptr<UploadFolder> uploads,
                           std::function<std::string()> target, const hosting::Ports& ports,
                           const CurrencySource& currencies)
    : ports_(ports),
      uploads_(std::move(uploads)),
      rows_(ports.store),
      runner_(uploads_ == nullptr
                  ? nullptr
                  : std::make_unique<ImportRunner>(
                        *uploads_, rows_, PortsOf(*uploads_, std::move(target), ports.clock),
                        ports.metrics)),
      commands_(uploads_.get(), runner_.get(), ports.metrics),
      queries_(uploads_.get(), runner_.get(), rows_, currencies, ports.calendar.time_zone(),
               ports.clock) {}

rpc::MethodTable TableImports::Methods() {
  rpc::MethodTable table(imports::v1::TableImportsService::service_full_name(), ports_.pool);
  table.Command("CreateUpload", commands_, &TableImportCommands::CreateUpload);
  table.Query("GetUpload", queries_, &TableImportQueries::GetUpload);
  table.Query("ListUploads", queries_, &TableImportQueries::ListUploads);
  table.Command("WriteUploadFile", commands_, &TableImportCommands::WriteUploadFile);
  table.Command("DeleteUpload", commands_, &TableImportCommands::DeleteUpload);
  table.Command("DeleteUploadFile", commands_, &TableImportCommands::DeleteUploadFile);
  table.Query("ListMappings", queries_, &TableImportQueries::ListMappings);
  table.Query("GetMapping", queries_, &TableImportQueries::GetMapping);
  table.Query("GuessMapping", queries_, &TableImportQueries::GuessMapping);
  table.Query("PreviewMapping", queries_, &TableImportQueries::PreviewMapping);
  table.Command("StartTableImport", commands_, &TableImportCommands::StartTableImport);
  table.Query("GetTableImport", queries_, &TableImportQueries::GetTableImport);
  table.Query("ListTableImports", queries_, &TableImportQueries::ListTableImports);
  table.Command("CancelTableImport", commands_, &TableImportCommands::CancelTableImport);
  return table;
}

absl::Status TableImports::Start() {
  return runner_ == nullptr ? absl::OkStatus() : runner_->Start();
}

void TableImports::Stop() {
  if (runner_ != nullptr) runner_->Stop();
}

}  // namespace bellwether::gateway
