// Signals as health emits them, for tests.
#ifndef BELLWETHER_SERVICES_ALERTS_TESTING_SIGNALS_H_
#define BELLWETHER_SERVICES_ALERTS_TESTING_SIGNALS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "bellwether/events/v1/signal.pb.h"
#include "common/bus/bus.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "common/journal/envelope.h"

namespace bellwether::alerts::testing {

using NamedFigures = std::vector<std::pair<std::string, int64_t>>;

// A signal of one step about an account of tier "core" owned by "li".
inline events::v1::Signal SignalOf(const std::string& subject, int64_t version, absl::Time time,
                                   const NamedFigures& values) {
  events::v1::Signal signal;
  signal.set_subject(subject);
  signal.set_subject_type(events::v1::SUBJECT_TYPE_ACCOUNT);
  signal.set_version(version);
  events::v1::SignalStep& step = *signal.add_steps();
  step.set_time_micros(absl::ToUnixMicros(time));
  step.mutable_cause()->set_kind(events::v1::CAUSE_KIND_FACT);
  step.mutable_cause()->set_type("order_placed");
  step.mutable_cause()->set_id(absl::StrCat("fact-", version));
  step.mutable_attributes()->set_display_name(absl::StrCat("Account ", subject));
  step.mutable_attributes()->set_owner("li");
  step.mutable_attributes()->set_tier("core");
  for (const auto& [name, value] : values) {
    events::v1::NamedValue& named = *step.add_values();
    named.set_name(name);
    named.set_value(value);
  }
  return signal;
}

inline bus::Message SignalRecord(const events::v1::Signal& signal, absl::Time recorded_at,
                                 bool backfill = false) {
  return journal::NewMessage({.id = absl::StrCat(signal.subject(), "-", signal.version()),
                              .source = "bellwether/health",
                              .type = bus::kTypeSignal,
                              .subject = signal.subject(),
                              .time = recorded_at,
                              .recorded_at = recorded_at,
                              .backfill = backfill},
                             signal.account().empty() ? signal.subject() : signal.account(),
                             signal.SerializeAsString());
}

// Adds to the first step that the value was shown as `before` on the UTC days from..until, and is
// known to be `after`.
inline void Restate(events::v1::Signal& signal, const std::string& name, absl::Time from,
                    absl::Time until, int64_t before, int64_t after) {
  const auto day = [](absl::Time time) {
    return static_cast<int32_t>(absl::ToCivilDay(time, absl::UTCTimeZone()) -
                                absl::CivilDay(1970, 1, 1));
  };
  events::v1::RestatedValue& value = *signal.mutable_steps(0)->add_restated();
  value.set_name(name);
  events::v1::RestatedSpan& span = *value.add_spans();
  span.set_first_day(day(from));
  span.set_last_day(day(until));
  span.set_before(before);
  span.set_after(after);
}

// What health passes on of an import run.
inline events::v1::Signal RunStarted(const std::string& run, absl::Duration lease) {
  events::v1::Signal signal;
  signal.mutable_import_run_started()->set_import_run(run);
  signal.mutable_import_run_started()->set_lease_micros(absl::ToInt64Microseconds(lease));
  return signal;
}
inline events::v1::Signal RunRenewed(const std::string& run, absl::Duration lease) {
  events::v1::Signal signal;
  signal.mutable_import_run_renewed()->set_import_run(run);
  signal.mutable_import_run_renewed()->set_lease_micros(absl::ToInt64Microseconds(lease));
  return signal;
}
inline events::v1::Signal RunEnded(const std::string& run) {
  events::v1::Signal signal;
  signal.mutable_import_run_ended()->set_import_run(run);
  return signal;
}
inline bus::Message RunRecord(const events::v1::Signal& signal, int32_t partition,
                              absl::Time recorded_at) {
  const std::string key = journal::PartitionKey(partition);
  return journal::NewMessage({.id = absl::StrCat(key, "-", absl::ToUnixMicros(recorded_at)),
                              .source = "bellwether/health",
                              .type = signal.has_import_run_started()   ? bus::kTypeImportRunStarted
                                      : signal.has_import_run_renewed() ? bus::kTypeImportRunRenewed
                                                                        : bus::kTypeImportRunEnded,
                              .time = recorded_at,
                              .recorded_at = recorded_at},
                             key, signal.SerializeAsString());
}

// A score with full confidence.
inline NamedFigures Score(double points) {
  return {{"health.score", static_cast<int64_t>(points * 1'000'000)},
          {"health.confidence", 1'000'000}};
}

}  // namespace bellwether::alerts::testing

#endif  // BELLWETHER_SERVICES_ALERTS_TESTING_SIGNALS_H_
