#include "common/command/audit_queries.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/packing.h"
#include "common/base/status.h"
#include "common/command/audit_table.h"
#include "common/journal/timestamps.h"
#include "common/rpc/paging.h"

namespace bellwether::command {
namespace {

using audit::v1::AuditEntry;
using audit::v1::ListAuditEntriesRequest;
using audit::v1::ListAuditEntriesResponse;

absl::StatusOr<absl::Time> InstantOf(absl::string_view field,
                                     const google::protobuf::Timestamp& timestamp) {
  const std::optional<absl::Time> time = journal::FromTimestamp(timestamp);
  if (time.has_value()) return *time;
  return InvalidArgument("TIME_INVALID", field, "is no instant");
}

absl::StatusOr<AuditFilter> FilterOf(const ListAuditEntriesRequest& request) {
  AuditFilter filter{.subject_type = request.subject_type(),
                     .subject_id = request.subject_id(),
                     .principal = request.principal(),
                     .method = request.method()};
  if (request.has_from_time()) {
    ASSIGN_OR_RETURN(filter.from, InstantOf("from_time", request.from_time()));
  }
  if (request.has_to_time()) {
    ASSIGN_OR_RETURN(filter.until, InstantOf("to_time", request.to_time()));
  }
  if (filter.from >= filter.until) {
    return InvalidArgument("TIME_SPAN_EMPTY", "to_time", "must lie after from_time");
  }
  return filter;
}

std::string CursorOf(const AuditEntry& entry) {
  const AuditPlace place = AuditPlace::Of(entry);
  std::string cursor;
  PutSigned(cursor, place.time_micros);
  PutBytes(cursor, place.subject_type);
  PutBytes(cursor, place.subject_id);
  PutSigned(cursor, place.subject_version);
  return cursor;
}

absl::StatusOr<AuditPlace> PlaceOf(absl::string_view cursor) {
  PackedReader reader(cursor);
  AuditPlace place;
  place.time_micros = reader.Signed();
  place.subject_type = std::string(reader.Bytes());
  place.subject_id = std::string(reader.Bytes());
  place.subject_version = reader.Signed();
  if (reader.ok() && reader.AtEnd()) return place;
  return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "is no token of this list");
}

}  // namespace

absl::StatusOr<ListAuditEntriesResponse> AuditQueries::List(
    const ListAuditEntriesRequest& request) const {
  ASSIGN_OR_RETURN(const AuditFilter filter, FilterOf(request));
  ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size()));
  ASSIGN_OR_RETURN(const std::string cursor, rpc::PageCursor(request));
  std::optional<AuditPlace> after;
  if (!cursor.empty()) {
    ASSIGN_OR_RETURN(after, PlaceOf(cursor));
  }
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  // One more than the page tells whether there is another.
  ASSIGN_OR_RETURN(std::vector<AuditEntry> entries,
                   ReadAudit(*transaction, filter, after, static_cast<size_t>(size) + 1));
  ListAuditEntriesResponse response;
  if (entries.size() > static_cast<size_t>(size)) {
    entries.pop_back();
    response.set_next_page_token(rpc::NextPageToken(request, CursorOf(entries.back())));
  }
  for (AuditEntry& entry : entries) *response.add_entries() = std::move(entry);
  return response;
}

}  // namespace bellwether::command
