#include "common/bus/batch_codec.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "gtest/gtest.h"

namespace bellwether::bus::batch_codec_test {
namespace {

Message Sample(int number) {
  return {absl::StrCat("key-", number),
          {{kHeaderId, absl::StrCat(number)}, {"own", std::string(200, 'o')}, {kHeaderOrigin, ""}},
          std::string("\0\xff", 2) + std::string(number * 50, 'v')};
}

TEST(Batch, GivesBackWhatWasAdded) {
  BatchBuilder builder;
  for (int i = 0; i < 10; ++i) builder.Add(Sample(i));
  ASSERT_EQ(builder.count(), 10);
  const StoredBatch batch(3, 100, 10, builder.Take());
  EXPECT_EQ(builder.count(), 0);
  EXPECT_EQ(batch.end_offset(), 110);
  const auto records = batch.Records();
  ASSERT_TRUE(records.ok());
  ASSERT_EQ(records->size(), 10u);
  for (int i = 0; i < 10; ++i) {
    const Record& record = (*records)[i];
    EXPECT_EQ(record.partition, 3);
    EXPECT_EQ(record.offset, 100 + i);
    const Message back = ToMessage(record);
    EXPECT_EQ(back.key, Sample(i).key);
    EXPECT_EQ(back.value, Sample(i).value);
    ASSERT_EQ(back.headers.size(), 3u);
    for (size_t h = 0; h < 3; ++h) {
      EXPECT_EQ(back.headers[h].name, Sample(i).headers[h].name);
      EXPECT_EQ(back.headers[h].value, Sample(i).headers[h].value);
    }
  }
}

TEST(Batch, HoldsEmptyMessages) {
  BatchBuilder builder;
  builder.Add({});
  const StoredBatch batch(0, 0, 1, builder.Take());
  const auto records = batch.Records();
  ASSERT_TRUE(records.ok());
  EXPECT_EQ((*records)[0].value, "");
  EXPECT_TRUE((*records)[0].headers.empty());
}

TEST(Batch, CutAnywhereIsFoundDamaged) {
  BatchBuilder builder;
  for (int i = 0; i < 3; ++i) builder.Add(Sample(i));
  const std::string whole = builder.Take();
  for (size_t size = 0; size < whole.size(); ++size) {
    const StoredBatch cut(0, 0, 3, whole.substr(0, size));
    ASSERT_EQ(cut.Records().status().code(), absl::StatusCode::kDataLoss) << size;
  }
  EXPECT_EQ(StoredBatch(0, 0, 3, whole + "x").Records().status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(StoredBatch(0, 0, 2, whole).Records().status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(StoredBatch(0, 0, 1 << 30, whole).Records().status().code(),
            absl::StatusCode::kDataLoss);
}

TEST(Batch, OfAnotherFormatIsRefused) {
  BatchBuilder builder;
  builder.Add(Sample(1));
  std::string bytes = builder.Take();
  bytes[0] = 2;
  EXPECT_EQ(DetailOf(StoredBatch(0, 0, 1, bytes).Records().status())->reason, "LOG_DAMAGED");
}

}  // namespace
}  // namespace bellwether::bus::batch_codec_test
