#include "services/imports/adapters/xlsx_rows.h"

#include <expat.h>

#include <algorithm>
#include <map>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"

namespace bellwether::imports {
namespace {

constexpr int kXmlDepthMax = 64;

// Reads one part of a workbook: elements by their local names, texts as they come.
class XmlPart {
 public:
  XmlPart() : parser_(XML_ParserCreateNS("UTF-8", '|')) {
    XML_SetUserData(parser_, this);
    XML_SetElementHandler(
        parser_,
        [](void* self, const XML_Char* name, const XML_Char** attributes) {
          static_cast<XmlPart*>(self)->Begin(name, attributes);
        },
        [](void* self, const XML_Char* name) {
          auto* part = static_cast<XmlPart*>(self);
          --part->depth_;
          part->OnEnd(LocalName(name));
        });
    XML_SetCharacterDataHandler(parser_, [](void* self, const XML_Char* text, int size) {
      static_cast<XmlPart*>(self)->OnText(absl::string_view(text, static_cast<size_t>(size)));
    });
    // No part of a workbook has one; entities come with it.
    XML_SetStartDoctypeDeclHandler(
        parser_, [](void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
          static_cast<XmlPart*>(self)->Stop("it declares a document type");
        });
  }
  virtual ~XmlPart() { XML_ParserFree(parser_); }
  XmlPart(const XmlPart&) = delete;
  XmlPart& operator=(const XmlPart&) = delete;

  // Takes the next bytes; none is the end.
  absl::Status Take(absl::string_view bytes, const XlsxPackage& package) {
    const auto parsed =
        XML_Parse(parser_, bytes.data(), static_cast<int>(bytes.size()), bytes.empty() ? 1 : 0);
    if (!fault_.empty()) return package.Damaged(fault_);
    if (parsed == XML_STATUS_OK) return absl::OkStatus();
    return package.Damaged(absl::StrCat("line ", XML_GetCurrentLineNumber(parser_), " of a part: ",
                                        XML_ErrorString(XML_GetErrorCode(parser_))));
  }

 protected:
  // Value of the attribute of that local name; empty where it is not given.
  static absl::string_view Attribute(const XML_Char** attributes, absl::string_view name) {
    for (; attributes[0] != nullptr; attributes += 2) {
      if (LocalName(attributes[0]) == name) return attributes[1];
    }
    return "";
  }
  void Stop(std::string why) {
    fault_ = std::move(why);
    XML_StopParser(parser_, XML_FALSE);
  }

  virtual void OnBegin(absl::string_view name, const XML_Char** attributes) = 0;
  virtual void OnEnd(absl::string_view name) = 0;
  virtual void OnText(absl::string_view) {}

 private:
  static absl::string_view LocalName(absl::string_view name) {
    const size_t bar = name.rfind('|');
    return bar == absl::string_view::npos ? name : name.substr(bar + 1);
  }
  void Begin(const XML_Char* name, const XML_Char** attributes) {
    if (++depth_ > kXmlDepthMax) return Stop("its elements are nested too deeply");
    OnBegin(LocalName(name), attributes);
  }

  const XML_Parser parser_;
  std::string fault_;
  int depth_ = 0;
};

absl::Status ReadPart(XlsxPackage& package, const std::string& name, XmlPart& part) {
  RETURN_IF_ERROR(package.OpenPart(name));
  while (true) {
    ASSIGN_OR_RETURN(const absl::string_view bytes, package.Read());
    RETURN_IF_ERROR(part.Take(bytes, package));
    if (bytes.empty()) return absl::OkStatus();
  }
}

// xl/workbook.xml
class WorkbookPart : public XmlPart {
 public:
  std::vector<std::pair<std::string, std::string>> sheets;  // name and relation
  bool from_1904 = false;

 protected:
  void OnBegin(absl::string_view name, const XML_Char** attributes) override {
    if (name == "sheet") {
      sheets.emplace_back(Attribute(attributes, "name"), Attribute(attributes, "id"));
    } else if (name == "workbookPr") {
      const absl::string_view value = Attribute(attributes, "date1904");
      from_1904 = value == "1" || value == "true";
    }
  }
  void OnEnd(absl::string_view) override {}
};

// xl/_rels/workbook.xml.rels
class RelationsPart : public XmlPart {
 public:
  std::map<std::string, std::string> targets;  // by relation

 protected:
  void OnBegin(absl::string_view name, const XML_Char** attributes) override {
    if (name != "Relationship") return;
    const absl::string_view target = Attribute(attributes, "Target");
    targets.emplace(Attribute(attributes, "Id"), absl::StartsWith(target, "/")
                                                     ? std::string(target.substr(1))
                                                     : absl::StrCat("xl/", target));
  }
  void OnEnd(absl::string_view) override {}
};

// xl/sharedStrings.xml: texts, some of them in runs of different looks.
class SharedTextsPart : public XmlPart {
 public:
  std::vector<std::string> texts;

 protected:
  void OnBegin(absl::string_view name, const XML_Char**) override {
    if (name == "si") texts.emplace_back();
    if (name == "rPh") ++phonetic_;  // how it is read aloud is no part of the text
    in_text_ = name == "t" && phonetic_ == 0;
  }
  void OnEnd(absl::string_view name) override {
    if (name == "rPh") --phonetic_;
    in_text_ = false;
  }
  void OnText(absl::string_view text) override {
    if (!in_text_ || texts.empty()) return;
    texts.back().append(text.data(), text.size());
    bytes_ += text.size();
    if (bytes_ + texts.size() * sizeof(std::string) > kSharedTextBytesMax) {
      Stop(absl::StrCat("its shared texts take more than ", kSharedTextBytesMax >> 20, " MiB"));
    }
  }

 private:
  int phonetic_ = 0;
  bool in_text_ = false;
  size_t bytes_ = 0;
};

// xl/styles.xml: what each style makes of a number.
class StylesPart : public XmlPart {
 public:
  std::vector<SerialKind> kinds;  // by style

 protected:
  void OnBegin(absl::string_view name, const XML_Char** attributes) override {
    if (name == "numFmt") {
      int number = 0;
      if (absl::SimpleAtoi(Attribute(attributes, "numFmtId"), &number)) {
        custom_[number] = KindOfFormat(Attribute(attributes, "formatCode"));
      }
    } else if (name == "cellXfs") {
      in_cell_styles_ = true;
    } else if (name == "xf" && in_cell_styles_) {
      int number = 0;
      if (!absl::SimpleAtoi(Attribute(attributes, "numFmtId"), &number)) number = 0;
      const auto custom = custom_.find(number);
      kinds.push_back(custom != custom_.end() ? custom->second : KindOfBuiltInFormat(number));
    }
  }
  void OnEnd(absl::string_view name) override {
    if (name == "cellXfs") in_cell_styles_ = false;
  }

 private:
  std::map<int, SerialKind> custom_;
  bool in_cell_styles_ = false;
};

}  // namespace

// xl/worksheets/sheet1.xml
class XlsxRows::Sheet : public XmlPart {
 public:
  struct ReadRow {
    Row row;
    RowProblem problem;  // with a reason where the row cannot be taken
  };
  std::deque<ReadRow> rows;

  Sheet(std::vector<std::string> texts, std::vector<SerialKind> kinds, bool from_1904)
      : texts_(std::move(texts)), kinds_(std::move(kinds)), from_1904_(from_1904) {}

 protected:
  void OnBegin(absl::string_view name, const XML_Char** attributes) override {
    if (name == "row") {
      rows.emplace_back();
      int64_t number = 0;
      line_ = absl::SimpleAtoi(Attribute(attributes, "r"), &number) && number > line_ ? number
                                                                                      : line_ + 1;
      rows.back().row.line = line_;
      column_ = -1;
      row_bytes_ = 0;
      in_row_ = true;
    } else if (name == "c" && in_row_) {
      BeginCell(attributes);
    } else if (name == "f") {
      formula_ = true;
    } else if (name == "rPh") {
      ++phonetic_;
    }
    in_value_ = in_cell_ && (name == "v" || (name == "t" && phonetic_ == 0));
    has_value_ = has_value_ || in_value_;
  }

  void OnEnd(absl::string_view name) override {
    in_value_ = false;
    if (name == "row") in_row_ = false;
    if (name == "rPh") --phonetic_;
    if (name == "c" && in_cell_) EndCell();
  }

  void OnText(absl::string_view text) override {
    if (!in_value_) return;
    row_bytes_ += text.size();
    if (row_bytes_ > kRowBytesMax) {
      return Refuse("ROW_TOO_LONG", absl::StrCat("a row has at most ", kRowBytesMax, " bytes"));
    }
    value_.append(text.data(), text.size());
  }

 private:
  void BeginCell(const XML_Char** attributes) {
    in_cell_ = true;
    formula_ = has_value_ = false;
    value_.clear();
    type_ = std::string(Attribute(attributes, "t"));
    const absl::string_view reference = Attribute(attributes, "r");
    const auto column = ColumnOfReference(reference);
    column_ = column.has_value() && *column > column_ ? *column : column_ + 1;
    int style = 0;
    kind_ = SerialKind::kNumber;
    if (absl::SimpleAtoi(Attribute(attributes, "s"), &style) && style >= 0 &&
        static_cast<size_t>(style) < kinds_.size()) {
      kind_ = kinds_[static_cast<size_t>(style)];
    }
  }

  void EndCell() {
    in_cell_ = false;
    if (column_ >= static_cast<int>(kCellsMax)) {
      // Empty cells that have a look only.
      if (has_value_) {
        Refuse("TOO_MANY_CELLS", absl::StrCat("a row has at most ", kCellsMax, " cells"));
      }
      return;
    }
    if (formula_ && !has_value_) {
      return Refuse("FORMULA_WITHOUT_VALUE",
                    "the workbook holds no value of a formula: open and save it in Excel");
    }
    std::string text = Shown();
    if (text.empty()) return;
    auto& cells = rows.back().row.cells;
    while (cells.size() <= static_cast<size_t>(column_)) {
      cells.push_back({"", static_cast<int64_t>(cells.size()) + 1});
    }
    cells[static_cast<size_t>(column_)].text = std::move(text);
  }

  std::string Shown() {
    if (type_ == "s") {
      size_t index = 0;
      if (!has_value_) return "";
      if (absl::SimpleAtoi(value_, &index) && index < texts_.size()) return texts_[index];
      Refuse("NO_SUCH_TEXT", "a cell names a shared text that is not there");
      return "";
    }
    if (type_ == "b") return value_ == "1" ? "TRUE" : value_ == "0" ? "FALSE" : value_;
    if (!type_.empty() && type_ != "n") return std::move(value_);  // texts, dates as text, errors
    if (value_.empty()) return "";
    if (kind_ != SerialKind::kNumber) {
      if (const auto shown = SerialAsShown(value_, kind_, from_1904_)) return *shown;
    }
    return NumberAsShown(value_).value_or(value_);
  }

  void Refuse(const char* reason, std::string message) {
    ReadRow& read = rows.back();
    if (!read.problem.reason.empty()) return;
    read.problem = {read.row.line, column_ + 1, "", reason, std::move(message)};
  }

  const std::vector<std::string> texts_;
  const std::vector<SerialKind> kinds_;
  const bool from_1904_;
  int64_t line_ = 0;
  size_t row_bytes_ = 0;
  bool in_row_ = false;
  int column_ = -1;
  // Of the cell being read.
  bool in_cell_ = false;
  bool in_value_ = false;
  bool has_value_ = false;
  bool formula_ = false;
  int phonetic_ = 0;
  std::string type_;
  SerialKind kind_ = SerialKind::kNumber;
  std::string value_;
};

XlsxRows::XlsxRows(std::unique_ptr<XlsxPackage> package, std::unique_ptr<Sheet> sheet)
    : package_(std::move(package)), sheet_(std::move(sheet)) {}

XlsxRows::~XlsxRows() = default;

absl::StatusOr<std::unique_ptr<XlsxRows>> XlsxRows::Open(const std::string& path,
                                                         const std::string& sheet) {
  ASSIGN_OR_RETURN(std::unique_ptr<XlsxPackage> package, XlsxPackage::Open(path));
  WorkbookPart workbook;
  RelationsPart relations;
  if (!package->Has("xl/workbook.xml")) return package->Damaged("it has no xl/workbook.xml");
  RETURN_IF_ERROR(ReadPart(*package, "xl/workbook.xml", workbook));
  RETURN_IF_ERROR(ReadPart(*package, "xl/_rels/workbook.xml.rels", relations));
  const auto found =
      std::find_if(workbook.sheets.begin(), workbook.sheets.end(),
                   [&](const auto& each) { return sheet.empty() || each.first == sheet; });
  if (found == workbook.sheets.end()) {
    return FailedPrecondition(
        "SHEET_NOT_FOUND", sheet,
        absl::StrCat(path, " has no sheet \"", sheet, "\"; it has: ",
                     absl::StrJoin(workbook.sheets, ", ", [](std::string* out, const auto& each) {
                       absl::StrAppend(out, each.first);
                     })));
  }
  const auto target = relations.targets.find(found->second);
  if (target == relations.targets.end()) return package->Damaged("its sheet is not there");
  SharedTextsPart texts;
  if (package->Has("xl/sharedStrings.xml")) {
    RETURN_IF_ERROR(ReadPart(*package, "xl/sharedStrings.xml", texts));
  }
  StylesPart styles;
  if (package->Has("xl/styles.xml")) RETURN_IF_ERROR(ReadPart(*package, "xl/styles.xml", styles));
  RETURN_IF_ERROR(package->OpenPart(target->second));
  auto part =
      std::make_unique<Sheet>(std::move(texts.texts), std::move(styles.kinds), workbook.from_1904);
  return absl::WrapUnique(new XlsxRows(std::move(package), std::move(part)));
}

RowSource::Result XlsxRows::Next(Row& row, RowProblem& problem) {
  while (true) {
    // The last one may still be growing.
    while (sheet_->rows.size() > 1 || (at_end_ && !sheet_->rows.empty())) {
      Sheet::ReadRow read = std::move(sheet_->rows.front());
      sheet_->rows.pop_front();
      if (!read.problem.reason.empty()) {
        problem = std::move(read.problem);
        return Result::kMalformed;
      }
      if (read.row.cells.empty()) continue;
      row = std::move(read.row);
      return Result::kRow;
    }
    if (at_end_) return Result::kEnd;
    const auto bytes = package_->Read();
    failure_ = bytes.ok() ? sheet_->Take(*bytes, *package_) : bytes.status();
    at_end_ = !failure_.ok() || bytes->empty();
    if (!failure_.ok()) sheet_->rows.clear();
  }
}

}  // namespace bellwether::imports
