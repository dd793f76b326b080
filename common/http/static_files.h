// Files that a browser is given as they are.
#ifndef BELLWETHER_COMMON_HTTP_STATIC_FILES_H_
#define BELLWETHER_COMMON_HTTP_STATIC_FILES_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "common/http/message.h"

namespace bellwether::http {

// A folder's files together, in memory.
inline constexpr size_t kStaticBytesMax = 64 << 20;

// Read once. A file "x.js" may have ready-made siblings "x.js.gz" and "x.js.br", which are sent to
// those who take them. What lies below "assets/" is named by its content and kept by browsers for
// good; everything else is asked for again each time, and answered 304 where it has not changed.
class StaticFiles {
 public:
  // INVALID_ARGUMENT / STATIC_FILES for a folder that cannot be read, is too large or has no
  // index.html.
  static absl::StatusOr<StaticFiles> Load(const std::string& folder);

  // GET and HEAD; 405 for others. A path that names no file and has no extension is answered by
  // index.html, which finds out itself what it is about. `headers` are added to each file.
  ServerResponse Answer(const ServerRequest& request, const Headers& headers) const;

  size_t size() const { return files_.size(); }

 private:
  struct File {
    std::string content;
    std::string gzip;    // empty: none
    std::string brotli;  // empty: none
    std::string content_type;
    std::string etag;
    bool immutable = false;
  };

  absl::flat_hash_map<std::string, File> files_;  // by path: "/index.html"
};

}  // namespace bellwether::http

#endif  // BELLWETHER_COMMON_HTTP_STATIC_FILES_H_
