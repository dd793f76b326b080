#include "common/command/field_changes.h"

#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/timestamp.pb.h"

namespace bellwether::command {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::TextFormat;
using google::protobuf::Timestamp;

// An instant as people write it, instead of its seconds and nanoseconds.
class TimestampPrinter final : public TextFormat::MessagePrinter {
 public:
  void Print(const Message& message, bool /*single_line_mode*/,
             TextFormat::BaseTextGenerator* generator) const override {
    const auto& timestamp = static_cast<const Timestamp&>(message);
    const absl::Time time =
        absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
    generator->PrintString(absl::FormatTime(absl::RFC3339_full, time, absl::UTCTimeZone()));
  }
};

TextFormat::Printer NewPrinter() {
  TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.SetUseUtf8StringEscaping(true);
  // STYLE(raw-new): the printer deletes it
  printer.RegisterMessagePrinter(Timestamp::descriptor(), new TimestampPrinter());
  return printer;
}

// At most kAuditValueBytesMax bytes, whole characters, and how many were cut off.
std::string Bounded(std::string text) {
  if (text.size() <= kAuditValueBytesMax) return text;
  size_t kept = kAuditValueBytesMax;
  const auto continues = [&](size_t i) {
    return (static_cast<unsigned char>(text[i]) & 0xc0) == 0x80;
  };
  while (kept > 0 && continues(kept)) --kept;
  const size_t cut = text.size() - kept;
  text.resize(kept);
  return absl::StrCat(text, "… (", cut, " bytes more)");
}

// On one line the printer ends a message with a blank.
std::string Printed(const TextFormat::Printer& printer, const Message& message,
                    const FieldDescriptor* field, int index) {
  std::string text;
  printer.PrintFieldValueToString(message, field, index, &text);
  absl::StripTrailingAsciiWhitespace(&text);
  return text;
}

std::string ValueOf(const TextFormat::Printer& printer, const Message& message,
                    const FieldDescriptor* field) {
  const auto* reflection = message.GetReflection();
  const bool list = field->is_repeated();
  if (list ? reflection->FieldSize(message, field) == 0 : !reflection->HasField(message, field)) {
    return "";
  }
  if (!list) return Printed(printer, message, field, -1);
  std::string text = "[";
  for (int i = 0; i < reflection->FieldSize(message, field); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ", ", Printed(printer, message, field, i));
  }
  return text + "]";
}

bool FollowsFromAnyChange(const FieldDescriptor& field) {
  return field.name() == "etag" || field.name() == "update_time";
}

}  // namespace

std::vector<audit::v1::FieldChange> FieldChanges(const Message* before, const Message& after) {
  static const auto* const printer = new TextFormat::Printer(NewPrinter());
  std::vector<audit::v1::FieldChange> changes;
  const auto* type = after.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (FollowsFromAnyChange(*field)) continue;
    std::string was = before == nullptr ? "" : ValueOf(*printer, *before, field);
    std::string is = ValueOf(*printer, after, field);
    if (was == is) continue;
    audit::v1::FieldChange& change = changes.emplace_back();
    change.set_field(field->name());
    change.set_before(Bounded(std::move(was)));
    change.set_after(Bounded(std::move(is)));
  }
  return changes;
}

}  // namespace bellwether::command
