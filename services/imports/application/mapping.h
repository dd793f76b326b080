// A mapping file, checked and made ready to read rows with.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_MAPPING_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_MAPPING_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/imports/v1/mapping.pb.h"
#include "services/imports/application/column.h"
#include "services/imports/application/condition.h"
#include "services/imports/application/look_up_tables.h"
#include "services/imports/application/record_fields.h"
#include "services/imports/application/scope.h"
#include "services/imports/application/text_template.h"
#include "services/imports/domain/delimited_text.h"

namespace bellwether::imports {

struct CompiledRecord {
  const imports::v1::Record* spec = nullptr;
  // As in `spec`, or the kind of fact.
  std::string name;
  TextTemplate id;
  TextTemplate account_id;
  int time_column = -1;
  std::vector<Condition> when;
  // By path, so that element 0 of a repeated field comes before element 1.
  std::vector<CompiledField> set;
};

struct CompiledFile {
  const imports::v1::SourceFile* spec = nullptr;
  TextFormat format;
  std::vector<CompiledColumn> columns;
  // The order in which a row's columns are read: those of the file before what is made of them.
  std::vector<int> order;
  std::vector<int> key_columns;
  // Without key columns: what identifies a row, in the order of their names.
  std::vector<int> identity_columns;
  std::vector<Condition> when;
  // With a group: its columns `by`, and those made of its rows, which follow them.
  std::vector<int> group_by;
  std::vector<CompiledColumn> group_columns;
  std::vector<CompiledRecord> records;

  bool grouped() const { return !group_by.empty(); }
  // Of what records are made of: of a row, or of a group.
  const CompiledColumn& column_at(int index) const;
  // Fingerprint of what identifies a row without a key: a table whose identity is made of other
  // columns than before is another table.
  std::string identity_shape;
};

// Immutable. The pointers inside are into `spec`.
struct CompiledMapping {
  std::shared_ptr<const imports::v1::Mapping> spec;
  absl::TimeZone zone;
  std::vector<CompiledFile> files;
  TableDirectory tables;
};

// Every fault found is added to `faults`, with its field; the mapping is good where there is none.
CompiledMapping Compile(const imports::v1::Mapping& mapping, MappingFaults& faults);

// Where a field of the mapping stands: "mapping.yaml:12:5". Empty: nowhere that is known.
using PlaceOfField = std::function<std::string(absl::string_view field)>;

// INVALID_ARGUMENT / BAD_MAPPING, naming every fault found.
absl::StatusOr<CompiledMapping> Compile(const imports::v1::Mapping& mapping,
                                        const PlaceOfField& place_of = nullptr);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_MAPPING_H_
