#include "services/alerts/adapters/silence_queries.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/span.h"
#include "common/base/status.h"
#include "common/rpc/paging.h"
#include "services/alerts/adapters/silence_messages.h"
#include "services/alerts/adapters/sql_board.h"
#include "services/alerts/adapters/sql_silences.h"

namespace bellwether::alerts {
namespace {

using Place = std::pair<int64_t, std::string>;

absl::StatusOr<std::optional<Place>> PlaceOf(const std::string& cursor) {
  if (cursor.empty()) return std::nullopt;
  const std::pair<std::string, std::string> parts = absl::StrSplit(cursor, absl::MaxSplits(' ', 1));
  Place place{0, parts.second};
  if (!absl::SimpleAtoi(parts.first, &place.first)) {
    return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "the page token is not ours");
  }
  return std::optional<Place>(std::move(place));
}

}  // namespace

absl::StatusOr<v1::ListSilencesResponse> SilenceQueries::List(
    const v1::ListSilencesRequest& request) const {
  ASSIGN_OR_RETURN(const int rows_max, rpc::PageSize(request.page_size()));
  ASSIGN_OR_RETURN(const std::string cursor, rpc::PageCursor(request));
  ASSIGN_OR_RETURN(const std::optional<Place> after, PlaceOf(cursor));
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  const absl::Time now = clock_.Now();
  ASSIGN_OR_RETURN(const std::vector<Silence> silences,
                   ListSilences(*transaction, request.include_ended() ? absl::InfinitePast() : now,
                                after, int64_t{rows_max} + 1));
  const absl::Span<const Silence> page =
      absl::MakeConstSpan(silences).first(std::min(silences.size(), static_cast<size_t>(rows_max)));
  ASSIGN_OR_RETURN(const std::vector<int64_t> counts, CountMatchingEach(*transaction, page));
  v1::ListSilencesResponse response;
  for (size_t i = 0; i < page.size(); ++i) {
    *response.add_silences() = ToProto(page[i], now, counts[i]);
  }
  if (page.size() < silences.size()) {
    const Silence& last = page.back();
    response.set_next_page_token(
        rpc::NextPageToken(request, absl::StrCat(absl::ToUnixMicros(last.end), " ", last.id)));
  }
  return response;
}

absl::StatusOr<v1::PreviewSilenceResponse> SilenceQueries::Preview(
    const v1::PreviewSilenceRequest& request) const {
  ASSIGN_OR_RETURN(const SilenceMatchers matchers, FromProto(request.matchers()));
  RETURN_IF_ERROR(CheckMatchers(matchers));
  ASSIGN_OR_RETURN(const int rows_max, rpc::PageSize(request.page_size()));
  ASSIGN_OR_RETURN(const std::string cursor, rpc::PageCursor(request));
  std::optional<BoardPlace> after;
  if (!cursor.empty()) {
    ASSIGN_OR_RETURN(after, BoardPlace::FromCursor(cursor));
  }
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  Where where;
  AddMatchers(matchers, where);
  ASSIGN_OR_RETURN(BoardPage page, ReadBoard(*transaction, policy_, where, after, rows_max));
  v1::PreviewSilenceResponse response;
  for (v1::Alert& alert : page.alerts) *response.add_alerts() = std::move(alert);
  if (page.end.has_value()) {
    response.set_next_page_token(rpc::NextPageToken(request, page.end->ToCursor()));
  }
  ASSIGN_OR_RETURN(const int64_t total, CountMatching(*transaction, matchers));
  response.set_total_size(total);
  return response;
}

}  // namespace bellwether::alerts
