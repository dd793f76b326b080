// What every watch stream says beside its changes (bellwether/type/v1/watch.proto).
#ifndef BELLWETHER_COMMON_RPC_WATCH_MARK_H_
#define BELLWETHER_COMMON_RPC_WATCH_MARK_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/type/v1/watch.pb.h"

namespace bellwether::rpc {

// Why a token is not taken up.
inline constexpr char kResumeTokenInvalid[] = "RESUME_TOKEN_INVALID";
inline constexpr char kResumeTokenTooOld[] = "RESUME_TOKEN_TOO_OLD";

// Of heartbeats that wait for a reader: one is enough. No subject of changes begins so.
inline constexpr absl::string_view kHeartbeatSubject = "\x01heartbeat";

type::v1::WatchMark OpeningMark(type::v1::WatchMarkKind kind, absl::string_view reason,
                                absl::Duration heartbeat);

// Right before it is sent.
void StampMark(absl::Time now, type::v1::WatchMark& mark);

// Responses of Watch methods. Other streams that are pushed to, such as those of gRPC's own health
// service, have no marks.
template <typename Response>
concept Marked = requires(Response& response) {
  response.mutable_mark();
  response.mutable_resume_token();
};

template <typename Response>
bool IsMark(const Response& message) {
  if constexpr (Marked<Response>) {
    return message.has_mark();
  } else {
    return false;
  }
}

// Completes a message that is about to be sent: a mark says when, a heartbeat up to where.
template <typename Response>
void Stamp(absl::Time now, std::string& newest_token, Response& message) {
  if constexpr (Marked<Response>) {
    if (message.has_mark()) StampMark(now, *message.mutable_mark());
    if (!message.resume_token().empty()) {
      newest_token = message.resume_token();
    } else if (message.mark().kind() == type::v1::WATCH_MARK_KIND_HEARTBEAT) {
      message.set_resume_token(newest_token);
    }
  }
}

// The same of a message that other streams send, too: only marks differ between them.
template <typename Response>
std::shared_ptr<const Response> Stamped(absl::Time now, std::string& newest_token,
                                        std::shared_ptr<const Response> message) {
  if constexpr (Marked<Response>) {
    if (message->has_mark()) {
      auto own = std::make_shared<Response>(*message);
      Stamp(now, newest_token, *own);
      return own;
    }
    if (!message->resume_token().empty()) newest_token = message->resume_token();
  }
  return message;
}

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_WATCH_MARK_H_
