#include "services/health/adapters/history/history_block.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::health::history_block_test {
namespace {

constexpr int64_t kFirst = 5 * kSegmentOffsets;

bus::Record RecordAt(int64_t offset, absl::string_view value,
                     const std::vector<bus::HeaderView>& headers) {
  return {.offset = offset, .key = "acme", .value = value, .headers = headers};
}

TEST(HistoryBlock, GivesBackWhatWasPutIn) {
  const std::vector<bus::HeaderView> headers = {{"ce_id", "o1"}, {"recorded_at", "7"}};
  HistoryBlockWriter writer(kFirst);
  writer.Add("acme", -1, RecordAt(kFirst, "one", headers), absl::FromUnixMicros(10));
  writer.Add("acme", -1, RecordAt(kFirst + 9, "two", {}), absl::FromUnixMicros(11));
  writer.Add("bolt", 3, RecordAt(kFirst + 4, "three", headers), absl::FromUnixMicros(-5));
  const auto blocks = std::move(writer).Finish();
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(blocks[0].first_account, "acme");
  EXPECT_EQ(blocks[0].last_account, "bolt");
  const auto sections = ReadHistoryBlock(kFirst, blocks[0].content).value();
  ASSERT_EQ(sections.size(), 2u);
  EXPECT_EQ(sections[0].account, "acme");
  EXPECT_EQ(sections[0].previous_segment, -1);
  ASSERT_EQ(sections[0].records.size(), 2u);
  EXPECT_EQ(sections[0].records[0].message.headers[0].value, "o1");
  EXPECT_EQ(sections[0].records[1].offset, kFirst + 9);
  EXPECT_EQ(sections[1].previous_segment, 3);
  EXPECT_EQ(sections[1].records[0].applied_at, absl::FromUnixMicros(-5));
  EXPECT_EQ(sections[1].records[0].message.value, "three");
}

TEST(HistoryBlock, IsCutAtItsSizeAlsoWithinAnAccount) {
  HistoryBlockWriter writer(kFirst);
  const std::string value(10'000, 'x');
  for (int i = 0; i < 100; ++i) {
    writer.Add("acme", 2, RecordAt(kFirst + i, value, {}), absl::UnixEpoch());
  }
  const auto blocks = std::move(writer).Finish();
  EXPECT_EQ(blocks.size(), 4u);
  int64_t next = kFirst;
  for (const auto& block : blocks) {
    const auto sections = ReadHistoryBlock(kFirst, block.content).value();
    ASSERT_EQ(sections.size(), 1u);
    EXPECT_EQ(sections[0].previous_segment, 2);
    for (const auto& record : sections[0].records) EXPECT_EQ(record.offset, next++);
  }
  EXPECT_EQ(next, kFirst + 100);
}

TEST(HistoryBlock, RefusesBytesThatAreNone) {
  HistoryBlockWriter writer(kFirst);
  writer.Add("acme", -1, RecordAt(kFirst, std::string(500, 'x'), {}), absl::UnixEpoch());
  std::string content = std::move(writer).Finish()[0].content;
  EXPECT_EQ(ReadHistoryBlock(kFirst, "").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReadHistoryBlock(kFirst, absl::string_view(content).substr(0, content.size() - 1))
                .status()
                .code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace bellwether::health::history_block_test
