// Notifies in one message of everything that held when a past went live (L3).
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_GO_LIVE_DIGEST_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_GO_LIVE_DIGEST_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/bus/bus.h"
#include "common/store/store.h"
#include "services/alerts/adapters/sql_case_rows.h"

namespace bellwether::alerts {

struct DigestOptions {
  // A digest names so many alerts, the first on the board; the rest is counted.
  int alerts_max = 100;
  // Partitions go live within a tick of each other. One that does not is not waited for longer.
  absl::Duration wait_max = absl::Seconds(60);
};

// The delivery of a digest is no alert's.
bool IsDigest(absl::string_view delivery_alert_id);

// Alerts that wait in `alert_go_live` become one delivery per receiver, whose key is the log's id
// and the receiver: sent once, whatever crashes and whichever replica does it. What goes live after
// the digest has been made (a partition that was late) is notified by itself. Stateless;
// thread-safe.
class GoLiveDigest {
 public:
  GoLiveDigest(bus::Bus& bus, store::Store& store, const CaseRowsContext& rows, int32_t partitions,
               const DigestOptions& options = {})
      : bus_(bus), store_(store), rows_(rows), partitions_(partitions), options_(options) {}

  // True when deliveries were made.
  absl::StatusOr<bool> Make(absl::Time now) const;

 private:
  absl::StatusOr<bool> Due(store::Transaction& transaction, absl::Time now) const;

  bus::Bus& bus_;
  store::Store& store_;
  const CaseRowsContext& rows_;
  const int32_t partitions_;
  const DigestOptions options_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_GO_LIVE_DIGEST_H_
