// Rows of one sheet of an Excel workbook (ECMA-376), read strictly and as a stream.
#ifndef BELLWETHER_SERVICES_IMPORTS_ADAPTERS_XLSX_ROWS_H_
#define BELLWETHER_SERVICES_IMPORTS_ADAPTERS_XLSX_ROWS_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/imports/adapters/xlsx_package.h"
#include "services/imports/domain/row_source.h"
#include "services/imports/domain/workbook_cells.h"

namespace bellwether::imports {

// Of the texts that the sheets of a workbook share, which are held in memory.
inline constexpr size_t kSharedTextBytesMax = 96 << 20;

// Numbers come at the 15 digits that Excel keeps, dates as 2026-11-03 or 2026-11-03 09:30:00, times
// of day as 09:30:00, truths as TRUE and FALSE, errors as they stand (#N/A); a formula as the value
// that the workbook holds for it, and the row is refused where it holds none. A row is as wide as
// its last cell. One thread.
class XlsxRows : public RowSource {
 public:
  // The sheet of that name; empty means the first. FAILED_PRECONDITION / NOT_A_WORKBOOK,
  // SHEET_NOT_FOUND (naming those that are there), SHARED_TEXT_TOO_LARGE, PART_TOO_LARGE.
  static absl::StatusOr<std::unique_ptr<XlsxRows>> Open(const std::string& path,
                                                        const std::string& sheet);
  ~XlsxRows() override;

  Result Next(Row& row, RowProblem& problem) override;
  absl::Status status() const override { return failure_; }
  bool ragged() const override { return true; }

 private:
  class Sheet;  // what the XML of the sheet is read with

  XlsxRows(std::unique_ptr<XlsxPackage> package, std::unique_ptr<Sheet> sheet);

  const std::unique_ptr<XlsxPackage> package_;
  const std::unique_ptr<Sheet> sheet_;
  absl::Status failure_;
  bool at_end_ = false;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_ADAPTERS_XLSX_ROWS_H_
