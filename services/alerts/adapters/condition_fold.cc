#include "services/alerts/adapters/condition_fold.h"

#include <algorithm>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/subject/subject_messages.h"
#include "common/subject/subject_type.h"
#include "services/alerts/adapters/alert_messages.h"
#include "services/alerts/adapters/sql_import_holds.h"
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
  ImportHolds::Changes imports;
  int64_t judged_after_imports = 0;
  int64_t leases_expired = 0;

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
    RETURN_IF_ERROR(WriteImportHolds(transaction, partition, imports));
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
    Count(now);
    return absl::OkStatus();
  }

  void Count(absl::Time now) const {
    if (context->import_accounts_judged != nullptr) {
      context->import_accounts_judged->Increment(static_cast<double>(judged_after_imports));
    }
    if (context->import_leases_expired != nullptr) {
      context->import_leases_expired->Increment(static_cast<double>(leases_expired));
    }
    if (context->decision_delay_seconds == nullptr) return;
    for (const ConditionChange& change : changes) {
      if (change.backfill || change.kind == ChangeKind::kPastRestated) continue;
      context->decision_delay_seconds->Observe(
          std::max(0.0, absl::ToDoubleSeconds(now - change.at)));
    }
  }
};

// What somebody did or noticed, as opposed to the passing of time and to what the account's record
// says of it.
bool IsNews(events::v1::CauseKind kind) {
  return kind == events::v1::CAUSE_KIND_FACT || kind == events::v1::CAUSE_KIND_SUBJECT_CHANGED ||
         kind == events::v1::CAUSE_KIND_OPPORTUNITY_CHANGED;
}

}  // namespace

int64_t ConditionFoldFactory::code_version() const {
  return static_cast<int64_t>(
      Fingerprint64(absl::StrCat(kConditionCodeVersion, " ", context_.rules->fingerprint())));
}

ConditionFold::ConditionFold(int32_t partition, const ConditionFoldContext& context)
    : partition_(partition),
      context_(context),
      fold_(context.closed_kept),
      imports_(context.import_hold_max) {}

absl::Status ConditionFold::Load(store::Transaction& transaction, absl::Time) {
  ASSIGN_OR_RETURN(
      const store::Rows refolds,
      transaction.Query("SELECT partition_number FROM alert_refolds WHERE partition_number = $1",
                        {int64_t{partition_}}));
  refolding_ = !refolds.empty();
  RETURN_IF_ERROR(LoadImportHolds(transaction, partition_, imports_));
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
  if (signal_.import_run_case() != events::v1::Signal::IMPORT_RUN_NOT_SET) {
    return ApplyImportRun(moment);
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
  const bool is_account = type == kAccount;
  if (scope == nullptr) {
    // Rules may speak of its subjects alone, which are held with it.
    for (const events::v1::SignalStep& step : signal_.steps()) {
      if (is_account) HeldWith(signal_.subject(), step.cause(), moment);
    }
    return;
  }
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
    const absl::Time held_since = HeldWith(state.account, signal_step.cause(), moment);
    if (held_since == absl::InfiniteFuture()) {
      fold_.ApplyStep(signal_.subject(), state, step, moment.version, changes_);
    } else {
      fold_.HoldStep(signal_.subject(), state, step, held_since, moment.version, changes_);
    }
  }
  Settle(*found);
}

absl::Time ConditionFold::HeldWith(const std::string& account, const events::v1::Cause& cause,
                                   const stream::Moment& moment) {
  if (imports_.idle() || account.empty()) return absl::InfiniteFuture();
  const bool imported =
      !moment.backfill && imports_.Touch(account, cause.import_run(), moment.time);
  if (!imported && IsNews(cause.kind())) imports_.NoteNews(account, moment.time);
  return imports_.HeldSince(account);
}

void ConditionFold::ApplyImportRun(const stream::Moment& moment) {
  NoteLive(moment);
  if (!opened_ && moment.time > live_since_) OpenHeld(moment);
  if (signal_.has_import_run_ended()) {
    JudgeReleased(imports_.End(signal_.import_run_ended().import_run()), moment);
  } else if (signal_.has_import_run_started()) {
    const auto& started = signal_.import_run_started();
    imports_.Extend(started.import_run(), moment.time + absl::Microseconds(started.lease_micros()));
  } else {
    const auto& renewed = signal_.import_run_renewed();
    imports_.Extend(renewed.import_run(), moment.time + absl::Microseconds(renewed.lease_micros()));
  }
}

void ConditionFold::JudgeReleased(const std::vector<ImportHolds::Released>& released,
                                  const stream::Moment& moment) {
  if (released.empty()) return;
  judged_after_imports_ += static_cast<int64_t>(released.size());
  absl::flat_hash_map<absl::string_view, absl::Time> held_since;
  for (const auto& [account, since] : released) held_since.emplace(account, since);
  struct Waiting {
    absl::string_view account;
    absl::string_view key;
    Subjects::value_type* subject;
  };
  std::vector<Waiting> waiting;
  if (context_.rules->SpeaksOfAccountsOnly()) {
    for (const auto& [account, since] : released) {
      const auto found = subjects_.find(account);
      if (found != subjects_.end()) waiting.push_back({account, found->first, &*found});
    }
  } else {
    for (auto& subject : subjects_) {
      if (!held_since.contains(subject.second.state.account)) continue;
      waiting.push_back({subject.second.state.account, subject.first, &subject});
    }
    std::sort(waiting.begin(), waiting.end(), [](const Waiting& a, const Waiting& b) {
      return std::make_tuple(a.account, a.key != a.account, a.key) <
             std::make_tuple(b.account, b.key != b.account, b.key);
    });
  }
  for (const Waiting& each : waiting) {
    fold_.Judge(IdOfSubjectKey(each.key), each.subject->second.state, held_since.at(each.account),
                moment.time, moment.version, IsPast(moment.time, moment.backfill), changes_);
    Settle(*each.subject);
  }
}

Step ConditionFold::ToStep(const events::v1::SignalStep& step, const RuleScope& scope,
                           bool backfill) const {
  const absl::Time time = absl::FromUnixMicros(step.time_micros());
  Step out{.time = time,
           .cause = FromProto(step.cause()),
           .backfill = IsPast(time, backfill || step.backfill()),
           .history_restated = step.history_restated(),
           .import_withdrawn = step.cause().kind() == events::v1::CAUSE_KIND_IMPORT_RUN_WITHDRAWN,
           .import_run = step.cause().import_run(),
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
  if (!imports_.idle()) JudgeReleased(imports_.Expire(moment.time), moment);
  while (!timers_.empty() && timers_.begin()->first <= moment.time) {
    const auto [due, name] = *timers_.begin();
    const auto subject = subjects_.find(name);
    Held& held = subject->second;
    if (Waits(held.state, due)) {
      Schedule(*subject);  // takes its timer away until it is judged
      continue;
    }
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

bool ConditionFold::Waits(const SubjectState& state, absl::Time due) const {
  return due > imports_.HeldSince(state.account) && !state.closed_at.has_value();
}

void ConditionFold::Schedule(Subjects::value_type& subject) {
  Held& held = subject.second;
  absl::Time due = held.forgotten ? absl::InfiniteFuture() : fold_.NextDue(held.state);
  if (Waits(held.state, due)) due = absl::InfiniteFuture();
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
  rows->imports = imports_.TakeChanges();
  rows->judged_after_imports = std::exchange(judged_after_imports_, 0);
  // Every partition counts the runs; one of them tells.
  if (partition_ == 0) {
    rows->leases_expired =
        imports_.leases_expired() - std::exchange(leases_counted_, imports_.leases_expired());
  }
  if (std::exchange(live_dirty_, false)) {
    rows->live.emplace(absl::ToUnixMicros(live_since_), opened_);
  }
  wants_commit_ = false;
  return [rows = std::shared_ptr<const CheckpointRows>(std::move(rows))](
             store::Transaction& transaction) { return rows->Write(transaction); };
}

absl::Status ConditionFold::Clear(store::Transaction& transaction) {
  RETURN_IF_ERROR(ClearImportHolds(transaction, partition_));
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
