#include "common/rpc/method_table.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "bellwether/type/v1/method_options.pb.h"
#include "common/base/status.h"
#include "google/protobuf/descriptor.pb.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/byte_buffer.h"

namespace bellwether::rpc {
namespace {

using google::protobuf::MethodDescriptor;

bool OnlyReads(const MethodDescriptor& method) {
  return method.options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
}

std::string Wrong(absl::string_view method, absl::string_view why) {
  return absl::StrCat(method, ": ", why);
}

}  // namespace

absl::Status ReadMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message& message) {
  // The reader takes a pointer and changes nothing.
  grpc::ProtoBufferReader reader(const_cast<grpc::ByteBuffer*>(&bytes));
  if (reader.status().ok() && message.ParseFromZeroCopyStream(&reader)) return absl::OkStatus();
  return InvalidArgument("MALFORMED_REQUEST", "",
                         absl::StrCat("is no ", message.GetDescriptor()->full_name()));
}

absl::Status WriteMessage(const google::protobuf::Message& message, grpc::ByteBuffer& bytes) {
  bool own = false;
  const grpc::Status written =
      grpc::SerializationTraits<google::protobuf::Message>::Serialize(message, &bytes, &own);
  return written.ok() ? absl::OkStatus() : absl::InternalError(written.error_message());
}

MethodTable::MethodTable(absl::string_view service, CallPool& pool)
    : service_(service),
      pool_(&pool),
      descriptor_(google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service_)) {
  if (descriptor_ == nullptr) problems_.push_back(Wrong(service_, "is no service of this program"));
}

void MethodTable::Add(const Declared& declared, Line line) {
  if (descriptor_ == nullptr) return;
  const auto refuse = [&](absl::string_view why) {
    problems_.push_back(Wrong(declared.method, why));
  };
  const MethodDescriptor* method = descriptor_->FindMethodByName(std::string(declared.method));
  if (method == nullptr) return refuse("is no method of the service");
  if (std::any_of(lines_.begin(), lines_.end(),
                  [&](const Line& other) { return other.method == method; })) {
    return refuse("has two lines");
  }
  if (method->client_streaming() != declared.client_streaming ||
      method->server_streaming() != declared.server_streaming) {
    refuse("streams otherwise than its line");
  }
  if (declared.request != nullptr && declared.request != method->input_type()) {
    refuse(absl::StrCat("takes ", method->input_type()->name(), ", its handler ",
                        declared.request->name()));
  }
  if (declared.response != nullptr && declared.response != method->output_type()) {
    refuse(absl::StrCat("returns ", method->output_type()->name(), ", its handler ",
                        declared.response->name()));
  }
  if (declared.kind == Kind::kQuery && !OnlyReads(*method)) {
    refuse("is a query here and not NO_SIDE_EFFECTS");
  }
  if (declared.kind == Kind::kCommand && OnlyReads(*method)) {
    refuse("is a command here and NO_SIDE_EFFECTS");
  }
  line.method = method;
  lines_.push_back(std::move(line));
}

absl::Status MethodTable::Check() const {
  std::vector<std::string> problems = problems_;
  for (int i = 0; descriptor_ != nullptr && i < descriptor_->method_count(); ++i) {
    const MethodDescriptor* method = descriptor_->method(i);
    if (!serves_part_ && std::none_of(lines_.begin(), lines_.end(),
                                      [&](const Line& line) { return line.method == method; })) {
      problems.push_back(Wrong(method->name(), "has no line"));
    }
    if (method->options().ExtensionSize(type::v1::roles) == 0) {
      problems.push_back(Wrong(method->name(), "declares no roles"));
    }
  }
  if (problems.empty()) return absl::OkStatus();
  return InvalidArgument(
      "METHOD_TABLE_INVALID", service_,
      absl::StrCat("the method table of ", service_, ": ", absl::StrJoin(problems, "; ")));
}

}  // namespace bellwether::rpc
