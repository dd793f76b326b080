// What an upload and its files may be called: no name reaches beyond its folder.
#ifndef BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_UPLOAD_NAMES_H_
#define BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_UPLOAD_NAMES_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace bellwether::gateway {

inline constexpr size_t kFileNameBytesMax = 200;
inline constexpr size_t kRequestIdCharactersMax = 64;

// The id of what `principal` asked to be made by that request: 32 characters of [0-9a-f], the same
// for a repeat. INVALID_ARGUMENT / MISSING_REQUEST_ID for an id that is empty, too long or holds
// what cannot be printed.
absl::StatusOr<std::string> IdOfRequest(absl::string_view principal, absl::string_view request_id);

// "uploads/…" → the id; nothing else ever names a folder. NOT_FOUND with `reason` for any other
// text.
absl::StatusOr<std::string> IdIn(absl::string_view name, absl::string_view collection,
                                 absl::string_view reason);

// INVALID_ARGUMENT / FILE_NAME_INVALID: 1–200 bytes of UTF-8 without "/", "\", "*", "?" and control
// characters, not beginning with a point, and ending as a table does.
absl::Status CheckFileName(absl::string_view file_name);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_TABLE_IMPORTS_UPLOAD_NAMES_H_
