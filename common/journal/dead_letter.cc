#include "common/journal/dead_letter.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace bellwether::journal {
namespace {

constexpr size_t kDeadHeadersMax = 8;
constexpr size_t kDeadTextBytesMax = 1'024;       // of each text of a refusal
constexpr size_t kKeptHeaderBytesMax = 64 << 10;  // of all headers of the refused message
constexpr size_t kKeptKeyBytesMax = 1'024;
// Leaves room for the reasons, the kept headers and the key within the limit of a message.
constexpr size_t kKeptValueBytesMax = bus::kMessageBytesMax -
                                      kDeadHeadersMax * (kDeadTextBytesMax + 64) -
                                      kKeptHeaderBytesMax - kKeptKeyBytesMax;

std::string Cut(absl::string_view text, size_t bytes_max) {
  return std::string(text.substr(0, std::min(text.size(), bytes_max)));
}

void KeepHeaders(std::vector<bus::Header>& headers) {
  if (headers.size() > bus::kHeadersMax - kDeadHeadersMax) {
    headers.resize(bus::kHeadersMax - kDeadHeadersMax);
  }
  size_t bytes = 0;
  for (size_t i = 0; i < headers.size(); ++i) {
    bytes += headers[i].name.size() + headers[i].value.size();
    if (bytes > kKeptHeaderBytesMax) {
      headers.resize(i);
      return;
    }
  }
}

}  // namespace

bus::Message EncodeDeadLetter(bus::Message refused, const Refusal& refusal) {
  const size_t value_bytes = refused.value.size();
  const size_t bytes = bus::SizeOf(refused);
  KeepHeaders(refused.headers);
  if (refused.key.size() > kKeptKeyBytesMax) refused.key.resize(kKeptKeyBytesMax);
  if (value_bytes > kKeptValueBytesMax) refused.value.resize(kKeptValueBytesMax);
  const bool cut = bus::SizeOf(refused) < bytes;
  const auto add = [&](const char* name, absl::string_view text) {
    if (!text.empty()) refused.headers.push_back({name, Cut(text, kDeadTextBytesMax)});
  };
  add(kHeaderDeadReason, refusal.reason);
  add(kHeaderDeadField, refusal.field);
  add(kHeaderDeadRule, refusal.rule);
  add(kHeaderDeadMessage, refusal.message);
  add(kHeaderDeadRefusedBy, refusal.refused_by);
  add(kHeaderDeadTime, absl::StrCat(absl::ToUnixMicros(refusal.time)));
  if (cut) add(kHeaderDeadCutFrom, absl::StrCat(value_bytes));
  return refused;
}

bus::Message EncodeDeadLetter(absl::string_view topic, const bus::Record& record,
                              const Refusal& refusal) {
  bus::Message letter = EncodeDeadLetter(bus::ToMessage(record), refusal);
  letter.headers.push_back(
      {kHeaderDeadPlace, absl::StrCat(topic, "/", record.partition, "/", record.offset)});
  return letter;
}

absl::StatusOr<DeadLetter> DecodeDeadLetter(const bus::Record& record) {
  DeadLetter letter;
  std::string time, cut_from;
  const std::pair<absl::string_view, std::string*> known[] = {
      {kHeaderDeadReason, &letter.refusal.reason},
      {kHeaderDeadField, &letter.refusal.field},
      {kHeaderDeadRule, &letter.refusal.rule},
      {kHeaderDeadMessage, &letter.refusal.message},
      {kHeaderDeadRefusedBy, &letter.refusal.refused_by},
      {kHeaderDeadTime, &time},
      {kHeaderDeadPlace, &letter.place},
      {kHeaderDeadCutFrom, &cut_from},
  };
  letter.refused = bus::ToMessage(record);
  std::vector<bus::Header> own;
  for (bus::Header& header : letter.refused.headers) {
    const auto* found = std::find_if(std::begin(known), std::end(known),
                                     [&](const auto& entry) { return entry.first == header.name; });
    if (found != std::end(known)) {
      *found->second = std::move(header.value);
    } else {
      own.push_back(std::move(header));
    }
  }
  letter.refused.headers = std::move(own);
  letter.cut = !cut_from.empty();
  int64_t micros = 0;
  if (letter.refusal.reason.empty() || !absl::SimpleAtoi(time, &micros)) {
    return InvalidArgument("HEADER_MISSING", kHeaderDeadReason, "the record is no dead letter");
  }
  letter.refusal.time = absl::FromUnixMicros(micros);
  return letter;
}

}  // namespace bellwether::journal
