#include "common/idempotency/request_content.h"

#include <memory>

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace bellwether::idempotency {

std::string ContentOf(const google::protobuf::Message& request) {
  std::unique_ptr<google::protobuf::Message> copy(request.New());
  copy->CopyFrom(request);
  const auto* id = copy->GetDescriptor()->FindFieldByName("request_id");
  if (id != nullptr) copy->GetReflection()->ClearField(copy.get(), id);
  std::string content;
  {
    google::protobuf::io::StringOutputStream stream(&content);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);  // maps in the order of their keys
    copy->SerializeToCodedStream(&coded);
  }
  return content;
}

}  // namespace bellwether::idempotency
