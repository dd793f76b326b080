#include "services/health/adapters/fold/subject_passage.h"

#include <algorithm>
#include <utility>

#include "common/base/check.h"
#include "common/base/status.h"
#include "common/subject/subject_messages.h"
#include "services/health/adapters/fold/signal_outbox.h"

namespace bellwether::health {
namespace {

using events::v1::NamedValue;
using events::v1::SignalStep;
using events::v1::SubjectChanged;

// Subjects read from the store at once.
constexpr size_t kSubjectsPerRead = 10'000;

// Values and attributes as they stand after the change; what is kept of it.
SignalStep StandingOf(const SubjectChanged& changed) {
  SignalStep standing;
  *standing.mutable_values() = changed.values();
  SetAttributes(AttributesOf(changed.attributes()), *standing.mutable_attributes());
  return standing;
}

SignalStep Parsed(const std::string& last) {
  SignalStep standing;
  BELLWETHER_CHECK(standing.ParseFromString(last), "a kept subject is not what was kept");
  return standing;
}

// The values that `before` had and `now` has not any more.
void AddGone(const SignalStep& before, SignalStep& now) {
  const int count = now.values_size();
  for (const NamedValue& value : before.values()) {
    const auto begin = now.values().begin();
    if (std::any_of(begin, begin + count,
                    [&](const NamedValue& each) { return each.name() == value.name(); })) {
      continue;
    }
    NamedValue& gone = *now.add_values();
    gone.set_name(value.name());
    gone.set_absent(true);
  }
}

}  // namespace

absl::Status SubjectPassage::Load(store::Transaction& transaction) {
  SubjectId after;
  while (true) {
    ASSIGN_OR_RETURN(std::vector<SubjectRow> rows,
                     ReadSubjects(transaction, partition_, after, kSubjectsPerRead));
    for (SubjectRow& row : rows) subjects_.Keep(row.id, *std::move(row.subject));
    if (rows.size() < kSubjectsPerRead) return absl::OkStatus();
    after = rows.back().id;
  }
}

void SubjectPassage::Apply(const SubjectChanged& changed, const events::v1::Cause& cause,
                           const stream::Moment& moment, stream::Effects& effects) {
  const SubjectId id{changed.subject_type(), changed.subject_id()};
  const bool moved = !changed.moved_to().empty();
  SignalStep step;
  if (!moved) step = StandingOf(changed);
  KeptSubject subject{.account = changed.account_id(), .entity_version = changed.entity_version()};
  if (changed.closed() || moved) {
    subject.closed_micros = absl::ToUnixMicros(moment.time);
  } else {
    subject.last = SerializedInOrder(step);
  }
  const KeptSubject* known = subjects_.Find(id);
  const SignalStep before = known == nullptr ? SignalStep() : Parsed(known->last);
  if (!subjects_.Keep(id, subject)) return;
  dirty_.insert(id);

  if (!moved) AddGone(before, step);
  *step.mutable_cause() = cause;
  step.set_closed(changed.closed());
  step.set_moved_to(changed.moved_to());
  if (changed.has_snapshot()) *step.mutable_snapshot() = changed.snapshot();
  Emit(id, subject, std::move(step), moment, effects);
}

std::string SubjectPassage::TakeAccountValues(const SubjectChanged& changed,
                                              const stream::Moment& moment) {
  const SubjectId id{events::v1::SUBJECT_TYPE_ACCOUNT, changed.subject_id()};
  const KeptSubject* known = subjects_.Find(id);
  // Most accounts have no such values, and take no room here.
  if (known == nullptr && changed.values().empty()) return "";
  const SignalStep before = known == nullptr ? SignalStep() : Parsed(known->last);
  SignalStep step;
  *step.mutable_values() = changed.values();
  KeptSubject subject{.account = changed.subject_id(), .entity_version = changed.entity_version()};
  if (changed.closed()) {
    subject.closed_micros = absl::ToUnixMicros(moment.time);
  } else {
    subject.last = SerializedInOrder(step);
  }
  subjects_.Keep(id, std::move(subject));
  dirty_.insert(id);
  AddGone(before, step);
  return SerializedInOrder(step);
}

std::string SubjectPassage::AccountValues(const std::string& account) const {
  const KeptSubject* known = subjects_.Find({events::v1::SUBJECT_TYPE_ACCOUNT, account});
  return known == nullptr ? "" : known->last;
}

void SubjectPassage::OnTick(const stream::Moment& moment) {
  for (SubjectId& id :
       subjects_.ForgetClosedUntil(absl::ToUnixMicros(moment.time - closed_kept_))) {
    dirty_.insert(std::move(id));
  }
}

void SubjectPassage::EmitAll(const stream::Moment& moment, stream::Effects& effects) const {
  for (const auto& [id, subject] : subjects_.all()) {
    if (subject.closed_micros || id.type == events::v1::SUBJECT_TYPE_ACCOUNT) continue;
    Emit(id, subject, Parsed(subject.last), moment, effects);
  }
}

void SubjectPassage::Emit(const SubjectId& id, const KeptSubject& subject, SignalStep step,
                          const stream::Moment& moment, stream::Effects& effects) const {
  step.set_time_micros(absl::ToUnixMicros(moment.time));
  step.set_backfill(moment.backfill);
  events::v1::Signal signal;
  signal.set_subject(id.id);
  signal.set_subject_type(static_cast<events::v1::SubjectType>(id.type));
  signal.set_version(moment.version);
  signal.set_account(subject.account);
  signal.set_entity_version(subject.entity_version);
  *signal.add_steps() = std::move(step);
  effects.Emit(signals_topic_, partition_, SignalMessage(signal, moment));
}

std::vector<SubjectRow> SubjectPassage::TakeRows() {
  std::vector<SubjectRow> rows;
  rows.reserve(dirty_.size());
  for (const SubjectId& id : dirty_) {
    const KeptSubject* subject = subjects_.Find(id);
    rows.push_back({id, subject == nullptr ? std::nullopt : std::optional(*subject)});
  }
  dirty_.clear();
  return rows;
}

}  // namespace bellwether::health
