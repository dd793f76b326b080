// What members of a group may rely on.
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/contract/bus_contract.h"

namespace bellwether::bus {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// Starts partitions at the offsets given, 0 where none is, and writes down what happens.
class RecordingListener final : public RebalanceListener {
 public:
  absl::StatusOr<int64_t> OnAssigned(int32_t partition) override {
    events.push_back(absl::StrCat("+", partition));
    held.insert(partition);
    if (other != nullptr) {
      EXPECT_FALSE(other->held.contains(partition)) << "held by two";
    }
    if (!failure.ok() && partition == failing_partition) return failure;
    return next.at(partition);
  }
  void OnRevoked(int32_t partition) override {
    events.push_back(absl::StrCat("-", partition));
    held.erase(partition);
  }
  void OnLost(int32_t partition) override {
    events.push_back(absl::StrCat("!", partition));
    held.erase(partition);
  }

  std::set<int32_t> held;
  RecordingListener* other = nullptr;  // of another member of the group

  std::vector<int64_t> next = std::vector<int64_t>(16, 0);
  std::vector<std::string> events;
  absl::Status failure;
  int32_t failing_partition = 0;
};

std::vector<std::string> PollValues(Consumer& consumer, size_t count) {
  std::vector<std::string> values;
  while (values.size() < count) {
    const auto batch = consumer.Poll(count - values.size(), kPatience);
    if (!batch.ok() || batch->empty()) {
      ADD_FAILURE() << "after " << values.size() << " records: " << batch.status();
      return values;
    }
    for (std::string& value : ValuesOf(*batch)) values.push_back(std::move(value));
  }
  return values;
}

// On a topic without records.
void PollUntilJoined(Consumer& consumer) {
  const absl::Time deadline = absl::Now() + kPatience;
  while (!consumer.Joined() && absl::Now() < deadline) {
    EXPECT_THAT(consumer.Poll(1, kMoment)->records, IsEmpty());
  }
  EXPECT_TRUE(consumer.Joined());
}

}  // namespace

TEST_P(BusContract, AConsumerAloneReadsEveryPartition) {
  for (int32_t p = 0; p < kPartitions; ++p) Append(p, 2, absl::StrCat("p", p, "-"));
  RecordingListener listener;
  listener.next[1] = 1;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &listener});
  EXPECT_THAT(PollValues(*consumer, 7),
              UnorderedElementsAre("p0-0", "p0-1", "p1-1", "p2-0", "p2-1", "p3-0", "p3-1"));
  EXPECT_THAT(listener.events, ElementsAre("+0", "+1", "+2", "+3"));
  EXPECT_THAT(consumer->Poll(10, kMoment)->records, IsEmpty());
  consumer->Close();
  EXPECT_THAT(listener.events, ElementsAre("+0", "+1", "+2", "+3", "-0", "-1", "-2", "-3"));
}

TEST_P(BusContract, AConsumerWakesForWhatComes) {
  RecordingListener listener;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &listener});
  EXPECT_THAT(consumer->Poll(10, kMoment)->records, IsEmpty());
  std::thread later([this] { Append(2, 1, "later-"); });
  EXPECT_THAT(PollValues(*consumer, 1), ElementsAre("later-0"));
  later.join();
  consumer->Close();
}

// How much of a busy partition comes first is the bus's affair: Kafka hands over what one fetch
// brought. That the others come before it is drained is not.
TEST_P(BusContract, ABusyPartitionDoesNotStarveTheOthers) {
  constexpr int kBusy = 10'000;
  std::mt19937_64 random(1);
  std::string noise(1'000, ' ');  // not to be compressed into one fetch
  auto producer = *bus_->NewProducer();
  for (int i = 0; i < kBusy; ++i) {
    for (char& c : noise) c = static_cast<char>(random());
    ASSERT_TRUE(producer->Produce(kTopic, 0, {"key", {}, noise}, nullptr).ok());
  }
  ASSERT_TRUE(producer->Flush(kPatience).ok());
  Append(3, 1, "quiet-");
  RecordingListener listener;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &listener});
  bool seen = false;
  int busy = 0;
  while (!seen && busy < kBusy) {
    const std::vector<std::string> values = PollValues(*consumer, 10);
    if (values.empty()) break;
    for (const std::string& value : values) {
      seen |= value == "quiet-0";
      busy += !seen;
    }
  }
  EXPECT_TRUE(seen);
  EXPECT_LT(busy, kBusy);
  consumer->Close();
}

TEST_P(BusContract, APollBringsNoMoreBytesThanItMay) {
  constexpr int kMessages = 40;
  AppendLargest(0, kMessages);
  RecordingListener listener;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &listener});
  int polled = 0, read = 0;
  ASSERT_NO_FATAL_FAILURE(ExpectLargest(consumer->Poll(1'000, kPatience), polled));
  // Meanwhile the member fetches what it can.
  for (auto reader = ReaderAt(0, 0); read < kMessages;) {
    ASSERT_NO_FATAL_FAILURE(ExpectLargest(reader->Read(1'000, kPatience), read));
  }
  while (polled < kMessages) {
    ASSERT_NO_FATAL_FAILURE(ExpectLargest(consumer->Poll(1'000, kPatience), polled));
  }
  consumer->Close();
}

TEST_P(BusContract, APartitionWhoseAssignmentFailsStaysUnreadUntilSeek) {
  Append(0, 3);
  Append(1, 1, "other-");
  RecordingListener listener;
  listener.failure = absl::DataLossError("state of another log");
  listener.failing_partition = 0;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &listener});
  EXPECT_EQ(consumer->Poll(10, kPatience).status(), listener.failure);
  EXPECT_THAT(PollValues(*consumer, 1), ElementsAre("other-0"));
  EXPECT_THAT(consumer->Poll(10, kMoment)->records, IsEmpty());
  ASSERT_TRUE(consumer->Seek(0, 1).ok());
  EXPECT_EQ(PollValues(*consumer, 2), Numbered(1, 3));
  consumer->Close();
  EXPECT_EQ(listener.events.size(), 2u * kPartitions) << "revoked although never read";
}

TEST_P(BusContract, AnOffsetOutsideTheLogIsNeverReadOnFrom) {
  Append(2, 3);
  RecordingListener listener;
  listener.next[2] = 4;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &listener});
  EXPECT_EQ(consumer->Poll(10, kPatience).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(consumer->Seek(2, 4).code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(consumer->Poll(10, kMoment)->records, IsEmpty());
  consumer->Close();
}

TEST_P(BusContract, APausedPartitionKeepsItsPlace) {
  Append(0, 4);
  RecordingListener listener;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &listener});
  EXPECT_EQ(PollValues(*consumer, 2), Numbered(0, 2));
  ASSERT_TRUE(consumer->Pause(0).ok());
  Append(1, 1, "other-");
  EXPECT_THAT(PollValues(*consumer, 1), ElementsAre("other-0"));
  EXPECT_THAT(consumer->Poll(10, kMoment)->records, IsEmpty());
  ASSERT_TRUE(consumer->Resume(0).ok());
  EXPECT_EQ(PollValues(*consumer, 2), Numbered(2, 4));
  ASSERT_TRUE(consumer->Resume(0).ok());
  EXPECT_THAT(consumer->Poll(10, kMoment)->records, IsEmpty()) << "a needless Resume moves nothing";
  consumer->Close();
}

TEST_P(BusContract, SeekGoesBackAndForth) {
  Append(0, 5);
  RecordingListener listener;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &listener});
  EXPECT_EQ(PollValues(*consumer, 5), Numbered(0, 5));
  ASSERT_TRUE(consumer->Seek(0, 1).ok());
  EXPECT_EQ(PollValues(*consumer, 2), Numbered(1, 3));
  ASSERT_TRUE(consumer->Seek(0, 4).ok());
  EXPECT_EQ(PollValues(*consumer, 1), Numbered(4, 5));
  consumer->Close();
}

TEST_P(BusContract, OnlyAssignedPartitionsCanBeSteered) {
  RecordingListener listener;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &listener});
  EXPECT_EQ(ReasonOf(consumer->Pause(0)), "NOT_ASSIGNED") << "before the first Poll";
  PollUntilJoined(*consumer);
  EXPECT_TRUE(consumer->Pause(0).ok());
  for (const int32_t partition : {-1, kPartitions}) {
    EXPECT_EQ(ReasonOf(consumer->Pause(partition)), "NOT_ASSIGNED");
    EXPECT_EQ(ReasonOf(consumer->Resume(partition)), "NOT_ASSIGNED");
    EXPECT_EQ(ReasonOf(consumer->Seek(partition, 0)), "NOT_ASSIGNED");
  }
  consumer->Close();
}

// A new member takes over at the offset the old one left in OnRevoked: nothing twice, nothing lost.
// Which half it gets is the group's affair, and so is whether the others' partitions are revoked
// and assigned again on the way.
TEST_P(BusContract, APartitionIsRevokedBeforeAnotherMemberGetsIt) {
  RecordingListener first_diary, second_diary;
  first_diary.other = &second_diary;
  second_diary.other = &first_diary;
  std::vector<std::string> written, read;
  const auto write = [&] {
    for (int32_t p = 0; p < kPartitions; ++p) {
      const std::string value = absl::StrCat("p", p, "-", written.size(), "-");
      Append(p, 1, value);
      written.push_back(absl::StrCat(value, 0));
    }
  };
  const auto take = [&](Consumer& consumer) {
    const auto batch = consumer.Poll(5, kMoment);
    ASSERT_TRUE(batch.ok()) << batch.status();
    for (const Record& record : batch->records) {
      read.emplace_back(record.value);
      first_diary.next[record.partition] = second_diary.next[record.partition] = record.offset + 1;
    }
  };
  const absl::Time deadline = absl::Now() + kPatience;
  auto first = *bus_->NewConsumer({"group", kTopic, &first_diary});
  while (read.size() < kPartitions && absl::Now() < deadline) {
    write();
    take(*first);
  }
  auto second = *bus_->NewConsumer({"group", kTopic, &second_diary});
  while (second_diary.held.size() < kPartitions / 2 && absl::Now() < deadline) {
    write();
    take(*second);
    take(*first);
  }
  write();
  while (read.size() < written.size() && absl::Now() < deadline) {
    take(*second);
    take(*first);
  }
  EXPECT_THAT(read, ::testing::UnorderedElementsAreArray(written));
  EXPECT_EQ(first_diary.held.size(), kPartitions / 2u);
  EXPECT_EQ(second_diary.held.size(), kPartitions / 2u);

  first->Close();
  EXPECT_THAT(first_diary.held, IsEmpty());
  write();
  while (read.size() < written.size() && absl::Now() < deadline) take(*second);
  EXPECT_THAT(read, ::testing::UnorderedElementsAreArray(written));
  EXPECT_EQ(second_diary.held.size(), kPartitions);
  second->Close();
}

TEST_P(BusContract, AMemberHasJoinedOnceItKnowsWhatItHas) {
  std::vector<std::unique_ptr<RecordingListener>> diaries;
  std::vector<std::unique_ptr<Consumer>> members;
  // One more than there are partitions: somebody has none.
  for (int i = 0; i <= kPartitions; ++i) {
    diaries.push_back(std::make_unique<RecordingListener>());
    members.push_back(*bus_->NewConsumer({"group", kTopic, diaries.back().get()}));
    EXPECT_FALSE(members.back()->Joined()) << "before its first poll";
  }
  const auto settled = [&] {
    size_t held = 0, joined = 0;
    for (int i = 0; i <= kPartitions; ++i) {
      held += diaries[i]->held.size();
      joined += members[i]->Joined();
    }
    return held == kPartitions && joined == members.size();
  };
  const absl::Time deadline = absl::Now() + kPatience;
  while (!settled() && absl::Now() < deadline) {
    for (int i = 0; i <= kPartitions; ++i) {
      ASSERT_TRUE(members[i]->Poll(1, kMoment).ok());
      EXPECT_TRUE(diaries[i]->held.empty() || members[i]->Joined());
    }
  }
  EXPECT_TRUE(settled());
  for (const auto& member : members) {
    member->Close();
    EXPECT_FALSE(member->Joined());
  }
}

TEST_P(BusContract, GroupsReadIndependently) {
  Append(0, 3);
  RecordingListener one_diary, other_diary;
  auto one = *bus_->NewConsumer({"one", kTopic, &one_diary});
  auto other = *bus_->NewConsumer({"other", kTopic, &other_diary});
  EXPECT_EQ(PollValues(*one, 3), Numbered(0, 3));
  EXPECT_EQ(PollValues(*other, 3), Numbered(0, 3));
  one->Close();
  other->Close();
}

TEST_P(BusContract, AClosedConsumerStaysClosed) {
  RecordingListener listener;
  auto consumer = *bus_->NewConsumer({"group", kTopic, &listener});
  PollUntilJoined(*consumer);
  consumer->Close();
  const size_t events = listener.events.size();
  consumer->Close();
  EXPECT_EQ(listener.events.size(), events);
  EXPECT_EQ(ReasonOf(consumer->Poll(1, kMoment).status()), "CONSUMER_CLOSED");
}

}  // namespace bellwether::bus
