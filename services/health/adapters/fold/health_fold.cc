#include "services/health/adapters/fold/health_fold.h"

#include <algorithm>
#include <utility>

#include "common/base/status.h"
#include "common/subject/subject_messages.h"
#include "services/health/adapters/history/message_codec.h"
#include "services/health/adapters/live/health_messages.h"

namespace bellwether::health {
namespace {

constexpr int32_t kMidnightTimer = 0;
// Accounts read from the store at once.
constexpr size_t kLoadRows = 10'000;

// The mark of a step, as a field of it.
const std::string& HistoryRestatedBytes() {
  static const std::string bytes = [] {
    events::v1::SignalStep step;
    step.set_history_restated(true);
    return step.SerializeAsString();
  }();
  return bytes;
}

const std::string& DayClosed() {
  static const std::string bytes = DayClosedCause().SerializeAsString();
  return bytes;
}

std::string AttributesBytes(const Account& account) {
  events::v1::SubjectAttributes attributes;
  SetAttributes(account.attributes(), attributes);
  return SerializedInOrder(attributes);
}

stream::Effects::Rejection RejectionOf(const absl::Status& status) {
  const ErrorDetail detail = DetailOf(status).value_or(ErrorDetail{"NOT_APPLICABLE", "", ""});
  return {detail.reason, detail.field, detail.rule, std::string(status.message())};
}

}  // namespace

HealthFold::HealthFold(const HealthFoldSettings& settings, int32_t partition)
    : settings_(settings),
      partition_(partition),
      reader_(*settings.calendar),
      midnights_(*settings.calendar),
      subjects_(settings.signals_topic, partition, settings.closed_kept) {}

absl::Status HealthFold::Load(store::Transaction& transaction, absl::Time stream_time) {
  ASSIGN_OR_RETURN(const std::optional<PartitionRow> row, ReadPartition(transaction, partition_));
  if (!row) return absl::OkStatus();  // nothing was ever applied
  row_ = *row;
  reader_.set_semantics(row_.semantics);
  midnights_.Advance(stream_time);
  if (row_.activation_offset >= 0) {
    ASSIGN_OR_RETURN(const auto activation,
                     ReadActivation(transaction, partition_, row_.activation_offset));
    if (!activation) {
      return Error(absl::StatusCode::kDataLoss, {"STATE_CORRUPT", "", ""},
                   "the active model of a partition is not stored");
    }
    ASSIGN_OR_RETURN(model_, ModelOf(*activation, partition_, *settings_.calendar));
    encoder_ = LiveEncoder(model_);
  }
  std::string after;
  while (true) {
    ASSIGN_OR_RETURN(const std::vector<AccountRow> rows,
                     ReadAccounts(transaction, partition_, after, kLoadRows));
    for (const AccountRow& stored : rows) {
      ASSIGN_OR_RETURN(
          AccountCodec::Decoded decoded,
          AccountCodec::Decode(stored.state, model_.get(), row_.activation_offset, Today()));
      Accounts::value_type& item = Find(stored.account);
      item.second.account = std::move(decoded.account);
      item.second.position = decoded.position;
      midnights_.Settle(item.second, item.second.account.Decays());
      if (item.second.account.HasRestated()) {
        item.second.restating = true;
        restating_.push_back(&item);
      }
    }
    if (rows.size() < kLoadRows) break;
    after = rows.back().account;
  }
  RETURN_IF_ERROR(subjects_.Load(transaction));
  ASSIGN_OR_RETURN(const auto imports, ReadImports(transaction, partition_));
  imports_.Load(imports);
  return absl::OkStatus();
}

HealthFold::Accounts::value_type& HealthFold::Find(absl::string_view account) {
  const auto it = accounts_.find(account);
  if (it != accounts_.end()) return *it;
  Accounts::value_type& item = *accounts_.try_emplace(std::string(account)).first;
  midnights_.Track(item.first, item.second);
  return item;
}

void HealthFold::MarkDirty(Accounts::value_type& item) {
  if (item.second.dirty) return;
  item.second.dirty = true;
  dirty_.push_back(&item);
}

void HealthFold::Begin(const stream::Moment& moment) {
  midnights_.Advance(moment.time);
  CloseSegmentBefore(moment.offset);
  row_.applied_offset = moment.offset;
  row_.applied_at = moment.time;
}

void HealthFold::CloseSegmentBefore(int64_t offset) {
  const int64_t segment = settings_.history.SegmentOf(offset);
  if (segment <= row_.open_segment) return;
  Seal seal{.segment = row_.open_segment};
  for (const auto& [id, slot] : accounts_) {
    if (slot.position.segment != seal.segment || slot.position.segment_before < 0) continue;
    seal.previous.emplace(id, slot.position.segment_before);
  }
  seals_.push_back(std::move(seal));
  row_.open_segment = segment;
}

void HealthFold::Apply(const bus::Record& record, const stream::Moment& moment,
                       stream::Effects& effects) {
  Begin(moment);
  if (const absl::Status read = reader_.Read(record, item_); !read.ok()) {
    effects.Reject(RejectionOf(read));
  } else if (item_.kind == ItemKind::kModelActivated) {
    ActivateModel(record, moment);
  } else if (item_.kind == ItemKind::kSemanticsChanged) {
    row_.semantics = reader_.semantics();
    KeepForHistory(record, moment);
  } else if (item_.kind == ItemKind::kImportRunWithdrawn) {
    KeepForHistory(record, moment);
    if (absl::Status withdrawn = Withdraw(moment); !withdrawn.ok()) {
      return effects.Fail(std::move(withdrawn));
    }
  } else if (item_.kind == ItemKind::kSubjectChanged) {
    Flush(moment, effects);  // what timers made comes before the record
    SetCauseOfItem();
    subjects_.Apply(reader_.subject(), cause_message_, moment, effects);
  } else if (item_.kind == ItemKind::kImportRun) {
    Flush(moment, effects);
    effects.Emit(settings_.signals_topic, partition_,
                 ImportRunMessage(partition_, reader_.entry(), moment));
  } else {
    ApplyItem(record, moment, effects);
  }
  Flush(moment, effects);
  if (past_ != nullptr) past_->Rest();
}

void HealthFold::ApplyItem(const bus::Record& record, const stream::Moment& moment,
                           stream::Effects& effects) {
  Accounts::value_type& item = Find(record.key);
  auto& [id, slot] = item;
  if (slot.position.segment != row_.open_segment) {
    slot.position.segment_before = slot.position.segment;
    slot.position.segment = row_.open_segment;
    MarkDirty(item);
  }
  changes_.clear();
  const int64_t entity_version = slot.account.entity_version();
  const absl::StatusOr<std::optional<FactOutcome>> applied = ApplyOwn(id, slot, moment);
  if (!applied.ok()) return effects.Fail(applied.status());
  const std::optional<FactOutcome> outcome = *applied;
  if (outcome) ++facts_applied_;
  if (outcome && !item_.origin.import_run.empty())
    imports_.Count(item_.origin.import_run, *outcome, moment.offset);
  if (outcome == FactOutcome::kConflict) {
    effects.Reject({"CONFLICT", "id", "X1", "a fact with this source and id has other content"});
  }
  const bool counted = outcome == FactOutcome::kCounted || outcome == FactOutcome::kLate;
  const bool renamed = slot.account.entity_version() != entity_version;
  if (!counted && !renamed) return;

  Touch(item);
  if (!changes_.moved && changes_.values.empty()) return;
  SetCauseOfItem();
  if (!renamed) return AddStep(id, slot, moment, cause_, "");
  AddStep(id, slot, moment, cause_, AttributesBytes(slot.account),
          subjects_.TakeAccountValues(reader_.subject(), moment));
}

absl::StatusOr<std::optional<FactOutcome>> HealthFold::ApplyOwn(const std::string& id, Slot& slot,
                                                                const stream::Moment& moment) {
  const absl::string_view run = item_.origin.import_run;
  if (!run.empty() && imports_.IsWithdrawn(run)) return FactOutcome::kRetracted;
  return ApplyToAccount(
      item_, model_.get(), Today(), [&] { return FoldAgain(id, moment); }, slot.account, changes_);
}

void HealthFold::Touch(Accounts::value_type& item) {
  Slot& slot = item.second;
  MarkDirty(item);
  midnights_.Settle(slot, slot.account.Decays());
  if (!slot.account.HasRestated() || slot.restating) return;
  slot.restating = true;
  restating_.push_back(&item);
}

absl::StatusOr<HistoryReader*> HealthFold::PastUntil(const stream::Moment& moment) {
  const int64_t until = moment.offset + 1;
  if (past_ == nullptr) {
    ASSIGN_OR_RETURN(
        past_, HistoryReader::Open(settings_.history, *settings_.calendar, partition_, until));
  }
  RETURN_IF_ERROR(past_->ReachTo(until));
  return past_.get();
}

absl::StatusOr<Corrected> HealthFold::FoldAgain(const std::string& account,
                                                const stream::Moment& moment) {
  ASSIGN_OR_RETURN(HistoryReader* const past, PastUntil(moment));
  return FoldCorrected(*settings_.calendar, *past, {.account = account},
                       {moment.offset, moment.time, item_});
}

absl::Status HealthFold::Withdraw(const stream::Moment& moment) {
  const std::string run(item_.withdrawn_run);
  const std::optional<int64_t> begins = imports_.Withdraw(run, moment.offset);
  if (!begins) return absl::OkStatus();
  ASSIGN_OR_RETURN(HistoryReader* const past, PastUntil(moment));
  ASSIGN_OR_RETURN(const std::vector<std::string> accounts, past->AccountsOf(run, *begins));
  SetCauseOfItem();
  for (const std::string& account : accounts) {
    Accounts::value_type& item = Find(account);
    auto& [id, slot] = item;
    changes_.clear();
    RETURN_IF_ERROR(ApplyWithdrawal(
        model_.get(), Today(), [&] { return FoldAgain(account, moment); }, slot.account, changes_));
    Touch(item);
    AddStep(id, slot, moment, cause_, "");
  }
  return absl::OkStatus();
}

void HealthFold::SetCauseOfItem() {
  cause_message_.Clear();
  SetCause(item_, cause_message_);
  cause_message_.SerializeToString(&cause_);
}

void HealthFold::AddStep(const std::string& id, Slot& slot, const stream::Moment& moment,
                         absl::string_view cause, absl::string_view attributes,
                         std::string fields) {
  const bool emits = !changes_.values.empty() || !changes_.gone.empty() ||
                     !changes_.restated.empty() || !attributes.empty();
  if (!changes_.moved && !emits) return;
  if (changes_.moved) {
    slot.position.version = moment.version;
    slot.position.changed_micros = absl::ToUnixMicros(moment.time);
    ShowLater(id, slot, cause);
  }
  if (!emits) return;
  if (!changes_.restated.empty()) fields += RestatedBytes(*model_, changes_.restated);
  if (changes_.history_restated) fields += HistoryRestatedBytes();
  encoder_.AppendStep({.time = moment.time,
                       .backfill = moment.backfill,
                       .cause = cause,
                       .attributes = attributes,
                       .fields = fields},
                      changes_, outbox_.For(id, slot.pending).steps);
}

void HealthFold::KeepForHistory(const bus::Record& record, const stream::Moment& moment) {
  activations_.push_back({moment.offset, moment.time, StoredMessage(ToMessage(record))});
}

void HealthFold::ActivateModel(const bus::Record& record, const stream::Moment& moment) {
  const std::shared_ptr<const ActiveModel> before = std::move(model_);
  model_ = item_.model;
  encoder_ = LiveEncoder(model_);
  row_.activation_offset = moment.offset;
  KeepForHistory(record, moment);
  SetCauseOfItem();
  for (const auto& [id, slot] : midnights_.InOrder()) {
    changes_.clear();
    slot->account.Activate(before.get(), *model_, Today(), changes_);
    midnights_.Settle(*slot, slot->account.Decays());
    AddStep(*id, *slot, moment, cause_, "");
  }
}

std::optional<stream::Timer> HealthFold::NextTimer() const {
  if (midnights_.NextDue() == absl::InfiniteFuture()) return std::nullopt;
  return stream::Timer{midnights_.NextDue(), *midnights_.First().first, kMidnightTimer};
}

void HealthFold::Fire(const stream::Timer& timer, const stream::Moment& moment,
                      stream::Effects& /*effects*/) {
  // Before the day turns: what late facts changed until now, they changed of this day live.
  Restate(moment);
  const auto [id, slot] = midnights_.First();
  changes_.clear();
  const FoldDay next = FoldDay::At(midnights_.today() + 1);
  if (const auto snapshot = slot->account.CloseDay(model_.get(), next, changes_)) {
    snapshots_.push_back({*id, snapshot->day, timer.due, false, moment.version,
                          SnapshotBytes(*model_, snapshot->breakdown)});
  }
  midnights_.Settle(*slot, slot->account.Decays());
  midnights_.Pop();
  AddStep(*id, *slot, moment, DayClosed(), "");
}

void HealthFold::OnTick(const stream::Moment& moment, stream::Effects& effects) {
  Begin(moment);
  Restate(moment);
  subjects_.OnTick(moment);
  Flush(moment, effects);
  effects.Emit(settings_.signals_topic, partition_, WatermarkMessage(partition_, moment));
}

void HealthFold::Restate(const stream::Moment& moment) {
  // In an order that does not depend on what was loaded when.
  std::sort(restating_.begin(), restating_.end(),
            [](const auto* a, const auto* b) { return a->first < b->first; });
  for (Accounts::value_type* item : restating_) {
    auto& [id, slot] = *item;
    slot.restating = false;
    Restatement restatement = slot.account.TakeRestated(model_.get(), slot.account.day());
    MarkDirty(*item);
    for (const DaySnapshot& day : restatement.days) {
      snapshots_.push_back(
          {id, day.day, moment.time, true, moment.version, SnapshotBytes(*model_, day.breakdown)});
    }
    changes_.clear();
    changes_.restated = std::move(restatement.spans);
    AddStep(id, slot, moment, "", "");
  }
  restating_.clear();
}

void HealthFold::Flush(const stream::Moment& moment, stream::Effects& effects) {
  outbox_.Drain([&](const SignalOutbox::Pending& pending) {
    effects.Emit(settings_.signals_topic, partition_,
                 SignalMessage(pending.account_id, pending.steps, moment));
  });
}

void HealthFold::ShowLater(const std::string& id, Slot& slot, absl::string_view cause) {
  if (slot.to_show < 0) {
    slot.to_show = static_cast<int32_t>(to_show_used_);
    if (to_show_used_ == to_show_.size()) to_show_.emplace_back();
    ToShow& added = to_show_[to_show_used_++];
    added.account = &id;
    added.slot = &slot;
  }
  ToShow& pending = to_show_[static_cast<size_t>(slot.to_show)];
  pending.cause.assign(cause.data(), cause.size());
  pending.score_before = changes_.score_before;
}

void HealthFold::Show(stream::Effects& effects) {
  for (size_t i = 0; i < to_show_used_; ++i) {
    const ToShow& pending = to_show_[i];
    pending.slot->to_show = -1;
    PutLive(*pending.account, *pending.slot, pending.slot->position.version, pending.cause,
            pending.score_before, effects);
  }
  to_show_used_ = 0;
  // A midnight fills it with every account of the partition.
  if (to_show_.size() > kToShowKept) to_show_.resize(kToShowKept);
}

void HealthFold::PutLive(const std::string& id, const Slot& slot, int64_t version,
                         absl::string_view cause, int64_t score_before, stream::Effects& effects) {
  cache::Write write;
  write.entry.key = CacheKey(id);
  write.entry.version = version;
  write.delete_entry = slot.account.deleted();
  if (!write.delete_entry) {
    encoder_.EncodeHealth({.account_id = id,
                           .as_of = absl::FromUnixMicros(slot.position.changed_micros),
                           .version = slot.position.version,
                           .cause = cause,
                           .score_before = score_before,
                           // Without a cause what was before is not known.
                           .previous_absent = !cause.empty() && score_before == kAbsent},
                          slot.account, write.entry.value);
    write.ranks = RanksOf(slot.account.attributes(), model_.get(), slot.account.live());
  }
  effects.Put(std::move(write));
}

void HealthFold::EmitAll(const stream::Moment& moment, stream::Effects& effects) {
  std::string steps;
  for (const auto& [id, slot] : midnights_.InOrder()) {
    std::string attributes;
    if (slot->account.entity_version() > 0) attributes = AttributesBytes(slot->account);
    if (!slot->account.live().empty() || !attributes.empty()) {
      steps.clear();
      const std::string fields = subjects_.AccountValues(*id);
      encoder_.AppendFullStep({.time = moment.time,
                               .backfill = moment.backfill,
                               .attributes = attributes,
                               .fields = fields},
                              slot->account.live(), steps);
      effects.Emit(settings_.signals_topic, partition_, SignalMessage(*id, steps, moment));
    }
    PutLive(*id, *slot, moment.version, "", kAbsent, effects);
  }
  subjects_.EmitAll(moment, effects);
}

stream::CheckpointWrite HealthFold::TakeCheckpoint() {
  // The write may run again after a failed commit, so it only reads what it owns.
  struct Taken {
    PartitionRow row;
    std::vector<AccountRow> accounts;
    std::vector<SnapshotRow> snapshots;
    std::vector<ActivationRow> activations;
    std::vector<std::pair<std::string, ImportRow>> imports;
    std::vector<Seal> seals;
    std::vector<SubjectRow> subjects;
  };
  auto taken = std::make_shared<Taken>();
  taken->row = row_;
  taken->accounts.reserve(dirty_.size());
  std::string blob;
  for (Accounts::value_type* item : dirty_) {
    item->second.dirty = false;
    item->second.position.activation_offset = row_.activation_offset;
    blob.clear();
    AccountCodec::Encode(item->second.account, item->second.position, blob);
    taken->accounts.push_back({item->first, blob});
  }
  dirty_.clear();
  taken->subjects = subjects_.TakeRows();
  taken->snapshots = std::exchange(snapshots_, {});
  taken->activations = std::exchange(activations_, {});
  taken->seals = std::exchange(seals_, {});
  taken->imports = imports_.TakeRows();
  past_.reset();
  return [taken = std::move(taken), history = settings_.history,
          partition = partition_](store::Transaction& transaction) -> absl::Status {
    if (taken->row.applied_offset < 0) return absl::OkStatus();
    RETURN_IF_ERROR(WritePartition(transaction, partition, taken->row));
    RETURN_IF_ERROR(WriteAccounts(transaction, partition, taken->accounts));
    RETURN_IF_ERROR(WriteSubjects(transaction, partition, taken->subjects));
    RETURN_IF_ERROR(WriteSnapshots(transaction, taken->snapshots));
    for (const ActivationRow& activation : taken->activations) {
      RETURN_IF_ERROR(WriteActivation(transaction, partition, activation));
    }
    for (const auto& [run, imported] : taken->imports) {
      RETURN_IF_ERROR(WriteImport(transaction, partition, run, imported));
    }
    for (const Seal& seal : taken->seals) {
      RETURN_IF_ERROR(SealSegment(history, partition, seal.segment, seal.previous, transaction));
    }
    return absl::OkStatus();
  };
}

absl::Status HealthFold::Clear(store::Transaction& transaction) {
  return ClearPartition(transaction, partition_);
}

std::vector<std::string> HealthFold::AccountIds() const {
  std::vector<std::string> ids;
  ids.reserve(accounts_.size());
  for (const auto& [id, slot] : accounts_) ids.push_back(id);
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::optional<AccountView> HealthFold::View(const std::string& account) const {
  const auto it = accounts_.find(account);
  if (it == accounts_.end()) return std::nullopt;
  return AccountView{it->second.account, it->second.position};
}

std::map<std::string, int64_t> HealthFold::CountByBand() const {
  std::map<std::string, int64_t> counts;
  if (model_ == nullptr) return counts;
  for (const Band& band : model_->model().bands) counts[band.id] = 0;
  for (const auto& [id, slot] : accounts_) {
    if (slot.account.score() != kAbsent) ++counts[model_->BandOf(slot.account.score())];
  }
  return counts;
}

}  // namespace bellwether::health
