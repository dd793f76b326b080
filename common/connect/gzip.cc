#include "common/connect/gzip.h"

#include <zlib.h>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/status.h"

namespace bellwether::connect {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib's largest window, in gzip's format
constexpr size_t kPieceBytes = 16 << 10;

// zlib's own type takes no const.
Bytef* Input(absl::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
}

}  // namespace

std::string Gzip(absl::string_view bytes) {
  z_stream stream{};
  BELLWETHER_CHECK(deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8,
                                Z_DEFAULT_STRATEGY) == Z_OK,
                   "zlib begins unless memory is out");
  const absl::Cleanup end = [&] { deflateEnd(&stream); };
  std::string compressed(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = Input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(compressed.data());
  stream.avail_out = static_cast<uInt>(compressed.size());
  BELLWETHER_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END, "deflateBound bounds");
  compressed.resize(stream.total_out);
  return compressed;
}

absl::StatusOr<std::string> Gunzip(absl::string_view bytes, size_t bytes_max) {
  z_stream stream{};
  BELLWETHER_CHECK(inflateInit2(&stream, kGzipWindow) == Z_OK, "zlib begins unless memory is out");
  const absl::Cleanup end = [&] { inflateEnd(&stream); };
  stream.next_in = Input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string inflated;
  std::string piece(kPieceBytes, '\0');
  int result = Z_OK;
  while (result != Z_STREAM_END) {
    stream.next_out = reinterpret_cast<Bytef*>(piece.data());
    stream.avail_out = static_cast<uInt>(piece.size());
    result = inflate(&stream, Z_NO_FLUSH);
    if (result != Z_OK && result != Z_STREAM_END) {
      return InvalidArgument("MALFORMED_GZIP", "", "the message is not valid gzip");
    }
    inflated.append(piece, 0, piece.size() - stream.avail_out);
    if (inflated.size() > bytes_max) {
      return Error(absl::StatusCode::kResourceExhausted, {"MESSAGE_TOO_LARGE", "", ""},
                   absl::StrCat("more than ", bytes_max, " bytes when inflated"));
    }
  }
  if (stream.avail_in > 0) {
    return InvalidArgument("MALFORMED_GZIP", "", "bytes follow the end of the gzip stream");
  }
  return inflated;
}

}  // namespace bellwether::connect
