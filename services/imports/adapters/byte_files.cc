#include "services/imports/adapters/byte_files.h"

#include <iconv.h>
#include <zlib.h>

#include <cerrno>
#include <fstream>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::imports {
namespace {

constexpr size_t kInputBytes = 64 << 10;

absl::Status ReadFailed(const std::string& path, absl::string_view why) {
  return Error(absl::StatusCode::kDataLoss, {"READ_FAILED", path, ""},
               absl::StrCat("cannot read ", path, why));
}

// Refuses what goes past the limit of a table.
class Limited {
 public:
  explicit Limited(std::string path) : path_(std::move(path)) {}
  absl::StatusOr<size_t> Take(size_t bytes) {
    taken_ += static_cast<int64_t>(bytes);
    if (taken_ <= kTableBytesMax) return bytes;
    return InvalidArgument("FILE_TOO_LARGE", path_,
                           absl::StrCat(path_, " has more than ", kTableBytesMax, " bytes"));
  }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
  int64_t taken_ = 0;
};

class FileBytes : public ByteSource {
 public:
  explicit FileBytes(const std::string& path) : file_(path, std::ios::binary), limit_(path) {}
  bool open() const { return file_.is_open(); }

  absl::StatusOr<size_t> Read(char* to, size_t bytes) override {
    file_.read(to, static_cast<std::streamsize>(bytes));
    if (file_.bad()) return ReadFailed(limit_.path(), "");
    return limit_.Take(static_cast<size_t>(file_.gcount()));
  }

 private:
  std::ifstream file_;
  Limited limit_;
};

class GzipBytes : public ByteSource {
 public:
  explicit GzipBytes(const std::string& path) : file_(gzopen(path.c_str(), "rb")), limit_(path) {}
  ~GzipBytes() override {
    if (file_ != nullptr) gzclose(file_);
  }
  GzipBytes(const GzipBytes&) = delete;
  GzipBytes& operator=(const GzipBytes&) = delete;
  bool open() const { return file_ != nullptr; }

  absl::StatusOr<size_t> Read(char* to, size_t bytes) override {
    const int taken = gzread(file_, to, static_cast<unsigned>(bytes));
    int error = Z_OK;
    gzerror(file_, &error);
    // A file that ends early is an error only at its end.
    if (taken < 0 || (taken == 0 && error != Z_OK)) {
      return ReadFailed(limit_.path(), ": its packed bytes are damaged");
    }
    return limit_.Take(static_cast<size_t>(taken));
  }

 private:
  gzFile file_;
  Limited limit_;
};

class DecodedBytes : public ByteSource {
 public:
  DecodedBytes(std::unique_ptr<ByteSource> source, TextEncoding encoding)
      : source_(std::move(source)),
        unit_bytes_(encoding == TextEncoding::kUtf16Le || encoding == TextEncoding::kUtf16Be ? 2
                                                                                             : 1),
        converter_(iconv_open("UTF-8", EncodingName(encoding))) {}
  ~DecodedBytes() override {
    if (open()) iconv_close(converter_);
  }
  DecodedBytes(const DecodedBytes&) = delete;
  DecodedBytes& operator=(const DecodedBytes&) = delete;
  bool open() const { return converter_ != reinterpret_cast<iconv_t>(-1); }

  absl::StatusOr<size_t> Read(char* to, size_t bytes) override {
    char* out = to;
    size_t room = bytes;
    while (out == to) {
      if (!at_end_ && input_.size() < kInputBytes / 2) RETURN_IF_ERROR(ReadOn());
      if (input_.empty()) return 0;
      Convert(out, room);
    }
    return bytes - room;
  }

 private:
  absl::Status ReadOn() {
    const size_t before = input_.size();
    input_.resize(before + kInputBytes);
    const auto taken = source_->Read(input_.data() + before, kInputBytes);
    input_.resize(before + (taken.ok() ? *taken : 0));
    if (taken.ok()) at_end_ = *taken == 0;
    return taken.status();
  }

  // As much as there is room for.
  void Convert(char*& out, size_t& room) {
    char* in = input_.data();
    size_t left = input_.size();
    while (left > 0) {
      const size_t converted = iconv(converter_, &in, &left, &out, &room);
      if (converted != static_cast<size_t>(-1)) break;
      const bool cut_off = errno == EINVAL;
      if (errno == E2BIG || (cut_off && !at_end_) || room == 0) break;
      *out++ = kUndecodable;
      --room;
      const size_t skipped = cut_off ? left : std::min(unit_bytes_, left);
      in += skipped;
      left -= skipped;
      iconv(converter_, nullptr, nullptr, nullptr, nullptr);
    }
    input_.erase(0, input_.size() - left);
  }

  const std::unique_ptr<ByteSource> source_;
  const size_t unit_bytes_;
  const iconv_t converter_;
  std::string input_;
  bool at_end_ = false;
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> OpenBytes(const std::string& path) {
  const auto missing = [&] {
    return Error(absl::StatusCode::kNotFound, {"FILE_NOT_FOUND", path, ""},
                 absl::StrCat("cannot read ", path));
  };
  if (absl::EndsWith(path, ".gz")) {
    auto file = std::make_unique<GzipBytes>(path);
    if (!file->open()) return missing();
    return file;
  }
  auto file = std::make_unique<FileBytes>(path);
  if (!file->open()) return missing();
  return file;
}

absl::StatusOr<std::unique_ptr<ByteSource>> Decode(std::unique_ptr<ByteSource> source,
                                                   TextEncoding encoding) {
  if (encoding == TextEncoding::kUtf8) return source;
  auto decoded = std::make_unique<DecodedBytes>(std::move(source), encoding);
  if (decoded->open()) return decoded;
  return Error(absl::StatusCode::kUnimplemented, {"ENCODING_NOT_AT_HAND", "", ""},
               absl::StrCat("this system cannot read ", EncodingName(encoding)));
}

}  // namespace bellwether::imports
