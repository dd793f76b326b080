// What a record says of its message's fields: `set` of a mapping, made ready to fill messages with.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_RECORD_FIELDS_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_RECORD_FIELDS_H_

#include <google/protobuf/descriptor.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "bellwether/imports/v1/mapping.pb.h"
#include "services/imports/application/column.h"
#include "services/imports/application/message_fields.h"
#include "services/imports/application/scope.h"
#include "services/imports/application/text_template.h"
#include "services/imports/application/value.h"

namespace bellwether::imports {

// A field of the record's message and the text it is filled with.
struct CompiledField {
  FieldPath path;
  TextTemplate text;
  // Of an amount in minor units: the text of the currency set beside it.
  std::optional<TextTemplate> currency;
  // Places in the record's `set` one of which has to be filled for the field to be set: a constant
  // makes no message, and a currency no amount. Empty: nothing has to.
  std::vector<int> only_with;
  // Of an element of a repeated field: the fields of each element before it. One of which nothing
  // is set leaves its place to those after it.
  std::vector<std::vector<int>> elements_before;
};

// What a row sets, by place in the record's `set`: nothing where the field stays unset.
using FilledFields = std::vector<std::optional<Value>>;
FilledFields Fill(absl::Span<const CompiledField> fields, absl::Span<const Value> row);

// How many places the element that the field is of moves up, since those before it are left out.
int MovesUp(const CompiledField& field, const FilledFields& filled);

// The fields of `spec.set` in order of their paths. `where` is the record's place in the mapping,
// `column_at` gives the columns of `rows`; null for one that is at fault itself.
std::vector<CompiledField> CompileFields(const imports::v1::Record& spec,
                                         const google::protobuf::Descriptor& target,
                                         const std::string& where, const Scope& rows,
                                         absl::FunctionRef<const CompiledColumn*(int)> column_at,
                                         MappingFaults& faults);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_RECORD_FIELDS_H_
