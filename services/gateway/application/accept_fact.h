// Taking a fact in: validate, stamp, append, answer when it is durable.
#ifndef BELLWETHER_SERVICES_GATEWAY_APPLICATION_ACCEPT_FACT_H_
#define BELLWETHER_SERVICES_GATEWAY_APPLICATION_ACCEPT_FACT_H_

#include <memory>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/fact.pb.h"
#include "common/base/clock.h"
#include "common/bus/bus.h"
#include "common/metrics/metrics.h"
#include "services/gateway/application/admission.h"
#include "services/gateway/application/fact_validation.h"
#include "services/gateway/application/feed_tally.h"
#include "services/gateway/application/incoming_event.h"
#include "services/gateway/application/journal_writer.h"

namespace bellwether::gateway {

// What became of an event: durable in the journal at `position`, or, with `rejection` not OK,
// durable in the dead-letter topic.
struct Answer {
  absl::Status rejection;
  bus::Position position;
};

// Called once. An error means that nobody knows (the bus failed): the event may be sent again.
using Answered = absl::AnyInvocable<void(absl::StatusOr<Answer>)>;

// Thread-safe. Outlived by what it is given, but for `feeds`, which learns of what was accepted;
// null: nobody does.
class FactAcceptor {
 public:
  FactAcceptor(const FactValidator& validator, JournalWriter& writer, const Clock& clock,
               metrics::Registry& metrics, std::shared_ptr<FeedTally> feeds = nullptr);

  // False when there is no room: then nothing was taken and `admission().WhenRoom` says when to try
  // again. Else `answered` is called, on a thread of the bus or here.
  bool TryAccept(IncomingEvent& event, Answered& answered);

  // The steps of TryAccept, for callers that put their own between them.
  //
  // Room for an event of that size; its holder hands the event to Accept, Append or Reject,
  // which give it back.
  bool TryEnter(size_t event_bytes) { return admission_.TryEnter(RoomFor(event_bytes)); }
  bool Enter(size_t event_bytes, absl::Duration wait_max) {
    return admission_.Enter(RoomFor(event_bytes), wait_max);
  }
  void Leave(size_t event_bytes) { admission_.Leave(RoomFor(event_bytes)); }
  // Checks the event, and appends it as of now or rejects it.
  void Accept(IncomingEvent event, size_t event_bytes, Answered answered);
  // The valid fact, amounts in the reporting currency; it is moved out of the event. Or why the
  // event is refused; then it is as it came.
  absl::StatusOr<events::v1::FactEvent> Check(IncomingEvent& event) const;
  struct Stamp {
    absl::Time recorded_at;
    bool backfill = false;
  };
  // `event_bytes` is what entered.
  void Append(const events::v1::FactEvent& fact, const IncomingEvent& event, size_t event_bytes,
              const Stamp& stamp, Answered answered);
  void Reject(IncomingEvent event, size_t event_bytes, const absl::Status& why, Answered answered);

  Admission& admission() { return admission_; }

 private:
  static size_t RoomFor(size_t event_bytes);

  const FactValidator& validator_;
  JournalWriter& writer_;
  const Clock& clock_;
  const std::shared_ptr<FeedTally> feeds_;
  Admission admission_;
  std::vector<metrics::Counter*> accepted_;  // by field number of the kind
  metrics::Family<metrics::Counter>& rejected_;
  metrics::Counter& failed_;
  metrics::Histogram& seconds_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_APPLICATION_ACCEPT_FACT_H_
