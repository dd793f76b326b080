#include "services/health/domain/open_cases.h"

#include <algorithm>
#include <utility>

namespace bellwether::health {
namespace {

constexpr uint64_t kCaseDayMax = 1 << 20;
constexpr int64_t kMicrosPerSecond = 1'000'000;

}  // namespace

void OpenCases::Settle(const Case& open, CaseStep step, Waiting& waiting,
                       std::vector<CaseDuration>& durations) {
  if (waiting.state != Waiting::State::kWaits || !open.opened_micros) return;
  const Waiting came = std::exchange(waiting, {.state = Waiting::State::kSettled});
  const int64_t micros = came.time_micros - *open.opened_micros;
  if (micros < 0) return;
  durations.push_back({step, micros / kMicrosPerSecond, came.day, came.time_micros});
}

std::vector<CaseDuration> OpenCases::Take(const CaseMoment& moment, Day day, int64_t time_micros,
                                          Day forget_on) {
  std::vector<CaseDuration> durations;
  if (moment.step == CaseStep::kNone) return durations;
  auto at = std::lower_bound(cases_.begin(), cases_.end(), moment.case_id,
                             [](const Case& open, uint64_t id) { return open.id < id; });
  const bool known = at != cases_.end() && at->id == moment.case_id;
  if (!known) {
    if (moment.duration_given) return durations;  // needs no opening
    at = cases_.insert(at, Case{.id = moment.case_id});
  }
  at->forget_on = std::max(at->forget_on, forget_on);
  if (moment.step == CaseStep::kOpened) {
    if (!at->opened_micros) at->opened_micros = time_micros;
  } else {
    Waiting& own = moment.step == CaseStep::kResponded ? at->response : at->resolution;
    if (own.state != Waiting::State::kNotCome) return durations;
    if (moment.duration_given) {
      own.state = Waiting::State::kSettled;
    } else {
      own = {Waiting::State::kWaits, day, time_micros};
    }
  }
  Settle(*at, CaseStep::kResponded, at->response, durations);
  Settle(*at, CaseStep::kResolved, at->resolution, durations);
  const bool over = at->opened_micros && at->response.state == Waiting::State::kSettled &&
                    at->resolution.state == Waiting::State::kSettled;
  if (over) cases_.erase(at);
  return durations;
}

void OpenCases::Forget(Day day) {
  std::erase_if(cases_, [day](const Case& open) { return open.forget_on <= day; });
}

void OpenCases::AppendWaiting(const Waiting& waiting, std::string& out) {
  PutVarint(out, static_cast<uint64_t>(waiting.state));
  if (waiting.state != Waiting::State::kWaits) return;
  PutVarint(out, static_cast<uint64_t>(waiting.day));
  PutSigned(out, waiting.time_micros);
}

bool OpenCases::ParseWaiting(PackedReader& reader, Waiting& waiting) {
  waiting.state = static_cast<Waiting::State>(
      reader.VarintUpTo(static_cast<uint64_t>(Waiting::State::kSettled)));
  if (waiting.state != Waiting::State::kWaits) return reader.ok();
  waiting.day = static_cast<Day>(reader.VarintUpTo(kCaseDayMax));
  waiting.time_micros = reader.Signed();
  return reader.ok();
}

void OpenCases::AppendTo(std::string& out) const {
  PutVarint(out, cases_.size());
  for (const Case& open : cases_) {
    PutVarint(out, open.id);
    PutVarint(out, open.opened_micros ? 1 : 0);
    if (open.opened_micros) PutSigned(out, *open.opened_micros);
    AppendWaiting(open.response, out);
    AppendWaiting(open.resolution, out);
    PutVarint(out, static_cast<uint64_t>(open.forget_on));
  }
}

std::optional<OpenCases> OpenCases::Parse(PackedReader& reader) {
  OpenCases cases;
  for (uint64_t left = reader.VarintUpTo(reader.remaining()); left > 0; --left) {
    Case open;
    open.id = reader.Varint();
    if (reader.VarintUpTo(1) == 1) open.opened_micros = reader.Signed();
    const bool parsed =
        ParseWaiting(reader, open.response) && ParseWaiting(reader, open.resolution);
    open.forget_on = static_cast<Day>(reader.VarintUpTo(kCaseDayMax));
    const bool ascends = cases.cases_.empty() || cases.cases_.back().id < open.id;
    if (!parsed || !reader.ok() || !ascends) return std::nullopt;
    cases.cases_.push_back(open);
  }
  if (!reader.ok()) return std::nullopt;
  return cases;
}

}  // namespace bellwether::health
