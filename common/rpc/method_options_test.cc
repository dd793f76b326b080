// What every method of the API declares.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "bellwether/type/v1/method_options.pb.h"
#include "bellwether/type/v1/watch.pb.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/descriptor_database.h"
#include "gtest/gtest.h"

namespace bellwether::rpc::method_options_test {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;

// Of all our services: the whole of proto.messages is linked into this program.
std::vector<const MethodDescriptor*> Methods() {
  std::vector<std::string> files;
  DescriptorPool::internal_generated_database()->FindAllFileNames(&files);
  std::vector<const MethodDescriptor*> methods;
  for (const std::string& name : files) {
    if (!absl::StartsWith(name, "bellwether/")) continue;
    const FileDescriptor* file = DescriptorPool::generated_pool()->FindFileByName(name);
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.push_back(file->service(s)->method(m));
      }
    }
  }
  return methods;
}

TEST(MethodOptions, SayWhoMayCallEveryMethod) {
  ASSERT_GE(Methods().size(), 40u);
  for (const MethodDescriptor* method : Methods()) {
    const auto& options = method->options();
    EXPECT_GT(options.ExtensionSize(type::v1::roles), 0) << method->full_name();
    for (int i = 0; i < options.ExtensionSize(type::v1::roles); ++i) {
      EXPECT_NE(options.GetExtension(type::v1::roles, i), type::v1::ROLE_UNSPECIFIED)
          << method->full_name();
    }
  }
}

// Whether a method of that name reads only, by the verb that its name begins with.
bool IsNamedAsRead(absl::string_view name) {
  constexpr absl::string_view kReadingVerbs[] = {
      "BatchGet", "Count",  "Explain",  "Get",       "Guess", "List",   "Preview",
      "Rank",     "Search", "Simulate", "Summarize", "Tail",  "Verify", "Watch"};
  for (const absl::string_view verb : kReadingVerbs) {
    // "Getaway" is no verb of ours.
    if (absl::StartsWith(name, verb) && name.size() > verb.size() &&
        absl::ascii_isupper(static_cast<unsigned char>(name[verb.size()]))) {
      return true;
    }
  }
  return false;
}

TEST(MethodOptions, SayThatReadsOnlyReadAndThatNothingElseDoes) {
  for (const MethodDescriptor* method : Methods()) {
    const bool reads =
        method->options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
    EXPECT_EQ(reads, IsNamedAsRead(method->name())) << method->full_name();
    if (method->input_type()->FindFieldByName("request_id") != nullptr) {
      EXPECT_FALSE(reads) << method->full_name();
    }
  }
}

TEST(MethodOptions, EveryWatchSpeaksTheSameWay) {  // bellwether/type/v1/watch.proto
  int watches = 0;
  for (const MethodDescriptor* method : Methods()) {
    if (!absl::StartsWith(method->name(), "Watch")) continue;
    ++watches;
    EXPECT_TRUE(method->server_streaming()) << method->full_name();
    EXPECT_NE(method->input_type()->FindFieldByName("resume_token"), nullptr)
        << method->full_name();
    EXPECT_NE(method->output_type()->FindFieldByName("resume_token"), nullptr)
        << method->full_name();
    const auto* mark = method->output_type()->FindFieldByName("mark");
    ASSERT_NE(mark, nullptr) << method->full_name();
    EXPECT_EQ(mark->message_type(), type::v1::WatchMark::descriptor()) << method->full_name();
  }
  EXPECT_GE(watches, 2);
}

}  // namespace
}  // namespace bellwether::rpc::method_options_test
