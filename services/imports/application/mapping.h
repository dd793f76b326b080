// A mapping file, checked and made ready to read rows with.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_MAPPING_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_MAPPING_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "bellwether/imports/v1/mapping.pb.h"
#include "services/imports/application/message_fields.h"
#include "services/imports/domain/delimited_text.h"

namespace bellwether::imports {

// A cell after aliases, vocabulary and conversion.
struct CellValue {
  // As text, for ids and composed texts. Empty: the cell is empty.
  std::string text;
  FieldValue value;
};

// A text with placeholders: "accounts/{account|id}".
class TextTemplate {
 public:
  // INVALID_ARGUMENT / BAD_TEMPLATE, UNKNOWN_COLUMN.
  static absl::StatusOr<TextTemplate> Parse(absl::string_view text,
                                            absl::Span<const std::string> columns);

  bool empty() const { return pieces_.empty(); }
  // Nothing when a cell it names is empty. A single plain placeholder keeps the cell's kind.
  std::optional<FieldValue> Value(absl::Span<const CellValue> cells) const;
  // The text with its placeholders filled; `raw` leaves out the "|id" conversion.
  std::string Text(absl::Span<const CellValue> cells, bool raw = false) const;

 private:
  struct Piece {
    std::string literal;
    // Index of the column, or −1 for a literal.
    int column = -1;
    bool as_id = false;
  };
  std::vector<Piece> pieces_;
};

struct CompiledColumn {
  const imports::v1::Column* spec = nullptr;
  // Index of the column it is made from; −1 for a column of the file.
  int from = -1;
  // Index of the file and column whose values it must be among; −1 for none.
  int reference_file = -1;
  int reference_column = -1;
};

struct CompiledCondition {
  int column = 0;
  const imports::v1::Condition* spec = nullptr;
};

struct CompiledRecord {
  const imports::v1::Record* spec = nullptr;
  TextTemplate id;
  TextTemplate account_id;
  int time_column = -1;
  std::vector<CompiledCondition> when;
  // By path, so that element 0 of a repeated field comes before element 1.
  std::vector<std::pair<std::string, TextTemplate>> set;
};

struct CompiledFile {
  const imports::v1::SourceFile* spec = nullptr;
  TextFormat format;
  std::vector<CompiledColumn> columns;
  std::vector<int> key_columns;
  std::vector<CompiledRecord> records;
};

// Immutable. The pointers inside are into `spec`.
struct CompiledMapping {
  std::shared_ptr<const imports::v1::Mapping> spec;
  absl::TimeZone zone;
  std::vector<CompiledFile> files;
};

// INVALID_ARGUMENT / BAD_MAPPING, naming every fault found.
absl::StatusOr<CompiledMapping> Compile(const imports::v1::Mapping& mapping);

// A cell of a TIME column as an instant. INVALID_ARGUMENT / NOT_A_TIME.
absl::StatusOr<absl::Time> ParseCellTime(const CompiledMapping& mapping,
                                         const imports::v1::Column& column, absl::string_view text);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_MAPPING_H_
