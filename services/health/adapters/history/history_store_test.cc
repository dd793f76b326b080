// A reader of history at any moment of folding, sealing and rebuilding gets each record once.
#include "services/health/adapters/history/history_store.h"

#include <random>

#include "common/stream/committed_partitions.h"
#include "common/stream/stamp.h"
#include "gtest/gtest.h"
#include "services/health/testing/fold_rig.h"

namespace bellwether::health::history_store_test {
namespace {

constexpr int64_t kSegment = 8;
const char* const kAccounts[] = {"acme", "bolt", "corp"};

// What a reader gives for one account.
struct Read {
  std::vector<int64_t> offsets;
  std::vector<absl::Time> applied;
  absl::Time end = absl::InfinitePast();

  friend bool operator==(const Read&, const Read&) = default;
};

class HistoryReaderTest : public ::testing::TestWithParam<uint64_t> {
 protected:
  HistoryReaderTest() {
    rig_.options.poll_records_max = 5;
    rig_.options.checkpoint_records = 11;
  }

  void SendSome(int records) {
    for (int i = 0; i < records; ++i) {
      now_ += absl::Minutes(static_cast<int64_t>(random_() % 90));
      const std::string account = kAccounts[random_() % std::size(kAccounts)];
      switch (random_() % 12) {
        case 0:
          rig_.SendTick(now_);
          break;
        case 1:
          rig_.SendActivation(SmallActivation(std::to_string(i)), now_);
          break;
        case 2: {
          events::v1::OpportunityChanged changed;
          changed.set_opportunity_id(absl::StrCat("opp", i));
          changed.set_account_id(account);
          rig_.SendOpportunity(account, changed, now_);
          break;
        }
        default:
          rig_.SendOrder(account, absl::StrCat("o", sent_++), now_, 100);
      }
    }
  }

  // Straight from the journal.
  Read Expected(const std::string& account, int64_t until) {
    const int32_t partition = FoldRig::PartitionFor(account);
    Read expected;
    stream::StreamTime time;
    const auto reader = rig_.bus->NewReader(bus::kJournalTopic, partition, 0).value();
    const auto batch = reader->Read(100'000, absl::ZeroDuration()).value();
    for (const bus::Record& record : batch.records) {
      if (record.offset >= until) break;
      stream::Stamp stamp;
      EXPECT_EQ(stream::ReadStamp(record, FoldRig::kPartitions, stamp), stream::StampFault::kNone);
      if (stamp.tick) {
        time.AdvanceByTick(stamp.recorded_at);
        continue;
      }
      time.AdvanceByRecord(stamp.recorded_at, stamp.backfill);
      const auto type = record.HeaderOr(bus::kHeaderType);
      if (type == bus::kTypeOpportunityChanged) continue;
      if (type != bus::kTypeModelActivated && record.key != account) continue;
      expected.offsets.push_back(record.offset);
      expected.applied.push_back(time.now);
    }
    expected.end = time.now;
    return expected;
  }

  absl::StatusOr<std::unique_ptr<HistoryReader>> Open(const std::string& account, int64_t until,
                                                      bool only) {
    return HistoryReader::Open(rig_.settings.history, rig_.calendar, FoldRig::PartitionFor(account),
                               until, only ? std::optional(account) : std::nullopt);
  }
  static Read ReadBy(HistoryReader& reader, const std::string& account) {
    Read read;
    const absl::Status visited = reader.Visit(account, [&](const AppliedItem& item) {
      read.offsets.push_back(item.offset);
      read.applied.push_back(item.applied_at);
    });
    EXPECT_TRUE(visited.ok()) << visited;
    read.end = reader.end_time();
    return read;
  }

  int64_t EndOf(const std::string& account) {
    return rig_.bus->Offsets(bus::kJournalTopic, FoldRig::PartitionFor(account)).value().end;
  }
  void ExpectEveryRecordOnce() {
    for (const std::string account : kAccounts) {
      const int64_t end = EndOf(account);
      for (int64_t until = 0; until <= end; until += 1 + static_cast<int64_t>(random_() % 5)) {
        const auto reader = Open(account, until, random_() % 2 == 0);
        ASSERT_TRUE(reader.ok()) << reader.status();
        EXPECT_EQ(ReadBy(**reader, account), Expected(account, until)) << account << " " << until;
      }
      EXPECT_EQ(ReadBy(**Open(account, end, true), account), Expected(account, end));
    }
  }

  // Folds step by step; `look` is called after each.
  void Fold(const std::function<void()>& look) {
    HealthFoldFactory folds(rig_.settings);
    stream::Processor processor(
        rig_.options,
        stream::Ports{rig_.bus.get(), rig_.store.get(), &rig_.cache, &rig_.clock, &folds},
        NewUuid());
    ASSERT_TRUE(processor.Open().ok());
    const auto applied = [&] {
      const auto status = processor.Status();
      return status.size() == FoldRig::kPartitions &&
             std::all_of(status.begin(), status.end(), [&](const auto& partition) {
               return partition.state == stream::PartitionState::kLive &&
                      partition.next_offset ==
                          rig_.bus->Offsets(bus::kJournalTopic, partition.partition)->end;
             });
    };
    const absl::Time deadline = absl::Now() + absl::Seconds(60);
    while (!applied()) {
      ASSERT_LT(absl::Now(), deadline);
      ASSERT_TRUE(processor.RunOnce(absl::ZeroDuration()).ok());
      processor.StepCommitter();
      look();
    }
    processor.Close();
    look();
  }

  FoldRig rig_{kSegment};
  std::mt19937_64 random_{GetParam()};
  absl::Time now_ = FoldRig::Noon();
  int sent_ = 0;
};

TEST_P(HistoryReaderTest, ReadsEveryRecordOnceWhileTheOwnerCommitsAndSeals) {
  for (int round = 0; round < 3; ++round) {
    SendSome(40);
    // Readers opened before a commit read on after it.
    std::vector<std::pair<std::string, std::unique_ptr<HistoryReader>>> open;
    Fold([&] {
      for (auto& [account, reader] : open) {
        EXPECT_EQ(ReadBy(*reader, account), Expected(account, EndOf(account)));
      }
      open.clear();
      const std::string account = kAccounts[random_() % std::size(kAccounts)];
      open.emplace_back(account, *Open(account, EndOf(account), random_() % 2 == 0));
      const auto until = static_cast<int64_t>(random_() % 50);
      EXPECT_EQ(ReadBy(**Open(account, until, true), account), Expected(account, until));
    });
    ExpectEveryRecordOnce();
  }
}

TEST_P(HistoryReaderTest, ReadsEveryRecordOnceWhileThePartitionIsFoldedAgain) {
  SendSome(120);
  Fold([] {});
  HealthFoldFactory folds(rig_.settings);
  const stream::CommittedPartitions committed(
      rig_.options, {rig_.bus.get(), rig_.store.get(), &rig_.cache, &rig_.clock, &folds});
  for (int32_t partition = 0; partition < FoldRig::kPartitions; ++partition) {
    ASSERT_EQ(*committed.Rebuild(partition), 2);
  }
  ExpectEveryRecordOnce();
  SendSome(20);
  int looks = 0;
  Fold([&] {
    if (++looks % 4 == 0) ExpectEveryRecordOnce();
  });
  EXPECT_GT(looks, 8);
  ExpectEveryRecordOnce();
}

INSTANTIATE_TEST_SUITE_P(Seeds, HistoryReaderTest, ::testing::Range<uint64_t>(0, 6));

}  // namespace
}  // namespace bellwether::health::history_store_test
