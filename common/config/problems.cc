#include "common/config/problems.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::config {

absl::Status Problems::ToStatus() const {
  if (problems_.empty()) return absl::OkStatus();
  std::string text;
  for (size_t i = 0; i < std::min(problems_.size(), kProblemsShownMax); ++i) {
    const Problem& problem = problems_[i];
    if (i > 0) text.push_back('\n');
    absl::StrAppend(&text, problem.place, ": ", problem.field, problem.field.empty() ? "" : ": ",
                    problem.message);
  }
  if (problems_.size() > kProblemsShownMax) {
    absl::StrAppend(&text, "\nand ", problems_.size() - kProblemsShownMax, " more");
  }
  return InvalidArgument("CONFIG_INVALID", problems_.front().field, text);
}

std::string SourceMap::PlaceOf(absl::string_view field) const {
  while (true) {
    if (const auto found = places_.find(field); found != places_.end()) {
      return absl::StrCat(file_, ":", found->second);
    }
    const size_t end = field.find_last_of(".[");
    if (end == absl::string_view::npos) break;
    field = field.substr(0, end);
  }
  return file_;
}

absl::Status SourceMap::At(const absl::Status& why) const {
  if (why.ok()) return why;
  const ErrorDetail detail = DetailOf(why).value_or(ErrorDetail{});
  return InvalidArgument("CONFIG_INVALID", detail.field,
                         absl::StrCat(PlaceOf(detail.field), ": ", detail.field,
                                      detail.field.empty() ? "" : ": ", why.message()),
                         detail.rule);
}

}  // namespace bellwether::config
