// Puts the configured model into the journal, once (H3).
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_MODELS_MODEL_JOURNAL_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_MODELS_MODEL_JOURNAL_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bellwether/events/v1/journal.pb.h"
#include "common/base/clock.h"
#include "common/outbox/journal_stamp.h"
#include "common/store/store.h"

namespace bellwether::health {

// The catalogue and model of the configuration. `model` is the id of a shipped one or the path of a
// file, `metrics_file` a path or empty for the shipped catalogue; `feeds` ("a,b") are added to
// those that the model names. INVALID_ARGUMENT with every problem of them.
absl::StatusOr<events::v1::ModelActivated> LoadModel(const std::string& model,
                                                     const std::string& metrics_file,
                                                     const std::string& feeds = "");

// Writes an activation for every partition to the outbox if `model` is not the one written last.
// True when it did. The very first one belongs to the Unix epoch, before every backfill.
absl::StatusOr<bool> ShipModel(store::Store& store, const events::v1::ModelActivated& model,
                               int32_t partitions, absl::Time now);

// A model holds from the beginning of a past that is still to be built: recorded at the Unix epoch
// while the journal is not live, and the very first one always.
class ModelStamp final : public outbox::JournalStamp {
 public:
  using JournalStamp::JournalStamp;
  outbox::Stamp StampOf(absl::Time now, absl::Time change_time) const override;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_MODELS_MODEL_JOURNAL_H_
