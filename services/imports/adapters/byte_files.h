// Bytes of files: plain, unpacked, decoded to UTF-8.
#ifndef BELLWETHER_SERVICES_IMPORTS_ADAPTERS_BYTE_FILES_H_
#define BELLWETHER_SERVICES_IMPORTS_ADAPTERS_BYTE_FILES_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "services/imports/domain/byte_source.h"
#include "services/imports/domain/text_encoding.h"

namespace bellwether::imports {

// Of one table, unpacked.
inline constexpr int64_t kTableBytesMax = int64_t{64} << 30;

// A file as it is; one whose name ends in .gz, unpacked. NOT_FOUND / FILE_NOT_FOUND;
// READ_FAILED, FILE_TOO_LARGE when it is read.
absl::StatusOr<std::unique_ptr<ByteSource>> OpenBytes(const std::string& path);

// `source` as UTF-8; bytes that mean nothing in `encoding` become kUndecodable.
absl::StatusOr<std::unique_ptr<ByteSource>> Decode(std::unique_ptr<ByteSource> source,
                                                   TextEncoding encoding);

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_ADAPTERS_BYTE_FILES_H_
