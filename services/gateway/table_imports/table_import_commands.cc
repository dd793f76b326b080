#include "services/gateway/table_imports/table_import_commands.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "services/gateway/table_imports/import_job.h"
#include "services/gateway/table_imports/upload_names.h"
#include "services/imports/adapters/import_source.h"

namespace bellwether::gateway {

using namespace imports::v1;  // NOLINT(google-build-using-namespace): the messages of one service

absl::Status UploadsNotConfigured() {
  return FailedPrecondition(
      "UPLOADS_NOT_CONFIGURED", "uploads",
      "this gateway keeps no uploads: the key `uploads` of its configuration names their folder");
}

absl::Status CheckMapping(const std::string& text) {
  if (text.size() > kMappingBytesMax) {
    return InvalidArgument("MAPPING_TOO_LARGE", "mapping_text",
                           absl::StrCat("a mapping has at most ", kMappingBytesMax, " bytes"));
  }
  const absl::Status parsed = imports::ParseMapping(text, "mapping.yaml").status();
  if (parsed.ok()) return parsed;
  return InvalidArgument("BAD_MAPPING", "mapping_text", parsed.message());
}

TableImportCommands::TableImportCommands(UploadFolder* uploads, ImportRunner* runner,
                                         metrics::Registry& metrics)
    : uploads_(uploads),
      runner_(runner),
      bytes_(metrics.CounterOf("bellwether_upload_bytes_total",
                               "Bytes of tables that were uploaded, repeats included.")) {}

absl::StatusOr<Upload> TableImportCommands::CreateUpload(const CreateUploadRequest& request,
                                                         const rpc::Call& call) {
  if (uploads_ == nullptr) return UploadsNotConfigured();
  return uploads_->Create(request, call.principal);
}

absl::StatusOr<UploadFile> TableImportCommands::WriteUploadFile(
    const WriteUploadFileRequest& request) {
  if (uploads_ == nullptr) return UploadsNotConfigured();
  ASSIGN_OR_RETURN(UploadFile file, uploads_->Write(request));
  bytes_.Increment(static_cast<double>(request.piece().size()));
  return file;
}

absl::StatusOr<DeleteUploadResponse> TableImportCommands::DeleteUpload(
    const DeleteUploadRequest& request) {
  if (uploads_ == nullptr) return UploadsNotConfigured();
  RETURN_IF_ERROR(uploads_->Delete(request.name()));
  return DeleteUploadResponse();
}

absl::StatusOr<Upload> TableImportCommands::DeleteUploadFile(
    const DeleteUploadFileRequest& request) {
  if (uploads_ == nullptr) return UploadsNotConfigured();
  return uploads_->DeleteFile(request.name(), request.file_name());
}

absl::StatusOr<TableImport> TableImportCommands::StartTableImport(
    const StartTableImportRequest& request, const rpc::Call& call) {
  if (runner_ == nullptr) return UploadsNotConfigured();
  ASSIGN_OR_RETURN(const std::string id, IdOfRequest(call.principal, request.request_id()));
  if (request.mode() != TABLE_IMPORT_MODE_CHECK && request.mode() != TABLE_IMPORT_MODE_RUN) {
    return InvalidArgument("MODE_UNSPECIFIED", "mode", "mode must be CHECK or RUN");
  }
  if (request.shift_days() > kShiftDaysMax || request.shift_days() < -kShiftDaysMax ||
      (request.shift_to_now() && request.shift_days() != 0)) {
    return InvalidArgument("SHIFT_TWICE", "shift_days",
                           absl::StrCat("shift_days is at most ", kShiftDaysMax,
                                        " either way, and not given with shift_to_now"));
  }
  TableImport import;
  import.set_name(absl::StrCat("tableImports/", id));
  import.set_upload(request.upload());
  import.set_mapping_text(request.mapping_text());
  import.set_shipped_mapping(request.shipped_mapping());
  import.set_mode(request.mode());
  import.set_principal(call.principal);
  import.set_shift_to_now(request.shift_to_now());
  import.set_shift_days(request.shift_days());
  import.set_new_identity(request.new_identity());
  ASSIGN_OR_RETURN(const std::string text, MappingTextOf(import));
  RETURN_IF_ERROR(CheckMapping(text));
  ASSIGN_OR_RETURN(const auto mapping, imports::ParseMapping(text, "mapping.yaml"));
  import.set_mapping_id(mapping.spec->mapping_id());
  return runner_->Queue(std::move(import));
}

absl::StatusOr<TableImport> TableImportCommands::CancelTableImport(
    const CancelTableImportRequest& request) {
  if (runner_ == nullptr) return UploadsNotConfigured();
  return runner_->Cancel(request.name());
}

}  // namespace bellwether::gateway
