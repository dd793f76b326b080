// A case: what people see of a condition (L3). One open case per rule and subject.
#ifndef BELLWETHER_SERVICES_ALERTS_DOMAIN_CASE_H_
#define BELLWETHER_SERVICES_ALERTS_DOMAIN_CASE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/alerts/domain/condition_state.h"
#include "services/alerts/domain/import_holds.h"
#include "services/alerts/domain/rule.h"

namespace bellwether::alerts {

inline constexpr absl::string_view kOwnerAttribute = "owner";

enum class CaseState : int8_t { kPending = 1, kFiring = 2, kAcknowledged = 3, kResolved = 4 };

struct Case {
  std::string alert_id;
  // Counts the cases of this rule and subject from 1.
  int64_t sequence = 0;
  // Rises by one with every timeline entry, whose number it is.
  int64_t entity_version = 0;
  // The entity version of the last decision about the case itself: reports of deliveries do not
  // count. What callers compare before they change a case.
  int64_t decided_version = 0;

  std::string rule_id;
  int32_t rule_version = 0;
  std::string subject;
  std::string subject_type = kAccount;
  // Under whose key the subject is judged, as of its highest version seen. Changes from under
  // another key count only with a higher one.
  std::string account;
  int64_t subject_version = 0;
  Attributes attributes;

  CaseState state = CaseState::kPending;
  Level level = Level::kNone;
  int64_t priority = 0;
  std::string title, title_zh, text, text_zh;
  std::string rule_cause, playbook;
  std::string value_name;
  int64_t value_micros = 0;
  int64_t threshold_micros = 0;
  // Lost in the rule's window, in minor units of the reporting currency.
  int64_t at_risk_minor = 0;
  Cause cause;

  // Since when the condition has held, which may be long before it could be judged.
  std::optional<absl::Time> since;
  std::optional<absl::Time> pending_time, fire_time, acknowledge_time, resolve_time;
  // When the level and value it shows were judged: as it fired, was raised or stepped down.
  std::optional<absl::Time> judged_time;
  std::string resolve_reason;
  std::string assignee;
  // Rung of the escalation chain that is responsible; 0 is the account manager.
  int32_t escalation_rung = 0;
  absl::Duration acknowledge_within;
  // When it escalates unless acknowledged before; set only while firing unacknowledged.
  std::optional<absl::Time> escalate_at;
  // When it would have escalated without the last acknowledgement.
  std::optional<absl::Time> escalate_unless_acknowledged;

  // Opened while building a past and not decided live since: stored, never notified.
  bool backfill = false;
  // Late facts, or a re-fold of the past, have changed what it was decided on.
  bool restated = false;
  // It was notified: only then is its end.
  bool announced = false;
  // A silence has held back a notification of it, and nothing has been notified since.
  bool held_back = false;

  bool open() const { return state != CaseState::kResolved; }
  // Who owns the account; empty for nobody.
  std::string owner() const { return std::string(attributes.Get(kOwnerAttribute)); }

  friend bool operator==(const Case&, const Case&) = default;
};

enum class EntryKind : int8_t {
  kPending = 1,
  kFired = 2,
  kLevelRaised = 3,
  kLevelLowered = 4,
  kAcknowledged = 5,
  kEscalated = 6,
  kResolved = 7,
  kReopened = 8,
  kNotified = 9,
  kNotificationFailed = 10,
  kRestated = 11,
  kMoved = 12,
  kFollowed = 20,
  kClosed = 21,  // an end that is no recovery
  kUnacknowledged = 22,
  kSilenceEnded = 23,
};

inline constexpr char kSystemActor[] = "system";

struct TimelineEntry {
  absl::Time time;
  EntryKind kind = EntryKind::kPending;
  std::string actor;
  // A named reason: "THRESHOLD_CROSSED", "UNACKNOWLEDGED", "CONDITION_CLEARED", "HANDLED" …
  std::string reason;
  std::string note;
  Level level = Level::kNone;
  // The silence that kept it from being notified.
  std::string silenced_by;

  friend bool operator==(const TimelineEntry&, const TimelineEntry&) = default;
};

// A receiver of notifications.
struct NotificationTarget {
  std::string name;
  // Milder alerts are not sent. A receiver that was sent something of an alert is sent all that
  // follows.
  Level minimum_level = Level::kNone;
};

// The figures of L1 and L3, and who is notified (L6); configuration.
struct CasePolicy {
  // Priority on the board = level × weight of the tier.
  absl::btree_map<std::string, int64_t> tier_weights;
  int64_t other_tier_weight = 0;
  // Who answers at each rung, lowest first; several roles stand side by side.
  std::vector<std::vector<std::string>> escalation_chain;
  // The rung an alert of that level starts at: yellow, orange, red (L1).
  std::array<int32_t, kLevels> first_rung = {};
  // Fires again within this time after it was resolved: the same case opens again.
  absl::Duration reopen_within;
  // How long news of an account waits that is held by an import which did not bring it.
  absl::Duration import_hold_max = kImportHoldMaxDefault;
  // Texts show instants in this zone.
  absl::TimeZone zone = absl::UTCTimeZone();
  // And money with the minor digits of the reporting currency.
  int money_digits = 2;
  std::vector<NotificationTarget> targets;

  int64_t PriorityOf(Level level, absl::string_view tier) const;
  int32_t last_rung() const { return static_cast<int32_t>(escalation_chain.size()) - 1; }
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_CASE_H_
