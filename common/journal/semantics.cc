#include "common/journal/semantics.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "bellwether/events/v1/journal.pb.h"
#include "common/journal/entry.h"
#include "common/journal/envelope.h"

namespace bellwether::journal {

bus::Message EncodeSemantics(int32_t partition, Semantics semantics) {
  const auto version = static_cast<int32_t>(semantics);
  const std::string id = absl::StrCat("semantics-", version);
  events::v1::JournalEntry entry;
  entry.mutable_semantics_changed()->set_semantics(version);
  Envelope envelope;
  envelope.id = id;
  envelope.source = "bellwether/gateway";
  envelope.time = envelope.recorded_at = absl::UnixEpoch();
  return EncodeEntry(envelope, PartitionKey(partition), entry);
}

}  // namespace bellwether::journal
