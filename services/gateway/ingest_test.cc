// Taking facts in, over gRPC.
#include <atomic>
#include <map>
#include <thread>

#include "absl/strings/str_format.h"
#include "bellwether/events/v1/journal.pb.h"
#include "common/base/hash.h"
#include "common/journal/dead_letter.h"
#include "gmock/gmock.h"
#include "grpcpp/generic/generic_stub.h"
#include "services/gateway/adapters/stream_facts_call.h"
#include "services/gateway/testing/app_fixture.h"

namespace bellwether::gateway::ingest_test {
namespace {

using events::v1::FactEvent;
using ingest::v1::IngestFactsRequest;
using ingest::v1::IngestFactsResponse;
using ingest::v1::StreamFactsRequest;
using ingest::v1::StreamFactsResponse;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class IngestTest : public GatewayTest {
 protected:
  using Stream = std::unique_ptr<grpc::ClientReaderWriter<StreamFactsRequest, StreamFactsResponse>>;

  Stream Open() { return stub().StreamFacts(&context_); }

  static StreamFactsRequest Request(int64_t sequence, const FactEvent& event) {
    StreamFactsRequest request;
    request.set_sequence(sequence);
    *request.mutable_fact() = event;
    return request;
  }
  static StreamFactsRequest JsonRequest(int64_t sequence, const std::string& document) {
    StreamFactsRequest request;
    request.set_sequence(sequence);
    request.set_cloud_event_json(document);
    return request;
  }

  grpc::ClientContext context_;
};

TEST_F(IngestTest, AnswersEveryEventOfAStreamOnce) {
  Start();
  constexpr int kEvents = 3'000;
  auto stream = Open();
  std::map<int64_t, StreamFactsResponse> answers;
  std::thread reader([&] {
    StreamFactsResponse answer;
    while (stream->Read(&answer)) {
      EXPECT_TRUE(answers.emplace(answer.sequence(), answer).second);
    }
  });
  for (int i = 0; i < kEvents; ++i) {
    const std::string account = absl::StrCat("account-", i % 7);
    ASSERT_TRUE(stream->Write(Request(i, SampleEvent(absl::StrFormat("%06d", i), account))));
  }
  stream->WritesDone();
  reader.join();
  EXPECT_TRUE(stream->Finish().ok());
  ASSERT_EQ(answers.size(), static_cast<size_t>(kEvents));

  std::map<std::string, std::string> last_id;
  const auto facts = Facts();
  ASSERT_EQ(facts.size(), static_cast<size_t>(kEvents));
  for (const KeptRecord& fact : facts) {
    const std::string id = fact.HeaderOf(bus::kHeaderId);
    const StreamFactsResponse& answer = answers[std::stoi(id)];
    EXPECT_EQ(ReasonOf(answer), "ACCEPTED");
    EXPECT_EQ(answer.partition(), fact.position.partition);
    EXPECT_EQ(answer.offset(), fact.position.offset);
    EXPECT_EQ(fact.position.partition, PartitionOf(fact.message.key, kPartitions));
    EXPECT_LT(last_id[fact.message.key], id) << "the facts of an account keep their order";
    last_id[fact.message.key] = id;
  }
}

TEST_F(IngestTest, StampsWhatItAccepts) {
  Start();
  context_.AddMetadata("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  auto stream = Open();
  StreamFactsRequest request = Request(7, SampleEvent("o-1", "acme"));
  request.set_import_run("import-3");
  request.mutable_fact()
      ->mutable_fact()
      ->mutable_order_placed()
      ->mutable_amount()
      ->set_currency_code("USD");
  ASSERT_TRUE(stream->Write(request));
  StreamFactsResponse answer;
  ASSERT_TRUE(stream->Read(&answer));
  EXPECT_EQ(answer.sequence(), 7);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  const auto facts = Facts();
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_EQ(facts[0].message.key, "acme");
  EXPECT_EQ(facts[0].HeaderOf(bus::kHeaderRecordedAt),
            absl::StrCat(absl::ToUnixMicros(kSampleTime)));
  EXPECT_EQ(facts[0].HeaderOf(bus::kHeaderOrigin), "import-3");
  EXPECT_EQ(facts[0].HeaderOf(bus::kHeaderBackfill), "");
  EXPECT_EQ(facts[0].HeaderOf(bus::kHeaderTraceParent),
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  events::v1::JournalEntry entry;
  ASSERT_TRUE(entry.ParseFromString(facts[0].message.value));
  EXPECT_EQ(entry.fact().order_placed().amount().base_amount_minor(), 87'896) << "12 345 at 7.12";
}

TEST_F(IngestTest, KeepsWhatItRefusesWithTheReason) {
  Start();
  auto stream = Open();
  FactEvent ahead = SampleEvent("o-1", "acme");
  ahead.mutable_time()->set_seconds(ahead.time().seconds() + 301);
  ASSERT_TRUE(stream->Write(Request(1, ahead)));
  StreamFactsResponse answer;
  ASSERT_TRUE(stream->Read(&answer));
  EXPECT_EQ(answer.state(), ingest::v1::ANSWER_STATE_REJECTED);
  EXPECT_EQ(ReasonOf(answer), "TIME_AHEAD@time");
  EXPECT_EQ(answer.rejection().rule(), "X1");
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_TRUE(Facts().empty());
  const auto letters = ReadAll(*inner_, bus::kDeadLetterTopic);
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].HeaderOf(journal::kHeaderDeadReason), "TIME_AHEAD");
  EXPECT_EQ(letters[0].HeaderOf(journal::kHeaderDeadRefusedBy), "gateway");
  EXPECT_EQ(letters[0].message.value, ahead.SerializeAsString()) << "whole";
  EXPECT_THAT(gateway_->metrics(),
              HasSubstr("bellwether_gateway_events_rejected_total{reason=\"TIME_AHEAD\"} 1"));
}

// Nothing invalid stops the stream: what follows is accepted on it.
TEST_F(IngestTest, GoesOnAfterEveryKindOfMalformedEvent) {
  Start();
  auto stream = Open();
  const std::string order =
      R"({"specversion":"1.0","type":"bellwether.fact.order_placed.v1","source":"crm/test",)"
      R"("id":"j-1","subject":"acme","time":"2025-11-24T08:00:00Z",)"
      R"("data":{"order_placed":{"amount":{"amount_minor":%s}}}})";
  const auto with_amount = [&](const char* amount) {
    std::string document = order;
    return document.replace(document.find("%s"), 2, amount);
  };
  std::string unknown_type = with_amount("1");
  unknown_type.replace(unknown_type.find("order_placed"), 12, "never_heard_");
  const std::pair<StreamFactsRequest, std::string> cases[] = {
      {JsonRequest(0, "{\"specversion\":"), "MALFORMED_JSON@specversion"},
      {JsonRequest(1, ""), "MALFORMED_JSON"},
      {JsonRequest(2, unknown_type), "UNKNOWN_FACT_KIND@type"},
      {JsonRequest(3, with_amount("12.5")),
       "AMOUNT_NOT_INTEGER@fact.order_placed.amount.amount_minor"},
      {JsonRequest(4, std::string(10 << 20, 'x')), "TOO_LARGE"},
      {StreamFactsRequest(), "MALFORMED_EVENT"},
      {Request(6, FactEvent()), "MISSING_ID@id"},
      {JsonRequest(7, with_amount("1200")), "ACCEPTED"},
      {Request(8, SampleEvent("o-9", "acme")), "ACCEPTED"},
  };
  for (const auto& [request, expected] : cases) {
    ASSERT_TRUE(stream->Write(request));
    StreamFactsResponse answer;
    ASSERT_TRUE(stream->Read(&answer)) << expected;
    EXPECT_EQ(answer.sequence(), request.sequence());
    EXPECT_EQ(ReasonOf(answer), expected);
  }
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(ReadAll(*inner_, bus::kDeadLetterTopic).size(), 7u);
}

TEST_F(IngestTest, AnswersBytesThatAreNoMessage) {
  Start();
  grpc::GenericStub generic(gateway_->channel());
  grpc::CompletionQueue queue;
  auto call =
      generic.PrepareCall(&context_, "/bellwether.ingest.v1.IngestService/StreamFacts", &queue);
  const auto step = [&] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  call->StartCall(nullptr);
  ASSERT_TRUE(step());
  // Sequence 5, then a fact whose id is not UTF-8, then bytes of no field at all.
  for (const std::string& bytes :
       {std::string("\x08\x05\x12\x03\x0a\x01\xff"), std::string("\x08\x05\xff\xff\xff\xff")}) {
    grpc::Slice slice(bytes);
    call->Write(grpc::ByteBuffer(&slice, 1), nullptr);
    ASSERT_TRUE(step());
    grpc::ByteBuffer received;
    call->Read(&received, nullptr);
    ASSERT_TRUE(step());
    grpc::Slice answer_slice;
    ASSERT_TRUE(received.DumpToSingleSlice(&answer_slice).ok());
    StreamFactsResponse answer;
    ASSERT_TRUE(answer.ParseFromArray(answer_slice.begin(), answer_slice.size()));
    EXPECT_EQ(answer.sequence(), 5);
    EXPECT_EQ(ReasonOf(answer), "MALFORMED_EVENT");
  }
  call->WritesDone(nullptr);
  ASSERT_TRUE(step());
  grpc::Status status;
  call->Finish(&status, nullptr);
  ASSERT_TRUE(step());
  EXPECT_TRUE(status.ok());
  const auto letters = ReadAll(*inner_, bus::kDeadLetterTopic);
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[0].message.value, std::string("\x08\x05\x12\x03\x0a\x01\xff"));
}

TEST_F(IngestTest, LeavesNoMoreThanAThousandEventsUnanswered) {
  config_.tick_interval = absl::Seconds(30);
  Start();
  ASSERT_TRUE(Await([&] { return Ticks().size() == kPartitions; }));
  bus_.Hold();
  constexpr int kEvents = 2'500;
  auto stream = Open();
  std::thread writer([&] {
    for (int i = 0; i < kEvents; ++i) {
      if (!stream->Write(Request(i, SampleEvent(absl::StrCat(i), "acme")))) return;
    }
    stream->WritesDone();
  });
  EXPECT_TRUE(Await([&] { return bus_.held() == StreamFactsCall::kUnansweredMax; }));
  // More would come at once if it were read at all: the client has not stopped writing.
  EXPECT_FALSE(Await([&] { return bus_.held() > StreamFactsCall::kUnansweredMax; },
                     absl::Milliseconds(100)));
  bus_.Release();
  int answers = 0;
  StreamFactsResponse answer;
  while (stream->Read(&answer)) answers += ReasonOf(answer) == "ACCEPTED";
  EXPECT_EQ(answers, kEvents);
  EXPECT_TRUE(stream->Finish().ok());
  writer.join();
}

// More streams than the journal has room for: those that find none wait, and lose nothing.
TEST_F(IngestTest, WaitsForRoomOverAllStreams) {
  config_.tick_interval = absl::Seconds(30);
  Start();
  ASSERT_TRUE(Await([&] { return Ticks().size() == kPartitions; }));
  bus_.Hold();
  constexpr int kStreams = 24, kEach = 1'000;
  std::atomic<int> accepted{0};
  std::vector<std::thread> clients;
  for (int s = 0; s < kStreams; ++s) {
    clients.emplace_back([&, s] {
      grpc::ClientContext context;
      auto stream = stub().StreamFacts(&context);
      std::thread writer([&] {
        for (int i = 0; i < kEach; ++i) {
          if (!stream->Write(Request(i, SampleEvent(absl::StrCat(s, "-", i), "acme")))) return;
        }
        stream->WritesDone();
      });
      StreamFactsResponse answer;
      while (stream->Read(&answer)) accepted += ReasonOf(answer) == "ACCEPTED";
      writer.join();
      EXPECT_TRUE(stream->Finish().ok());
    });
  }
  EXPECT_TRUE(Await([&] { return bus_.held() == Admission::kEventsMax; }));
  bus_.Release();
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(accepted, kStreams * kEach);
  EXPECT_EQ(Facts().size(), static_cast<size_t>(kStreams * kEach));
}

TEST_F(IngestTest, EndsAStreamTheJournalKeepsWaiting) {
  Start();
  ASSERT_TRUE(Await([&] { return Ticks().size() == kPartitions; }));
  bus_.Hold();
  auto stream = Open();
  ASSERT_TRUE(stream->Write(Request(1, SampleEvent("o-1", "acme"))));
  ASSERT_TRUE(Await([&] { return bus_.held() == 1; }));
  clock_.Advance(StreamFactsCall::kStallMax + absl::Seconds(1));
  StreamFactsResponse answer;
  EXPECT_FALSE(stream->Read(&answer));
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(ReasonOf(status), "JOURNAL_TOO_SLOW");
  bus_.Release();
}

TEST_F(IngestTest, EndsAStreamWhenTheJournalCannotBeWritten) {
  Start();
  bus_.FailWith(absl::UnavailableError("disk full"));
  auto stream = Open();
  ASSERT_TRUE(stream->Write(Request(1, SampleEvent("o-1", "acme"))));
  StreamFactsResponse answer;
  EXPECT_FALSE(stream->Read(&answer)) << "neither accepted nor rejected";
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "JOURNAL_UNAVAILABLE");
  grpc::ClientContext context;
  IngestFactsRequest request;
  *request.add_events()->mutable_fact() = SampleEvent("o-2", "acme");
  IngestFactsResponse response;
  EXPECT_EQ(ReasonOf(stub().IngestFacts(&context, request, &response)), "JOURNAL_UNAVAILABLE");
  bus_.FailWith(absl::OkStatus());
  EXPECT_EQ(ReasonOf(Ingest({SampleEvent("o-2", "acme")}).answers(0)), "ACCEPTED");
}

TEST_F(IngestTest, AnswersACallInTheOrderOfItsEvents) {
  Start();
  std::vector<FactEvent> events;
  for (int i = 0; i < 1'000; ++i) events.push_back(SampleEvent(absl::StrCat(i), "acme"));
  events[10].clear_account_id();
  const IngestFactsResponse response = Ingest(events);
  ASSERT_EQ(response.answers_size(), 1'000);
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_EQ(ReasonOf(response.answers(i)), i == 10 ? "MISSING_ACCOUNT@account_id" : "ACCEPTED");
    if (i > 0 && i != 10) {
      EXPECT_GT(response.answers(i).offset(), response.answers(i == 11 ? 9 : i - 1).offset());
    }
  }
  EXPECT_EQ(Ingest({}).answers_size(), 0);
}

TEST_F(IngestTest, RefusesACallOfMoreThanAThousandEvents) {
  Start();
  IngestFactsRequest request;
  for (int i = 0; i < 1'001; ++i) request.add_events();
  grpc::ClientContext context;
  IngestFactsResponse response;
  const grpc::Status status = stub().IngestFacts(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "TOO_MANY_EVENTS@events");
}

TEST_F(IngestTest, EndsStreamsWhenItGoesAway) {
  Start();
  auto stream = Open();
  ASSERT_TRUE(stream->Write(Request(1, SampleEvent("o-1", "acme"))));
  StreamFactsResponse answer;
  ASSERT_TRUE(stream->Read(&answer));
  std::thread stopper([&] { gateway_->Stop(); });
  EXPECT_FALSE(stream->Read(&answer));
  EXPECT_EQ(ReasonOf(stream->Finish()), "DRAINING");
  stopper.join();
}

TEST_F(IngestTest, SurvivesACallerWhoLeaves) {
  Start();
  {
    grpc::ClientContext context;
    auto stream = stub().StreamFacts(&context);
    for (int i = 0; i < 100; ++i) {
      ASSERT_TRUE(stream->Write(Request(i, SampleEvent(absl::StrCat(i), "acme"))));
    }
    context.TryCancel();
    EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_TRUE(Await([&] { return gateway_->server().streams().size() == 0; }));
  EXPECT_EQ(ReasonOf(Ingest({SampleEvent("after", "acme")}).answers(0)), "ACCEPTED");
}

TEST_F(IngestTest, MakesTheJournalLiveWithTheFirstFact) {
  StartNotLive();
  EXPECT_FALSE(gateway_->app().IsLive());
  EXPECT_TRUE(Ticks().empty());
  auto stream = Open();
  ASSERT_TRUE(stream->Write(Request(1, SampleEvent("o-1", "acme"))));
  StreamFactsResponse answer;
  ASSERT_TRUE(stream->Read(&answer));
  EXPECT_EQ(ReasonOf(answer), "ACCEPTED");
  EXPECT_TRUE(gateway_->app().IsLive());
  EXPECT_TRUE(Await([&] { return Ticks().size() >= kPartitions; }));
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

}  // namespace
}  // namespace bellwether::gateway::ingest_test
