// Webhook deliveries in the service's own table: committed before they are sent.
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_DELIVERIES_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_DELIVERIES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/store/store.h"
#include "services/alerts/domain/delivery.h"

namespace bellwether::alerts {

// alert_deliveries.state.
inline constexpr int64_t kDeliveryUnderWay = 1;
inline constexpr int64_t kDeliveryDelivered = 2;
inline constexpr int64_t kDeliveryGivenUp = 3;
// As SQL: a constant, no parameter, since only so is the partial index of the migrations used.
inline constexpr char kIsUnderWay[] = "alert_deliveries.state = 1";
static_assert(kDeliveryUnderWay == 1);

struct Delivery {
  std::string target;
  std::string alert_id;
  int64_t entry_number = 0;
  int64_t attempts = 0;  // this one included
  int64_t failures = 0;
  absl::Time created;
  // Some earlier attempt may have been received without our knowing.
  bool ambiguous = false;
  std::string body;

  // The same for every attempt and every target: receivers drop what they have.
  std::string IdempotencyKey() const;
};

absl::Status InsertDelivery(store::Transaction& transaction, const std::string& target,
                            const std::string& alert_id, int64_t entry_number,
                            const std::string& body, absl::Time now);
// The same, unless there is such a delivery already: then false.
absl::StatusOr<bool> InsertDeliveryOnce(store::Transaction& transaction, const std::string& target,
                                        const std::string& alert_id, int64_t entry_number,
                                        const std::string& body, absl::Time now);

struct Claim {
  std::optional<Delivery> delivery;
  // When there is something to claim next, if nothing was.
  absl::Time next = absl::InfiniteFuture();
};

// Takes the next delivery of `target` that is due, marks it as being sent and keeps others off
// until `until`. Deliveries of one alert are sent in order: the later ones wait for the end of the
// first. One claimed before whose outcome was never recorded is ambiguous from then on.
absl::StatusOr<Claim> ClaimDelivery(store::Transaction& transaction, const std::string& target,
                                    absl::Time now, absl::Time until);

// Records what became of an attempt. False, and nothing recorded, when another one has been begun
// since: what is learnt late of an older attempt must not undo the outcome of a newer one.
absl::StatusOr<bool> RecordAttempt(store::Transaction& transaction, const Delivery& delivery,
                                   const DeliveryVerdict& verdict, absl::Time now);

struct DeliveryBacklog {
  int64_t waiting = 0;
  // Of the oldest one waiting.
  std::optional<absl::Time> oldest;
};
absl::StatusOr<DeliveryBacklog> BacklogOf(store::Transaction& transaction,
                                          const std::string& target);

// Forgets ended deliveries of resolved alerts created before `before`; the number forgotten.
absl::StatusOr<int64_t> PruneDeliveries(store::Transaction& transaction, absl::Time before);

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_SQL_DELIVERIES_H_
