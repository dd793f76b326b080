#include "common/command/command.h"

#include "absl/strings/str_cat.h"
#include "common/idempotency/request_content.h"

namespace bellwether::command {
namespace {

std::string TextField(const google::protobuf::Message& message, const char* name) {
  const auto* field = message.GetDescriptor()->FindFieldByName(name);
  return field == nullptr ? "" : message.GetReflection()->GetString(message, field);
}

}  // namespace

Command Of(const google::protobuf::Message& request, const rpc::Call& call) {
  Command command{.service = call.method->service()->full_name(),
                  .method = call.method->name(),
                  .principal = call.principal,
                  .request_id = TextField(request, "request_id"),
                  .content = idempotency::ContentOf(request),
                  .etag = TextField(request, "etag"),
                  .effective_time = call.effective_time};
  // The same request of another person is another request.
  if (call.principal != rpc::kAnonymous) absl::StrAppend(&command.content, call.principal);
  return command;
}

}  // namespace bellwether::command
