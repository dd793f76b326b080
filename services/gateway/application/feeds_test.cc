#include "services/gateway/application/feeds.h"

#include "bellwether/events/v1/fact.pb.h"
#include "common/base/status.h"
#include "common/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::feeds_test {
namespace {

using events::v1::Fact;
using ::testing::ElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(1'796'086'800);

// Keeps feeds in memory, and may be away.
class ListedFeeds final : public FeedRows {
 public:
  absl::Status Add(const FeedRecords& records, absl::CivilDay) override {
    RETURN_IF_ERROR(away);
    for (const auto& [key, record] : records) kept[key].Merge(record);
    return absl::OkStatus();
  }
  absl::StatusOr<FeedRecords> Load() override { return kept; }

  absl::Status away;
  FeedRecords kept;
};

class FeedsTest : public ::testing::Test {
 protected:
  Feeds With(DeclaredRhythms declared) {
    return Feeds(tally_, rows_, std::move(declared), absl::UTCTimeZone(), clock_);
  }
  void Note(absl::string_view source, int kind, absl::Duration ago = absl::ZeroDuration()) {
    tally_.Find(source, kind)->Note(kNow - ago, kNow - ago);
  }
  // "source/kind STATE count", each.
  std::vector<std::string> Listed(const Feeds& feeds) {
    std::vector<std::string> listed;
    const auto found = feeds.List(clock_.Now());
    for (const ingest::v1::Feed& feed : *found) {
      listed.push_back(absl::StrCat(feed.source(), "/", feed.kind(), " ",
                                    ingest::v1::FeedState_Name(feed.state()), " ",
                                    feed.received_count()));
    }
    return listed;
  }

  metrics::Registry metrics_;
  testing::FakeClock clock_{kNow};
  FeedTally tally_{absl::UTCTimeZone(), metrics_};
  ListedFeeds rows_;
};

TEST_F(FeedsTest, TellsFeedsApartBySourceAndKind) {
  Feeds feeds = With({});
  Note("crm", Fact::kOrderPlaced);
  Note("crm", Fact::kOrderPlaced);
  Note("crm", Fact::kCaseOpened);
  Note("erp", Fact::kOrderPlaced);
  ASSERT_TRUE(feeds.Flush().ok());
  ASSERT_TRUE(feeds.Flush().ok()) << "and counts nothing twice";
  EXPECT_THAT(Listed(feeds), ElementsAre("crm/case_opened FEED_STATE_NO_RHYTHM 1",
                                         "crm/order_placed FEED_STATE_NO_RHYTHM 2",
                                         "erp/order_placed FEED_STATE_NO_RHYTHM 1"));
}

TEST_F(FeedsTest, ADeclaredSourceIsAFeedOfAllItsKinds) {
  Feeds feeds = With({{{"crm", kEveryKind}, {absl::Hours(1), "CRM"}},
                      {{"erp", kEveryKind}, {absl::Hours(1), "ERP"}},
                      {{"crm", Fact::kCaseOpened}, {absl::Hours(3), ""}}});
  Note("crm", Fact::kCaseOpened, absl::Hours(2));
  Note("crm", Fact::kOrderPlaced, absl::Minutes(90));
  ASSERT_TRUE(feeds.Flush().ok());
  EXPECT_THAT(Listed(feeds),
              ElementsAre("crm/ FEED_STATE_SILENT 2", "crm/case_opened FEED_STATE_ON_TIME 1",
                          "crm/order_placed FEED_STATE_NO_RHYTHM 1", "erp/ FEED_STATE_AWAITED 0"));
}

TEST_F(FeedsTest, LearnsFromTheDaysOnWhichFactsCame) {
  Feeds feeds = With({});
  for (const int days : {6, 4, 2}) Note("crm", Fact::kOrderPlaced, absl::Hours(24 * days));
  ASSERT_TRUE(feeds.Flush().ok());
  const auto listed = feeds.List(kNow + absl::Hours(24 * 2));
  ASSERT_EQ(listed->size(), 1u);
  EXPECT_EQ(listed->front().rhythm().seconds(), 2 * 24 * 3'600);
  EXPECT_EQ(listed->front().rhythm_origin(), ingest::v1::RHYTHM_ORIGIN_LEARNED);
  EXPECT_EQ(listed->front().state(), ingest::v1::FEED_STATE_ON_TIME) << "four days are two rhythms";
  EXPECT_EQ(feeds.List(kNow + absl::Hours(24 * 2) + absl::Microseconds(1))->front().state(),
            ingest::v1::FEED_STATE_SILENT);
}

TEST_F(FeedsTest, KeepsWhatCouldNotBeStored) {
  Feeds feeds = With({});
  Note("crm", Fact::kOrderPlaced);
  rows_.away = absl::UnavailableError("the store is away");
  EXPECT_FALSE(feeds.Flush().ok());
  Note("crm", Fact::kOrderPlaced);
  rows_.away = absl::OkStatus();
  ASSERT_TRUE(feeds.Flush().ok());
  EXPECT_THAT(Listed(feeds), ElementsAre("crm/order_placed FEED_STATE_NO_RHYTHM 2"));
}

TEST_F(FeedsTest, TakesNoMemoryOfSourcesWithoutEnd) {
  for (size_t i = 0; i < kFeedsMax; ++i) {
    ASSERT_NE(tally_.Find(absl::StrCat("made-up-", i), Fact::kOrderPlaced), nullptr);
  }
  EXPECT_EQ(tally_.Find("one more", Fact::kOrderPlaced), nullptr);
  EXPECT_NE(tally_.Find("made-up-7", Fact::kOrderPlaced), nullptr);
}

}  // namespace
}  // namespace bellwether::gateway::feeds_test
