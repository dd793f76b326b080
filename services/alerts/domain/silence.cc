#include "services/alerts/domain/silence.h"

#include <algorithm>
#include <utility>

#include "absl/strings/string_view.h"
#include "common/base/status.h"

namespace bellwether::alerts {
namespace {

// An empty list asks for nothing.
bool Allows(const std::vector<std::string>& values, absl::string_view value) {
  return values.empty() || std::find(values.begin(), values.end(), value) != values.end();
}

}  // namespace

bool SilenceMatchers::Match(const Case& alert) const {
  return Allows(rule_ids, alert.rule_id) && Allows(accounts, alert.account) &&
         Allows(tiers, alert.attributes.Get(kTierAttribute)) && Allows(assignees, alert.assignee) &&
         (maximum_level == Level::kNone || alert.level <= maximum_level);
}

absl::Status CheckMatchers(const SilenceMatchers& matchers) {
  if (matchers == SilenceMatchers()) {
    return InvalidArgument("MATCHERS_MISSING", "matchers", "must ask for something", "L3");
  }
  const std::pair<absl::string_view, const std::vector<std::string>&> lists[] = {
      {"matchers.rule_ids", matchers.rule_ids},
      {"matchers.account_ids", matchers.accounts},
      {"matchers.tiers", matchers.tiers},
      {"matchers.assignees", matchers.assignees}};
  for (const auto& [field, values] : lists) {
    if (values.size() > kSilenceMatchersMax) {
      return InvalidArgument("TOO_MANY_MATCHERS", field, "may have at most 200 entries", "L3");
    }
    for (const std::string& value : values) {
      if (value.size() <= kSilenceMatcherBytesMax) continue;
      return InvalidArgument("TEXT_TOO_LONG", field, "each entry may have at most 256 bytes", "L3");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Silence> OpenSilence(Silence wanted, absl::Time now) {
  RETURN_IF_ERROR(CheckMatchers(wanted.matchers));
  if (wanted.reason.empty()) {
    return InvalidArgument("REASON_MISSING", "silence.reason", "must say why", "L3");
  }
  if (wanted.reason.size() > kSilenceReasonBytesMax) {
    return InvalidArgument("TEXT_TOO_LONG", "silence.reason", "must have at most 512 bytes", "L3");
  }
  if (wanted.end == absl::InfiniteFuture()) {
    return InvalidArgument("END_MISSING", "silence.end_time", "must be given", "L3");
  }
  wanted.start = std::max(wanted.start, now);
  if (wanted.end <= wanted.start) {
    return InvalidArgument("END_NOT_AHEAD", "silence.end_time",
                           "must lie ahead and after the start", "L3");
  }
  if (wanted.end > now + kSilenceMax) {
    return InvalidArgument("SILENCE_TOO_LONG", "silence.end_time", "lies more than 90 days ahead",
                           "L3");
  }
  return wanted;
}

absl::StatusOr<Silence> EndSilence(const Silence& present, const std::string& by, absl::Time now) {
  if (now >= present.end) {
    return FailedPrecondition("SILENCE_ENDED", "name", "the silence is over already", "L3");
  }
  Silence ended = present;
  ended.end = now;
  ended.ended_by = by;
  return ended;
}

const Silence* Covering(absl::Span<const Silence> active, const Case& alert) {
  const auto found = std::find_if(active.begin(), active.end(), [&](const Silence& silence) {
    return silence.matchers.Match(alert);
  });
  return found == active.end() ? nullptr : &*found;
}

void HoldBack(absl::Span<const Silence> active, const std::optional<Case>& before,
              Decision& decision) {
  if (!decision.next.has_value() || !decision.notify) return;
  Case& next = *decision.next;
  const Silence* const covers = Covering(active, next);
  next.held_back = next.open() && covers != nullptr;
  if (!next.held_back) return;
  decision.notify = false;
  decision.entry.silenced_by = covers->id;
  // Who was not told that it fired is not told of its end either.
  next.announced = before.has_value() && before->open() && before->announced;
}

}  // namespace bellwether::alerts
