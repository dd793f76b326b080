#include "common/http/static_files.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"

namespace bellwether::http {
namespace {

namespace fs = std::filesystem;

constexpr char kIndex[] = "/index.html";

struct Type {
  absl::string_view extension;
  absl::string_view media_type;
};
constexpr Type kTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".mp3", "audio/mpeg"},
    {".txt", "text/plain; charset=utf-8"},
    {".webmanifest", "application/manifest+json"},
};

std::string TypeOf(absl::string_view path) {
  for (const Type& type : kTypes) {
    if (absl::EndsWith(path, type.extension)) return std::string(type.media_type);
  }
  return "application/octet-stream";
}

// FNV-1a: a file's etag has to differ when the file does, not to resist anybody.
std::string EtagOf(absl::string_view content) {
  uint64_t hash = 14695981039346656037u;
  for (const char byte : content) hash = (hash ^ static_cast<uint8_t>(byte)) * 1099511628211u;
  return absl::StrCat("\"", absl::Hex(hash, absl::kZeroPad16), "\"");
}

absl::StatusOr<std::string> ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  if (!file) {
    return InvalidArgument("STATIC_FILES", path.string(), "the file cannot be read");
  }
  return content.str();
}

}  // namespace

absl::StatusOr<StaticFiles> StaticFiles::Load(const std::string& folder) {
  StaticFiles loaded;
  size_t bytes = 0;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    if (!entry->is_regular_file()) continue;
    std::string path = absl::StrCat("/", fs::relative(entry->path(), folder).generic_string());
    ASSIGN_OR_RETURN(std::string content, ReadFile(entry->path()));
    bytes += content.size();
    if (bytes > kStaticBytesMax) {
      return InvalidArgument("STATIC_FILES", folder,
                             absl::StrCat("more than ", kStaticBytesMax, " bytes"));
    }
    absl::string_view plain = path;
    if (absl::ConsumeSuffix(&plain, ".gz")) {
      loaded.files_[std::string(plain)].gzip = std::move(content);
    } else if (absl::ConsumeSuffix(&plain, ".br")) {
      loaded.files_[std::string(plain)].brotli = std::move(content);
    } else {
      File& file = loaded.files_[path];
      file.etag = EtagOf(content);
      file.content_type = TypeOf(path);
      file.immutable = absl::StartsWith(path, "/assets/");
      file.content = std::move(content);
    }
  }
  if (error || !loaded.files_.contains(kIndex)) {
    return InvalidArgument("STATIC_FILES", folder, "there is no index.html to be read");
  }
  return loaded;
}

ServerResponse StaticFiles::Answer(const ServerRequest& request, const Headers& headers) const {
  if (request.method != "GET" && request.method != "HEAD") {
    return MethodNotAllowed("GET, HEAD");
  }
  auto found = files_.find(request.path == "/" ? kIndex : request.path);
  if (found == files_.end() || found->second.etag.empty()) {
    const size_t name = request.path.rfind('/') + 1;
    if (absl::StrContains(absl::string_view(request.path).substr(name), '.')) {
      return TextResponse(404, "there is nothing at this path\n");
    }
    found = files_.find(kIndex);
  }
  const File& file = found->second;
  ServerResponse response;
  response.headers = headers;
  response.headers.emplace_back("etag", file.etag);
  response.headers.emplace_back(
      "cache-control", file.immutable ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.emplace_back("vary", "accept-encoding");
  if (MatchesEtag(request.Header("if-none-match").value_or(""), file.etag)) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("content-type", file.content_type);
  const auto accepted = request.Header("accept-encoding");
  if (!file.brotli.empty() && AcceptsEncoding(accepted, "br")) {
    response.headers.emplace_back("content-encoding", "br");
    response.body = file.brotli;
  } else if (!file.gzip.empty() && AcceptsEncoding(accepted, "gzip")) {
    response.headers.emplace_back("content-encoding", "gzip");
    response.body = file.gzip;
  } else {
    response.body = file.content;
  }
  return response;
}

}  // namespace bellwether::http
