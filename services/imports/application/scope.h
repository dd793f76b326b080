// What the parts of a mapping are checked against while it is compiled.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_SCOPE_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_SCOPE_H_

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/imports/v1/column.pb.h"

namespace bellwether::imports {

// Every fault of a mapping, each with the path of its field: "files[0].columns[2].scale".
class MappingFaults {
 public:
  void Add(absl::string_view field, absl::string_view message) {
    faults_.emplace_back(field, message);
  }
  void Take(absl::string_view field, const absl::Status& status) {
    if (!status.ok()) Add(field, status.message());
  }
  const std::vector<std::pair<std::string, std::string>>& all() const { return faults_; }

 private:
  std::vector<std::pair<std::string, std::string>> faults_;
};

// The columns that can be named at a place: those declared before it.
class Scope {
 public:
  explicit Scope(absl::TimeZone zone) : zone_(zone) {}

  void Add(const imports::v1::Column& column) {
    names_.push_back(column.name());
    kinds_.push_back(column.kind());
  }
  // Index of `name`, or −1.
  int Find(absl::string_view name) const {
    const auto found = std::find(names_.begin(), names_.end(), name);
    return found == names_.end() ? -1 : static_cast<int>(found - names_.begin());
  }
  // The same, and a fault where there is none.
  int Need(absl::string_view name, absl::string_view field, MappingFaults& faults) const {
    const int index = Find(name);
    if (index < 0) faults.Add(field, absl::StrCat("no column \"", name, "\" before it"));
    return index;
  }
  imports::v1::ColumnKind KindOf(int index) const { return kinds_[static_cast<size_t>(index)]; }
  const std::vector<std::string>& names() const { return names_; }
  absl::TimeZone zone() const { return zone_; }

 private:
  absl::TimeZone zone_;
  std::vector<std::string> names_;
  std::vector<imports::v1::ColumnKind> kinds_;
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_SCOPE_H_
