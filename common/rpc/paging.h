// Pages and etags, the same way in every List and Update (AIP-154, AIP-158).
//
//   ASSIGN_OR_RETURN(const std::string cursor, PageCursor(request));   // "" for the first page
//   const int size = PageSize(request.page_size(), {.otherwise = 50, .most = 1000});
//   …
//   if (more) response.set_next_page_token(NextPageToken(request, last_key));
#ifndef BELLWETHER_COMMON_RPC_PAGING_H_
#define BELLWETHER_COMMON_RPC_PAGING_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace bellwether::rpc {

inline constexpr size_t kPageTokenBytesMax = 2'048;

struct PageSizes {
  int otherwise = 50;  // for 0
  int most = 1'000;    // larger wishes get this many
};

// INVALID_ARGUMENT / PAGE_SIZE_NEGATIVE, field `page_size`.
absl::StatusOr<int> PageSize(int requested, const PageSizes& sizes = {});

// A token for the page after `cursor`, whatever the service writes into it. The token is opaque and
// bound to everything else the request says: its type and all fields but page_size and page_token.
std::string NextPageToken(const google::protobuf::Message& request, absl::string_view cursor);

// The cursor of the request's field page_token; empty for the first page. INVALID_ARGUMENT /
// PAGE_TOKEN_INVALID, field `page_token`, for a token that is damaged, of another version, or made
// for another request.
absl::StatusOr<std::string> PageCursor(const google::protobuf::Message& request);

// The etag of a resource at that version of it.
std::string EtagOf(int64_t version);
// OK for an empty etag (the caller does not mind) and the present one; else ABORTED /
// ETAG_MISMATCH, field `etag`: read again and decide anew.
absl::Status CheckEtag(absl::string_view given, int64_t present_version);

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_PAGING_H_
