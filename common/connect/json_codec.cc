#include "common/connect/json_codec.h"

#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/connect/plain_json.h"
#include "common/json/json.h"
#include "google/protobuf/util/json_util.h"

namespace bellwether::connect {

absl::Status ReadJson(absl::string_view json, google::protobuf::Message& message) {
  // Protobuf's parser takes more than JSON, and minutes for deep nesting.
  RETURN_IF_ERROR(json::Validate(
      json, {.bytes_max = std::numeric_limits<size_t>::max(), .depth_max = kJsonDepthMax}));
  // STYLE(protobuf-json): what it takes besides JSON has been refused above
  const auto status = google::protobuf::util::JsonStringToMessage(
      google::protobuf::StringPiece(json.data(), json.size()), &message);
  if (status.ok()) return absl::OkStatus();
  return InvalidArgument("JSON_NOT_OF_TYPE", "",
                         absl::StrCat("no ", message.GetDescriptor()->full_name(), ": ",
                                      std::string(status.message())));
}

absl::StatusOr<std::string> WriteJson(const google::protobuf::Message& message) {
  if (std::optional<std::string> plain = WritePlainJson(message)) return *std::move(plain);
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json);
  if (!status.ok()) {
    return Error(absl::StatusCode::kInternal, {"NO_JSON_FORM", "", ""},
                 absl::StrCat("a ", message.GetDescriptor()->full_name(),
                              " has no JSON form: ", std::string(status.message())));
  }
  return json;
}

}  // namespace bellwether::connect
