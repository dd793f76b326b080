// Messages as rows of a table.
#ifndef BELLWETHER_SERVICES_GATEWAY_WEB_EXPORT_ROWS_H_
#define BELLWETHER_SERVICES_GATEWAY_WEB_EXPORT_ROWS_H_

#include <string>

#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace bellwether::gateway {

// A message's fields in the order of their numbers, those of messages in it named with a point
// ("annual_revenue.amount_minor"), as deep as kExportDepthMax; a time is RFC 3339, an enum its
// name, what is repeated or deeper JSON. A field that is not set is an empty cell.
inline constexpr int kExportDepthMax = 3;

// "name,legal_name,…\r\n"
std::string CsvHead(const google::protobuf::Descriptor& type);
// RFC 4180. A text that a spreadsheet would take for a formula (it begins with =, +, - or @) has an
// apostrophe before it. INTERNAL / NO_JSON_FORM for a message with a cell that JSON has no form
// for.
absl::StatusOr<std::string> CsvRow(const google::protobuf::Message& message);

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_WEB_EXPORT_ROWS_H_
