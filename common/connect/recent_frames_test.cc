#include "common/connect/recent_frames.h"

#include "absl/strings/str_cat.h"
#include "google/protobuf/any.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "gtest/gtest.h"

namespace bellwether::connect::recent_frames_test {
namespace {

using Form = RecentFrames::Form;

RecentFrames::Frame Frame(const std::string& text) {
  return std::make_shared<const std::string>(text);
}

const Form kAnyInJson{google::protobuf::Any::descriptor(), true, false};

TEST(RecentFrames, FindsTheFrameOfTheSameMessageOnly) {
  RecentFrames frames;
  EXPECT_EQ(frames.Find(kAnyInJson, "a"), nullptr);
  frames.Put(kAnyInJson, "a", Frame("{a}"));
  ASSERT_NE(frames.Find(kAnyInJson, "a"), nullptr);
  EXPECT_EQ(*frames.Find(kAnyInJson, "a"), "{a}");
  EXPECT_EQ(frames.Find(kAnyInJson, "b"), nullptr);
  EXPECT_EQ(frames.Find(kAnyInJson, ""), nullptr);
}

TEST(RecentFrames, KeepsTypesCodecsAndCompressionsApart) {
  RecentFrames frames;
  frames.Put(kAnyInJson, "a", Frame("{a}"));
  EXPECT_EQ(frames.Find({google::protobuf::Timestamp::descriptor(), true, false}, "a"), nullptr);
  EXPECT_EQ(frames.Find({kAnyInJson.type, false, false}, "a"), nullptr);
  EXPECT_EQ(frames.Find({kAnyInJson.type, true, true}, "a"), nullptr);
}

TEST(RecentFrames, ForgetsSoThatItNeverHoldsMoreThanItsLimit) {
  RecentFrames frames;
  const size_t put = 4 * kRecentFramesMax;
  for (size_t i = 0; i < put; ++i) frames.Put(kAnyInJson, absl::StrCat(i), Frame("{}"));
  size_t kept = 0;
  for (size_t i = 0; i < put; ++i) kept += frames.Find(kAnyInJson, absl::StrCat(i)) != nullptr;
  EXPECT_GT(kept, 0u);
  EXPECT_LE(kept, kRecentFramesMax);
  EXPECT_NE(frames.Find(kAnyInJson, absl::StrCat(put - 1)), nullptr) << "the latest is kept";
}

TEST(RecentFrames, DoesNotKeepWhatIsLarge) {
  RecentFrames frames;
  const std::string large(kRecentMessageBytesMax + 1, 'x');
  frames.Put(kAnyInJson, large, Frame("{}"));
  EXPECT_EQ(frames.Find(kAnyInJson, large), nullptr);
}

}  // namespace
}  // namespace bellwether::connect::recent_frames_test
