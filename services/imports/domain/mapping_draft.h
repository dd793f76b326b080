// A mapping written for tables as they were guessed: a proposal that a person looks at.
#ifndef BELLWETHER_SERVICES_IMPORTS_DOMAIN_MAPPING_DRAFT_H_
#define BELLWETHER_SERVICES_IMPORTS_DOMAIN_MAPPING_DRAFT_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "services/imports/domain/table_guess.h"

namespace bellwether::imports {

struct DraftOptions {
  // Of times that say no offset.
  std::string time_zone;
  // Of amounts that do not say theirs.
  std::string currency_code;
};

struct MappingDraft {
  // YAML (docs/mapping.md). Where nothing was recognised: what is known, with FILL_IN where a
  // person decides.
  std::string text;
  // It can be run as it is.
  bool complete = false;
  // What to look at, or to write by hand, a sentence each.
  std::vector<std::string> advice;
};

// Orders and lines of orders become facts `order_placed` of their customers' accounts, amounts
// below zero `order_refunded`; customers become accounts. A table that is neither is left out,
// which is said, unless there is no other. The mapping's id follows from the names of the tables
// without their digits, so that next month's tables are tables of the same mapping.
MappingDraft DraftMapping(absl::Span<const GuessedTable> tables, const DraftOptions& options);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_DOMAIN_MAPPING_DRAFT_H_
