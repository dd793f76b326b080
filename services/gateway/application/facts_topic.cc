#include "services/gateway/application/facts_topic.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/log/log.h"
#include "common/log/trace.h"

namespace bellwether::gateway {
namespace {

// While a past is being built, whether it is over is looked up this often.
constexpr absl::Duration kPhaseLook = absl::Seconds(1);

IncomingEvent ToEvent(const bus::Record& record) {
  IncomingEvent event;
  event.form = IncomingEvent::Form::kRecord;
  event.record = bus::ToMessage(record);
  event.place = absl::StrCat(bus::kFactsTopic, "/", record.partition, "/", record.offset);
  const absl::string_view traceparent = record.HeaderOr(bus::kHeaderTraceParent);
  if (ParseTraceParent(traceparent).has_value()) event.traceparent = std::string(traceparent);
  return event;
}

}  // namespace

FactsTopic::FactsTopic(const Ports& ports)
    : ports_(ports),
      accepted_(ports.metrics.CounterOf("bellwether_gateway_facts_topic_accepted_total",
                                        "Records of the facts topic durable in the journal.")),
      refused_(ports.metrics.CounterOf("bellwether_gateway_facts_topic_refused_total",
                                       "Records of the facts topic kept as dead letters.")),
      passed_over_(ports.metrics.CounterOf(
          "bellwether_gateway_facts_topic_lost_total",
          "Records of the facts topic that were gone before they could be taken.")),
      lag_(ports.metrics.GaugeOf(
          "bellwether_gateway_facts_topic_lag_records",
          "Records not answered for, in the partitions of the facts topic held here.")) {}

absl::StatusOr<absl::Duration> FactsTopic::Step() {
  const absl::Time now = ports_.clock.Now();
  // Before anything new is taken: what is taken and cannot be stored would come again.
  if (const absl::Status asked = AskStore(now); !asked.ok()) {
    if (consumer_ != nullptr && !Wait().ok()) Close();
    return asked;
  }
  if (ports_.state.phase() == JournalPhase::kBackfilling) {
    Close();
    return kPhaseLook;
  }
  absl::Status status = consumer_ == nullptr ? Connect() : absl::OkStatus();
  if (status.ok()) status = Read();
  if (!status.ok()) {
    Close();
    return status;
  }
  MeasureLag(now);
  return absl::ZeroDuration();
}

absl::Status FactsTopic::AskStore(absl::Time now) {
  if (!ports_.state.is_live()) RETURN_IF_ERROR(ports_.state.Refresh());
  return now - committed_at_ >= kCommitInterval ? Commit(now) : absl::OkStatus();
}

absl::Status FactsTopic::Connect() {
  ASSIGN_OR_RETURN(topic_, ports_.bus.Describe(bus::kFactsTopic));
  ASSIGN_OR_RETURN(passage_,
                   FactsPassage::Open(ports_.bus, ports_.validator, ports_.clock, ports_.metrics,
                                      ports_.feeds, {accepted_, refused_}));
  ASSIGN_OR_RETURN(consumer_, ports_.bus.NewConsumer(
                                  {.group = kGroup, .topic = bus::kFactsTopic, .listener = this}));
  return absl::OkStatus();
}

absl::Status FactsTopic::Read() {
  for (const auto& [partition, assigned] : assigned_) RETURN_IF_ERROR(assigned.answers->failure());
  RETURN_IF_ERROR(TakeWaiting());
  // Also while there is no room, because who does not poll loses its partitions.
  RETURN_IF_ERROR(waiting_.empty() ? Poll(/*pause=*/false, kPollWait) : Wait());
  return TakeWaiting();
}

absl::Status FactsTopic::Poll(bool pause, absl::Duration max_wait) {
  for (auto& [partition, assigned] : assigned_) {
    if (std::exchange(assigned.paused, pause) == pause) continue;
    RETURN_IF_ERROR(pause ? consumer_->Pause(partition) : consumer_->Resume(partition));
  }
  revoke_by_ = absl::InfinitePast();
  ASSIGN_OR_RETURN(bus::RecordBatch batch, consumer_->Poll(kRecordsPerPollMax, max_wait));
  if (!batch.empty()) waiting_.push_back(std::move(batch));
  return absl::OkStatus();
}

absl::Status FactsTopic::TakeWaiting() {
  while (!waiting_.empty()) {
    const std::vector<bus::Record>& records = waiting_.front().records;
    for (; next_ < records.size(); ++next_) {
      const bus::Record& record = records[next_];
      const auto found = assigned_.find(record.partition);
      if (found == assigned_.end()) continue;
      if (!ports_.state.is_live()) {
        const absl::Status live = ports_.state.GoLiveWithFact();
        if (ports_.state.phase() == JournalPhase::kBackfilling) return absl::OkStatus();
        RETURN_IF_ERROR(live);
      }
      IncomingEvent event = ToEvent(record);
      if (!passage_->TryTake(std::move(event), record.offset, found->second.answers)) {
        return absl::OkStatus();
      }
    }
    waiting_.pop_front();
    next_ = 0;
  }
  return absl::OkStatus();
}

absl::Status FactsTopic::Commit(absl::Time now) {
  std::map<int32_t, int64_t> settled;
  for (const auto& [partition, assigned] : assigned_) {
    const int64_t next_offset = assigned.answers->settled();
    if (next_offset > assigned.committed) settled[partition] = next_offset;
  }
  if (!settled.empty()) RETURN_IF_ERROR(ports_.offsets.Advance(topic_.log_id, settled));
  for (const auto& [partition, next_offset] : settled) {
    assigned_.at(partition).committed = next_offset;
    consumer_->ReportCommitted(partition, next_offset);
  }
  committed_at_ = now;
  return absl::OkStatus();
}

void FactsTopic::MeasureLag(absl::Time now) {
  if (now - lag_at_ < kLagInterval) return;
  lag_at_ = now;
  int64_t lag = 0;
  for (const auto& [partition, assigned] : assigned_) {
    const absl::StatusOr<bus::OffsetRange> range = ports_.bus.Offsets(bus::kFactsTopic, partition);
    if (!range.ok()) return;  // the bus is away, of which the process knows
    lag += std::max<int64_t>(0, range->end - assigned.answers->settled());
  }
  lag_.Set(static_cast<double>(lag));
}

absl::StatusOr<int64_t> FactsTopic::OnAssigned(int32_t partition) {
  Drop(partition);
  ASSIGN_OR_RETURN(const std::optional<FactsOffsets::Place> stored, ports_.offsets.Load(partition));
  // After the place, which another member may have moved beyond an older answer.
  ASSIGN_OR_RETURN(const bus::OffsetRange range, ports_.bus.Offsets(bus::kFactsTopic, partition));
  FactsOffsets::Place place{topic_.log_id, range.first};
  if (!stored.has_value()) {
    RETURN_IF_ERROR(ports_.offsets.Begin(partition, place));
  } else if (stored->log_id == topic_.log_id && stored->next_offset <= range.end) {
    place.next_offset = std::max(stored->next_offset, range.first);
    if (const int64_t gone = place.next_offset - stored->next_offset; gone > 0) {
      passed_over_.Increment(static_cast<double>(gone));
      LogError("facts were gone from the topic before they could be taken",
               {{"partition", partition}, {"records", gone}});
      RETURN_IF_ERROR(ports_.offsets.Begin(partition, place));
    }
  } else {
    // Another log, or one that has lost its end. Unlike a fold's, this place decides nothing but
    // what is sent again: facts that came before are duplicates, those that did not are missing.
    RETURN_IF_ERROR(ports_.offsets.BeginAgain(partition, place));
    LogWarning("the facts topic is not the one that was read before; reading all of it",
               {{"partition", partition}, {"stored_offset", stored->next_offset}});
  }
  assigned_[partition] = {std::make_shared<PartitionAnswers>(place.next_offset), place.next_offset};
  return place.next_offset;
}

void FactsTopic::OnRevoked(int32_t partition) {
  const auto found = assigned_.find(partition);
  if (found != assigned_.end()) {
    const absl::Time now = ports_.clock.Now();
    if (revoke_by_ == absl::InfinitePast()) revoke_by_ = now + kRevokeWait;
    found->second.answers->AwaitAnswers(std::max(revoke_by_ - now, absl::ZeroDuration()));
    if (const absl::Status committed = Commit(now); !committed.ok()) {
      LogWarning("facts that were taken will be sent again",
                 {{"partition", partition}, {"status", committed}});
    }
  }
  Drop(partition);
}

void FactsTopic::OnLost(int32_t partition) { Drop(partition); }

void FactsTopic::Drop(int32_t partition) {
  assigned_.erase(partition);
  for (bus::RecordBatch& batch : waiting_) {
    auto begin = batch.records.begin();
    if (&batch == &waiting_.front()) begin += static_cast<ptrdiff_t>(next_);
    batch.records.erase(
        std::remove_if(begin, batch.records.end(),
                       [&](const bus::Record& record) { return record.partition == partition; }),
        batch.records.end());
  }
}

void FactsTopic::Close() {
  if (consumer_ != nullptr) {
    revoke_by_ = absl::InfinitePast();
    consumer_->Close();  // commits through OnRevoked
    consumer_ = nullptr;
  }
  assigned_.clear();
  waiting_.clear();
  next_ = 0;
  passage_ = nullptr;
  lag_.Set(0);
}

}  // namespace bellwether::gateway
