// Building a past, and the phases of the journal, over gRPC.
#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_replace.h"
#include "common/base/hash.h"
#include "common/journal/clock_round.h"
#include "common/journal/timestamps.h"
#include "common/rpc/method_table.h"
#include "common/stream/testing/records.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "services/gateway/testing/app_fixture.h"

namespace bellwether::gateway::backfill_test {
namespace {

using events::v1::FactEvent;
using ingest::v1::BackfillFactsRequest;
using ingest::v1::BackfillFactsResponse;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class BackfillTest : public GatewayTest {
 protected:
  absl::Time At(const std::string& local) {
    absl::Time time;
    std::string error;
    EXPECT_TRUE(absl::ParseTime("%Y-%m-%d %H:%M", local, calendar_.time_zone(), &time, &error))
        << error;
    return time;
  }

  FactEvent EventAt(const std::string& id, const std::string& local) {
    FactEvent event = SampleEvent(id, "acme");
    *event.mutable_time() = journal::ToTimestamp(At(local));
    return event;
  }

  grpc::Status Backfill(const std::vector<FactEvent>& events,
                        const std::string& import_run = "import-1") {
    grpc::ClientContext context;
    response_.Clear();
    auto stream = stub().BackfillFacts(&context, &response_);
    for (const FactEvent& event : events) {
      BackfillFactsRequest request;
      *request.mutable_fact() = event;
      request.set_import_run(import_run);
      if (!stream->Write(request)) break;
    }
    stream->WritesDone();
    return stream->Finish();
  }

  // The same of requests that may be no messages.
  grpc::Status BackfillBytes(const std::vector<grpc::ByteBuffer>& requests) {
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    const auto call =
        grpc::GenericStub(gateway_->channel())
            .PrepareCall(&context, "/bellwether.ingest.v1.IngestService/BackfillFacts", &queue);
    const auto step = [&] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    call->StartCall(nullptr);
    EXPECT_TRUE(step());
    for (const grpc::ByteBuffer& request : requests) {
      call->Write(request, nullptr);
      EXPECT_TRUE(step());
    }
    call->WritesDone(nullptr);
    EXPECT_TRUE(step());
    grpc::ByteBuffer answer;
    call->Read(&answer, nullptr);
    EXPECT_TRUE(step());
    EXPECT_TRUE(rpc::ReadMessage(answer, response_).ok());
    grpc::Status status;
    call->Finish(&status, nullptr);
    EXPECT_TRUE(step());
    return status;
  }

  // As a process leaves the row that is killed while it builds a past.
  void ForgetPlace() {
    const auto transaction = *store_->Begin();
    EXPECT_TRUE(
        transaction->Execute("UPDATE journal_state SET backfilled_until_micros = NULL", {}).ok());
    EXPECT_TRUE(transaction->Commit().ok());
  }

  grpc::Status GoLive() {
    grpc::ClientContext context;
    ingest::v1::GoLiveResponse response;
    return stub().GoLive(&context, {}, &response);
  }

  // "tick 2025-03-06 00:00" and "o-1 2025-03-05 12:00", by recorded_at, in the partition's order.
  std::vector<std::string> Story(int32_t partition) {
    std::vector<std::string> story;
    for (const KeptRecord& record : Journal()) {
      if (record.position.partition != partition) continue;
      EXPECT_EQ(record.HeaderOf(bus::kHeaderBackfill), "1");
      int64_t micros = 0;
      EXPECT_TRUE(absl::SimpleAtoi(record.HeaderOf(bus::kHeaderRecordedAt), &micros));
      const bool tick = record.HeaderOf(bus::kHeaderType) == bus::kTypeTick;
      story.push_back(absl::StrCat(
          tick ? "tick" : record.HeaderOf(bus::kHeaderId), " ",
          absl::FormatTime("%Y-%m-%d %H:%M", absl::FromUnixMicros(micros), calendar_.time_zone())));
    }
    return story;
  }

  // The rounds of ticks that were announced.
  std::vector<journal::ClockRound> Clock() {
    std::vector<journal::ClockRound> rounds;
    for (const KeptRecord& record : ReadAll(*inner_, bus::kClockTopic)) {
      const stream::testing::RecordsOf records(0, 0, {record.message});
      rounds.push_back(*journal::DecodeClockRound(records.records()[0]));
    }
    return rounds;
  }
  static journal::ClockRound PastRound(absl::Time time) {
    return {.time = time, .backfill = true, .past_until = time};
  }

  const int32_t partition_ = PartitionOf("acme", kPartitions);
  BackfillFactsResponse response_;
};

TEST_F(BackfillTest, WritesEventsInTheirOwnTimeWithEveryMidnightBetween) {
  StartNotLive();
  ASSERT_TRUE(Backfill({EventAt("o-1", "2025-03-05 12:00"), EventAt("o-2", "2025-03-05 12:00"),
                        EventAt("o-3", "2025-03-07 00:00"), EventAt("o-4", "2025-03-07 09:30")})
                  .ok());
  EXPECT_EQ(response_.accepted_count(), 4);
  EXPECT_EQ(response_.rejected_count(), 0);
  EXPECT_THAT(Story(partition_),
              ElementsAre("o-1 2025-03-05 12:00", "o-2 2025-03-05 12:00", "tick 2025-03-06 00:00",
                          "tick 2025-03-07 00:00", "o-3 2025-03-07 00:00", "o-4 2025-03-07 09:30",
                          "tick 2025-03-07 09:30"));
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    if (partition == partition_) continue;
    EXPECT_THAT(Story(partition), ElementsAre("tick 2025-03-06 00:00", "tick 2025-03-07 00:00",
                                              "tick 2025-03-07 09:30"));
  }
  for (const KeptRecord& fact : Facts()) {
    EXPECT_EQ(fact.HeaderOf(bus::kHeaderOrigin), "import-1");
  }
}

TEST_F(BackfillTest, IsAnnouncedByTheClockAndSoIsItsEnd) {
  StartNotLive();
  ASSERT_TRUE(
      Backfill({EventAt("o-1", "2025-03-05 12:00"), EventAt("o-2", "2025-03-06 08:00")}).ok());
  const absl::Time end = At("2025-03-06 08:00");
  EXPECT_THAT(Clock(), ElementsAre(PastRound(At("2025-03-06 00:00")), PastRound(end)));
  ASSERT_TRUE(GoLive().ok());
  ASSERT_TRUE(Await([&] { return Clock().size() > 2; }));
  EXPECT_EQ(Clock()[2], (journal::ClockRound{.time = clock_.Now(), .past_until = end}));
}

TEST_F(BackfillTest, ThatWasKilledEndsWhereItHadComeWhenTheJournalGoesLive) {
  StartNotLive();
  ASSERT_TRUE(Backfill({EventAt("o-1", "2025-03-05 12:00")}).ok());
  ForgetPlace();
  ASSERT_TRUE(GoLive().ok());
  ASSERT_TRUE(Await([&] { return Clock().size() > 1; }));
  EXPECT_EQ(Clock()[1].past_until, At("2025-03-05 12:00"));
}

TEST_F(BackfillTest, GoesOnWhereAnEarlierStreamEnded) {
  StartNotLive();
  ASSERT_TRUE(Backfill({EventAt("o-1", "2025-03-05 12:00")}).ok());
  // The same from the beginning: what was built stands, and time goes on from there.
  ASSERT_TRUE(Backfill({EventAt("o-0", "2025-03-04 09:00"), EventAt("o-1", "2025-03-05 12:00"),
                        EventAt("o-3", "2025-03-06 08:00")})
                  .ok());
  EXPECT_THAT(Story(partition_),
              ElementsAre("o-1 2025-03-05 12:00", "tick 2025-03-05 12:00", "o-0 2025-03-05 12:00",
                          "o-1 2025-03-05 12:00", "tick 2025-03-06 00:00", "o-3 2025-03-06 08:00",
                          "tick 2025-03-06 08:00"));
}

// A gateway that was killed has not said how far it came; the rounds of the clock topic have.
TEST_F(BackfillTest, GoesOnWhereOneThatWasKilledHadCome) {
  StartNotLive();
  ASSERT_TRUE(
      Backfill({EventAt("o-1", "2025-03-05 12:00"), EventAt("o-2", "2025-03-07 09:00")}).ok());
  ForgetPlace();
  ASSERT_TRUE(
      Backfill({EventAt("o-1", "2025-03-05 12:00"), EventAt("o-3", "2025-03-07 10:00")}).ok());
  EXPECT_THAT(Story(partition_),
              ElementsAre("o-1 2025-03-05 12:00", "tick 2025-03-06 00:00", "tick 2025-03-07 00:00",
                          "o-2 2025-03-07 09:00", "tick 2025-03-07 09:00", "o-1 2025-03-07 09:00",
                          "o-3 2025-03-07 10:00", "tick 2025-03-07 10:00"));
}

// Bytes that are no event in the middle of a stream: answered for, kept, and the others go on.
TEST_F(BackfillTest, AnswersForBytesThatAreNoEvent) {
  StartNotLive();
  std::vector<grpc::ByteBuffer> requests;
  for (int i = 0; i < 5; ++i) {
    BackfillFactsRequest request;
    *request.mutable_fact() = EventAt(absl::StrCat("o-", i), "2025-03-05 12:00");
    std::string bytes = request.SerializeAsString();
    if (i == 2) absl::StrReplaceAll({{"o-2", "o\xe9\xff"}}, &bytes);
    const grpc::Slice slice(bytes);
    requests.emplace_back(&slice, 1);
  }
  ASSERT_TRUE(BackfillBytes(requests).ok());
  EXPECT_EQ(response_.accepted_count(), 4);
  EXPECT_EQ(response_.rejected_count(), 1);
  ASSERT_EQ(response_.rejections_size(), 1);
  EXPECT_EQ(response_.rejections(0).sequence(), 2);
  EXPECT_EQ(ReasonOf(response_.rejections(0)), "MALFORMED_EVENT");
  EXPECT_EQ(Facts().size(), 4u);
  EXPECT_EQ(ReadAll(*inner_, bus::kDeadLetterTopic).size(), 1u);
}

TEST_F(BackfillTest, EndsAtAnEventThatIsOutOfOrder) {
  StartNotLive();
  EXPECT_EQ(
      ReasonOf(Backfill({EventAt("o-1", "2025-03-05 12:00"), EventAt("o-2", "2025-03-05 11:59"),
                         EventAt("o-3", "2025-03-05 12:01")})),
      "NOT_IN_ORDER@fact.time");
  ASSERT_EQ(Facts().size(), 1u);
  // The session is closed: another may begin.
  EXPECT_TRUE(Backfill({EventAt("o-3", "2025-03-05 12:01")}).ok());
}

TEST_F(BackfillTest, RefusesSingleEventsAndGoesOn) {
  StartNotLive();
  std::vector<FactEvent> events = {EventAt("o-1", "2025-03-05 12:00")};
  for (int i = 0; i < 120; ++i) {
    events.push_back(EventAt(absl::StrCat("bad-", i), "2025-03-05 12:30"));
    events.back().mutable_fact()->Clear();
  }
  events.push_back(EventAt("o-2", "2025-03-05 13:00"));
  ASSERT_TRUE(Backfill(events).ok());
  EXPECT_EQ(response_.accepted_count(), 2);
  EXPECT_EQ(response_.rejected_count(), 120);
  ASSERT_EQ(response_.rejections_size(), 100) << "the first ones are shown";
  EXPECT_EQ(response_.rejections(0).sequence(), 1);
  EXPECT_EQ(ReasonOf(response_.rejections(0)), "UNKNOWN_FACT_KIND@fact");
  EXPECT_EQ(ReadAll(*inner_, bus::kDeadLetterTopic).size(), 120u);
}

TEST_F(BackfillTest, TakesNothingThatIsStillToCome) {  // X1: o01
  StartNotLive();
  FactEvent ahead = EventAt("o-2", "2025-03-05 13:00");
  *ahead.mutable_time() = journal::ToTimestamp(clock_.Now() + absl::Hours(24));
  FactEvent far_ahead = EventAt("o-3", "2099-01-01 00:00");
  ASSERT_TRUE(Backfill({EventAt("o-1", "2025-03-05 12:00"), ahead, far_ahead}).ok());
  EXPECT_EQ(response_.accepted_count(), 1);
  ASSERT_EQ(response_.rejections_size(), 2);
  for (const auto& rejection : response_.rejections()) {
    EXPECT_EQ(ReasonOf(rejection), "TIME_AHEAD@time");
  }
}

TEST_F(BackfillTest, OfNothingIsFine) {
  StartNotLive();
  EXPECT_TRUE(Backfill({}).ok());
  EXPECT_THAT(Ticks(), IsEmpty());
}

TEST_F(BackfillTest, TakesTensOfThousandsOfEvents) {
  StartNotLive();
  constexpr int kEvents = 30'000;
  std::vector<FactEvent> events;
  const absl::Time begin = At("2024-01-01 00:00");
  for (int i = 0; i < kEvents; ++i) {
    events.push_back(SampleEvent(absl::StrCat(i), absl::StrCat("account-", i % 50)));
    *events.back().mutable_time() = journal::ToTimestamp(begin + absl::Minutes(10) * i);
  }
  ASSERT_TRUE(Backfill(events).ok());
  EXPECT_EQ(response_.accepted_count(), kEvents);
  EXPECT_EQ(Facts().size(), static_cast<size_t>(kEvents));
  absl::Time last = absl::InfinitePast();
  int32_t partition = 0;
  for (const KeptRecord& record : Journal()) {
    if (record.position.partition != partition) last = absl::InfinitePast();
    partition = record.position.partition;
    int64_t micros = 0;
    ASSERT_TRUE(absl::SimpleAtoi(record.HeaderOf(bus::kHeaderRecordedAt), &micros));
    ASSERT_GE(absl::FromUnixMicros(micros), last) << "time never goes back in a past";
    last = absl::FromUnixMicros(micros);
  }
  const int days = 30'000 * 10 / (24 * 60);
  EXPECT_EQ(Ticks().size(), static_cast<size_t>(kPartitions * (days + 1)));
}

TEST_F(BackfillTest, IsRefusedInALiveJournal) {
  Start();
  EXPECT_EQ(ReasonOf(Backfill({EventAt("o-1", "2025-03-05 12:00")})), "JOURNAL_IS_LIVE");
}

TEST_F(BackfillTest, RunsOneAtATimeAndKeepsTheJournalFromGoingLive) {
  StartNotLive();
  grpc::ClientContext context;
  BackfillFactsResponse response;
  auto running = stub().BackfillFacts(&context, &response);
  BackfillFactsRequest request;
  *request.mutable_fact() = EventAt("o-1", "2025-03-05 12:00");
  ASSERT_TRUE(running->Write(request));
  ASSERT_TRUE(Await([&] { return Facts().size() == 1; }));
  EXPECT_EQ(ReasonOf(Backfill({EventAt("o-2", "2025-03-05 13:00")})), "BACKFILL_RUNNING");
  EXPECT_EQ(ReasonOf(GoLive()), "BACKFILL_RUNNING");
  HostedGateway replica(config_, bus_, *store_, clock_, calendar_);
  grpc::ClientContext other_context;
  auto other = replica.stub().BackfillFacts(&other_context, &response_);
  other->WritesDone();
  EXPECT_EQ(ReasonOf(other->Finish()), "BACKFILL_RUNNING") << "also on another replica";
  running->WritesDone();
  EXPECT_TRUE(running->Finish().ok());
  EXPECT_TRUE(GoLive().ok());
}

TEST_F(BackfillTest, EndsWhenItsCallerLeaves) {
  StartNotLive();
  {
    grpc::ClientContext context;
    auto stream = stub().BackfillFacts(&context, &response_);
    BackfillFactsRequest request;
    *request.mutable_fact() = EventAt("o-1", "2025-03-05 12:00");
    ASSERT_TRUE(stream->Write(request));
    ASSERT_TRUE(Await([&] { return Facts().size() == 1; }));
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_TRUE(Await([&] { return Backfill({EventAt("o-2", "2025-03-05 13:00")}).ok(); }));
}

TEST_F(BackfillTest, FailsWhenTheJournalCannotBeWritten) {
  StartNotLive();
  bus_.FailWith(absl::UnavailableError("disk full"));
  EXPECT_EQ(ReasonOf(Backfill({EventAt("o-1", "2025-03-05 12:00")})), "JOURNAL_UNAVAILABLE");
  bus_.FailWith(absl::OkStatus());
  EXPECT_TRUE(Backfill({EventAt("o-1", "2025-03-05 12:00")}).ok());
}

TEST_F(BackfillTest, EndsWithGoingLiveOnce) {
  StartNotLive();
  ASSERT_TRUE(Backfill({EventAt("o-1", "2025-03-05 12:00")}).ok());
  const size_t ticks = Ticks().size();
  EXPECT_FALSE(gateway_->app().IsLive());
  EXPECT_TRUE(GoLive().ok());
  EXPECT_TRUE(GoLive().ok()) << "idempotent";
  EXPECT_TRUE(gateway_->app().IsLive());
  EXPECT_TRUE(Await([&] { return Ticks().size() >= ticks + kPartitions; }));
  EXPECT_EQ(ReasonOf(Backfill({EventAt("o-2", "2025-03-05 13:00")})), "JOURNAL_IS_LIVE");
  // Also for the next process.
  gateway_.reset();
  Start();
  EXPECT_TRUE(gateway_->app().IsLive());
}

}  // namespace
}  // namespace bellwether::gateway::backfill_test
