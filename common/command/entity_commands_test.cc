#include "common/command/entity_commands.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/command/testing/things.h"
#include "common/journal/entry.h"
#include "common/log/trace.h"
#include "common/outbox/outbox.h"
#include "common/store/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::command::entity_commands_test {
namespace {

using audit::v1::AuditEntry;
using testing::Thing;

class EntityCommandsTest : public ::testing::Test {
 protected:
  std::vector<AuditEntry> Audited(const std::string& id) {
    std::vector<AuditEntry> entries =
        *ReadAudit(**store_->BeginRead(), {.subject_type = "thing", .subject_id = id}, {}, 100);
    std::reverse(entries.begin(), entries.end());
    return entries;
  }
  std::vector<outbox::UnsentRow> Outgoing() {
    return *outbox::ReadUnsent(**store_->BeginRead(), 100);
  }
  static std::string ReasonOf(const absl::Status& status) {
    return status.ok() ? "OK" : DetailOf(status).value_or(ErrorDetail{}).reason;
  }
  Command By(const std::string& principal, const std::string& request_id = "") const {
    return {.service = "test.Things",
            .method = "WriteThing",
            .principal = principal,
            .request_id = request_id,
            .content = "content"};
  }
  Command At(absl::Time time) const {
    Command command = By("import");
    command.effective_time = time;
    return command;
  }
  void GoLive() {
    const auto producer = *service_.bus().NewProducer();
    ASSERT_TRUE(producer
                    ->Produce(bus::kJournalTopic, 0,
                              journal::EncodeTick(0, service_.clock.Now(), /*backfill=*/false),
                              [](const absl::StatusOr<bus::Position>&) {})
                    .ok());
    ASSERT_TRUE(producer->Flush(absl::Seconds(20)).ok());
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  testing::ThingService service_{*store_, *store_};
};

TEST_F(EntityCommandsTest, WriteStateChangeAndAuditEntryTogether) {
  const TraceScope scope(NewTrace());
  const Thing created = *service_.Create(By("li.na", "r1"), "a");
  EXPECT_EQ(created.version, 1);
  EXPECT_EQ(created.created, service_.clock.Now());
  service_.clock.Advance(absl::Seconds(1));
  const Thing written = *service_.Write(By("wang.wei", "r2"), "a", "second");
  EXPECT_EQ(written.version, 2);
  EXPECT_EQ(written.created, created.created);
  EXPECT_EQ(written.updated, service_.clock.Now());
  EXPECT_EQ(service_.committed, 2);

  const std::vector<outbox::UnsentRow> outgoing = Outgoing();
  ASSERT_EQ(outgoing.size(), 2u);
  EXPECT_EQ(outgoing[1].row.entity_version, 2);

  const std::vector<AuditEntry> entries = Audited("a");
  ASSERT_EQ(entries.size(), 2u);
  EXPECT_EQ(entries[0].principal(), "li.na");
  EXPECT_EQ(entries[1].principal(), "wang.wei");
  EXPECT_EQ(entries[1].method(), "test.Things/WriteThing");
  EXPECT_EQ(entries[1].subject_version(), 2);
  EXPECT_EQ(entries[1].changes(0).before(), "new");
  EXPECT_EQ(entries[1].changes(0).after(), "second");
  EXPECT_EQ(entries[1].request_id(), "r2");
  EXPECT_EQ(entries[1].trace_id(), CurrentTrace().TraceIdHex());
  EXPECT_EQ(entries[1].time().seconds(), absl::ToUnixSeconds(service_.clock.Now()));
}

TEST_F(EntityCommandsTest, ThatChangeNothingWriteNothing) {
  const Thing created = *service_.Create(By("li.na"), "a");
  service_.clock.Advance(absl::Seconds(1));
  const absl::StatusOr<Thing> same = service_.Write(By("li.na", "r1"), "a", created.text);
  ASSERT_TRUE(same.ok()) << same.status();
  EXPECT_EQ(*same, created);
  EXPECT_EQ(Audited("a").size(), 1u);
  EXPECT_EQ(Outgoing().size(), 1u);
}

TEST_F(EntityCommandsTest, RepeatedGetTheirFirstAnswerAndLeaveNoSecondEntry) {
  ASSERT_TRUE(service_.Create(By("li.na"), "a").ok());
  const Thing first = *service_.Write(By("li.na", "r1"), "a", "one");
  ASSERT_TRUE(service_.Write(By("li.na"), "a", "two").ok());
  EXPECT_EQ(*service_.Write(By("li.na", "r1"), "a", "one"), first);
  EXPECT_EQ(Audited("a").size(), 3u);
}

TEST_F(EntityCommandsTest, AreRefusedWithTheReasonsOfTheirKind) {
  EXPECT_EQ(ReasonOf(service_.Write(By("li.na"), "a", "x").status()), "THING_NOT_FOUND");
  ASSERT_TRUE(service_.Create(By("li.na"), "a").ok());
  EXPECT_EQ(ReasonOf(service_.Create(By("li.na"), "a").status()), "THING_EXISTS");
  Command stale = By("li.na");
  stale.etag = rpc::EtagOf(7);
  EXPECT_EQ(ReasonOf(service_.Write(stale, "a", "x").status()), "ETAG_MISMATCH");
  stale.etag = rpc::EtagOf(1);
  EXPECT_TRUE(service_.Write(stale, "a", "x").ok());
  EXPECT_EQ(Audited("a").size(), 2u) << "a refusal changes nothing";
}

TEST_F(EntityCommandsTest, GivenForAPastHappenThenWhileItIsBuilt) {
  const absl::Time then = service_.clock.Now() - absl::Hours(48);
  const Thing created = *service_.Create(At(then), "a");
  EXPECT_EQ(created.created, then);
  EXPECT_EQ(Outgoing()[0].row.change_time, then);
  EXPECT_EQ(Audited("a")[0].effective_time().seconds(), absl::ToUnixSeconds(then));
  EXPECT_EQ(Audited("a")[0].time().seconds(), absl::ToUnixSeconds(service_.clock.Now()));

  const std::string refused = "EFFECTIVE_TIME_NOT_ALLOWED";
  EXPECT_EQ(ReasonOf(service_.Write(At(then - absl::Seconds(1)), "a", "x").status()), refused);
  EXPECT_TRUE(service_.Write(At(then), "a", "x").ok());
  EXPECT_TRUE(service_.Write(At(service_.clock.Now()), "a", "y").ok());
  EXPECT_EQ(ReasonOf(service_.Create(At(service_.clock.Now() + absl::Seconds(1)), "b").status()),
            refused);
}

TEST_F(EntityCommandsTest, GivenForAPastAreRefusedOnceTheJournalIsLive) {
  const absl::Time then = service_.clock.Now() - absl::Hours(48);
  Command first = At(then);
  first.request_id = "r1";
  ASSERT_TRUE(service_.Create(first, "a").ok());
  GoLive();
  EXPECT_EQ(ReasonOf(service_.Create(At(then), "b").status()), "EFFECTIVE_TIME_NOT_ALLOWED");
  EXPECT_TRUE(service_.Create(first, "a").ok()) << "a repeat gets its first answer";
  EXPECT_TRUE(service_.Create(By("import"), "c").ok());
}

}  // namespace
}  // namespace bellwether::command::entity_commands_test
