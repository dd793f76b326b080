#include "services/gateway/adapters/feeds_queries.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "common/rpc/paging.h"

namespace bellwether::gateway {
namespace {

// In the order of the list: a blank is before whatever a source may hold.
std::string CursorOf(const ingest::v1::Feed& feed) {
  return absl::StrCat(feed.source(), " ", feed.kind());
}

}  // namespace

absl::StatusOr<ingest::v1::ListFeedsResponse> FeedsQueries::List(
    const ingest::v1::ListFeedsRequest& request) {
  ASSIGN_OR_RETURN(const std::string after, rpc::PageCursor(request));
  ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size()));
  if (!ingest::v1::FeedState_IsValid(request.state())) {
    return InvalidArgument("STATE_INVALID", "state", "is no state of a feed", "X1");
  }
  const absl::Time now = clock_.Now();
  ASSIGN_OR_RETURN(std::vector<ingest::v1::Feed> feeds, feeds_.List(now));
  ingest::v1::ListFeedsResponse response;
  *response.mutable_server_time() = journal::ToTimestamp(now);
  for (ingest::v1::Feed& feed : feeds) {
    const bool silent = feed.state() == ingest::v1::FEED_STATE_SILENT;
    if (silent) response.set_silent_count(response.silent_count() + 1);
    const bool wanted =
        request.state() == ingest::v1::FEED_STATE_UNSPECIFIED || feed.state() == request.state();
    if (!wanted || (!after.empty() && CursorOf(feed) <= after)) continue;
    if (response.feeds_size() < size) {
      *response.add_feeds() = std::move(feed);
    } else if (response.next_page_token().empty()) {
      response.set_next_page_token(rpc::NextPageToken(request, CursorOf(response.feeds(size - 1))));
    }
  }
  return response;
}

}  // namespace bellwether::gateway
