// What the embedded bus promises beyond the contract (tests/contract/bus_contract.h).
#include "common/bus/embedded_bus.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/open_bus.h"
#include "gtest/gtest.h"

namespace bellwether::bus::embedded_bus_test {
namespace {

constexpr char kTopic[] = "topic.v1";
constexpr int32_t kPartitions = 3;
constexpr absl::Duration kPatience = absl::Seconds(30);

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : status.ToString();
}

class EmbeddedBusTest : public ::testing::Test {
 protected:
  EmbeddedBusTest() : directory_(std::filesystem::path(::testing::TempDir()) / NewUuid()) {}
  ~EmbeddedBusTest() override {
    bus_.reset();
    std::filesystem::remove_all(directory_);
  }

  void Open() {
    bus_.reset();
    auto bus = EmbeddedBus::Open(directory_.string());
    ASSERT_TRUE(bus.ok()) << bus.status();
    bus_ = *std::move(bus);
    ASSERT_TRUE(bus_->EnsureTopic({kTopic, kPartitions}).ok());
  }

  // Each message's value begins with its number.
  void Append(int32_t partition, int count, size_t value_bytes = 10) {
    auto producer = *bus_->NewProducer();
    const auto first = static_cast<int>(bus_->Offsets(kTopic, partition)->end);
    for (int i = 0; i < count; ++i) {
      std::string value = absl::StrCat(first + i, "|");
      value.resize(std::max(value.size(), value_bytes), 'v');
      absl::Status status;
      do {
        status = producer->Produce(kTopic, partition, {"k", {}, value}, nullptr);
      } while (absl::IsResourceExhausted(status) && producer->Flush(kPatience).ok());
      ASSERT_TRUE(status.ok()) << status;
    }
    ASSERT_TRUE(producer->Flush(kPatience).ok());
  }

  // Breaks every batch of the partition from `offset` on, as a failing disk would.
  void Damage(int32_t partition, int64_t offset) {
    bus_.reset();
    sqlite3* file = nullptr;
    ASSERT_EQ(sqlite3_open((directory_ / "bus.db").c_str(), &file), SQLITE_OK);
    const std::string sql = absl::StrCat(
        "UPDATE batches SET bytes = zeroblob(3) FROM logs WHERE logs.topic = '", kTopic,
        "' AND logs.partition = ", partition, " AND batches.position >= (logs.number << 40) + ",
        offset, " AND batches.position < (logs.number + 1) << 40");
    EXPECT_EQ(sqlite3_exec(file, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_GT(sqlite3_changes(file), 0);
    sqlite3_close(file);
    Open();
  }

  // Reads [from, end) and checks that nothing is missing or out of place.
  void ExpectConsecutive(int32_t partition, int64_t from) {
    const int64_t end = bus_->Offsets(kTopic, partition)->end;
    auto reader = bus_->NewReader(kTopic, partition, from);
    ASSERT_TRUE(reader.ok()) << reader.status();
    for (int64_t next = from; next < end;) {
      const auto batch = (*reader)->Read(700, kPatience);
      ASSERT_TRUE(batch.ok()) << batch.status();
      ASSERT_FALSE(batch->empty());
      for (const Record& record : batch->records) {
        ASSERT_EQ(record.offset, next);
        ASSERT_EQ(record.value.substr(0, record.value.find('|')), absl::StrCat(next));
        ++next;
      }
    }
  }

  const std::filesystem::path directory_;
  std::unique_ptr<EmbeddedBus> bus_;
};

TEST_F(EmbeddedBusTest, OffsetsRiseByOneWithoutGaps) {
  Open();
  Append(0, 5'000);
  Append(0, 1);
  Append(0, 5'000);
  EXPECT_EQ(bus_->Offsets(kTopic, 0)->end, 10'001);
  ExpectConsecutive(0, 0);
  ExpectConsecutive(0, 4'321);
}

// More than memory keeps: the oldest come from the file, the newest from memory, nothing is lost at
// the seam.
TEST_F(EmbeddedBusTest, ReadsOnAcrossWhatMemoryKeeps) {
  Open();
  constexpr int kCount = 2 * EmbeddedTopic::kRecentBytesMax / kPartitions / 4'000;
  Append(1, kCount, 4'000);
  ExpectConsecutive(1, 0);
  ExpectConsecutive(1, kCount / 2);
  Open();
  ExpectConsecutive(1, 0);
}

TEST_F(EmbeddedBusTest, BelongsToOneProcessAtATime) {
  Open();
  EXPECT_EQ(ReasonOf(EmbeddedBus::Open(directory_.string()).status()), "BUS_IN_USE");
  bus_.reset();
  EXPECT_TRUE(EmbeddedBus::Open(directory_.string()).ok());
}

TEST_F(EmbeddedBusTest, RefusesADirectoryItCannotUse) {
  std::filesystem::create_directories(directory_);
  std::ofstream(directory_ / "file") << "x";
  EXPECT_EQ(ReasonOf(EmbeddedBus::Open((directory_ / "file").string()).status()), "BUS_DIRECTORY");
}

TEST_F(EmbeddedBusTest, RefusesAFileThatIsNoLog) {
  std::filesystem::create_directories(directory_);
  std::ofstream(directory_ / "bus.db") << std::string(100'000, 'x');
  EXPECT_EQ(ReasonOf(EmbeddedBus::Open(directory_.string()).status()), "LOG_DAMAGED");
}

TEST_F(EmbeddedBusTest, DropsWhatLiesBeforeAnOffset) {
  Open();
  for (int i = 0; i < 10; ++i) Append(0, 10);
  Append(1, 10);
  ASSERT_TRUE(bus_->DropBefore(kTopic, 0, 55).ok());
  for (const bool reopened : {false, true}) {
    if (reopened) Open();
    EXPECT_EQ(bus_->Offsets(kTopic, 0)->first, 55);
    EXPECT_EQ(bus_->Offsets(kTopic, 0)->end, 100);
    EXPECT_EQ(ReasonOf(bus_->NewReader(kTopic, 0, 54).status()), "OFFSET_OUTSIDE_LOG");
    ExpectConsecutive(0, 55);
    ExpectConsecutive(1, 0);
  }
  EXPECT_EQ(ReasonOf(bus_->DropBefore(kTopic, 0, 54)), "OFFSET_OUTSIDE_LOG");
  EXPECT_EQ(ReasonOf(bus_->DropBefore(kTopic, 0, 101)), "OFFSET_OUTSIDE_LOG");
  EXPECT_EQ(ReasonOf(bus_->DropBefore(kTopic, 9, 0)), "PARTITION_OUT_OF_RANGE");
}

TEST_F(EmbeddedBusTest, GoesOnAtTheSameOffsetAfterAllWasDropped) {
  Open();
  Append(0, 100);
  ASSERT_TRUE(bus_->DropBefore(kTopic, 0, 100).ok());
  Open();
  EXPECT_EQ(bus_->Offsets(kTopic, 0)->first, 100);
  EXPECT_EQ(bus_->Offsets(kTopic, 0)->end, 100);
  Append(0, 10);
  EXPECT_EQ(bus_->Offsets(kTopic, 0)->end, 110);
  ExpectConsecutive(0, 100);
}

TEST_F(EmbeddedBusTest, FailsAReaderWhosePlaceWasDropped) {
  Open();
  Append(0, 100);
  auto reader = *bus_->NewReader(kTopic, 0, 0);
  ASSERT_TRUE(bus_->DropBefore(kTopic, 0, 100).ok());
  EXPECT_EQ(ReasonOf(reader->Read(10, kPatience).status()), "OFFSET_OUTSIDE_LOG");
}

TEST_F(EmbeddedBusTest, GivesWhatLiesBeforeADamagedPlaceAndStaysThere) {
  Open();
  Append(0, 10);
  Append(0, 10);
  Damage(0, 10);
  const auto reader = *bus_->NewReader(kTopic, 0, 3);
  const auto before = reader->Read(100, kPatience);
  ASSERT_TRUE(before.ok()) << before.status();
  EXPECT_EQ(before->records.size(), 7);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(ReasonOf(reader->Read(100, kPatience).status()), "LOG_DAMAGED");
  }
}

TEST_F(EmbeddedBusTest, ADamagedPartitionDoesNotHoldUpTheOthers) {
  Open();
  for (int32_t partition = 0; partition < kPartitions; ++partition) Append(partition, 10);
  Damage(1, 0);
  const auto consumer = *bus_->NewConsumer({"group", kTopic, nullptr});
  size_t seen = 0;
  while (seen < 20) {
    const auto batch = consumer->Poll(7, kPatience);
    ASSERT_TRUE(batch.ok()) << batch.status();
    for (const Record& record : batch->records) EXPECT_NE(record.partition, 1);
    seen += batch->records.size();
  }
  EXPECT_EQ(ReasonOf(consumer->Poll(7, kPatience).status()), "LOG_DAMAGED");
}

TEST_F(EmbeddedBusTest, ShowsHowFarAGroupSaysItIs) {
  Open();
  EXPECT_EQ(*bus_->Committed(kTopic, "group", 1), std::nullopt);
  auto consumer = *bus_->NewConsumer({"group", kTopic, nullptr});
  consumer->ReportCommitted(1, 42);
  EXPECT_EQ(*bus_->Committed(kTopic, "group", 1), 42);
  EXPECT_EQ(*bus_->Committed(kTopic, "other", 1), std::nullopt);
  consumer->Close();
}

TEST_F(EmbeddedBusTest, AMemberThatDisappearsLeavesItsPartitionsToOthers) {
  Open();
  Append(0, 1);
  auto gone = *bus_->NewConsumer({"group", kTopic, nullptr});
  EXPECT_EQ(gone->Poll(10, kPatience)->records.size(), 1u);
  auto heir = *bus_->NewConsumer({"group", kTopic, nullptr});
  gone.reset();
  EXPECT_EQ(heir->Poll(10, kPatience)->records.size(), 1u);
  heir->Close();
}

TEST_F(EmbeddedBusTest, WritesWhatIsQueuedBeforeItGoes) {
  Open();
  std::atomic<int> answered{0};
  {
    auto producer = *bus_->NewProducer();
    for (int i = 0; i < 1'000; ++i) {
      ASSERT_TRUE(
          producer
              ->Produce(kTopic, 0, {"k", {}, absl::StrCat(i, "|")},
                        [&](absl::StatusOr<Position> position) { answered += position.ok(); })
              .ok());
    }
  }
  Open();
  EXPECT_EQ(answered, 1'000);
  ExpectConsecutive(0, 0);
}

// The file-size limit of the process stands in for a full disk.
TEST_F(EmbeddedBusTest, AnswersWithAFailureWhenTheDiskIsFullAndGoesOnWhenItIsNot) {
  Open();
  Append(0, 10);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto old_handler = signal(SIGXFSZ, SIG_IGN);
  rlimit full = before;
  full.rlim_cur = 256 << 10;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &full), 0);
  auto producer = *bus_->NewProducer();
  std::atomic<int> failed{0}, answered{0};
  std::string reason;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(producer
                    ->Produce(kTopic, 0, {"k", {}, std::string(300 << 10, 'x')},
                              [&](absl::StatusOr<Position> position) {
                                ++answered;
                                if (position.ok()) return;
                                ++failed;
                                reason = ReasonOf(position.status());
                              })
                    .ok());
  }
  ASSERT_TRUE(producer->Flush(kPatience).ok());
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  signal(SIGXFSZ, old_handler);
  EXPECT_EQ(answered, 4);
  EXPECT_EQ(failed, 4);
  EXPECT_EQ(reason, "LOG_NOT_WRITTEN");
  EXPECT_EQ(bus_->Offsets(kTopic, 0)->end, 10);
  Append(0, 10);
  ExpectConsecutive(0, 0);
  Open();
  EXPECT_EQ(bus_->Offsets(kTopic, 0)->end, 20);
  ExpectConsecutive(0, 0);
}

// A child appends and writes every acknowledged place into a pipe until it is killed; then the
// parent finds every one of them in the log.
TEST_F(EmbeddedBusTest, KeepsEveryAcknowledgedRecordThroughKillNine) {
  constexpr int kRounds = 3;
  for (int round = 0; round < kRounds; ++round) {
    int pipe_ends[2];
    ASSERT_EQ(pipe(pipe_ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::close(pipe_ends[0]);
      auto bus = EmbeddedBus::Open(directory_.string());
      if (!bus.ok() || !(*bus)->EnsureTopic({kTopic, kPartitions}).ok()) _exit(1);
      auto producer = *(*bus)->NewProducer();
      int64_t next[kPartitions];
      for (int32_t p = 0; p < kPartitions; ++p) next[p] = (*bus)->Offsets(kTopic, p)->end;
      for (int64_t i = 0;; ++i) {
        const auto partition = static_cast<int32_t>(i % kPartitions);
        const absl::Status status = producer->Produce(
            kTopic, partition, {"k", {}, absl::StrCat(next[partition], "|")},
            [&](absl::StatusOr<Position> position) {
              if (!position.ok()) _exit(2);
              const int64_t acknowledged[2] = {position->partition, position->offset};
              if (write(pipe_ends[1], acknowledged, sizeof(acknowledged)) < 0) _exit(3);
            });
        if (status.ok()) {
          ++next[partition];
        } else if (!producer->Flush(kPatience).ok()) {
          _exit(4);
        }
      }
    }
    ::close(pipe_ends[1]);
    constexpr int kAcknowledgedBeforeTheKill = 3'000;
    int64_t last_acknowledged[kPartitions] = {-1, -1, -1};
    int64_t place[2];
    int seen = 0;
    // Also what was acknowledged between the signal and the end.
    while (read(pipe_ends[0], place, sizeof(place)) == sizeof(place)) {
      last_acknowledged[place[0]] = place[1];
      if (++seen == kAcknowledgedBeforeTheKill) {
        ASSERT_EQ(kill(child, SIGKILL), 0);
      }
    }
    ::close(pipe_ends[0]);
    int result = 0;
    ASSERT_EQ(waitpid(child, &result, 0), child);
    ASSERT_TRUE(WIFSIGNALED(result)) << "the child ended by itself: " << WEXITSTATUS(result);
    ASSERT_GE(seen, kAcknowledgedBeforeTheKill);
    Open();
    for (int32_t p = 0; p < kPartitions; ++p) {
      EXPECT_GT(bus_->Offsets(kTopic, p)->end, last_acknowledged[p]);
      ExpectConsecutive(p, 0);
    }
    bus_.reset();  // the next child needs the directory
  }
}

TEST(OpenBus, KnowsTheEmbeddedBus) { EXPECT_TRUE(OpenBus("embedded::memory:").ok()); }

TEST(OpenBus, NamesWhatItKnowsWhenItDoesNot) {
  for (const char* url : {"", "embedded:", "kafkaesque://host", "memory:"}) {
    const absl::Status status = OpenBus(url).status();
    EXPECT_EQ(ReasonOf(status), "UNKNOWN_BUS") << url;
    EXPECT_NE(status.message().find("embedded:<directory>"), absl::string_view::npos);
  }
}

}  // namespace
}  // namespace bellwether::bus::embedded_bus_test
