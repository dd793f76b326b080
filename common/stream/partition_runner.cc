#include "common/stream/partition_runner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/journal/dead_letter.h"

namespace bellwether::stream {
namespace {

size_t BytesOf(const bus::Message& message) {
  size_t bytes = message.key.size() + message.value.size();
  for (const bus::Header& header : message.headers) {
    bytes += header.name.size() + header.value.size();
  }
  return bytes;
}

bool TooLarge(const bus::Message& message) {
  return message.headers.size() > bus::kHeadersMax || BytesOf(message) > bus::kMessageBytesMax;
}

}  // namespace

PartitionRunner::PartitionRunner(const RunnerSettings& settings, int32_t partition, OffsetsRow row,
                                 std::unique_ptr<PartitionFold> fold,
                                 std::unique_ptr<bus::Producer> producer,
                                 std::shared_ptr<DeliveryLedger> ledger, PartitionCache cache,
                                 const Clock& clock, Counters& counters)
    : settings_(settings),
      partition_(partition),
      fold_(std::move(fold)),
      producer_(std::move(producer)),
      ledger_(std::move(ledger)),
      cache_(std::move(cache)),
      clock_(clock),
      counters_(counters),
      row_(row),
      taken_(std::move(row)),
      committed_offset_(row_.next_offset),
      shown_offset_(row_.next_offset) {
  if (folding_back()) return;
  const absl::Time now = clock_.Now();
  cache_.Check(LastVersion(), now);
  // Of a fold that has seen nothing there is nothing to put in place: its first records are then
  // shown as they come, not as a refill gives them.
  if (row_.next_offset == 0) RefillCacheIfDue(now);
}

PartitionRunner::Progress PartitionRunner::Run(const std::shared_ptr<const void>& storage,
                                               absl::Span<const bus::Record> records) {
  if (held_.empty()) {
    size_t next = 0;
    const Progress progress = Drive(records, next);
    if (next < records.size()) {
      held_.push_back({storage, {records.begin() + next, records.end()}});
    }
    return progress;
  }
  held_.push_back({storage, {records.begin(), records.end()}});
  return Continue();
}

PartitionRunner::Progress PartitionRunner::Continue() {
  if (held_.empty()) {
    size_t next = 0;
    return Drive({}, next);
  }
  while (!held_.empty()) {
    Held& held = held_.front();
    const Progress progress = Drive(held.records, held.next);
    if (progress != Progress::kDone) return progress;
    held_.pop_front();
  }
  return Progress::kDone;
}

PartitionRunner::Progress PartitionRunner::Drive(absl::Span<const bus::Record> records,
                                                 size_t& next) {
  while (true) {
    if (!pending_.empty()) {
      if (const Progress progress = Send(); progress != Progress::kDone) return progress;
    }
    if (!in_record_) {
      if (folding_back() && row_.next_offset >= *row_.fold_back_until) {
        EmitEverything();
        continue;
      }
      if (next == records.size()) return Progress::kDone;
      const bus::Record& record = records[next];
      if (record.offset < row_.next_offset) {  // read before a seek
        ++next;
        continue;
      }
      // The log may skip the very offset at which the fold has caught up with its past.
      if (folding_back() && record.offset >= *row_.fold_back_until) {
        EmitEverything();
        continue;
      }
      if (row_.next_offset - committed_offset_ >= settings_.uncommitted_records_max) {
        return Progress::kWaitingForCommit;
      }
      if (!Begin(record)) {
        row_.next_offset = record.offset + 1;
        ++next;
        continue;
      }
    }
    if (fold_->NextTimerDue() <= row_.time.now) {
      FireNextTimer(records[next]);
      continue;
    }
    if (!Finish(records[next])) return Progress::kFailed;
    ++next;
  }
}

bool PartitionRunner::Begin(const bus::Record& record) {
  Stamp stamp;
  if (const StampFault fault = ReadStamp(record, settings_.partitions, stamp);
      fault != StampFault::kNone) {
    pending_.Reject(RejectionOf(fault));
    Collect(&record);
    return false;
  }
  if (stamp.tick) {
    row_.time.AdvanceByTick(stamp.recorded_at);
  } else {
    row_.time.AdvanceByRecord(stamp.recorded_at, stamp.backfill);
  }
  moment_.time = row_.time.now;
  moment_.version = VersionOf(row_.generation, record.offset);
  moment_.offset = record.offset;
  moment_.backfill = stamp.backfill;
  tick_ = stamp.tick;
  last_fired_.reset();
  in_record_ = true;
  return true;
}

void PartitionRunner::FireNextTimer(const bus::Record& record) {
  std::optional<Timer> timer = fold_->NextTimer();
  BELLWETHER_CHECK(timer.has_value(), "NextTimerDue and NextTimer must agree");
  BELLWETHER_CHECK(timer != last_fired_, "a timer must be gone or later after Fire");
  Moment moment = moment_;
  moment.time = timer->due;
  fold_->Fire(*timer, moment, pending_);
  last_fired_ = std::move(timer);
  ++counters_.timers;
  Collect(&record);
}

bool PartitionRunner::Finish(const bus::Record& record) {
  if (tick_) {
    fold_->OnTick(moment_, pending_);
    ++counters_.ticks;
  } else {
    fold_->Apply(record, moment_, pending_);
    ++counters_.records;
  }
  if (!pending_.failure.ok()) {
    failure_ = std::move(pending_.failure);
    fold_failed_ = true;
    return false;
  }
  if (folding_back()) ++counters_.records_muted;
  Collect(&record);
  row_.next_offset = record.offset + 1;
  last_backfill_ = moment_.backfill;
  in_record_ = false;
  return true;
}

void PartitionRunner::EmitEverything() {
  row_.fold_back_until.reset();
  cache_.Invalidate(clock_.Now());
  if (row_.next_offset == 0) return;
  Moment moment;
  moment.time = row_.time.now;
  moment.version = LastVersion();
  moment.offset = row_.next_offset - 1;
  moment.backfill = last_backfill_;
  fold_->EmitAll(moment, pending_);
  Collect(nullptr);
}

void PartitionRunner::Collect(const bus::Record* record) {
  if (pending_.empty()) return;
  if (folding_back()) {
    pending_.clear();
    return;
  }
  cache_.Add(pending_.cache_writes);
  // What no bus would take must not stop the partition; a dead letter records it.
  std::erase_if(pending_.bus_effects, [this](const Effects::BusEffect& effect) {
    if (!TooLarge(effect.message)) return false;
    pending_.Reject(
        {"EFFECT_TOO_LARGE", effect.topic, "",
         absl::StrCat("an effect for ", effect.message.key, " exceeds the bus's limits")});
    return true;
  });
  for (const Effects::Rejection& rejection : pending_.rejections) {
    ++counters_.dead_letters[rejection.reason];
    if (record != nullptr) AddDeadLetter(*record, rejection);
  }
  pending_.rejections.clear();
}

void PartitionRunner::AddDeadLetter(const bus::Record& record,
                                    const Effects::Rejection& rejection) {
  pending_.Emit(bus::kDeadLetterTopic, PartitionOf(record.key, settings_.dead_letter_partitions),
                journal::EncodeDeadLetter(settings_.topic, record,
                                          {rejection.reason, rejection.field, rejection.rule,
                                           rejection.message, settings_.processor, clock_.Now()}));
}

PartitionRunner::Progress PartitionRunner::Send() {
  std::vector<Effects::BusEffect>& effects = pending_.bus_effects;
  if (ledger_->failed()) return Progress::kFailed;
  for (; sent_ < effects.size(); ++sent_) {
    Effects::BusEffect& effect = effects[sent_];
    if (!ledger_->HasRoom() || !producer_->HasRoom(BytesOf(effect.message))) {
      return Progress::kWaitingForBus;
    }
    // A refused message leaves its number unanswered, which fails the ledger.
    if (absl::Status produced = producer_->Produce(effect.topic, effect.partition,
                                                   std::move(effect.message), ledger_->Issue());
        !produced.ok()) {
      failure_ = std::move(produced);
      return Progress::kFailed;
    }
    ++counters_.effects;
  }
  effects.clear();
  sent_ = 0;
  return Progress::kDone;
}

Checkpoint PartitionRunner::TakeCheckpoint() {
  BELLWETHER_CHECK(AtBoundary(), "a checkpoint is taken between two records");
  if (GatherForCache()) cache_.Mark(LastVersion(), clock_.Now());
  Checkpoint checkpoint;
  checkpoint.partition = partition_;
  checkpoint.expected = taken_;
  checkpoint.next = row_;
  checkpoint.rows = fold_->TakeCheckpoint();
  checkpoint.ledger = ledger_;
  checkpoint.effects = ledger_->issued();
  taken_ = row_;
  return checkpoint;
}

void PartitionRunner::ShowInCache(absl::Time now) {
  if (GatherForCache()) cache_.Flush(LastVersion(), now);
  shown_offset_ = row_.next_offset;
}

bool PartitionRunner::GatherForCache() {
  if (folding_back() || !cache_.Accepts()) return false;
  fold_->Show(shown_);
  cache_.Add(shown_.cache_writes);
  return true;
}

size_t PartitionRunner::RefillCacheIfDue(absl::Time now) {
  if (!cache_.RefillDue(now) || folding_back() || !cache_.BeginRefill(now)) return 0;
  Moment moment;
  moment.time = row_.time.now;
  moment.version = LastVersion();
  moment.offset = row_.next_offset - 1;
  Effects everything;
  if (row_.next_offset > 0) fold_->EmitAll(moment, everything);
  cache_.Refill(everything.cache_writes, moment.version, now);
  return everything.cache_writes.size();
}

absl::Status PartitionRunner::failure() const {
  if (!failure_.ok()) return failure_;
  return ledger_->failure();
}

}  // namespace bellwether::stream
