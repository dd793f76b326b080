#include "common/rpc/paging.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace bellwether::rpc {
namespace {

// A token is, in base64url: version, fingerprint of the request, cursor, fingerprint of all before.
constexpr char kTokenVersion = 1;
constexpr size_t kFingerprintBytes = sizeof(uint64_t);
constexpr size_t kOverheadBytes = 1 + 2 * kFingerprintBytes;
constexpr uint64_t kChecksumSeed = 0x62656c6c;
constexpr char kTokenField[] = "page_token";
constexpr char kSizeField[] = "page_size";

void AppendFingerprint(uint64_t fingerprint, std::string& bytes) {
  for (size_t i = 0; i < kFingerprintBytes; ++i) {
    bytes.push_back(static_cast<char>(fingerprint >> (8 * i)));
  }
}

// Of the type and every field but those of paging. Deterministic within one version of the program,
// which is as long as a token lives; a token from before an upgrade is refused, not misread.
uint64_t FingerprintOf(const google::protobuf::Message& request) {
  const std::unique_ptr<google::protobuf::Message> filter(request.New());
  filter->CopyFrom(request);
  for (const char* name : {kTokenField, kSizeField}) {
    if (const auto* field = filter->GetDescriptor()->FindFieldByName(name)) {
      filter->GetReflection()->ClearField(filter.get(), field);
    }
  }
  std::string bytes = filter->GetDescriptor()->full_name();
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);
    filter->SerializeToCodedStream(&coded);
  }
  return Fingerprint64(bytes);
}

}  // namespace

absl::StatusOr<int> PageSize(int requested, const PageSizes& sizes) {
  if (requested < 0) {
    return InvalidArgument("PAGE_SIZE_NEGATIVE", kSizeField, "page_size must not be negative");
  }
  return requested == 0 ? sizes.otherwise : std::min(requested, sizes.most);
}

std::string NextPageToken(const google::protobuf::Message& request, absl::string_view cursor) {
  std::string bytes(1, kTokenVersion);
  AppendFingerprint(FingerprintOf(request), bytes);
  bytes.append(cursor.data(), cursor.size());
  AppendFingerprint(Fingerprint64(bytes, kChecksumSeed), bytes);
  return absl::WebSafeBase64Escape(bytes);
}

absl::StatusOr<std::string> PageCursor(const google::protobuf::Message& request) {
  const auto* field = request.GetDescriptor()->FindFieldByName(kTokenField);
  const std::string token =
      field == nullptr ? "" : request.GetReflection()->GetString(request, field);
  if (token.empty()) return std::string();
  const auto refuse = [](absl::string_view why) {
    return InvalidArgument("PAGE_TOKEN_INVALID", kTokenField, absl::StrCat("page_token ", why));
  };
  std::string bytes;
  if (token.size() > kPageTokenBytesMax || !absl::WebSafeBase64Unescape(token, &bytes) ||
      bytes.size() < kOverheadBytes || bytes[0] != kTokenVersion) {
    return refuse("is not one of this service");
  }
  const size_t cursor_end = bytes.size() - kFingerprintBytes;
  std::string expected = bytes.substr(0, cursor_end);
  AppendFingerprint(Fingerprint64(expected, kChecksumSeed), expected);
  if (expected != bytes) return refuse("is damaged");
  std::string fingerprint;
  AppendFingerprint(FingerprintOf(request), fingerprint);
  if (bytes.compare(1, kFingerprintBytes, fingerprint) != 0) {
    return refuse("belongs to another request: keep all other fields as they were");
  }
  return bytes.substr(1 + kFingerprintBytes, cursor_end - 1 - kFingerprintBytes);
}

std::string EtagOf(int64_t version) { return absl::StrCat("v", version); }

absl::Status CheckEtag(absl::string_view given, int64_t present_version) {
  if (given.empty() || given == EtagOf(present_version)) return absl::OkStatus();
  return Error(absl::StatusCode::kAborted, {"ETAG_MISMATCH", "etag", ""},
               "the resource has changed since it was read");
}

}  // namespace bellwether::rpc
