#include "services/imports/application/planned_accounts.h"

#include <limits>
#include <vector>

#include "common/base/hash.h"
#include "common/base/resource_name.h"
#include "common/base/status.h"

namespace bellwether::imports {
namespace {

// Of an account in a circle, and while it is not known whether it stands in one.
constexpr int64_t kNoDepth = std::numeric_limits<int64_t>::max();

}  // namespace

absl::Status PlannedAccounts::Add(const Request& request, const RowPlace& place) {
  if (request.account().parent().empty()) return sorted_.Add(request, 0, place);
  parents_.emplace(Fingerprint64(request.account_id()),
                   Fingerprint64(ResourceId(request.account().parent())));
  return subsidiaries_.Add(request, 0, place);
}

int64_t PlannedAccounts::DepthOf(uint64_t account) {
  std::vector<uint64_t> line;  // from the account up to one whose depth is known
  int64_t depth = 0;
  for (uint64_t at = account;;) {
    const auto known = depths_.find(at);
    if (known != depths_.end()) {
      depth = known->second;
      break;
    }
    const auto parent = parents_.find(at);
    if (parent == parents_.end()) break;
    depths_.emplace(at, kNoDepth);
    line.push_back(at);
    at = parent->second;
  }
  for (auto at = line.rbegin(); at != line.rend(); ++at) {
    if (depth != kNoDepth) ++depth;
    depths_[*at] = depth;
  }
  return depth;
}

absl::Status PlannedAccounts::Sort() {
  RETURN_IF_ERROR(subsidiaries_.Sort());
  Request request;
  RowPlace place;
  while (subsidiaries_.Next(request, &place)) {
    RETURN_IF_ERROR(sorted_.Add(request, DepthOf(Fingerprint64(request.account_id())), place));
  }
  RETURN_IF_ERROR(subsidiaries_.status());
  subsidiaries_ = PlannedCreates<Request>();
  parents_.clear();
  depths_.clear();
  return sorted_.Sort();
}

}  // namespace bellwether::imports
