#include "services/gateway/application/fact_record.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "services/gateway/application/cloud_event.h"
#include "services/gateway/domain/media_type.h"

namespace bellwether::gateway {
namespace {

using events::v1::FactEvent;

constexpr char kRecordRule[] = "X1";
constexpr char kStructuredPrefix[] = "application/cloudevents";
constexpr char kStructuredJson[] = "application/cloudevents+json";

absl::StatusOr<FactEvent> ReadStructured(const MediaType& media_type, const bus::Message& record) {
  if (media_type.name != kStructuredJson || !media_type.is_utf8()) {
    return InvalidArgument("UNSUPPORTED_CONTENT_TYPE", bus::kHeaderContentType,
                           absl::StrCat(kStructuredJson, " in UTF-8 is expected"), kRecordRule);
  }
  return ParseCloudEvent(record.value);
}

absl::StatusOr<FactEvent> ReadBinary(const bus::Message& record) {
  CloudEventAttributes attributes;
  struct Known {
    absl::string_view header;
    std::string* text;
    bool seen = false;
  };
  Known known[] = {
      {bus::kHeaderSpecVersion, &attributes.specversion},
      {bus::kHeaderType, &attributes.type},
      {bus::kHeaderId, &attributes.id},
      {bus::kHeaderSource, &attributes.source},
      {bus::kHeaderSubject, &attributes.subject},
      {bus::kHeaderTime, &attributes.time},
      {bus::kHeaderContentType, &attributes.datacontenttype},
  };
  for (const bus::Header& header : record.headers) {
    for (Known& attribute : known) {
      if (attribute.header != header.name) continue;
      if (std::exchange(attribute.seen, true)) {
        return InvalidArgument("REPEATED_ATTRIBUTE", header.name, "an attribute has one value",
                               kRecordRule);
      }
      *attribute.text = header.value;
    }
  }
  return ReadCloudEvent(std::move(attributes), record.value);
}

absl::string_view ContentTypeOf(const bus::Message& record) {
  for (const bus::Header& header : record.headers) {
    if (header.name == bus::kHeaderContentType) return header.value;
  }
  return "";
}

}  // namespace

absl::StatusOr<FactEvent> ReadFactRecord(const bus::Message& record) {
  if (record.value.empty()) {
    return InvalidArgument("MISSING_VALUE", "value",
                           "a record without a value says nothing; a fact is not taken back by one",
                           kRecordRule);
  }
  const MediaType media_type = ParseMediaType(ContentTypeOf(record));
  ASSIGN_OR_RETURN(FactEvent event, absl::StartsWith(media_type.name, kStructuredPrefix)
                                        ? ReadStructured(media_type, record)
                                        : ReadBinary(record));
  if (!record.key.empty() && !event.account_id().empty() && record.key != event.account_id()) {
    return InvalidArgument("KEY_MISMATCH", "key", "the key is another than the subject's",
                           kRecordRule);
  }
  return event;
}

}  // namespace bellwether::gateway
