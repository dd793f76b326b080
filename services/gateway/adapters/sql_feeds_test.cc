#include "services/gateway/adapters/sql_feeds.h"

#include <memory>

#include "common/store/testing/test_database.h"
#include "gtest/gtest.h"
#include "services/gateway/adapters/sql_gateway_tables.h"

namespace bellwether::gateway::sql_feeds_test {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);
constexpr absl::CivilDay kDay(2026, 12, 1);
const FeedKey kFeed{"crm/hubspot", 1};

FeedRecord RecordAt(absl::Duration after, absl::CivilDay day, int64_t count) {
  FeedRecord record{.first_received = kStart + after,
                    .last_received = kStart + after + absl::Seconds(1),
                    .last_fact = kStart - after,
                    .count = count};
  record.days.insert(day);
  return record;
}

class SqlFeedsTest : public ::testing::Test {
 protected:
  SqlFeedsTest() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  FeedRecord Loaded() {
    const auto records = feeds_.Load();
    EXPECT_TRUE(records.ok()) << records.status();
    const auto found = records->find(kFeed);
    return found == records->end() ? FeedRecord() : found->second;
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  SqlFeeds feeds_{*store_};
};

TEST_F(SqlFeedsTest, TwoReplicasMakeOneFeed) {
  SqlFeeds other(*store_);
  ASSERT_TRUE(feeds_.Add({{kFeed, RecordAt(absl::Minutes(2), kDay, 3)}}, kDay - 27).ok());
  ASSERT_TRUE(other.Add({{kFeed, RecordAt(absl::Minutes(1), kDay - 1, 4)}}, kDay - 27).ok());
  const FeedRecord record = Loaded();
  EXPECT_EQ(record.count, 7);
  EXPECT_EQ(record.first_received, kStart + absl::Minutes(1));
  EXPECT_EQ(record.last_received, kStart + absl::Minutes(2) + absl::Seconds(1));
  EXPECT_EQ(record.last_fact, kStart - absl::Minutes(1));
  EXPECT_EQ(record.days, (absl::btree_set<absl::CivilDay>{kDay - 1, kDay}));
}

TEST_F(SqlFeedsTest, DaysOfOneThatIsSilentStay) {
  ASSERT_TRUE(feeds_.Add({{kFeed, RecordAt({}, kDay - 60, 1)}}, kDay - 87).ok());
  ASSERT_TRUE(feeds_.Add({{{"erp", 1}, RecordAt({}, kDay, 1)}}, kDay - 27).ok());
  EXPECT_EQ(Loaded().days, (absl::btree_set<absl::CivilDay>{kDay - 60}));
}

TEST_F(SqlFeedsTest, DaysOfOldAreForgotten) {
  ASSERT_TRUE(feeds_.Add({{kFeed, RecordAt({}, kDay - 40, 1)}}, kDay - 67).ok());
  EXPECT_EQ(Loaded().days.size(), 1u);
  ASSERT_TRUE(feeds_.Add({{kFeed, RecordAt({}, kDay, 1)}}, kDay - 27).ok());
  EXPECT_EQ(Loaded().days, (absl::btree_set<absl::CivilDay>{kDay}));
  ASSERT_TRUE(feeds_.Add({{kFeed, RecordAt({}, kDay - 28, 1)}}, kDay - 27).ok());
  EXPECT_EQ(Loaded().days.size(), 1u) << "too long ago to be of use";
  EXPECT_EQ(Loaded().count, 3);
}

}  // namespace
}  // namespace bellwether::gateway::sql_feeds_test
