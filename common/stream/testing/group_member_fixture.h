// The fixture of the tests of GroupMember: processors that are stepped, on simulated parts.
#ifndef BELLWETHER_COMMON_STREAM_TESTING_GROUP_MEMBER_FIXTURE_H_
#define BELLWETHER_COMMON_STREAM_TESTING_GROUP_MEMBER_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/cache/cache.h"
#include "common/log/log.h"
#include "common/store/testing/test_database.h"
#include "common/stream/processor.h"
#include "common/stream/testing/faulty_store.h"
#include "common/stream/testing/records.h"
#include "common/stream/testing/scripted_fold.h"
#include "common/stream/testing/sim_bus.h"
#include "common/testing/fake_clock.h"
#include "gtest/gtest.h"

namespace bellwether::stream::testing {

inline constexpr char kTopic[] = "journal";
inline constexpr char kOut[] = "out";

inline absl::Time Seconds(int64_t n) { return absl::UnixEpoch() + absl::Seconds(n); }

inline std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : status.ToString();
}

// One process: its own client, store connection, fold script and processor.
struct Member {
  Member(SimBus& bus, store::Store& real, cache::Cache* cache, const Clock& clock,
         ProcessorOptions options, std::string id)
      : client(bus),
        store(real),
        processor(std::move(options), {&client, &store, cache, &clock, &folds}, std::move(id)) {}

  absl::Status Run() { return processor.RunOnce(absl::ZeroDuration()); }
  PartitionStatus Status() { return processor.Status().at(0); }

  SimClient client;
  FaultyStore store;
  FoldScript script;
  ScriptedFolds folds{script};
  Processor processor;
};

class GroupMemberTest : public ::testing::Test {
 protected:
  GroupMemberTest() : store_(store::testing::NewScratchStore()) {
    EXPECT_TRUE(CreateTables(*store_).ok());
    bus_.CreateTopic(kTopic, 1);
    bus_.CreateTopic(kOut, 1);
    bus_.CreateTopic(bus::kDeadLetterTopic, 1);
    options_.name = "test";
    options_.topic = kTopic;
    options_.group = "test";
    options_.checkpoint_records = 10;
    options_.uncommitted_records_max = 20;
    options_.outstanding_effects_max = 64;
  }

  std::unique_ptr<Member> New() {
    return std::make_unique<Member>(bus_, *store_, cache_, clock_, options_,
                                    absl::StrCat("member-", ++members_));
  }
  // A member that holds the partition.
  std::unique_ptr<Member> Join() {
    std::unique_ptr<Member> member = New();
    EXPECT_TRUE(member->processor.Open().ok());
    EXPECT_TRUE(member->Run().ok());
    return member;
  }
  void Append(int count) {
    for (int i = 0; i < count; ++i) {
      bus_.Append(kTopic, 0, RecordAt(KeyOf(0, 1), Seconds(1)));
    }
  }
  OffsetsRow Row() {
    return OffsetsTable("test").Read(*store_, **store_->BeginRead(), 0, false)->value();
  }
  static void EmitOnApply(Member& member) {
    member.script.on_apply = [](const bus::Record& record, const Moment& moment, Effects& effects) {
      effects.Emit(
          kOut, 0,
          {absl::StrCat(record.offset), {}, absl::StrCat(moment.version >> kGenerationShift)});
    };
  }
  std::vector<std::string> Out() {
    std::vector<std::string> keys;
    for (const bus::Message& message : bus_.Log(kOut, 0)) keys.push_back(message.key);
    return keys;
  }

  LogCapture quiet_{[](absl::string_view) {}};
  const std::unique_ptr<store::Store> store_;
  SimBus bus_;
  bellwether::testing::FakeClock clock_{Seconds(1'000)};
  cache::Cache* cache_ = nullptr;  // of the members made from now on
  ProcessorOptions options_;
  int members_ = 0;
};

}  // namespace bellwether::stream::testing

#endif  // BELLWETHER_COMMON_STREAM_TESTING_GROUP_MEMBER_FIXTURE_H_
