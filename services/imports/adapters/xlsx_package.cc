#include "services/imports/adapters/xlsx_package.h"

#include <unzip.h>

#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::imports {
namespace {

constexpr size_t kUnpackedPieceBytes = 64 << 10;
constexpr int kCaseSensitive = 1;

}  // namespace

XlsxPackage::XlsxPackage(std::string path, void* archive)
    : path_(std::move(path)), archive_(archive), piece_(kUnpackedPieceBytes, '\0') {}

XlsxPackage::~XlsxPackage() {
  if (open_) unzCloseCurrentFile(archive_);
  unzClose(archive_);
}

absl::StatusOr<std::unique_ptr<XlsxPackage>> XlsxPackage::Open(const std::string& path) {
  const unzFile archive = unzOpen64(path.c_str());
  if (archive == nullptr) {
    return FailedPrecondition("NOT_A_WORKBOOK", path,
                              absl::StrCat(path, " is no Excel workbook (.xlsx)"));
  }
  return absl::WrapUnique(new XlsxPackage(path, archive));
}

absl::Status XlsxPackage::Damaged(absl::string_view why) const {
  return FailedPrecondition("NOT_A_WORKBOOK", path_,
                            absl::StrCat(path_, " is no sound Excel workbook: ", why));
}

bool XlsxPackage::Has(const std::string& part) {
  return unzLocateFile(archive_, part.c_str(), kCaseSensitive) == UNZ_OK;
}

absl::Status XlsxPackage::OpenPart(const std::string& part) {
  if (open_) unzCloseCurrentFile(archive_);
  open_ = false;
  if (!Has(part)) {
    return Error(absl::StatusCode::kNotFound, {"PART_NOT_FOUND", path_, ""},
                 absl::StrCat(path_, " has no part ", part));
  }
  unz_file_info64 info;
  if (unzGetCurrentFileInfo64(archive_, &info, nullptr, 0, nullptr, 0, nullptr, 0) != UNZ_OK ||
      unzOpenCurrentFile(archive_) != UNZ_OK) {
    return Damaged(absl::StrCat(part, " cannot be unpacked"));
  }
  open_ = true;
  packed_ = static_cast<int64_t>(info.compressed_size);
  unpacked_ = 0;
  return absl::OkStatus();
}

absl::StatusOr<absl::string_view> XlsxPackage::Read() {
  const int taken =
      unzReadCurrentFile(archive_, piece_.data(), static_cast<unsigned>(piece_.size()));
  if (taken < 0) return Damaged("its packed bytes are damaged");
  unpacked_ += taken;
  const bool bomb = unpacked_ > kPartHarmlessBytes && unpacked_ / kPartRatioMax > packed_;
  if (unpacked_ > kPartBytesMax || bomb) {
    return FailedPrecondition("PART_TOO_LARGE", path_,
                              absl::StrCat(path_, " unpacks to more than it can mean"));
  }
  return absl::string_view(piece_).substr(0, static_cast<size_t>(taken));
}

}  // namespace bellwether::imports
