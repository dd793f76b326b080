#include "tests/e2e/steps.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "common/base/status.h"

namespace bellwether::e2e {
namespace {

// A step that is to end does so within one of these.
constexpr size_t kSlicesPerSecond = 5;

bool InputWaits() {
  pollfd input{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  return poll(&input, 1, 0) > 0;
}

}  // namespace

absl::StatusOr<absl::Time> ParseUntil(const std::string& text) {
  absl::Time until;
  if (absl::ParseTime(absl::RFC3339_full, text, &until, nullptr)) return until;
  return InvalidArgument("NOT_A_TIME", "--until", "it is no time like 2026-11-21T09:00:00Z");
}

absl::Status RunSteps(size_t total, size_t rate,
                      absl::FunctionRef<absl::Status(size_t begin, size_t end)> send,
                      absl::FunctionRef<absl::Status(size_t sent)> report) {
  std::setvbuf(stdin, nullptr, _IONBF, 0);  // what has been read ahead would not wait any more
  const size_t slice = std::max<size_t>(rate / kSlicesPerSecond, 1);
  const absl::Duration interval =
      rate == 0 ? absl::ZeroDuration()
                : absl::Seconds(1) * static_cast<int64_t>(slice) / static_cast<int64_t>(rate);
  std::string line;
  size_t sent = 0;
  while (true) {
    const bool step = static_cast<bool>(std::getline(std::cin, line));
    size_t goal = total;
    // What is no number came too late for the step it was to end.
    if (step && !absl::SimpleAtoi(line, &goal)) continue;
    goal = std::clamp(goal, sent, total);
    const bool paced = step && rate > 0;
    while (sent < goal && !(step && InputWaits())) {
      const absl::Time next = absl::Now() + interval;
      const size_t end = paced ? std::min(goal, sent + slice) : goal;
      RETURN_IF_ERROR(send(sent, end));
      sent = end;
      // STYLE(sleep): keeps the rate asked for
      if (paced && sent < goal) absl::SleepFor(next - absl::Now());
    }
    if (step && sent < goal) std::getline(std::cin, line);
    RETURN_IF_ERROR(report(sent));
    if (!step) return absl::OkStatus();
  }
}

}  // namespace bellwether::e2e
