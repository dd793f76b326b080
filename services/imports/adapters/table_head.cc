#include "services/imports/adapters/table_head.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "services/imports/adapters/byte_files.h"
#include "services/imports/adapters/json_rows.h"
#include "services/imports/adapters/xlsx_rows.h"
#include "services/imports/domain/delimited_text.h"
#include "services/imports/domain/text_encoding.h"

namespace bellwether::imports {
namespace {

HeadLayout LayoutOf(const std::string& file_name) {
  const std::string lower = absl::AsciiStrToLower(file_name);
  absl::string_view plain = lower;
  if (absl::EndsWith(plain, ".xlsx")) return HeadLayout::kWorkbook;
  absl::ConsumeSuffix(&plain, ".gz");
  return absl::EndsWith(plain, ".jsonl") ? HeadLayout::kJsonLines : HeadLayout::kDelimited;
}

absl::Status TakeRows(RowSource& rows, TableHead& head) {
  Row row;
  RowProblem problem;
  const RowSource::Result header = rows.Next(row, problem);
  RETURN_IF_ERROR(rows.status());
  if (header != RowSource::Result::kRow) {
    const bool none = header == RowSource::Result::kEnd;
    return FailedPrecondition(none ? "MISSING_HEADER" : problem.reason, head.file_name,
                              none ? "it has no rows" : problem.message);
  }
  for (const Cell& cell : row.cells) head.names.push_back(cell.text);
  while (head.rows.size() < kHeadRowsMax) {
    const RowSource::Result result = rows.Next(row, problem);
    if (result == RowSource::Result::kEnd) break;
    if (result != RowSource::Result::kRow) continue;
    std::vector<std::string> cells;
    bool blank = true;
    for (const Cell& cell : row.cells) {
      blank = blank && cell.text.empty();
      cells.push_back(cell.text);
    }
    if (rows.ragged() && cells.size() < head.names.size()) cells.resize(head.names.size());
    if (!blank && cells.size() == head.names.size()) head.rows.push_back(std::move(cells));
  }
  return rows.status();
}

// The first bytes, without the line that they end in the middle of.
absl::StatusOr<std::string> ReadBytes(const std::string& path) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source, OpenBytes(path));
  std::string bytes(kHeadBytesMax, '\0');
  size_t there = 0;
  while (there < bytes.size()) {
    ASSIGN_OR_RETURN(const size_t taken, source->Read(bytes.data() + there, bytes.size() - there));
    if (taken == 0) break;
    there += taken;
  }
  const bool cut = there == bytes.size();
  bytes.resize(there);
  const size_t end = bytes.rfind('\n');
  // A line end of UTF-16 has its zero before it or behind it.
  const bool wide = bytes.size() > 1 &&
                    (bytes[0] == '\0' || bytes[1] == '\0' || absl::StartsWith(bytes, "\xFF\xFE") ||
                     absl::StartsWith(bytes, "\xFE\xFF"));
  if (cut && !wide && end != std::string::npos) bytes.resize(end + 1);
  return bytes;
}

}  // namespace

absl::StatusOr<TableHead> ReadTableHead(const std::string& folder, const std::string& file_name) {
  TableHead head{.file_name = file_name, .layout = LayoutOf(file_name)};
  const std::string path = absl::StrCat(folder, "/", file_name);
  if (head.layout == HeadLayout::kWorkbook) {
    ASSIGN_OR_RETURN(const std::unique_ptr<XlsxRows> sheet, XlsxRows::Open(path, ""));
    RETURN_IF_ERROR(TakeRows(*sheet, head));
    return head;
  }
  ASSIGN_OR_RETURN(std::string bytes, ReadBytes(path));
  if (const absl::string_view kind = BinaryKindOf(bytes.substr(0, 8)); !kind.empty()) {
    return FailedPrecondition("NOT_A_TABLE", file_name,
                              absl::StrCat("it is ", kind, ", not the text that its name says"));
  }
  EncodingEvidence evidence;
  evidence.Add(bytes);
  TextEncoding encoding = evidence.Conclude();
  if (encoding == TextEncoding::kUtf8 && evidence.not_utf8()) {
    encoding = TextEncoding::kLatin1;
    head.latin1 = true;
  }
  ASSIGN_OR_RETURN(const std::unique_ptr<ByteSource> source,
                   Decode(std::make_unique<TextSource>(std::move(bytes)), encoding));
  if (head.layout == HeadLayout::kJsonLines) {
    JsonRows rows(*source, {});
    RETURN_IF_ERROR(TakeRows(rows, head));
  } else {
    RowReader rows(*source, {.delimiter = kRecognisedDelimiter});
    RETURN_IF_ERROR(TakeRows(rows, head));
  }
  return head;
}

}  // namespace bellwether::imports
