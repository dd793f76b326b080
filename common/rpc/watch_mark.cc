#include "common/rpc/watch_mark.h"

#include <cstdint>

namespace bellwether::rpc {
namespace {

// Seconds since the epoch, rounded down, and the rest.
template <typename Message>
void SetSecondsAndNanos(absl::Duration duration, Message& message) {
  absl::Duration rest;
  int64_t seconds = absl::IDivDuration(duration, absl::Seconds(1), &rest);
  if (rest < absl::ZeroDuration()) {
    --seconds;
    rest += absl::Seconds(1);
  }
  message.set_seconds(seconds);
  message.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
}

}  // namespace

type::v1::WatchMark OpeningMark(type::v1::WatchMarkKind kind, absl::string_view reason,
                                absl::Duration heartbeat) {
  type::v1::WatchMark mark;
  mark.set_kind(kind);
  mark.set_reason(std::string(reason));
  SetSecondsAndNanos(heartbeat, *mark.mutable_heartbeat_interval());
  return mark;
}

void StampMark(absl::Time now, type::v1::WatchMark& mark) {
  SetSecondsAndNanos(now - absl::UnixEpoch(), *mark.mutable_server_time());
}

}  // namespace bellwether::rpc
