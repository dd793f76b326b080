#include "services/gateway/table_imports/upload_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "common/journal/timestamps.h"
#include "common/log/log.h"
#include "services/gateway/table_imports/upload_names.h"

namespace bellwether::gateway {
namespace {

using imports::v1::Upload;
using imports::v1::UploadFile;
namespace fs = std::filesystem;

constexpr char kCollection[] = "uploads";
constexpr char kNotFound[] = "UPLOAD_NOT_FOUND";
// How far the end of an upload may lag behind its last use.
constexpr absl::Duration kUseNoted = absl::Minutes(1);

absl::Status NotFound() {
  return Error(absl::StatusCode::kNotFound, {kNotFound, "name", ""}, "there is no such upload");
}

absl::Status Exhausted(absl::string_view reason, absl::string_view message) {
  return Error(absl::StatusCode::kResourceExhausted, {std::string(reason), "", ""}, message);
}

absl::Status DiskFailure(int error) {
  if (error == ENOSPC || error == EDQUOT) {
    return Exhausted("DISK_FULL", "the disk of the uploads is full");
  }
  return Error(absl::StatusCode::kInternal, {"UPLOAD_DISK_FAILED", "", ""},
               "the disk of the uploads failed");
}

absl::Status Check(const std::error_code& error) {
  return error ? DiskFailure(error.value()) : absl::OkStatus();
}

// 0 where there is none.
int64_t SizeOf(const std::string& path) {
  std::error_code error;
  const auto size = fs::file_size(path, error);
  return error ? 0 : static_cast<int64_t>(size);
}

absl::StatusOr<std::string> ReadWhole(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return DiskFailure(EIO);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

// All of it or nothing, under that name.
absl::Status WriteWhole(const std::string& path, const std::string& bytes) {
  const std::string next = path + ".next";
  std::ofstream file(next, std::ios::binary | std::ios::trunc);
  file << bytes;
  file.close();
  if (!file) return DiskFailure(errno);
  std::error_code error;
  fs::rename(next, path, error);
  return Check(error);
}

// Writes `piece` at `offset`, up to which the file is there; what is there already must be the
// same.
absl::Status WriteAt(const std::string& path, int64_t offset, absl::string_view piece) {
  const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return DiskFailure(errno);
  const absl::Cleanup close_file = [file] { close(file); };
  const int64_t there = SizeOf(path);
  const auto overlap =
      std::min(piece.size(), static_cast<size_t>(std::max<int64_t>(there - offset, 0)));
  std::string present(overlap, '\0');
  for (size_t read = 0; read < overlap;) {
    const ssize_t taken = pread(file, present.data() + read, overlap - read,
                                static_cast<off_t>(offset + static_cast<int64_t>(read)));
    if (taken <= 0) return DiskFailure(taken < 0 ? errno : EIO);
    read += static_cast<size_t>(taken);
  }
  if (present != piece.substr(0, overlap)) {
    return FailedPrecondition("CHUNK_DIFFERS", "piece",
                              absl::StrCat("other bytes are there, of the ", there,
                                           " that came before: delete the file and begin anew"));
  }
  for (size_t written = overlap; written < piece.size();) {
    const ssize_t taken = pwrite(file, piece.data() + written, piece.size() - written,
                                 static_cast<off_t>(offset + static_cast<int64_t>(written)));
    if (taken < 0) return DiskFailure(errno);
    written += static_cast<size_t>(taken);
  }
  return absl::OkStatus();
}

// Returns when all of the file is on the disk.
absl::Status Sync(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return DiskFailure(errno);
  const absl::Cleanup close_file = [file] { close(file); };
  return fsync(file) == 0 ? absl::OkStatus() : DiskFailure(errno);
}

void AddFiles(const std::string& folder, bool complete, Upload& upload) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    UploadFile& file = *upload.add_files();
    file.set_file_name(entry.path().filename().string());
    file.set_bytes(SizeOf(entry.path().string()));
    file.set_complete(complete);
  }
}

int64_t BytesOf(const Upload& upload) {
  int64_t bytes = 0;
  for (const UploadFile& file : upload.files()) bytes += file.bytes();
  return bytes;
}

}  // namespace

absl::StatusOr<std::unique_ptr<UploadFolder>> UploadFolder::Open(const std::string& path,
                                                                 const UploadLimits& limits,
                                                                 const Clock& clock) {
  std::unique_ptr<UploadFolder> folder(new UploadFolder(path, limits, clock));
  RETURN_IF_ERROR(folder->Prepare());
  return folder;
}

UploadFolder::~UploadFolder() {
  if (lock_ >= 0) close(lock_);
}

absl::Status UploadFolder::Prepare() {
  const auto not_writable = [&] {
    return FailedPrecondition("UPLOADS_NOT_WRITABLE", "uploads",
                              absl::StrCat("uploads cannot be kept in ", path_));
  };
  std::error_code error;
  fs::create_directories(uploads_, error);
  if (error) return not_writable();
  lock_ = open(absl::StrCat(path_, "/lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) return not_writable();
  if (flock(lock_, LOCK_EX | LOCK_NB) != 0) {
    return FailedPrecondition("UPLOADS_IN_USE", "uploads",
                              absl::StrCat("another process keeps its uploads in ", path_));
  }
  const std::string id_file = path_ + "/id";
  if (!fs::exists(id_file, error)) {
    if (!WriteWhole(id_file, NewUuid()).ok()) return not_writable();
  }
  ASSIGN_OR_RETURN(id_, ReadWhole(id_file));
  absl::MutexLock lock(&mutex_);
  for (const std::string& id : Ids()) {
    const bool head = fs::exists(Of(id) + "/upload", error);
    RETURN_IF_ERROR(Check(error));
    if (!head) {
      // Left half made or half deleted by a process that ended.
      fs::remove_all(Of(id), error);
      RETURN_IF_ERROR(Check(error));
      continue;
    }
    const auto upload = Read(id);
    if (upload.ok()) bytes_ += BytesOf(*upload);
  }
  return absl::OkStatus();
}

std::string UploadFolder::ledger_folder() const { return path_ + "/ledgers"; }

std::vector<std::string> UploadFolder::Ids() const {
  std::vector<std::string> ids;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(uploads_, error)) {
    const std::string id = entry.path().filename().string();
    if (IdIn(absl::StrCat(kCollection, "/", id), kCollection, kNotFound).ok()) ids.push_back(id);
  }
  return ids;
}

absl::StatusOr<std::string> UploadFolder::Find(const std::string& name) {
  ASSIGN_OR_RETURN(std::string id, IdIn(name, kCollection, kNotFound));
  std::error_code error;
  if (!fs::exists(Of(id) + "/upload", error)) return NotFound();
  return id;
}

absl::StatusOr<Upload> UploadFolder::Read(const std::string& id) {
  ASSIGN_OR_RETURN(const std::string head, ReadWhole(Of(id) + "/upload"));
  Upload upload;
  if (!upload.ParseFromString(head)) return DiskFailure(EIO);
  AddFiles(Of(id) + "/tables", true, upload);
  AddFiles(Of(id) + "/parts", false, upload);
  std::sort(upload.mutable_files()->begin(), upload.mutable_files()->end(),
            [](const UploadFile& a, const UploadFile& b) { return a.file_name() < b.file_name(); });
  return upload;
}

absl::Status UploadFolder::WriteHead(const std::string& id, const Upload& upload) {
  Upload head = upload;
  head.clear_files();
  return WriteWhole(Of(id) + "/upload", head.SerializeAsString());
}

absl::Status UploadFolder::Use(const std::string& id) {
  ASSIGN_OR_RETURN(Upload upload, Read(id));
  const absl::Time end = clock_.Now() + limits_.kept;
  const auto noted = journal::FromTimestamp(upload.expire_time());
  if (noted.has_value() && *noted + kUseNoted > end) return absl::OkStatus();
  *upload.mutable_expire_time() = journal::ToTimestamp(end);
  return WriteHead(id, upload);
}

absl::Status UploadFolder::CheckNotHeld(const std::string& id) {
  if (!held_.contains(id)) return absl::OkStatus();
  return FailedPrecondition("UPLOAD_IN_USE", "name",
                            "an import of the upload is queued or running: wait, or cancel it");
}

absl::StatusOr<Upload> UploadFolder::Create(const imports::v1::CreateUploadRequest& request,
                                            const std::string& principal) {
  ASSIGN_OR_RETURN(const std::string id, IdOfRequest(principal, request.request_id()));
  const auto characters = Utf8Length(request.display_name());
  if (!characters.has_value() || *characters > kDisplayNameCharactersMax) {
    return InvalidArgument("DISPLAY_NAME_INVALID", "display_name",
                           absl::StrCat("display_name is UTF-8 of at most ",
                                        kDisplayNameCharactersMax, " characters"));
  }
  absl::MutexLock lock(&mutex_);
  Upload upload;
  upload.set_name(absl::StrCat(kCollection, "/", id));
  if (Find(upload.name()).ok()) return Read(id);
  if (Ids().size() >= static_cast<size_t>(limits_.uploads_max)) {
    return Exhausted("TOO_MANY_UPLOADS",
                     absl::StrCat("there are ", limits_.uploads_max, " uploads: delete some"));
  }
  upload.set_display_name(request.display_name());
  upload.set_principal(principal);
  *upload.mutable_create_time() = journal::ToTimestamp(clock_.Now());
  *upload.mutable_expire_time() = journal::ToTimestamp(clock_.Now() + limits_.kept);
  for (const char* part : {"/tables", "/parts"}) {
    std::error_code error;
    fs::create_directories(Of(id) + part, error);
    RETURN_IF_ERROR(Check(error));
  }
  RETURN_IF_ERROR(WriteHead(id, upload));
  return upload;
}

absl::StatusOr<Upload> UploadFolder::Get(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const std::string id, Find(name));
  return Read(id);
}

absl::StatusOr<std::vector<Upload>> UploadFolder::List() {
  absl::MutexLock lock(&mutex_);
  std::vector<Upload> uploads;
  for (const std::string& id : Ids()) {
    // One that was left half made is none.
    if (!Find(absl::StrCat(kCollection, "/", id)).ok()) continue;
    ASSIGN_OR_RETURN(uploads.emplace_back(), Read(id));
  }
  std::sort(uploads.begin(), uploads.end(), [](const Upload& a, const Upload& b) {
    const auto key = [](const Upload& upload) {
      return std::pair(journal::FromTimestamp(upload.create_time()), upload.name());
    };
    return key(a) > key(b);
  });
  return uploads;
}

absl::Status UploadFolder::CheckSpace(const Upload& upload, int64_t there, int64_t more) {
  if (there + more > limits_.file_bytes_max) {
    return Exhausted("FILE_TOO_LARGE",
                     absl::StrCat("a file has at most ", limits_.file_bytes_max, " bytes"));
  }
  if (BytesOf(upload) + more > limits_.upload_bytes_max) {
    return Exhausted("UPLOAD_TOO_LARGE",
                     absl::StrCat("an upload has at most ", limits_.upload_bytes_max, " bytes"));
  }
  if (bytes_ + more > limits_.all_bytes_max) {
    return Exhausted("UPLOADS_FULL", absl::StrCat("all uploads have at most ",
                                                  limits_.all_bytes_max, " bytes: delete some"));
  }
  return absl::OkStatus();
}

absl::StatusOr<UploadFile> UploadFolder::Write(const imports::v1::WriteUploadFileRequest& request) {
  ASSIGN_OR_RETURN(UploadFile file, WritePiece(request));
  if (!request.complete() || file.complete()) return file;
  ASSIGN_OR_RETURN(const std::string id, IdIn(request.name(), kCollection, kNotFound));
  // Without the lock: a large file takes its time. What deleted it meanwhile shows below.
  const absl::Status synced = Sync(PartOf(id, file.file_name()));
  return Complete(id, file.bytes(), synced, file.file_name());
}

absl::StatusOr<UploadFile> UploadFolder::Complete(const std::string& id, int64_t bytes,
                                                  const absl::Status& synced,
                                                  const std::string& file_name) {
  absl::MutexLock lock(&mutex_);
  RETURN_IF_ERROR(Find(absl::StrCat(kCollection, "/", id)).status());
  RETURN_IF_ERROR(CheckNotHeld(id));
  UploadFile file;
  file.set_file_name(file_name);
  file.set_bytes(bytes);
  file.set_complete(true);
  const std::string part = PartOf(id, file_name);
  const std::string table = TableOf(id, file_name);
  std::error_code error;
  // The same call twice: the other one was first.
  if (!fs::exists(part, error) && fs::exists(table, error) && SizeOf(table) == bytes) return file;
  RETURN_IF_ERROR(synced);
  if (SizeOf(part) != bytes) {
    return FailedPrecondition("CHUNK_DIFFERS", "complete",
                              "another call has changed the file: delete it and begin anew");
  }
  fs::rename(part, table, error);
  RETURN_IF_ERROR(Check(error));
  RETURN_IF_ERROR(Use(id));
  return file;
}

absl::StatusOr<UploadFile> UploadFolder::WritePiece(
    const imports::v1::WriteUploadFileRequest& request) {
  RETURN_IF_ERROR(CheckFileName(request.file_name()));
  if (request.piece().size() > limits_.chunk_bytes_max) {
    return InvalidArgument("CHUNK_TOO_LARGE", "piece",
                           absl::StrCat("a piece has at most ", limits_.chunk_bytes_max, " bytes"));
  }
  if (request.offset() < 0) {
    return InvalidArgument("OFFSET_INVALID", "offset", "offset must not be below 0");
  }
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const std::string id, Find(request.name()));
  RETURN_IF_ERROR(CheckNotHeld(id));
  ASSIGN_OR_RETURN(const Upload upload, Read(id));
  UploadFile file;
  file.set_file_name(request.file_name());
  const auto known =
      std::find_if(upload.files().begin(), upload.files().end(),
                   [&](const UploadFile& each) { return each.file_name() == request.file_name(); });
  if (known != upload.files().end()) {
    file = *known;
  } else if (upload.files_size() >= limits_.files_max) {
    return Exhausted("TOO_MANY_FILES",
                     absl::StrCat("an upload has at most ", limits_.files_max, " files"));
  }
  const int64_t end = request.offset() + static_cast<int64_t>(request.piece().size());
  if (request.offset() > file.bytes()) {
    return FailedPrecondition("OFFSET_AHEAD", "offset",
                              absl::StrCat(file.bytes(), " bytes are there: go on from there"));
  }
  // A shorter file of the same name: taken as whole, it would have the end of the other.
  if (request.complete() && end < file.bytes()) {
    return FailedPrecondition(
        "CHUNK_DIFFERS", "complete",
        absl::StrCat(file.bytes(), " bytes are there already: delete the file and begin anew"));
  }
  const int64_t more = std::max<int64_t>(end - file.bytes(), 0);
  if (file.complete() && more > 0) {
    return FailedPrecondition("FILE_COMPLETE", "file_name",
                              "the file is complete: delete it to send another");
  }
  RETURN_IF_ERROR(CheckSpace(upload, file.bytes(), more));
  const std::string path =
      file.complete() ? TableOf(id, file.file_name()) : PartOf(id, file.file_name());
  const absl::Status written = WriteAt(path, request.offset(), request.piece());
  const int64_t now_there = SizeOf(path);
  bytes_ += now_there - file.bytes();
  RETURN_IF_ERROR(written);
  file.set_bytes(now_there);
  RETURN_IF_ERROR(Use(id));
  return file;
}

absl::Status UploadFolder::Delete(const std::string& name) {
  const auto id = IdIn(name, kCollection, kNotFound);
  if (!id.ok()) return absl::OkStatus();
  absl::MutexLock lock(&mutex_);
  return DeleteId(*id);
}

absl::Status UploadFolder::DeleteId(const std::string& id) {
  RETURN_IF_ERROR(CheckNotHeld(id));
  std::error_code error;
  const std::string head = Of(id) + "/upload";
  if (fs::exists(head, error)) {
    ASSIGN_OR_RETURN(const Upload upload, Read(id));
    // Without its head it is no upload any more, whatever is left of it.
    fs::remove(head, error);
    RETURN_IF_ERROR(Check(error));
    bytes_ -= BytesOf(upload);
  }
  RETURN_IF_ERROR(Check(error));
  fs::remove_all(Of(id), error);
  return Check(error);
}

absl::StatusOr<Upload> UploadFolder::DeleteFile(const std::string& name,
                                                const std::string& file_name) {
  RETURN_IF_ERROR(CheckFileName(file_name));
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const std::string id, Find(name));
  RETURN_IF_ERROR(CheckNotHeld(id));
  for (const char* part : {"/tables/", "/parts/"}) {
    const std::string path = absl::StrCat(Of(id), part, file_name);
    const int64_t bytes = SizeOf(path);
    std::error_code error;
    const bool removed = fs::remove(path, error);
    RETURN_IF_ERROR(Check(error));
    if (removed) bytes_ -= bytes;
  }
  RETURN_IF_ERROR(Use(id));
  return Read(id);
}

absl::Status UploadFolder::DeleteExpired() {
  const absl::Time now = clock_.Now();
  for (const std::string& id : Ids()) {
    absl::MutexLock lock(&mutex_);
    // One that was left half made is none, nor is one that is gone by now.
    if (!Find(absl::StrCat(kCollection, "/", id)).ok()) continue;
    ASSIGN_OR_RETURN(const Upload upload, Read(id));
    const auto end = journal::FromTimestamp(upload.expire_time());
    if (!end.has_value() || *end > now) continue;
    // One that an import holds goes later.
    if (held_.contains(id)) continue;
    RETURN_IF_ERROR(DeleteId(id));
    LogInfo("an upload that nobody used was deleted", {{"upload", upload.name()}});
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<UploadFolder::Hold>> UploadFolder::HoldUpload(
    const std::string& name) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const std::string id, Find(name));
  RETURN_IF_ERROR(Use(id));
  ++held_[id];
  return std::make_unique<Hold>(*this, id);
}

UploadFolder::Hold::~Hold() {
  absl::MutexLock lock(&folder_.mutex_);
  if (--folder_.held_[id_] == 0) folder_.held_.erase(id_);
}

absl::StatusOr<std::string> UploadFolder::TablesOf(const std::string& name) {
  absl::MutexLock lock(&mutex_);
  ASSIGN_OR_RETURN(const std::string id, Find(name));
  RETURN_IF_ERROR(Use(id));
  return Of(id) + "/tables";
}

}  // namespace bellwether::gateway
