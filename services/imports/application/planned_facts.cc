#include "services/imports/application/planned_facts.h"

#include <string>

#include "services/imports/application/message_fields.h"
#include "services/imports/application/value.h"

namespace bellwether::imports {

absl::Status PlannedFacts::Add(const events::v1::FactEvent& event, const RowPlace& place) {
  std::string key;
  AppendSortable(event.time().seconds(), key);
  AppendSortable(event.time().nanos(), key);
  AppendSortable(place.file, key);
  AppendSortable(place.line, key);
  std::string bytes;
  AppendInteger(place.file, bytes);
  AppendInteger(place.line, bytes);
  event.AppendToString(&bytes);
  return spill_->Add(key, bytes);
}

bool PlannedFacts::Next(events::v1::FactEvent& event, RowPlace* place) {
  absl::string_view key;
  absl::string_view bytes;
  if (!spill_->Next(key, bytes)) return false;
  RowPlace at;
  at.file = static_cast<int>(TakeInteger(bytes));
  at.line = TakeInteger(bytes);
  if (place != nullptr) *place = at;
  event.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  if (shift_ != absl::ZeroDuration()) {
    ForEachTimestamp(event, [&](google::protobuf::Message& timestamp) {
      SetTime(timestamp, ToTime(timestamp) + shift_);
    });
  }
  return true;
}

}  // namespace bellwether::imports
