#include "services/alerts/adapters/condition_fold.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/subject/subject_messages.h"
#include "common/subject/subject_type.h"
#include "services/alerts/adapters/alert_messages.h"
#include "services/alerts/adapters/state_codec.h"

namespace bellwether::alerts {
namespace {

using store::Blob;
using store::Value;

// Everything a checkpoint writes, by value: the fold goes on meanwhile.
struct CheckpointRows {
  int32_t partition = 0;
  const ConditionFoldContext* context = nullptr;
  std::vector<std::vector<Value>> subjects;
  std::vector<std::vector<Value>> forgotten;
  std::vector<ConditionChange> changes;
  std::optional<Restatement> restatement;
  std::optional<std::pair<int64_t, bool>> live;  // since (microseconds), opened

  absl::Status Write(store::Transaction& transaction) const {
    if (!subjects.empty()) {
      RETURN_IF_ERROR(transaction.ExecuteMany(
          "INSERT INTO alert_subjects (partition_number, subject, state) VALUES ($1, $2, $3) "
          "ON CONFLICT (partition_number, subject) DO UPDATE SET state = excluded.state",
          subjects));
    }
    if (!forgotten.empty()) {
      RETURN_IF_ERROR(transaction.ExecuteMany(
          "DELETE FROM alert_subjects WHERE partition_number = $1 AND subject = $2", forgotten));
    }
    if (live.has_value()) {
      RETURN_IF_ERROR(
          transaction
              .Execute("INSERT INTO alert_partitions (partition_number, live_micros, opened) "
                       "VALUES ($1, $2, $3) ON CONFLICT (partition_number) DO UPDATE SET "
                       "live_micros = excluded.live_micros, opened = excluded.opened",
                       {int64_t{partition}, live->first, int64_t{live->second}})
              .status());
    }
    SqlCaseRows rows(transaction, *context->rows);
    const absl::Time now = context->clock->Now();
    if (restatement.has_value()) {
      RETURN_IF_ERROR(context->cases->Restate(rows, partition, *restatement, now));
      RETURN_IF_ERROR(transaction
                          .Execute("DELETE FROM alert_refolds WHERE partition_number = $1",
                                   {int64_t{partition}})
                          .status());
    }
    RETURN_IF_ERROR(context->cases->ApplyChanges(rows, partition, changes, now));
    if (context->decision_delay_seconds == nullptr) return absl::OkStatus();
    for (const ConditionChange& change : changes) {
      if (change.backfill || change.kind == ChangeKind::kPastRestated) continue;
      context->decision_delay_seconds->Observe(
          std::max(0.0, absl::ToDoubleSeconds(now - change.at)));
    }
    return absl::OkStatus();
  }
};

}  // namespace

int64_t ConditionFoldFactory::code_version() const {
  return static_cast<int64_t>(
      Fingerprint64(absl::StrCat(kConditionCodeVersion, " ", context_.rules->fingerprint())));
}

ConditionFold::ConditionFold(int32_t partition, const ConditionFoldContext& context)
    : partition_(partition), context_(context) {}

absl::Status ConditionFold::Load(store::Transaction& transaction, absl::Time) {
  ASSIGN_OR_RETURN(
      const store::Rows refolds,
      transaction.Query("SELECT partition_number FROM alert_refolds WHERE partition_number = $1",
                        {int64_t{partition_}}));
  refolding_ = !refolds.empty();
  ASSIGN_OR_RETURN(
      const store::Rows rows,
      transaction.Query("SELECT subject, state FROM alert_subjects WHERE partition_number = $1",
                        {int64_t{partition_}}));
  subjects_.reserve(rows.size());
  for (const store::Row& row : rows) {
    ASSIGN_OR_RETURN(SubjectState state, DecodeSubject(row.Bytes(1), *context_.rules));
    auto [subject, inserted] = subjects_.try_emplace(row.Text(0));
    subject->second.state = std::move(state);
    Schedule(*subject);
  }
  ASSIGN_OR_RETURN(const store::Rows live,
                   transaction.Query("SELECT live_micros, opened FROM alert_partitions WHERE "
                                     "partition_number = $1",
                                     {int64_t{partition_}}));
  if (!live.empty()) {
    live_since_ = absl::FromUnixMicros(live[0].Int(0));
    opened_ = live[0].Int(1) != 0;
  }
  has_past_ = !subjects_.empty();
  return absl::OkStatus();
}

void ConditionFold::Apply(const bus::Record& record, const stream::Moment& moment,
                          stream::Effects& effects) {
  if (!signal_.ParseFromArray(record.value.data(), static_cast<int>(record.value.size()))) {
    effects.Reject({"MALFORMED_PAYLOAD", "value", "", "the record holds no signal"});
    return;
  }
  if (!IsValidId(signal_.subject())) {
    effects.Reject({"SUBJECT_INVALID", "subject", "", "the subject is no id"});
    return;
  }
  if (signal_.steps().empty()) return;
  NoteLive(moment);
  if (!opened_ && moment.time > live_since_) OpenHeld(moment);
  const absl::string_view type = SubjectTypeName(signal_.subject_type());
  const RuleScope* scope = context_.rules->ScopeOf(type);
  if (scope == nullptr) return;
  const bool is_account = type == kAccount;
  auto [found, inserted] = is_account ? subjects_.try_emplace(signal_.subject())
                                      : subjects_.try_emplace(SubjectKey(type, signal_.subject()));
  SubjectState& state = found->second.state;
  if (inserted) {
    state = SubjectFold::NewSubject(*scope, absl::FromUnixMicros(signal_.steps(0).time_micros()));
  } else if (signal_.version() <= state.version) {
    return;
  }
  state.version = signal_.version();
  state.account = is_account ? signal_.subject() : signal_.account();
  state.entity_version = signal_.entity_version();
  found->second.forgotten = false;
  for (const events::v1::SignalStep& signal_step : signal_.steps()) {
    const Step step = ToStep(signal_step, *scope, moment.backfill);
    has_past_ = has_past_ || step.backfill;
    fold_.ApplyStep(signal_.subject(), state, step, moment.version, changes_);
  }
  Settle(*found);
}

Step ConditionFold::ToStep(const events::v1::SignalStep& step, const RuleScope& scope,
                           bool backfill) const {
  const absl::Time time = absl::FromUnixMicros(step.time_micros());
  Step out{.time = time,
           .cause = FromProto(step.cause()),
           .backfill = IsPast(time, backfill || step.backfill()),
           .closed = step.closed(),
           .moved_to = step.moved_to()};
  for (const events::v1::NamedValue& value : step.values()) {
    const bool is_label = value.other_case() == events::v1::NamedValue::kLabel;
    if (scope.ReadsLabel(value.name())) out.labels.emplace_back(value.name(), value.label());
    const int slot = scope.SlotOf(value.name());
    if (slot < 0) continue;
    const bool is_instant = value.other_case() == events::v1::NamedValue::kInstantMicros;
    const int64_t figure = is_instant ? value.instant_micros() : value.value();
    out.values.emplace_back(
        slot, value.absent() || is_label ? std::nullopt : std::optional<int64_t>(figure));
  }
  for (const events::v1::RestatedValue& value : step.restated()) {
    if (scope.SlotOf(value.name()) < 0) continue;
    for (const events::v1::RestatedSpan& span : value.spans()) {
      out.restated.push_back(FromProto(value.name(), span));
    }
  }
  if (step.has_attributes()) out.attributes = AttributesOf(step.attributes());
  return out;
}

void ConditionFold::NoteLive(const stream::Moment& moment) {
  has_past_ = has_past_ || moment.backfill;
  if (moment.backfill || live_since_ != absl::InfiniteFuture()) return;
  live_since_ = moment.time;
  live_dirty_ = true;
}

void ConditionFold::OpenHeld(const stream::Moment& moment) {
  opened_ = true;
  live_dirty_ = true;
  // The digest waits until every partition has said so.
  wants_commit_ = true;
  if (refolding_ || !has_past_) return;
  std::vector<absl::string_view> names;
  for (const auto& [name, held] : subjects_) names.push_back(name);
  std::sort(names.begin(), names.end());
  for (const absl::string_view name : names) {
    fold_.GoLive(IdOfSubjectKey(name), subjects_.find(name)->second.state, moment.time,
                 moment.version, changes_);
  }
}

void ConditionFold::OnTick(const stream::Moment& moment, stream::Effects&) {
  NoteLive(moment);
  while (!timers_.empty() && timers_.begin()->first <= moment.time) {
    const auto [due, name] = *timers_.begin();
    const auto subject = subjects_.find(name);
    Held& held = subject->second;
    held.forgotten = held.state.closed_at.has_value();
    fold_.ApplyTime(IdOfSubjectKey(name), held.state, due, moment.version,
                    IsPast(due, moment.backfill), changes_);
    Settle(*subject);
  }
  if (!opened_ && !moment.backfill) OpenHeld(moment);
}

void ConditionFold::Settle(Subjects::value_type& subject) {
  Schedule(subject);
  if (!std::exchange(subject.second.dirty, true)) dirty_.push_back(&subject);
  if (refolding_) {
    changes_.clear();
    return;
  }
  if (changes_.empty() || wants_commit_) return;
  wants_commit_ = !changes_.back().backfill || changes_.size() >= kPendingChangesMax;
}

void ConditionFold::Schedule(Subjects::value_type& subject) {
  Held& held = subject.second;
  const absl::Time due = held.forgotten ? absl::InfiniteFuture() : fold_.NextDue(held.state);
  if (due == held.due) return;
  if (held.due != absl::InfiniteFuture()) timers_.erase({held.due, subject.first});
  if (due != absl::InfiniteFuture()) timers_.emplace(due, subject.first);
  held.due = due;
}

void ConditionFold::EmitAll(const stream::Moment& moment, stream::Effects&) {
  if (!refolding_) return;  // conditions have no cache to fill
  refolding_ = false;
  wants_commit_ = true;
  restatement_.emplace();
  restatement_->at = moment.time;
  for (const auto& [key, held] : subjects_) {
    fold_.Restate(IdOfSubjectKey(key), held.state, moment.time, moment.version,
                  IsPast(moment.time, moment.backfill), restatement_->holding);
    for (size_t i = 0; i < held.state.conditions.size(); ++i) {
      if (!held.state.conditions[i].pending()) continue;
      restatement_->pending.emplace(held.state.scope->rules()[i].rule.id, key);
    }
  }
  // The order of a hash map is no order.
  std::sort(restatement_->holding.begin(), restatement_->holding.end(),
            [](const ConditionChange& a, const ConditionChange& b) {
              return std::tie(a.subject_type, a.subject, a.rule_id) <
                     std::tie(b.subject_type, b.subject, b.rule_id);
            });
}

stream::CheckpointWrite ConditionFold::TakeCheckpoint() {
  auto rows = std::make_shared<CheckpointRows>();
  rows->partition = partition_;
  rows->context = &context_;
  rows->subjects.reserve(dirty_.size());
  for (Subjects::value_type* subject : dirty_) {
    subject->second.dirty = false;
    if (subject->second.forgotten) {
      rows->forgotten.push_back({int64_t{partition_}, subject->first});
      subjects_.erase(subject->first);
      continue;
    }
    rows->subjects.push_back(
        {int64_t{partition_}, subject->first, Blob{EncodeSubject(subject->second.state)}});
  }
  dirty_.clear();
  rows->changes = std::exchange(changes_, {});
  rows->restatement = std::exchange(restatement_, std::nullopt);
  if (std::exchange(live_dirty_, false)) {
    rows->live.emplace(absl::ToUnixMicros(live_since_), opened_);
  }
  wants_commit_ = false;
  return [rows = std::shared_ptr<const CheckpointRows>(std::move(rows))](
             store::Transaction& transaction) { return rows->Write(transaction); };
}

absl::Status ConditionFold::Clear(store::Transaction& transaction) {
  ASSIGN_OR_RETURN(const int64_t deleted,
                   transaction.Execute("DELETE FROM alert_subjects WHERE partition_number = $1",
                                       {int64_t{partition_}}));
  // A partition without subjects has no cases either: nothing to bring in line afterwards. One that
  // was being folded again when it was cleared stays marked.
  if (deleted == 0) return absl::OkStatus();
  return transaction
      .Execute(
          "INSERT INTO alert_refolds (partition_number) VALUES ($1) "
          "ON CONFLICT (partition_number) DO NOTHING",
          {int64_t{partition_}})
      .status();
}

}  // namespace bellwether::alerts
