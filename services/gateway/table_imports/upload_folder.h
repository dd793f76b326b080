// The tables that were uploaded, as files of one folder.
#ifndef BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_UPLOAD_FOLDER_H_
#define BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_UPLOAD_FOLDER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "bellwether/imports/v1/imports_service.pb.h"
#include "common/base/clock.h"

namespace bellwether::gateway {

struct UploadLimits {
  size_t chunk_bytes_max = 8 << 20;
  int64_t file_bytes_max = int64_t{4} << 30;
  int64_t upload_bytes_max = int64_t{16} << 30;
  int64_t all_bytes_max = int64_t{64} << 30;
  int files_max = 50;
  int uploads_max = 100;
  // After its last use an upload is kept so long.
  absl::Duration kept = absl::Hours(7 * 24);
};
inline constexpr size_t kDisplayNameCharactersMax = 200;

// A folder belongs to one process at a time, which has locked it:
//
//   id                    of the folder, made with it
//   uploads/ID/upload     what is known of an upload (imports.v1.Upload, without its files)
//   uploads/ID/tables/    files that are complete
//   uploads/ID/parts/     files that are not yet
//   ledgers/              what imports of a mapping made (FileLedger)
//
// Ids and names of files are checked before anything is opened (upload_names.h). Thread-safe; calls
// block on the disk.
class UploadFolder {
 public:
  // Makes what is not there. FAILED_PRECONDITION / UPLOADS_NOT_WRITABLE, UPLOADS_IN_USE where
  // another process has it.
  static absl::StatusOr<std::unique_ptr<UploadFolder>> Open(const std::string& path,
                                                            const UploadLimits& limits,
                                                            const Clock& clock);
  ~UploadFolder();
  UploadFolder(const UploadFolder&) = delete;
  UploadFolder& operator=(const UploadFolder&) = delete;

  const std::string& id() const { return id_; }
  std::string ledger_folder() const;

  // The errors of TableImportsService.
  absl::StatusOr<imports::v1::Upload> Create(const imports::v1::CreateUploadRequest& request,
                                             const std::string& principal);
  absl::StatusOr<imports::v1::Upload> Get(const std::string& name);
  absl::StatusOr<std::vector<imports::v1::Upload>> List();
  absl::StatusOr<imports::v1::UploadFile> Write(const imports::v1::WriteUploadFileRequest& request);
  absl::Status Delete(const std::string& name);
  absl::StatusOr<imports::v1::Upload> DeleteFile(const std::string& name,
                                                 const std::string& file_name);
  // Deletes what nobody has used for so long.
  absl::Status DeleteExpired();

  // The files of an upload, for an import: nothing of them changes while it lives.
  class Hold {
   public:
    Hold(UploadFolder& folder, std::string id) : folder_(folder), id_(std::move(id)) {}
    ~Hold();
    Hold(const Hold&) = delete;
    Hold& operator=(const Hold&) = delete;

   private:
    UploadFolder& folder_;
    const std::string id_;
  };
  absl::StatusOr<std::unique_ptr<Hold>> HoldUpload(const std::string& name);
  // Where its complete files are; it counts as used. NOT_FOUND / UPLOAD_NOT_FOUND.
  absl::StatusOr<std::string> TablesOf(const std::string& name);

 private:
  UploadFolder(std::string path, const UploadLimits& limits, const Clock& clock)
      : path_(path), uploads_(path + "/uploads"), limits_(limits), clock_(clock) {}

  absl::Status Prepare();
  std::string Of(const std::string& id) const { return uploads_ + "/" + id; }
  std::string TableOf(const std::string& id, const std::string& file_name) const {
    return Of(id) + "/tables/" + file_name;
  }
  std::string PartOf(const std::string& id, const std::string& file_name) const {
    return Of(id) + "/parts/" + file_name;
  }
  absl::StatusOr<imports::v1::UploadFile> WritePiece(
      const imports::v1::WriteUploadFileRequest& request);
  // A part of so many bytes becomes a table, where `synced` is OK.
  absl::StatusOr<imports::v1::UploadFile> Complete(const std::string& id, int64_t bytes,
                                                   const absl::Status& synced,
                                                   const std::string& file_name);
  absl::StatusOr<imports::v1::Upload> Read(const std::string& id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Of a name; it is there.
  absl::StatusOr<std::string> Find(const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status WriteHead(const std::string& id, const imports::v1::Upload& upload);
  absl::Status Use(const std::string& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // With what an interrupted deletion left of it.
  absl::Status DeleteId(const std::string& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status CheckNotHeld(const std::string& id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::vector<std::string> Ids() const;
  absl::Status CheckSpace(const imports::v1::Upload& upload, int64_t there, int64_t more)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string path_;
  const std::string uploads_;
  const UploadLimits limits_;
  const Clock& clock_;
  std::string id_;
  int lock_ = -1;  // the file that is locked
  absl::Mutex mutex_;
  std::map<std::string, int> held_ ABSL_GUARDED_BY(mutex_);
  int64_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;  // of all uploads
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_UPLOAD_FOLDER_H_
