#include "services/gateway/table_imports/table_import_queries.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/currency/iso_4217.h"
#include "common/rpc/paging.h"
#include "services/gateway/table_imports/import_job.h"
#include "services/gateway/table_imports/mapping_guess.h"
#include "services/gateway/table_imports/table_import_commands.h"
#include "services/imports/adapters/folder_tables.h"
#include "services/imports/adapters/import_source.h"
#include "services/imports/adapters/table_head.h"
#include "services/imports/application/mapping_preview.h"

namespace bellwether::gateway {

using namespace imports::v1;  // NOLINT(google-build-using-namespace): the messages of one service

namespace {

constexpr int kPreviewRowsDefault = 20;
constexpr rpc::PageSizes kImportPages = {.otherwise = 50, .most = 100};

}  // namespace

absl::StatusOr<Upload> TableImportQueries::GetUpload(const GetUploadRequest& request) {
  if (uploads_ == nullptr) return UploadsNotConfigured();
  return uploads_->Get(request.name());
}

absl::StatusOr<ListUploadsResponse> TableImportQueries::ListUploads(const ListUploadsRequest&) {
  if (uploads_ == nullptr) return UploadsNotConfigured();
  ASSIGN_OR_RETURN(std::vector<Upload> uploads, uploads_->List());
  ListUploadsResponse response;
  for (Upload& upload : uploads) *response.add_uploads() = std::move(upload);
  return response;
}

absl::StatusOr<ListMappingsResponse> TableImportQueries::ListMappings(const ListMappingsRequest&) {
  ListMappingsResponse response;
  for (ShippedMapping& mapping : DescribeShippedMappings()) {
    mapping.clear_text();
    *response.add_mappings() = std::move(mapping);
  }
  return response;
}

absl::StatusOr<ShippedMapping> TableImportQueries::GetMapping(const GetMappingRequest& request) {
  for (ShippedMapping& mapping : DescribeShippedMappings()) {
    if (mapping.name() == request.name()) return std::move(mapping);
  }
  return Error(absl::StatusCode::kNotFound, {"MAPPING_NOT_FOUND", "name", ""},
               "no mapping of that name is shipped");
}

absl::StatusOr<GuessMappingResponse> TableImportQueries::GuessMapping(
    const GuessMappingRequest& request) {
  if (uploads_ == nullptr) return UploadsNotConfigured();
  absl::TimeZone zone;
  if (!request.time_zone().empty() && !absl::LoadTimeZone(request.time_zone(), &zone)) {
    return InvalidArgument("TIME_ZONE_INVALID", "time_zone", "time_zone is no known zone");
  }
  if (!request.currency_code().empty() && !IsoMinorDigits(request.currency_code()).has_value()) {
    return InvalidArgument("CURRENCY_INVALID", "currency_code",
                           "currency_code is no code of ISO 4217");
  }
  ASSIGN_OR_RETURN(const Upload upload, uploads_->Get(request.upload()));
  ASSIGN_OR_RETURN(const std::string folder, uploads_->TablesOf(request.upload()));
  std::vector<std::string> file_names;
  for (const UploadFile& file : upload.files()) {
    if (file.complete()) file_names.push_back(file.file_name());
  }
  return GuessFolder(folder, file_names,
                     {.time_zone = request.time_zone().empty() ? zone_.name() : request.time_zone(),
                      .currency_code = request.currency_code().empty()
                                           ? std::string(currencies_.Now()->reporting_code())
                                           : request.currency_code()});
}

absl::StatusOr<PreviewMappingResponse> TableImportQueries::PreviewMapping(
    const PreviewMappingRequest& request) {
  if (uploads_ == nullptr) return UploadsNotConfigured();
  if (request.row_count() < 0 || request.row_count() > imports::kPreviewRowsMax) {
    return InvalidArgument("ROW_COUNT_INVALID", "row_count",
                           absl::StrCat("row_count is 0 to ", imports::kPreviewRowsMax));
  }
  ASSIGN_OR_RETURN(const std::string folder, uploads_->TablesOf(request.upload()));
  TableImport wanted;
  wanted.set_mapping_text(request.mapping_text());
  wanted.set_shipped_mapping(request.shipped_mapping());
  ASSIGN_OR_RETURN(const std::string text, MappingTextOf(wanted));
  PreviewMappingResponse response;
  if (const absl::Status refused = CheckMapping(text); !refused.ok()) {
    if (DetailOf(refused)->reason != "BAD_MAPPING") return refused;
    for (MappingFault& fault : FaultsOf(refused)) {
      *response.add_mapping_faults() = std::move(fault);
    }
    return response;
  }
  ASSIGN_OR_RETURN(const auto mapping, imports::ParseMapping(text, "mapping.yaml"));
  auto rows = imports::Preview(
      mapping, imports::FolderTables(folder, imports::kHeadBytesMax),
      {.rows = request.row_count() == 0 ? kPreviewRowsDefault : request.row_count(),
       .now = clock_.Now()});
  if (!rows.ok()) {
    const auto detail = DetailOf(rows.status());
    if (!detail.has_value()) return rows.status();
    response.mutable_error()->set_reason(detail->reason);
    response.mutable_error()->set_field(detail->field);
    // Where the files lie here is nobody's concern.
    response.mutable_error()->set_message(
        detail->reason == "FILE_NOT_FOUND"
            ? absl::StrCat("no complete file of the upload is what the mapping reads: ",
                           detail->field.substr(detail->field.rfind('/') + 1))
            : std::string(rows.status().message()));
    return response;
  }
  for (PreviewRow& row : *rows) *response.add_rows() = std::move(row);
  return response;
}

absl::StatusOr<TableImport> TableImportQueries::GetTableImport(
    const GetTableImportRequest& request) {
  if (runner_ == nullptr) return UploadsNotConfigured();
  return runner_->Get(request.name());
}

absl::StatusOr<ListTableImportsResponse> TableImportQueries::ListTableImports(
    const ListTableImportsRequest& request) {
  if (runner_ == nullptr) return UploadsNotConfigured();
  ASSIGN_OR_RETURN(const std::string after, rpc::PageCursor(request));
  ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), kImportPages));
  ASSIGN_OR_RETURN(std::vector<TableImport> imports, rows_.List(after, size + 1));
  ListTableImportsResponse response;
  for (TableImport& import : imports) {
    if (response.table_imports_size() == size) {
      response.set_next_page_token(
          rpc::NextPageToken(request, response.table_imports(size - 1).name()));
      break;
    }
    runner_->Refresh(import);
    import.clear_summary();
    import.clear_mapping_text();
    *response.add_table_imports() = std::move(import);
  }
  return response;
}

}  // namespace bellwether::gateway
