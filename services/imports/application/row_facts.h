// Makes facts of rows.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_ROW_FACTS_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_ROW_FACTS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "bellwether/events/v1/fact.pb.h"
#include "services/imports/application/mapping.h"

namespace bellwether::imports {

// A fault of a row, and the column it lies in where one is known.
struct RowFault {
  absl::Status status;
  int column = -1;
};

// Of one file of a mapping. Immutable; outlived by the mapping.
class RowFacts {
 public:
  RowFacts(const CompiledMapping& mapping, const CompiledFile& file)
      : mapping_(mapping), file_(file) {}

  // The fact that the record makes of a row's values; `unnamed_id` where it says no id. What
  // servers would refuse of it is not judged here.
  std::optional<RowFault> Make(const CompiledRecord& record, absl::Span<const Value> values,
                               absl::string_view unnamed_id, absl::Time now,
                               events::v1::FactEvent& event) const;
  // Fills the fields that the record sets, of whichever message.
  std::optional<RowFault> SetAll(const CompiledRecord& record, absl::Span<const Value> values,
                                 google::protobuf::Message& message) const;

 private:
  // What the row says of the fact, before scales, rates and times of day: what is compared when it
  // comes again (ADR 0020).
  static std::string Stated(const CompiledRecord& record, absl::Span<const Value> values);
  absl::StatusOr<FieldValue> ValueOf(const CompiledField& field, const Value& value,
                                     absl::Span<const Value> row) const;

  const CompiledMapping& mapping_;
  const CompiledFile& file_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_ROW_FACTS_H_
