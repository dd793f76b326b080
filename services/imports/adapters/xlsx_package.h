// The parts of an Excel workbook: XML files in a zip archive, read a piece at a time.
#ifndef BELLWETHER_SERVICES_IMPORTS_ADAPTERS_XLSX_PACKAGE_H_
#define BELLWETHER_SERVICES_IMPORTS_ADAPTERS_XLSX_PACKAGE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace bellwether::imports {

// What a part may be when it is unpacked, and how often it may be larger than packed, past a size
// that is no harm.
inline constexpr int64_t kPartBytesMax = int64_t{8} << 30;
inline constexpr int64_t kPartRatioMax = 200;
inline constexpr int64_t kPartHarmlessBytes = 16 << 20;

// One part at a time is open. One thread.
class XlsxPackage {
 public:
  // FAILED_PRECONDITION / NOT_A_WORKBOOK.
  static absl::StatusOr<std::unique_ptr<XlsxPackage>> Open(const std::string& path);
  ~XlsxPackage();
  XlsxPackage(const XlsxPackage&) = delete;
  XlsxPackage& operator=(const XlsxPackage&) = delete;

  bool Has(const std::string& part);
  // NOT_FOUND / PART_NOT_FOUND.
  absl::Status OpenPart(const std::string& part);
  // The next bytes of the open part; empty at its end. NOT_A_WORKBOOK for damaged bytes,
  // PART_TOO_LARGE past the limits above.
  absl::StatusOr<absl::string_view> Read();

  const std::string& path() const { return path_; }
  absl::Status Damaged(absl::string_view why) const;

 private:
  XlsxPackage(std::string path, void* archive);

  const std::string path_;
  void* const archive_;  // unzFile
  bool open_ = false;
  int64_t packed_ = 0;
  int64_t unpacked_ = 0;
  std::string piece_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_ADAPTERS_XLSX_PACKAGE_H_
