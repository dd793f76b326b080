// What the cells of a column look like: numbers, times or texts, and how they are written.
#ifndef BELLWETHER_SERVICES_IMPORTS_DOMAIN_CELL_LOOK_H_
#define BELLWETHER_SERVICES_IMPORTS_DOMAIN_CELL_LOOK_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "services/imports/domain/number_style.h"

namespace bellwether::imports {

inline constexpr size_t kSamplesMax = 5;
inline constexpr size_t kSampleCharactersMax = 80;
// Of the filled cells, how many may be written otherwise: their rows would be refused.
inline constexpr size_t kOddCellsPercentMax = 5;

enum class CellKind { kEmpty, kText, kNumber, kTime };

struct CellLook {
  CellKind kind = CellKind::kEmpty;
  // kTime: as a mapping's time_format; empty is its default.
  std::string time_format;
  // kNumber.
  NumberStyle numbers;
  bool negative = false;  // some are
  int decimals = 0;       // most of any
  // kText: at least half of them are ISO 4217 codes; `odd` counts the others.
  bool currency_codes = false;

  size_t filled = 0;
  size_t distinct = 0;
  // Filled cells that are not written so.
  size_t odd = 0;
  // As they stand, different ones, the first first.
  std::vector<std::string> samples;
  // For people: "%d.%m.%Y", "decimal comma, groups by point"; empty where there is one way.
  std::string words;
  // What else it could mean; empty where nothing.
  std::string doubt;
};

// `cells` are those of one column, in order. Numbers without marks, such as 20261103, are taken for
// times only where `named_time` says that the column is called so.
CellLook LookAt(absl::Span<const std::string> cells, bool named_time);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_DOMAIN_CELL_LOOK_H_
