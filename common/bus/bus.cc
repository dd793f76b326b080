#include "common/bus/bus.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::bus {

size_t SizeOf(const Message& message) {
  size_t bytes = message.key.size() + message.value.size();
  for (const Header& header : message.headers) bytes += header.name.size() + header.value.size();
  return bytes;
}

absl::StatusOr<size_t> CheckSize(const Message& message) {
  if (message.headers.size() > kHeadersMax) {
    return InvalidArgument("TOO_MANY_HEADERS", "headers",
                           absl::StrCat("a message has at most ", kHeadersMax, " headers"));
  }
  const size_t bytes = SizeOf(message);
  if (bytes > kMessageBytesMax) {
    return InvalidArgument(
        "MESSAGE_TOO_LARGE", "value",
        absl::StrCat("a message of ", bytes, " bytes exceeds the limit of ", kMessageBytesMax));
  }
  return bytes;
}

absl::StatusOr<std::vector<int64_t>> Bus::Ends(absl::string_view topic) {
  ASSIGN_OR_RETURN(const TopicDescription description, Describe(topic));
  std::vector<int64_t> ends;
  for (int32_t partition = 0; partition < description.partitions; ++partition) {
    ASSIGN_OR_RETURN(const OffsetRange range, Offsets(topic, partition));
    ends.push_back(range.end);
  }
  return ends;
}

Message ToMessage(const Record& record) {
  Message message;
  message.key = std::string(record.key);
  message.value = std::string(record.value);
  message.headers.reserve(record.headers.size());
  for (const HeaderView& header : record.headers) {
    message.headers.push_back({std::string(header.name), std::string(header.value)});
  }
  return message;
}

}  // namespace bellwether::bus
