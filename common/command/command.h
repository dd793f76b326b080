// What every command is alike in.
#ifndef BELLWETHER_COMMON_COMMAND_COMMAND_H_
#define BELLWETHER_COMMON_COMMAND_COMMAND_H_

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "common/rpc/call.h"
#include "google/protobuf/message.h"

namespace bellwether::command {

struct Command {
  std::string service;  // "bellwether.opportunities.v1.OpportunitiesService"
  std::string method;   // "WinOpportunity"
  std::string principal = rpc::kAnonymous;
  // As the caller chose it; empty: it does without the guard against doing a thing twice.
  std::string request_id;
  // What makes two requests of one id the same.
  std::string content;
  // The version of the subject that the caller has seen; empty: whichever is there.
  std::string etag;
  // When what the command does happened, if that is not now (Moment).
  std::optional<absl::Time> effective_time;
};

// Of a call with that request, whose fields `request_id` and `etag` are taken, if it has them.
Command Of(const google::protobuf::Message& request, const rpc::Call& call);

// When a command is carried out.
struct Moment {
  // The instant of the change: the command's effective time, or the clock's.
  absl::Time at;
  // The command was given for a past that is being built. Nobody is notified of what it does.
  bool past = false;
};

}  // namespace bellwether::command

#endif  // BELLWETHER_COMMON_COMMAND_COMMAND_H_
