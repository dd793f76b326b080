// What is wrong with configuration: all of it at once, each problem with its place.
#ifndef BELLWETHER_COMMON_CONFIG_PROBLEMS_H_
#define BELLWETHER_COMMON_CONFIG_PROBLEMS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace bellwether::config {

// Past this many the rest is only counted.
inline constexpr size_t kProblemsShownMax = 50;

struct Problem {
  std::string place;  // "metrics.yaml:12:5", "BELLWETHER_HEALTH_LISTEN", "--listen"
  std::string field;  // "metrics[3].window_days"; empty for the document as a whole
  std::string message;
};

// Collects problems. One thread.
class Problems {
 public:
  void Add(Problem problem) { problems_.push_back(std::move(problem)); }
  bool empty() const { return problems_.empty(); }
  const std::vector<Problem>& all() const { return problems_; }

  // OK without problems. Else INVALID_ARGUMENT with reason CONFIG_INVALID, the field of the first
  // problem, and every problem on a line "place: field: message".
  absl::Status ToStatus() const;

 private:
  std::vector<Problem> problems_;
};

// Where the fields of a document stand, for checks of what the reader cannot know ("the
// weights of a model add up to 1"). Field paths as in Problem.
class SourceMap {
 public:
  explicit SourceMap(absl::string_view file = "") : file_(file) {}

  // `place` is "line:column", both from 1.
  void Note(absl::string_view field, std::string place) { places_[field] = std::move(place); }
  // "file:line:column" of the field, or of the nearest field around it that stands in the document.
  std::string PlaceOf(absl::string_view field) const;
  // CONFIG_INVALID with the words of `why`, field and rule kept, after the place of its field.
  absl::Status At(const absl::Status& why) const;

 private:
  std::string file_;
  absl::flat_hash_map<std::string, std::string> places_;
};

}  // namespace bellwether::config

#endif  // BELLWETHER_COMMON_CONFIG_PROBLEMS_H_
