#include "services/imports/adapters/folder_tables.h"

#include <fnmatch.h>

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "services/imports/adapters/byte_files.h"
#include "services/imports/adapters/json_rows.h"
#include "services/imports/adapters/xlsx_rows.h"

namespace bellwether::imports {
namespace {

constexpr size_t kPieceBytes = 256 << 10;

std::string InFolder(const std::string& folder, const std::string& file) {
  return absl::StrCat(absl::StripSuffix(folder, "/"), "/", file);
}

class OpenedFile : public OpenedTable {
 public:
  OpenedFile(std::unique_ptr<ByteSource> source, TextFormat format, TextEncoding encoding)
      : source_(std::move(source)),
        encoding_(encoding == TextEncoding::kUtf8 ? "" : EncodingName(encoding)),
        reader_(*source_, std::move(format)) {}

  RowSource& rows() override { return reader_; }
  std::string encoding() const override { return encoding_; }

 private:
  const std::unique_ptr<ByteSource> source_;
  const std::string encoding_;
  RowReader reader_;
};

class OpenedJsonLines : public OpenedTable {
 public:
  OpenedJsonLines(std::unique_ptr<ByteSource> source, TextEncoding encoding,
                  std::vector<std::string> may_lack)
      : source_(std::move(source)),
        encoding_(encoding == TextEncoding::kUtf8 ? "" : EncodingName(encoding)),
        rows_(*source_, std::move(may_lack)) {}

  RowSource& rows() override { return rows_; }
  std::string encoding() const override { return encoding_; }

 private:
  const std::unique_ptr<ByteSource> source_;
  const std::string encoding_;
  JsonRows rows_;
};

// A column that no line names is as good as empty, unless each row must have it.
std::vector<std::string> ColumnsThatMayLack(const CompiledFile& file) {
  std::vector<std::string> names;
  for (const CompiledColumn& column : file.columns) {
    if (column.of_file() && !column.spec().required()) names.push_back(column.name());
  }
  return names;
}

class OpenedSheet : public OpenedTable {
 public:
  explicit OpenedSheet(std::unique_ptr<XlsxRows> rows) : rows_(std::move(rows)) {}
  RowSource& rows() override { return *rows_; }

 private:
  const std::unique_ptr<XlsxRows> rows_;
};

struct Recognised {
  TextEncoding encoding = TextEncoding::kUtf8;
  std::string head;
};

// Reads the file once where its encoding is not declared, up to `bytes_max`.
absl::StatusOr<Recognised> Recognise(const std::string& path, bool declared, int64_t bytes_max) {
  ASSIGN_OR_RETURN(const auto source, OpenBytes(path));
  Recognised recognised;
  EncodingEvidence evidence;
  std::string piece(kPieceBytes, '\0');
  for (int64_t left = bytes_max; left > 0;) {
    const auto wanted = static_cast<size_t>(std::min<int64_t>(left, kPieceBytes));
    ASSIGN_OR_RETURN(const size_t taken, source->Read(piece.data(), wanted));
    if (recognised.head.empty()) recognised.head = piece.substr(0, std::min<size_t>(taken, 8));
    left -= static_cast<int64_t>(taken);
    absl::string_view bytes = absl::string_view(piece).substr(0, taken);
    // Not amid a character: a line's end is never a part of one.
    if (left == 0) bytes = bytes.substr(0, bytes.rfind('\n'));
    evidence.Add(bytes);
    if (taken == 0 || declared) break;
  }
  recognised.encoding = evidence.Conclude();
  return recognised;
}

TextEncoding EncodingOf(imports::v1::Encoding declared, TextEncoding recognised) {
  switch (declared) {
    case imports::v1::ENCODING_UTF8:
      return TextEncoding::kUtf8;
    case imports::v1::ENCODING_UTF16:
      return recognised == TextEncoding::kUtf16Be ? recognised : TextEncoding::kUtf16Le;
    case imports::v1::ENCODING_GB18030:
      return TextEncoding::kGb18030;
    case imports::v1::ENCODING_LATIN1:
      return TextEncoding::kLatin1;
    default:
      return recognised;
  }
}

}  // namespace

absl::StatusOr<std::vector<std::string>> FolderTables::PathsOf(const CompiledFile& file) const {
  const std::string& path = file.spec->path();
  std::error_code error;
  std::vector<std::string> paths;
  if (path.find_first_of("*?") == std::string::npos) {
    if (std::filesystem::is_regular_file(InFolder(folder_, path), error)) paths.push_back(path);
  } else {
    for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
      const std::string name = entry.path().filename().string();
      if (entry.is_regular_file(error) && fnmatch(path.c_str(), name.c_str(), FNM_PERIOD) == 0) {
        paths.push_back(name);
      }
    }
  }
  if (paths.empty() && !file.spec->optional()) return FileNotFound(InFolder(folder_, path));
  if (paths.size() > kFilesOfPatternMax) {
    return InvalidArgument("TOO_MANY_FILES", path,
                           absl::StrCat("more than ", kFilesOfPatternMax, " files match ", path));
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

absl::StatusOr<std::unique_ptr<OpenedTable>> FolderTables::Open(const CompiledFile& file,
                                                                const std::string& path) const {
  const std::string whole = InFolder(folder_, path);
  if (file.spec->layout() == imports::v1::LAYOUT_XLSX) {
    ASSIGN_OR_RETURN(std::unique_ptr<XlsxRows> sheet, XlsxRows::Open(whole, file.spec->sheet()));
    return std::make_unique<OpenedSheet>(std::move(sheet));
  }
  const auto declared = file.spec->encoding();
  ASSIGN_OR_RETURN(
      const Recognised recognised,
      Recognise(whole, declared != imports::v1::ENCODING_UNSPECIFIED, recognise_bytes_max_));
  if (const absl::string_view kind = BinaryKindOf(recognised.head); !kind.empty()) {
    return FailedPrecondition(
        "NOT_A_TABLE", path,
        absl::StrCat(path, " is ", kind, ", not the text that the mapping says",
                     IsZip(recognised.head) ? ": layout xlsx reads a sheet of a workbook"
                                            : ": save it as CSV or .xlsx"));
  }
  const TextEncoding encoding = EncodingOf(declared, recognised.encoding);
  ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> bytes, OpenBytes(whole));
  ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, Decode(std::move(bytes), encoding));
  if (file.spec->layout() == imports::v1::LAYOUT_JSON_LINES) {
    return std::make_unique<OpenedJsonLines>(std::move(source), encoding, ColumnsThatMayLack(file));
  }
  TextFormat format = file.format;
  format.encoding = EncodingName(encoding);
  return std::make_unique<OpenedFile>(std::move(source), std::move(format), encoding);
}

}  // namespace bellwether::imports
