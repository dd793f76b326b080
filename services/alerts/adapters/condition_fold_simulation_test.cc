// Random signals, a process that crashes anywhere: the same cases, and nobody is notified twice.
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "services/alerts/testing/folded_alerts.h"
#include "services/alerts/testing/rules.h"
#include "services/alerts/testing/signals.h"

namespace bellwether::alerts::condition_fold_simulation_test {
namespace {

using for_tests::kStart;
using testing::FoldedAlerts;
using testing::Seen;

constexpr absl::Duration kLease = absl::Minutes(30);

std::vector<Rule> Rules() {
  Rule waiting = for_tests::R13();
  waiting.id = "R13w";
  waiting.for_duration = absl::Hours(24);
  return {for_tests::R02(), for_tests::R13(), waiting, for_tests::R39()};
}

// A signal, ticks or a record of an import run, some time after what came before.
struct Event {
  absl::Duration later;
  std::string subject;  // empty: ticks, or what became of `run`
  std::string run;      // of a signal: the run that brought the fact
  int what = 0;         // of a run: started, renewed, ended
  int64_t score = 0;
  int64_t confidence = 0;
  int64_t orders = 0;
  bool chain_moved = false;
  // A late fact: the days before and until now had been shown this score; -1 for none.
  int64_t score_shown = -1;
};

rc::Gen<Event> Events() {
  return rc::gen::exec([] {
    const int64_t day = absl::ToInt64Microseconds(absl::Hours(24));
    const int64_t later = *rc::gen::element<int64_t>(day / 500, day / 500, 3 * day);
    return Event{.later = absl::Microseconds(*rc::gen::inRange<int64_t>(0, later)),
                 .subject = *rc::gen::element<std::string>("", "", "a", "b", "c", "d"),
                 .run = *rc::gen::element<std::string>("", "r1", "r2"),
                 .what = *rc::gen::inRange(0, 3),
                 .score = *rc::gen::inRange<int64_t>(55'000'000, 90'000'000),
                 .confidence = *rc::gen::element<int64_t>(400'000, 900'000, 1'000'000),
                 .orders = kMicros * *rc::gen::inRange<int64_t>(0, 12),
                 .chain_moved = *rc::gen::arbitrary<bool>(),
                 .score_shown = *rc::gen::arbitrary<bool>()
                                    ? -1
                                    : *rc::gen::inRange<int64_t>(55'000'000, 90'000'000)};
  });
}

void Append(FoldedAlerts& alerts, const Event& event, absl::Time at, int64_t version) {
  if (event.subject.empty() && event.run.empty()) return alerts.AppendTicks(at);
  if (event.subject.empty()) {
    return alerts.AppendToAll(event.what == 0   ? testing::RunStarted(event.run, kLease)
                              : event.what == 1 ? testing::RunRenewed(event.run, kLease)
                                                : testing::RunEnded(event.run),
                              at);
  }
  testing::NamedFigures values = {{"health.score", event.score},
                                  {"health.confidence", event.confidence},
                                  {"orders.count_90d", event.orders},
                                  {"orders.count_90d_before", 6 * kMicros}};
  if (event.chain_moved) values.emplace_back("decision_chain.last_moved", absl::ToUnixMicros(at));
  events::v1::Signal signal = testing::SignalOf(event.subject, version, at, values);
  signal.mutable_steps(0)->mutable_cause()->set_import_run(event.run);
  if (event.score_shown >= 0) {
    testing::Restate(signal, "health.score", at - absl::Hours(24 * 3), at, event.score_shown,
                     event.score);
  }
  alerts.Append(event.subject, testing::SignalRecord(signal, at));
}

// Appends the events and lets `meanwhile` happen after each.
template <typename Meanwhile>
Seen Run(FoldedAlerts& alerts, const std::vector<Event>& events, Meanwhile meanwhile) {
  absl::Time at = kStart;
  int64_t version = 0;
  alerts.Boot();
  for (const Event& event : events) {
    at += event.later;
    Append(alerts, event, at, ++version);
    meanwhile();
  }
  if (!alerts.up()) alerts.Boot();
  alerts.CatchUp();
  alerts.Close();
  return alerts.Look();
}

RC_GTEST_PROP(ConditionFoldSimulation, CrashesAndRefoldsChangeNothing, ()) {
  const auto events = *rc::gen::container<std::vector<Event>>(Events());
  FoldedAlerts straight(Rules());
  const Seen expected = Run(straight, events, [] {});
  FoldedAlerts broken(Rules());
  const Seen seen = Run(broken, events, [&] {
    switch (*rc::gen::inRange(0, 8)) {
      case 0:
        broken.Crash();
        broken.Boot();
        break;
      case 1:
        broken.Close();
        broken.Boot();
        break;
      case 2:
        broken.CatchUp();
        broken.Rebuild();
        break;
      case 3:
        broken.Commit();
        break;
      case 4:
        break;
      default:
        broken.Poll();
        break;
    }
  });
  RC_ASSERT(seen == expected);
}

}  // namespace
}  // namespace bellwether::alerts::condition_fold_simulation_test
