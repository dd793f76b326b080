// The methods of TableImportsService that read.
#ifndef BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_TABLE_IMPORT_QUERIES_H_
#define BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_TABLE_IMPORT_QUERIES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/imports/v1/imports_service.pb.h"
#include "common/base/clock.h"
#include "common/currency/currency_source.h"
#include "services/gateway/table_imports/import_runner.h"
#include "services/gateway/table_imports/sql_table_imports.h"
#include "services/gateway/table_imports/upload_folder.h"

namespace bellwether::gateway {

// Thread-safe; outlived by what it refers to. Without a folder every method but those on shipped
// mappings answers UPLOADS_NOT_CONFIGURED.
class TableImportQueries {
 public:
  TableImportQueries(UploadFolder* uploads, ImportRunner* runner, SqlTableImports& rows,
                     const CurrencySource& currencies, absl::TimeZone zone, const Clock& clock)
      : uploads_(uploads),
        runner_(runner),
        rows_(rows),
        currencies_(currencies),
        zone_(zone),
        clock_(clock) {}

  absl::StatusOr<imports::v1::Upload> GetUpload(const imports::v1::GetUploadRequest& request);
  absl::StatusOr<imports::v1::ListUploadsResponse> ListUploads(
      const imports::v1::ListUploadsRequest& request);
  absl::StatusOr<imports::v1::ListMappingsResponse> ListMappings(
      const imports::v1::ListMappingsRequest& request);
  absl::StatusOr<imports::v1::ShippedMapping> GetMapping(
      const imports::v1::GetMappingRequest& request);
  absl::StatusOr<imports::v1::GuessMappingResponse> GuessMapping(
      const imports::v1::GuessMappingRequest& request);
  absl::StatusOr<imports::v1::PreviewMappingResponse> PreviewMapping(
      const imports::v1::PreviewMappingRequest& request);
  absl::StatusOr<imports::v1::TableImport> GetTableImport(
      const imports::v1::GetTableImportRequest& request);
  absl::StatusOr<imports::v1::ListTableImportsResponse> ListTableImports(
      const imports::v1::ListTableImportsRequest& request);

 private:
  UploadFolder* const uploads_;
  ImportRunner* const runner_;
  SqlTableImports& rows_;
  const CurrencySource& currencies_;
  const absl::TimeZone zone_;
  const Clock& clock_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_TABLE_IMPORT_QUERIES_H_
