#include "common/journal/dead_letter.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::journal::dead_letter_test {
namespace {

const Refusal kRefusal = {.reason = "TIME_AHEAD",
                          .field = "fact.time",
                          .rule = "X1",
                          .message = "too far ahead",
                          .refused_by = "gateway",
                          .time = absl::FromUnixMicros(1'700'000'000'000'001)};

absl::StatusOr<DeadLetter> ReadBack(const bus::Message& message) {
  std::vector<bus::HeaderView> headers;
  for (const bus::Header& header : message.headers) headers.push_back({header.name, header.value});
  bus::Record record;
  record.key = message.key;
  record.value = message.value;
  record.headers = headers;
  return DecodeDeadLetter(record);
}

TEST(DeadLetter, KeepsTheMessageWholeWithTheReason) {
  const bus::Message refused{"acme", {{"ce_id", "1"}, {"own", "x"}}, std::string("\0\1\2", 3)};
  const auto letter = ReadBack(EncodeDeadLetter(refused, kRefusal));
  ASSERT_TRUE(letter.ok());
  EXPECT_EQ(letter->refused.key, "acme");
  EXPECT_EQ(letter->refused.value, refused.value);
  ASSERT_EQ(letter->refused.headers.size(), 2u);
  EXPECT_EQ(letter->refused.headers[1].value, "x");
  EXPECT_EQ(letter->refusal.reason, "TIME_AHEAD");
  EXPECT_EQ(letter->refusal.field, "fact.time");
  EXPECT_EQ(letter->refusal.rule, "X1");
  EXPECT_EQ(letter->refusal.message, "too far ahead");
  EXPECT_EQ(letter->refusal.refused_by, "gateway");
  EXPECT_EQ(letter->refusal.time, kRefusal.time);
  EXPECT_FALSE(letter->cut);
}

TEST(DeadLetter, RemembersWhereARecordLay) {
  bus::Record record;
  record.partition = 3;
  record.offset = 42;
  const auto letter = ReadBack(EncodeDeadLetter("topic.v1", record, kRefusal));
  ASSERT_TRUE(letter.ok());
  EXPECT_EQ(letter->place, "topic.v1/3/42");
}

TEST(DeadLetter, FitsTheBusWhateverWasRefused) {
  bus::Message refused;
  refused.key = std::string(1 << 20, 'k');
  refused.value = std::string(10 << 20, 'v');
  for (int i = 0; i < 100; ++i)
    refused.headers.push_back({absl::StrCat("h", i), std::string(9'000, 'x')});
  Refusal wordy = kRefusal;
  wordy.message = std::string(1 << 20, 'm');
  wordy.field = std::string(1 << 20, 'f');
  const bus::Message letter = EncodeDeadLetter(refused, wordy);
  EXPECT_LE(SizeOf(letter), bus::kMessageBytesMax);
  EXPECT_LE(letter.headers.size(), bus::kHeadersMax);
  const auto read = ReadBack(letter);
  ASSERT_TRUE(read.ok());
  EXPECT_TRUE(read->cut);
  EXPECT_GT(read->refused.value.size(), 900u << 10);
}

// What is replayed is what came: a message that lost a header or the end of its key is none.
TEST(DeadLetter, SaysSoWhenHeadersOrTheKeyWereCut) {
  const auto is_cut = [](bus::Message refused) {
    return ReadBack(EncodeDeadLetter(std::move(refused), kRefusal))->cut;
  };
  EXPECT_FALSE(is_cut({"k", {{"a", "b"}}, "v"}));
  EXPECT_TRUE(is_cut({"k", std::vector<bus::Header>(40, {"a", "b"}), "v"}));
  EXPECT_TRUE(is_cut({"k", {{"a", std::string(100 << 10, 'b')}}, "v"}));
  EXPECT_TRUE(is_cut({std::string(2'000, 'k'), {}, "v"}));
}

TEST(DeadLetter, IsNotAnyRecord) {
  EXPECT_EQ(DetailOf(ReadBack({"k", {}, "v"}).status())->reason, "HEADER_MISSING");
}

}  // namespace
}  // namespace bellwether::journal::dead_letter_test
