// The methods of TableImportsService that change something.
#ifndef BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_TABLE_IMPORT_COMMANDS_H_
#define BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_TABLE_IMPORT_COMMANDS_H_

#include "absl/status/statusor.h"
#include "bellwether/imports/v1/imports_service.pb.h"
#include "common/metrics/metrics.h"
#include "common/rpc/call.h"
#include "services/gateway/table_imports/import_runner.h"
#include "services/gateway/table_imports/upload_folder.h"

namespace bellwether::gateway {

inline constexpr size_t kMappingBytesMax = 256 << 10;
inline constexpr int kShiftDaysMax = 36'500;

// FAILED_PRECONDITION / UPLOADS_NOT_CONFIGURED: no folder is given to keep uploads in.
absl::Status UploadsNotConfigured();
// INVALID_ARGUMENT / MAPPING_TOO_LARGE, BAD_MAPPING.
absl::Status CheckMapping(const std::string& text);

// Thread-safe; outlived by what it refers to. Without a folder every method answers
// UPLOADS_NOT_CONFIGURED.
class TableImportCommands {
 public:
  TableImportCommands(UploadFolder* uploads, ImportRunner* runner, metrics::Registry& metrics);

  absl::StatusOr<imports::v1::Upload> CreateUpload(const imports::v1::CreateUploadRequest& request,
                                                   const rpc::Call& call);
  absl::StatusOr<imports::v1::UploadFile> WriteUploadFile(
      const imports::v1::WriteUploadFileRequest& request);
  absl::StatusOr<imports::v1::DeleteUploadResponse> DeleteUpload(
      const imports::v1::DeleteUploadRequest& request);
  absl::StatusOr<imports::v1::Upload> DeleteUploadFile(
      const imports::v1::DeleteUploadFileRequest& request);
  absl::StatusOr<imports::v1::TableImport> StartTableImport(
      const imports::v1::StartTableImportRequest& request, const rpc::Call& call);
  absl::StatusOr<imports::v1::TableImport> CancelTableImport(
      const imports::v1::CancelTableImportRequest& request);

 private:
  UploadFolder* const uploads_;
  ImportRunner* const runner_;
  metrics::Counter& bytes_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_TABLE_IMPORT_COMMANDS_H_
