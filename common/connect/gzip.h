// gzip, by zlib.
#ifndef BELLWETHER_COMMON_CONNECT_GZIP_H_
#define BELLWETHER_COMMON_CONNECT_GZIP_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace bellwether::connect {

std::string Gzip(absl::string_view bytes);

// INVALID_ARGUMENT / MALFORMED_GZIP; RESOURCE_EXHAUSTED / MESSAGE_TOO_LARGE as soon as more than
// `bytes_max` come out, however much would follow.
absl::StatusOr<std::string> Gunzip(absl::string_view bytes, size_t bytes_max);

}  // namespace bellwether::connect

#endif  // BELLWETHER_COMMON_CONNECT_GZIP_H_
