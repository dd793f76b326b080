#include "common/stream/group_member.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/log/log.h"
#include "common/stream/committed_partitions.h"

namespace bellwether::stream {

GroupMember::GroupMember(ProcessorOptions options, Ports ports, std::string id)
    : options_(std::move(options)),
      ports_(ports),
      id_(std::move(id)),
      offsets_(options_.name),
      committer_({options_.name, id_, options_.committed}, *ports_.store, *ports_.clock, bell_),
      ends_(*ports_.bus, options_.topic, options_.lag_interval, *ports_.clock) {}

GroupMember::~GroupMember() = default;

absl::Status GroupMember::Open() {
  ASSIGN_OR_RETURN(const bus::TopicDescription topic, ports_.bus->Describe(options_.topic));
  ASSIGN_OR_RETURN(const bus::TopicDescription dead_letters,
                   ports_.bus->Describe(bus::kDeadLetterTopic));
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction,
                     ports_.store->BeginRead());
    for (int32_t partition = 0; partition < topic.partitions; ++partition) {
      ASSIGN_OR_RETURN(const std::optional<OffsetsRow> row,
                       offsets_.Read(*ports_.store, *transaction, partition, /*lock=*/false));
      if (!row.has_value()) continue;
      ASSIGN_OR_RETURN(const bus::OffsetRange range,
                       ports_.bus->Offsets(options_.topic, partition));
      RETURN_IF_ERROR(OffsetsTable::CheckAgainstLog(*row, partition, topic.log_id, range));
    }
  }
  settings_.processor = options_.name;
  settings_.topic = options_.topic;
  settings_.partitions = topic.partitions;
  settings_.dead_letter_partitions = dead_letters.partitions;
  settings_.uncommitted_records_max = options_.uncommitted_records_max;
  ASSIGN_OR_RETURN(consumer_, ports_.bus->NewConsumer({options_.group, options_.topic, this}));
  return absl::OkStatus();
}

absl::Status GroupMember::RunOnce(absl::Duration max_wait) {
  const absl::Time began = ports_.clock->Now();
  revoke_by_.reset();
  TakeCommitOutcomes();
  RetryLoads(began);
  for (auto& [partition, slot] : slots_) {
    if (slot.runner != nullptr) AfterRun(slot, slot.runner->Continue());
  }
  DirectReading();

  absl::StatusOr<bus::RecordBatch> batch = consumer_->Poll(
      options_.poll_records_max, Busy() ? std::min(max_wait, kBusyPollWait) : max_wait);
  if (batch.ok()) {
    ApplyBatch(*batch);
  } else {
    ++counters_.poll_errors;
    // What the poll had taken before it failed is lost to us: read it again.
    for (auto& [partition, slot] : slots_) slot.reposition = true;
  }

  const absl::Time now = ports_.clock->Now();
  KeepCachesUp(now, batch.ok() && batch->records.size() >= options_.poll_records_max);
  for (auto& [partition, slot] : slots_) {
    if (CheckpointDue(slot, now)) TakeCheckpoint(slot);
  }
  ends_.Step();
  return batch.status();
}

void GroupMember::Close() {
  about_to_close_.store(false);
  if (consumer_ == nullptr) return;
  revoke_by_.reset();
  // All at once, so that they can be committed together while the partitions are revoked in turn.
  for (auto& [partition, slot] : slots_) {
    if (slot.runner != nullptr && slot.runner->Dirty()) TakeCheckpoint(slot);
  }
  consumer_->Close();
  consumer_.reset();
  slots_.clear();
}

absl::StatusOr<int64_t> GroupMember::OnAssigned(int32_t partition) {
  slots_.erase(partition);
  if (about_to_close_.load()) return absl::UnavailableError("about to leave the group");
  Slot& slot = slots_.try_emplace(partition, partition).first->second;
  RETURN_IF_ERROR(Load(slot));
  slot.reposition = false;
  return slot.runner->next_offset();
}

void GroupMember::OnRevoked(int32_t partition) {
  const auto found = slots_.find(partition);
  if (found == slots_.end()) return;
  Slot& slot = found->second;
  if (slot.runner != nullptr) {
    const absl::Time now = ports_.clock->Now();
    if (!revoke_by_.has_value()) revoke_by_ = now + options_.revoke_timeout;
    if (slot.runner->Dirty()) TakeCheckpoint(slot);
    const int64_t taken_offset = slot.runner->taken_offset();
    // Waiting here is what makes the last commit possible; if it does not come in time, the records
    // since the one before are folded again by the next owner.
    const absl::Duration patience = std::max(absl::ZeroDuration(), *revoke_by_ - now);
    if (const absl::Status flushed = slot.runner->Flush(patience); !flushed.ok()) {
      LogWarning("effects not acknowledged before a partition was revoked",
                 {{"partition", partition}, {"status", flushed}});
    }
    if (committer_.AwaitIdle(partition, *revoke_by_)) {
      TakeCommitOutcomes();
      if (slot.runner != nullptr && slot.runner->committed_offset() == taken_offset) {
        consumer_->ReportCommitted(partition, taken_offset);
      }
    }
  }
  OnLost(partition);
}

void GroupMember::OnLost(int32_t partition) {
  const auto found = slots_.find(partition);
  if (found == slots_.end()) return;
  if (found->second.runner != nullptr) {
    committer_.Forget(partition, found->second.runner->epoch());
  }
  slots_.erase(found);
}

absl::Status GroupMember::Load(Slot& slot) {
  const absl::Status loaded = TakeAndLoad(slot);
  const absl::Time now = ports_.clock->Now();
  slot.reason = loaded;
  if (loaded.ok()) {
    slot.rebuild = false;
    slot.reposition = true;
    slot.commits_in_flight = 0;
    slot.checkpoint_taken_at = now;
    slot.committed_at = now;
    slot.caught_up = false;
    slot.state = slot.runner->folding_back() ? PartitionState::kFoldingBack : PartitionState::kLive;
    LogInfo("partition loaded", {{"processor", options_.name},
                                 {"partition", slot.partition},
                                 {"next_offset", slot.runner->next_offset()},
                                 {"epoch", slot.runner->epoch()},
                                 {"generation", slot.runner->generation()}});
    return loaded;
  }
  if (IsRefusal(loaded)) {
    slot.state = PartitionState::kRefused;
    slot.retry_at = absl::InfiniteFuture();
    LogError("partition refused",
             {{"processor", options_.name}, {"partition", slot.partition}, {"status", loaded}});
  } else {
    slot.state = PartitionState::kLoading;
    slot.retry_at = now + slot.retry_delay;
    slot.retry_delay = std::min(slot.retry_delay * 2, kReloadDelayMax);
    LogWarning("partition not loaded",
               {{"processor", options_.name}, {"partition", slot.partition}, {"status", loaded}});
  }
  return loaded;
}

absl::Status GroupMember::TakeAndLoad(Slot& slot) {
  ASSIGN_OR_RETURN(std::unique_ptr<bus::Producer> producer, ports_.bus->NewGaplessProducer());
  std::unique_ptr<PartitionFold> fold = ports_.folds->New(slot.partition);
  ASSIGN_OR_RETURN(TakenPartition taken,
                   TakePartition(options_, ports_,
                                 {.partition = slot.partition,
                                  .rebuild = slot.rebuild,
                                  .commit_id = absl::StrCat(id_, "-take-", ++takes_)},
                                 *fold));
  // Nobody else can commit to the partition any more: what is read now stays true.
  ASSIGN_OR_RETURN(const std::unique_ptr<store::Transaction> transaction,
                   ports_.store->BeginRead());
  RETURN_IF_ERROR(fold->Load(*transaction, taken.row.time.now));

  slot.end_when_loaded = taken.range.end;
  slot.runner = std::make_unique<PartitionRunner>(
      settings_, slot.partition, std::move(taken.row), std::move(fold), std::move(producer),
      std::make_shared<DeliveryLedger>(options_.outstanding_effects_max, bell_),
      PartitionCache(ports_.cache, slot.partition,
                     absl::StrCat(taken.log_id, options_.cache_layout), options_.shown, counters_),
      *ports_.clock, counters_);
  return absl::OkStatus();
}

void GroupMember::RetryLoads(absl::Time now) {
  for (auto& [partition, slot] : slots_) {
    if (slot.runner == nullptr && now >= slot.retry_at) (void)Load(slot).ok();
  }
}

void GroupMember::Drop(Slot& slot, absl::string_view why, absl::Status reason) {
  Log(reason.ok() ? LogLevel::kInfo : LogLevel::kWarning, "partition dropped",
      {{"processor", options_.name},
       {"partition", slot.partition},
       {"why", why},
       {"status", reason}});
  ++counters_.reloads[std::string(why)];
  if (slot.runner != nullptr) {
    committer_.Forget(slot.partition, slot.runner->epoch());
    slot.runner.reset();
  }
  slot.state = PartitionState::kLoading;
  slot.reason = std::move(reason);
}

void GroupMember::DropAndReload(Slot& slot, absl::string_view why, absl::Status reason) {
  Drop(slot, why, std::move(reason));
  slot.retry_at = ports_.clock->Now() + slot.retry_delay;
  slot.retry_delay = std::min(slot.retry_delay * 2, kReloadDelayMax);
}

void GroupMember::TakeCommitOutcomes() {
  for (CommitOutcome& outcome : committer_.TakeOutcomes()) {
    const auto found = slots_.find(outcome.partition);
    if (found == slots_.end()) continue;
    Slot& slot = found->second;
    if (slot.runner == nullptr || slot.runner->epoch() != outcome.epoch) continue;
    --slot.commits_in_flight;
    if (outcome.status.ok()) {
      ++counters_.checkpoints;
      slot.runner->OnCommitted(outcome.next_offset);
      slot.committed_at = ports_.clock->Now();
      slot.retry_delay = kReloadDelayMin;
      slot.report_committed = true;
    } else if (outcome.taken_for_owner) {
      Drop(slot, "rebuild", absl::OkStatus());
      slot.retry_at = absl::InfinitePast();
    } else if (outcome.fenced) {
      ++counters_.fenced;
      Drop(slot, "fenced", std::move(outcome.status));
      slot.state = PartitionState::kFenced;
      slot.retry_at = ports_.clock->Now() + kFencedDelay;
    } else {
      DropAndReload(slot, "commit_failed", std::move(outcome.status));
    }
  }
}

void GroupMember::DirectReading() {
  for (auto& [partition, slot] : slots_) {
    const bool pause = slot.runner == nullptr || slot.runner->holding();
    if (pause != slot.not_reading) {
      const absl::Status directed =
          pause ? consumer_->Pause(partition) : consumer_->Resume(partition);
      if (directed.ok()) slot.not_reading = pause;
    }
    // After resuming: a consumer may forget a seek made while paused.
    if (slot.reposition && slot.runner != nullptr && !slot.not_reading) {
      const absl::Status found = consumer_->Seek(partition, slot.runner->next_offset());
      if (found.ok()) {
        slot.reposition = false;
      } else if (absl::IsOutOfRange(found)) {
        DropAndReload(slot, "offset_outside_log", found);  // which says why, or finds its place
        continue;
      }
    }
    if (slot.report_committed && slot.runner != nullptr) {
      consumer_->ReportCommitted(partition, slot.runner->committed_offset());
      slot.report_committed = false;
    }
  }
}

void GroupMember::ApplyBatch(const bus::RecordBatch& batch) {
  const absl::Span<const bus::Record> records = batch.records;
  for (size_t begin = 0, end = 0; begin < records.size(); begin = end) {
    const int32_t partition = records[begin].partition;
    end = begin + 1;
    while (end < records.size() && records[end].partition == partition) ++end;
    const auto found = slots_.find(partition);
    if (found == slots_.end()) continue;
    Slot& slot = found->second;
    if (slot.runner == nullptr || slot.reposition) continue;
    AfterRun(slot, slot.runner->Run(batch.storage, records.subspan(begin, end - begin)));
  }
}

void GroupMember::AfterRun(Slot& slot, PartitionRunner::Progress progress) {
  PartitionRunner& runner = *slot.runner;
  if (progress == PartitionRunner::Progress::kFailed || runner.ledger().failed()) {
    DropAndReload(slot, runner.fold_failed() ? "fold_failed" : "delivery_failed", runner.failure());
    return;
  }
  slot.reason = absl::OkStatus();
  switch (progress) {
    case PartitionRunner::Progress::kWaitingForBus:
      slot.state = PartitionState::kPaused;
      slot.reason = absl::ResourceExhaustedError("waiting for the bus to acknowledge effects");
      return;
    case PartitionRunner::Progress::kWaitingForCommit:
      slot.state = PartitionState::kPaused;
      slot.reason = absl::ResourceExhaustedError("waiting for the store to commit");
      return;
    case PartitionRunner::Progress::kDone:
    case PartitionRunner::Progress::kFailed:
      break;
  }
  slot.state = runner.folding_back() ? PartitionState::kFoldingBack : PartitionState::kLive;
  if (!runner.folding_back() && runner.next_offset() >= slot.end_when_loaded) slot.caught_up = true;
}

void GroupMember::KeepCachesUp(absl::Time now, bool records_wait) {
  if (records_wait && now < show_at_) return;
  const bool far_behind = FarBehind();
  size_t refilled = 0;
  for (auto& [partition, slot] : slots_) {
    // Within a record a key may be written twice under one version, of which the cache takes the
    // first: nothing leaves for it before the record's end.
    if (slot.runner == nullptr || !slot.runner->AtBoundary()) continue;
    if (!far_behind || now - slot.shown_at >= kFarBehindShowInterval) {
      slot.runner->ShowInCache(now);
      slot.shown_at = now;
    }
    // Records are not to wait until every partition is refilled.
    if (refilled < kRefillWritesPerTurn) refilled += slot.runner->RefillCacheIfDue(now);
  }
  const absl::Time done = ports_.clock->Now();
  show_at_ = done + std::min((done - now) * kShowPausePerCost, kFarBehindShowInterval);
}

bool GroupMember::CheckpointDue(const Slot& slot, absl::Time now) const {
  if (slot.runner == nullptr || slot.commits_in_flight > 0 || !slot.runner->AtBoundary()) {
    return false;
  }
  // Also of a partition where nothing happens: it is how a member learns that it has been fenced.
  if (now - slot.checkpoint_taken_at >= options_.checkpoint_interval) return true;
  const PartitionRunner& runner = *slot.runner;
  return runner.Dirty() &&
         (runner.fold().WantsCommit() || runner.generation_settled() ||
          runner.next_offset() - runner.taken_offset() >= options_.checkpoint_records);
}

void GroupMember::TakeCheckpoint(Slot& slot) {
  slot.checkpoint_taken_at = ports_.clock->Now();
  ++slot.commits_in_flight;
  committer_.Submit(slot.runner->TakeCheckpoint());
}

bool GroupMember::Busy() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const auto& entry) {
    const Slot& slot = entry.second;
    return slot.runner != nullptr &&
           (slot.runner->holding() || !slot.runner->AtBoundary() ||
            (slot.commits_in_flight > 0 && slot.runner->fold().WantsCommit()));
  });
}

std::optional<int64_t> GroupMember::LagOf(const Slot& slot) const {
  // What it was loaded at is at times newer than the last look.
  const std::optional<int64_t> end = ends_.EndOf(slot.partition);
  if (slot.runner == nullptr || !end.has_value()) return std::nullopt;
  return std::max<int64_t>(0, std::max(*end, slot.end_when_loaded) - slot.runner->next_offset());
}

bool GroupMember::FarBehind() const {
  int64_t behind = 0;
  for (const auto& [partition, slot] : slots_) behind += LagOf(slot).value_or(0);
  return behind > kFarBehindRecords;
}

absl::Status GroupMember::Inspect(int32_t partition,
                                  absl::AnyInvocable<void(const PartitionFold&)>& look) {
  const auto found = slots_.find(partition);
  if (found == slots_.end()) {
    return absl::NotFoundError("the partition is not assigned to this processor");
  }
  const Slot& slot = found->second;
  if (slot.runner == nullptr || !slot.runner->AtBoundary()) {
    return absl::UnavailableError("the partition cannot be looked at right now");
  }
  look(slot.runner->fold());
  return absl::OkStatus();
}

absl::Status GroupMember::Rebuild(int32_t partition) {
  const auto found = slots_.find(partition);
  if (found == slots_.end()) {
    return absl::NotFoundError("the partition is not assigned to this processor");
  }
  Slot& slot = found->second;
  Drop(slot, "rebuild", absl::OkStatus());
  slot.rebuild = true;
  return Load(slot);
}

std::vector<PartitionStatus> GroupMember::Describe() const {
  const absl::Time now = ports_.clock->Now();
  std::vector<PartitionStatus> all;
  all.reserve(slots_.size());
  for (const auto& [partition, slot] : slots_) {
    PartitionStatus& status = all.emplace_back();
    status.partition = partition;
    status.state = slot.state;
    status.reason = slot.reason;
    if (slot.runner == nullptr) continue;
    const PartitionRunner& runner = *slot.runner;
    status.generation = runner.generation();
    status.next_offset = runner.next_offset();
    status.committed_offset = runner.committed_offset();
    status.shown_offset = runner.shown_offset();
    status.stream_time = runner.time().now;
    status.effects_outstanding = runner.ledger().outstanding();
    status.cache_stale = runner.cache().stale();
    status.lag_records = LagOf(slot);
    if (status.lag_records.value_or(0) > 0 && runner.time().now != absl::InfinitePast()) {
      status.lag = std::max(absl::ZeroDuration(), now - runner.time().now);
    }
    status.checkpoint_age = now - slot.committed_at;
    status.caught_up = slot.caught_up;
  }
  return all;
}

}  // namespace bellwether::stream
