// Properties of fold and decision together, over random signal sequences.
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "services/alerts/domain/decide.h"
#include "services/alerts/domain/subject.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::alerts_property_test {
namespace {

using for_tests::kStart;

// One signal: what health could say about the subject, some time after the one before.
struct SignalInput {
  absl::Duration later;
  std::optional<int64_t> score;
  int64_t confidence = 0;
  int64_t orders = 0;
  int64_t orders_before = 0;
  bool chain_moved = false;
};

struct Notification {
  std::string alert_id;
  int64_t entity_version = 0;
  EntryKind kind = EntryKind::kPending;
  Level level = Level::kNone;
  friend bool operator==(const Notification&, const Notification&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Notification& notified) {
    return out << notified.alert_id << "#" << notified.entity_version << ":"
               << static_cast<int>(notified.kind);
  }
};

Rule WaitingR13() {
  Rule rule = for_tests::R13();
  rule.id = "R13w";
  rule.for_duration = absl::Hours(24);
  return rule;
}

// Everything there is after a sequence: fold state, cases by id, what was notified.
struct World {
  // One for all: what is compared refers to it.
  inline static const RuleSet rules{
      {for_tests::R02(), for_tests::R13(), WaitingR13(), for_tests::R39()}};
  const RuleScope& scope = *rules.ScopeOf(kAccount);
  SubjectFold fold;
  CasePolicy policy = for_tests::Policy();
  SubjectState state = SubjectFold::NewSubject(scope, kStart);
  std::map<std::string, Case> latest;  // by rule
  std::map<std::string, Case> cases;   // by alert id
  std::vector<Notification> notified;
  absl::Time now = kStart;
  int64_t version = 0;

  void Decide(const std::vector<ConditionChange>& changes) {
    for (const ConditionChange& change : changes) {
      std::optional<Case> current;
      if (const auto found = latest.find(change.rule_id); found != latest.end()) {
        current = found->second;
      }
      const Decision decision = *alerts::Decide(
          policy, current, ConditionMoved{change, rules.Find(change.rule_id), change.at});
      if (!decision.next.has_value()) continue;
      if (current.has_value() && current->open()) {
        RC_ASSERT(decision.next->alert_id == current->alert_id);
      }
      latest[change.rule_id] = *decision.next;
      cases[decision.next->alert_id] = *decision.next;
      if (decision.notify) {
        notified.push_back({decision.next->alert_id, decision.next->entity_version,
                            decision.entry.kind, decision.next->level});
      }
    }
  }

  void Apply(const SignalInput& input) {
    now += input.later;
    Step step{.time = now};
    step.attributes = Attributes{{"display_name", "Acme"}, {"owner", "li"}, {"tier", "core"}};
    step.values = {{scope.SlotOf("health.score"), input.score},
                   {scope.SlotOf("health.confidence"), input.confidence},
                   {scope.SlotOf("orders.count_90d"), input.orders},
                   {scope.SlotOf("orders.count_90d_before"), input.orders_before}};
    if (input.chain_moved) {
      step.values.emplace_back(scope.SlotOf("decision_chain.last_moved"), absl::ToUnixMicros(now));
    }
    std::vector<ConditionChange> changes;
    fold.ApplyStep("acme", state, step, ++version, changes);
    Decide(changes);
  }

  void Pass(absl::Duration time) {
    now += time;
    std::vector<ConditionChange> changes;
    fold.ApplyTime("acme", state, now, version, /*backfill=*/false, changes);
    Decide(changes);
  }
};

rc::Gen<std::vector<SignalInput>> Sequences() {
  const auto input = rc::gen::exec([] {
    const int64_t ten_days = absl::ToInt64Microseconds(absl::Hours(240));
    return SignalInput{
        .later = absl::Microseconds(*rc::gen::inRange<int64_t>(0, ten_days)),
        .score = *rc::gen::arbitrary<bool>()
                     ? std::optional<int64_t>(*rc::gen::inRange<int64_t>(55'000'000, 85'000'000))
                     : std::nullopt,
        .confidence = *rc::gen::inRange<int64_t>(400'000, 1'000'001),
        .orders = kMicros * *rc::gen::inRange<int64_t>(0, 20),
        .orders_before = kMicros * *rc::gen::inRange<int64_t>(0, 20),
        .chain_moved = *rc::gen::arbitrary<bool>()};
  });
  return rc::gen::container<std::vector<SignalInput>>(input);
}

std::ostream& operator<<(std::ostream& out, const SignalInput& input) {
  return out << absl::FormatDuration(input.later) << " score "
             << (input.score.has_value() ? std::to_string(*input.score) : "none") << " confidence "
             << input.confidence << " orders " << input.orders << "/" << input.orders_before
             << (input.chain_moved ? " chain moved" : "");
}

RC_GTEST_PROP(AlertsHold, NeverTwoOpenCasesPerRule, ()) {
  World world;
  for (const SignalInput& input : *Sequences()) {
    world.Apply(input);
    std::map<std::string, int> open;
    for (const auto& [id, alert] : world.cases) open[alert.rule_id] += alert.open() ? 1 : 0;
    for (const auto& [rule, count] : open) RC_ASSERT(count <= 1);
  }
}

RC_GTEST_PROP(AlertsHold, TheOpenCaseAlwaysShowsTheConditionsLevel, ()) {
  World world;
  for (const SignalInput& input : *Sequences()) {
    world.Apply(input);
    for (size_t i = 0; i < world.state.conditions.size(); ++i) {
      const std::string& rule = world.scope.rules()[i].rule.id;
      const ConditionState& condition = world.state.conditions[i];
      const auto found = world.latest.find(rule);
      const bool fired = found != world.latest.end() && found->second.open() &&
                         found->second.state != CaseState::kPending;
      RC_ASSERT(fired == (condition.level != Level::kNone));
      if (fired) RC_ASSERT(found->second.level == condition.level);
    }
  }
}

RC_GTEST_PROP(AlertsHold, EverythingThatFiredIsResolvedOnceTheConditionsClear, ()) {
  World world;
  for (const SignalInput& input : *Sequences()) world.Apply(input);
  world.Apply({.later = absl::Seconds(1),
               .score = 100'000'000,
               .confidence = 1'000'000,
               .orders = 10 * kMicros,
               .orders_before = 10 * kMicros,
               .chain_moved = true});
  std::map<std::string, int> balance;
  for (const auto& [id, alert] : world.cases) RC_ASSERT(!alert.open());
  for (const Notification& notified : world.notified) {
    if (notified.kind == EntryKind::kFired || notified.kind == EntryKind::kReopened) {
      RC_ASSERT(++balance[notified.alert_id] == 1);
    }
    if (notified.kind == EntryKind::kResolved) RC_ASSERT(--balance[notified.alert_id] == 0);
  }
  for (const auto& [id, open] : balance) RC_ASSERT(open == 0);
}

RC_GTEST_PROP(AlertsHold, TicksInBetweenChangeNothing, ()) {
  const std::vector<SignalInput> sequence = *Sequences();
  World plain, ticked;
  for (const SignalInput& input : sequence) {
    plain.Apply(input);
    const absl::Duration part = input.later * *rc::gen::inRange(0, 100) / 100;
    ticked.Pass(part);
    SignalInput rest = input;
    rest.later -= part;
    ticked.Apply(rest);
  }
  RC_ASSERT(plain.state == ticked.state);
  RC_ASSERT(plain.cases == ticked.cases);
  RC_ASSERT(plain.notified == ticked.notified);
}

}  // namespace
}  // namespace bellwether::alerts::alerts_property_test
