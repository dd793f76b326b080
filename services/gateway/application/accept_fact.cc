#include "services/gateway/application/accept_fact.h"

#include <algorithm>
#include <utility>

#include "common/base/status.h"
#include "common/journal/entry.h"
#include "common/journal/timestamps.h"
#include "google/protobuf/descriptor.h"
#include "services/gateway/application/cloud_event.h"
#include "services/gateway/application/fact_record.h"

namespace bellwether::gateway {
namespace {

using events::v1::Fact;
using events::v1::FactEvent;

}  // namespace

FactAcceptor::FactAcceptor(const FactValidator& validator, JournalWriter& writer,
                           const Clock& clock, metrics::Registry& metrics,
                           std::shared_ptr<FeedTally> feeds)
    : validator_(validator),
      writer_(writer),
      clock_(clock),
      feeds_(std::move(feeds)),
      rejected_(metrics.Counters("bellwether_gateway_events_rejected_total",
                                 "Events refused and kept in the dead-letter topic.", {"reason"})),
      failed_(metrics.CounterOf("bellwether_gateway_events_failed_total",
                                "Events without an answer because the bus failed.")),
      seconds_(
          metrics.HistogramOf("bellwether_gateway_accept_seconds",
                              "From an event's arrival to its durable place in the journal.")) {
  auto& family = metrics.Counters("bellwether_gateway_facts_accepted_total",
                                  "Facts durable in the journal.", {"kind"});
  const auto* oneof = Fact::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < oneof->field_count(); ++i) {
    const auto number = static_cast<size_t>(oneof->field(i)->number());
    if (accepted_.size() <= number) accepted_.resize(number + 1, nullptr);
    accepted_[number] = &family.With({oneof->field(i)->name()});
  }
}

size_t FactAcceptor::RoomFor(size_t event_bytes) {
  // Larger events are refused, and their letters cut.
  return std::min(event_bytes, bus::kMessageBytesMax);
}

bool FactAcceptor::TryAccept(IncomingEvent& event, Answered& answered) {
  const size_t bytes = event.size();
  if (!TryEnter(bytes)) return false;
  Accept(std::move(event), bytes, std::move(answered));
  return true;
}

void FactAcceptor::Accept(IncomingEvent event, size_t event_bytes, Answered answered) {
  const absl::StatusOr<FactEvent> fact = Check(event);
  if (fact.ok()) {
    Append(*fact, event, event_bytes, {.recorded_at = clock_.Now()}, std::move(answered));
  } else {
    Reject(std::move(event), event_bytes, fact.status(), std::move(answered));
  }
}

absl::StatusOr<FactEvent> FactAcceptor::Check(IncomingEvent& event) const {
  switch (event.form) {
    case IncomingEvent::Form::kFact:
      RETURN_IF_ERROR(validator_.Admit(event.fact, event.import_run, clock_.Now()));
      return std::move(event.fact);
    case IncomingEvent::Form::kCloudEvent: {
      ASSIGN_OR_RETURN(FactEvent fact, ParseCloudEvent(event.bytes));
      RETURN_IF_ERROR(validator_.Admit(fact, event.import_run, clock_.Now()));
      return fact;
    }
    case IncomingEvent::Form::kRecord: {
      ASSIGN_OR_RETURN(FactEvent fact, ReadFactRecord(event.record));
      RETURN_IF_ERROR(validator_.Admit(fact, event.import_run, clock_.Now()));
      return fact;
    }
    case IncomingEvent::Form::kUnreadable:
      break;
  }
  return InvalidArgument("MALFORMED_EVENT", "", "the request holds no event", "X1");
}

void FactAcceptor::Append(const FactEvent& fact, const IncomingEvent& event, size_t event_bytes,
                          const Stamp& stamp, Answered answered) {
  journal::Acceptance acceptance;
  acceptance.recorded_at = stamp.recorded_at;
  acceptance.origin = event.import_run;
  acceptance.traceparent = event.traceparent;
  acceptance.backfill = stamp.backfill;
  metrics::Counter* accepted = accepted_[fact.fact().kind_case()];
  FeedTally::Feed* feed =
      feeds_ == nullptr ? nullptr : feeds_->Find(fact.source(), fact.fact().kind_case());
  const absl::Time happened = journal::FromTimestamp(fact.time()).value_or(stamp.recorded_at);
  writer_.Append(fact.account_id(), journal::EncodeFact(fact, acceptance),
                 [this, accepted, feed, recorded = stamp.recorded_at, happened, event_bytes,
                  begun = clock_.Now(),
                  answered = std::move(answered)](absl::StatusOr<bus::Position> position) mutable {
                   Leave(event_bytes);
                   if (!position.ok()) {
                     failed_.Increment();
                     answered(position.status());
                     return;
                   }
                   accepted->Increment();
                   if (feed != nullptr) feed->Note(recorded, happened);
                   seconds_.Observe(absl::ToDoubleSeconds(clock_.Now() - begun));
                   answered(Answer{absl::OkStatus(), *position});
                 });
}

void FactAcceptor::Reject(IncomingEvent event, size_t event_bytes, const absl::Status& why,
                          Answered answered) {
  bus::Message letter = ToDeadLetter(std::move(event), why, clock_.Now());
  writer_.AppendDeadLetter(
      std::move(letter), [this, why, event_bytes, answered = std::move(answered)](
                             absl::StatusOr<bus::Position> position) mutable {
        Leave(event_bytes);
        if (!position.ok()) {
          failed_.Increment();
          answered(position.status());
          return;
        }
        rejected_.With({DetailOf(why).value_or(ErrorDetail{}).reason}).Increment();
        answered(Answer{why, *position});
      });
}

}  // namespace bellwether::gateway
