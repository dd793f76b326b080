// Opportunities and leads, and what may become of them.
#ifndef BELLWETHER_SERVICES_OPPORTUNITIES_DOMAIN_OPPORTUNITY_H_
#define BELLWETHER_SERVICES_OPPORTUNITIES_DOMAIN_OPPORTUNITY_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/opportunities/domain/process.h"

namespace bellwether::opportunities {

inline constexpr size_t kTextLengthMax = 256;  // bytes of one text field
inline constexpr absl::Duration kAheadMaxDefault = absl::Minutes(5);

enum class State { kUnspecified, kOpen, kWon, kLost };

struct Money {
  std::string currency_code;
  int64_t amount_minor = 0;
  int64_t base_amount_minor = 0;  // in the reporting currency
  friend bool operator==(const Money&, const Money&) = default;
};

struct Opportunity {
  std::string id;
  std::string account_id;  // empty: a lead without an account
  std::string title;
  State state = State::kOpen;
  std::string stage;  // id of a stage of the process
  std::string owner;
  std::string product;
  std::optional<Money> amount;
  std::optional<absl::Time> engage_time;
  std::optional<absl::Time> close_time;  // set once won or lost
  std::string loss_reason;
  std::string source;
  std::string import_run;  // that opened it

  // Rises by one with every change, from 1.
  int64_t version = 0;
  int64_t opened_version = 0;
  // Its import run was withdrawn and nobody had changed it: there is none of that id any more. What
  // is opened under the id goes on with its versions.
  bool withdrawn = false;
  absl::Time created;
  absl::Time updated;

  friend bool operator==(const Opportunity&, const Opportunity&) = default;
};

// Every function below returns the opportunity as it is to be; version and instants of the record
// are the writer's. INVALID_ARGUMENT with the field at fault for what can never be,
// FAILED_PRECONDITION for what cannot be now.

// Texts in their one form (text::Tidied).
Opportunity Tidied(Opportunity opportunity);

// Checks that what lies in the past does not lie after `latest`, unless it did so `before` (null:
// a new opportunity). INVALID_ARGUMENT / TIME_AHEAD.
absl::Status CheckNotAhead(const Opportunity* before, const Opportunity& opportunity,
                           absl::Time latest);

// A new one, also of the past: an opportunity that is already won or lost says when it closed. No
// state means open, no stage the first one.
absl::StatusOr<Opportunity> Open(Opportunity wanted, const Process& process);

// To a later stage. FAILED_PRECONDITION / NOT_OPEN, STAGE_NOT_LATER.
absl::StatusOr<Opportunity> Advance(const Opportunity& present, absl::string_view stage,
                                    const Process& process);

// With another amount if given. FAILED_PRECONDITION / NOT_OPEN.
absl::StatusOr<Opportunity> Win(const Opportunity& present, const std::optional<Money>& amount,
                                absl::Time close_time);

// For a reason of the process's codes (O10). FAILED_PRECONDITION / NOT_OPEN.
absl::StatusOr<Opportunity> Lose(const Opportunity& present, absl::string_view loss_reason,
                                 absl::Time close_time, const Process& process);

// A lead finds its account. Unchanged if it belongs to that account already; FAILED_PRECONDITION /
// ALREADY_ATTACHED if to another.
absl::StatusOr<Opportunity> Attach(const Opportunity& present, absl::string_view account_id);

// What an import run that is withdrawn leaves of it: unchanged if somebody has changed it since, or
// if another run opened it.
Opportunity Withdraw(const Opportunity& present, absl::string_view import_run);

// The instant the present state began, as far as is known; nothing otherwise.
std::optional<absl::Time> HappenedAt(const Opportunity& opportunity);

}  // namespace bellwether::opportunities

#endif  // BELLWETHER_SERVICES_OPPORTUNITIES_DOMAIN_OPPORTUNITY_H_
