// Durations of service cases by the cases' own facts, where their source gives none (H1).
#ifndef BELLWETHER_SERVICES_HEALTH_DOMAIN_OPEN_CASES_H_
#define BELLWETHER_SERVICES_HEALTH_DOMAIN_OPEN_CASES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/packing.h"
#include "services/health/domain/daily_series.h"

namespace bellwether::health {

// What a fact says of the course of a case.
enum class CaseStep : uint8_t { kNone, kOpened, kResponded, kResolved };

// One step of one case.
struct CaseMoment {
  CaseStep step = CaseStep::kNone;
  uint64_t case_id = 0;         // a hash
  bool duration_given = false;  // the source says how long it took
};

// How long a response or a resolution took; it counts in the day of its own fact.
struct CaseDuration {
  CaseStep step = CaseStep::kNone;  // kResponded or kResolved
  int64_t seconds = 0;
  Day day = 0;
  int64_t time_micros = 0;

  friend bool operator==(const CaseDuration&, const CaseDuration&) = default;
};

// The cases of an account of which something may still come; whichever of their facts comes first.
// A case that was opened, responded to and resolved is forgotten. Of several facts of one step the
// first that comes counts; a duration that would be negative is unknown.
class OpenCases {
 public:
  bool empty() const { return cases_.empty(); }
  size_t bytes() const { return cases_.capacity() * sizeof(Case); }

  // Takes in a step at `time_micros` on local day `day`; `forget_on` is the day from which it
  // counts no more. The durations that are known by it.
  std::vector<CaseDuration> Take(const CaseMoment& moment, Day day, int64_t time_micros,
                                 Day forget_on);
  void Forget(Day day);

  void AppendTo(std::string& out) const;
  static std::optional<OpenCases> Parse(PackedReader& reader);

  friend bool operator==(const OpenCases&, const OpenCases&) = default;

 private:
  // A step of a case: not come, come and waiting for the opening, or settled.
  struct Waiting {
    enum class State : uint8_t { kNotCome, kWaits, kSettled };
    State state = State::kNotCome;
    Day day = 0;
    int64_t time_micros = 0;
    friend bool operator==(const Waiting&, const Waiting&) = default;
  };
  struct Case {
    uint64_t id = 0;
    std::optional<int64_t> opened_micros;
    Waiting response;
    Waiting resolution;
    Day forget_on = 0;
    friend bool operator==(const Case&, const Case&) = default;
  };
  static void Settle(const Case& open, CaseStep step, Waiting& waiting,
                     std::vector<CaseDuration>& durations);
  static void AppendWaiting(const Waiting& waiting, std::string& out);
  static bool ParseWaiting(PackedReader& reader, Waiting& waiting);

  std::vector<Case> cases_;  // ascending strictly by id
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_DOMAIN_OPEN_CASES_H_
