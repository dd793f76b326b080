// The whole service in process: gRPC in front, the embedded bus behind.
#include "services/opportunities/app.h"

#include <atomic>
#include <map>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "bellwether/events/v1/journal.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.grpc.pb.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/bus/open_bus.h"
#include "common/bus/topics.h"
#include "common/calendar/calendar.h"
#include "common/journal/entry.h"
#include "common/journal/timestamps.h"
#include "common/rpc/client.h"
#include "common/rpc/paging.h"
#include "common/rpc/status.h"
#include "common/store/testing/test_database.h"
#include "common/testing/await.h"
#include "common/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "services/opportunities/adapters/process_file.h"

namespace bellwether::opportunities::app_test {
namespace {

using ::bellwether::testing::Await;
using ::testing::ElementsAre;
using Stub = v1::OpportunitiesService::Stub;

constexpr int kPartitions = 3;

class OpportunitiesAppTest : public ::testing::Test {
 protected:
  OpportunitiesAppTest() {
    auto app = App::Create({.partitions = kPartitions},
                           {*bus_, *store_, clock_, calendar_, metrics_, pool_});
    EXPECT_TRUE(app.ok()) << app.status();
    app_ = *std::move(app);
    app_->Register(server_);
    EXPECT_TRUE(app_->Start().ok());
    EXPECT_TRUE(server_.Start().ok());
    stub_ = v1::OpportunitiesService::NewStub(*rpc::Connect(server_.target()));
  }
  ~OpportunitiesAppTest() override {
    server_.Stop(absl::Now() + absl::Seconds(5));
    pool_.Stop();
    app_->Stop();
  }

  template <typename Response, typename Method, typename Request>
  absl::StatusOr<Response> Call(Method method, const Request& request) {
    grpc::ClientContext context;
    Response response;
    const grpc::Status status = ((*stub_).*method)(&context, request, &response);
    if (!status.ok()) return rpc::FromGrpcStatus(status);
    return response;
  }

  static v1::CreateOpportunityRequest NewOpportunity(const std::string& id,
                                                     const std::string& account) {
    v1::CreateOpportunityRequest request;
    request.set_opportunity_id(id);
    if (!account.empty()) request.mutable_opportunity()->set_account("accounts/" + account);
    request.mutable_opportunity()->set_owner("ann");
    request.mutable_opportunity()->mutable_amount()->set_amount_minor(10'000);
    request.mutable_opportunity()->mutable_amount()->set_currency_code("USD");
    return request;
  }
  absl::StatusOr<v1::Opportunity> Create(const v1::CreateOpportunityRequest& request) {
    return Call<v1::Opportunity>(&Stub::CreateOpportunity, request);
  }
  absl::StatusOr<v1::Opportunity> Advance(const std::string& id, const std::string& stage,
                                          const std::string& etag = "") {
    v1::AdvanceOpportunityRequest request;
    request.set_name("opportunities/" + id);
    request.set_stage(stage);
    request.set_etag(etag);
    return Call<v1::Opportunity>(&Stub::AdvanceOpportunity, request);
  }
  absl::StatusOr<v1::Opportunity> Win(const std::string& id) {
    v1::WinOpportunityRequest request;
    request.set_name("opportunities/" + id);
    return Call<v1::Opportunity>(&Stub::WinOpportunity, request);
  }
  absl::StatusOr<v1::Opportunity> Lose(const std::string& id, const std::string& reason) {
    v1::LoseOpportunityRequest request;
    request.set_name("opportunities/" + id);
    request.set_loss_reason(reason);
    return Call<v1::Opportunity>(&Stub::LoseOpportunity, request);
  }
  absl::StatusOr<v1::Opportunity> Attach(const std::string& id, const std::string& account) {
    v1::AttachOpportunityRequest request;
    request.set_name("opportunities/" + id);
    request.set_account("accounts/" + account);
    return Call<v1::Opportunity>(&Stub::AttachOpportunity, request);
  }

  static std::string ReasonOf(const absl::Status& status) {
    const auto detail = DetailOf(status);
    return detail.has_value() ? detail->reason : status.ToString();
  }

  struct Journaled {
    std::string key;
    events::v1::OpportunityChanged change;
    events::v1::SubjectChanged subject;
    absl::Time recorded_at;
    absl::Time time;
  };
  // Every change of that opportunity in the journal so far, by version.
  std::vector<Journaled> Journal(const std::string& id) {
    std::map<int64_t, Journaled> changes;
    for (int32_t p = 0; p < kPartitions; ++p) {
      auto reader = bus_->NewReader(bus::kJournalTopic, p, 0);
      while (true) {
        const auto batch = (*reader)->Read(1'000, absl::ZeroDuration());
        if (!batch.ok() || batch->empty()) break;
        for (const bus::Record& record : batch->records) {
          journal::Envelope envelope;
          events::v1::JournalEntry entry;
          EXPECT_TRUE(journal::DecodeEntry(record, envelope, entry).ok());
          EXPECT_TRUE(journal::CheckPartition(record, envelope.type, kPartitions).ok());
          EXPECT_EQ(envelope.type, bus::kTypeOpportunityChanged);
          const events::v1::SubjectChanged& subject = entry.subject_changed();
          if (subject.subject_id() != id) continue;
          events::v1::OpportunityChanged change;
          EXPECT_TRUE(change.ParseFromString(subject.snapshot().content()));
          changes[subject.entity_version()] = {std::string(record.key), change, subject,
                                               envelope.recorded_at, envelope.time};
        }
      }
    }
    std::vector<Journaled> ordered;
    for (auto& [version, change] : changes) ordered.push_back(std::move(change));
    return ordered;
  }

  bellwether::testing::FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  const Calendar calendar_ = *Calendar::Create({});
  std::unique_ptr<bus::Bus> bus_ = *bus::OpenBus("embedded::memory:");
  std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  metrics::Registry metrics_;
  rpc::CallPool pool_{{.threads = 8}, metrics_};
  rpc::Server server_{{}};
  std::unique_ptr<App> app_;
  std::unique_ptr<Stub> stub_;
};

TEST_F(OpportunitiesAppTest, WalksFromTheFirstStageToItsEnd) {
  const auto created = Create(NewOpportunity("o1", "acme"));
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->stage(), "lead");
  EXPECT_EQ(created->state(), v1::STATE_OPEN);
  EXPECT_EQ(created->amount().base_amount_minor(), 71'200) << "in the reporting currency";
  EXPECT_EQ(Advance("o1", "solution")->stage(), "solution");
  EXPECT_EQ(ReasonOf(Advance("o1", "lead").status()), "STAGE_NOT_LATER");
  const auto won = Win("o1");
  ASSERT_TRUE(won.ok());
  EXPECT_EQ(won->state(), v1::STATE_WON);
  EXPECT_EQ(journal::FromTimestamp(won->close_time()), clock_.Now());
  EXPECT_EQ(ReasonOf(Lose("o1", "price").status()), "NOT_OPEN");

  ASSERT_TRUE(Await([&] { return Journal("o1").size() == 3; }));
  const std::vector<Journaled> journal = Journal("o1");
  EXPECT_EQ(journal[0].key, "acme");
  EXPECT_FALSE(journal[0].change.advanced());
  EXPECT_TRUE(journal[1].change.advanced());
  EXPECT_EQ(journal[1].change.stage(), "solution");
  EXPECT_EQ(journal[2].change.state(), events::v1::OPPORTUNITY_STATE_WON);
  EXPECT_EQ(journal[2].change.base_amount_minor(), 71'200);

  // What everybody may read who does not know opportunities.
  const events::v1::SubjectChanged& subject = journal[1].subject;
  EXPECT_EQ(subject.subject_type(), events::v1::SUBJECT_TYPE_OPPORTUNITY);
  EXPECT_EQ(subject.account_id(), "acme");
  EXPECT_EQ(subject.attributes().at("stage"), "solution");
  EXPECT_EQ(subject.attributes().at("owner"), "ann");
  EXPECT_EQ(subject.values(0).name(), "opportunity.amount");
  EXPECT_EQ(subject.values(0).value(), 71'200'000'000);
  EXPECT_FALSE(subject.closed());
  EXPECT_TRUE(journal[2].subject.closed());
  EXPECT_EQ(journal[2].subject.values(2).label(), "won");
}

TEST_F(OpportunitiesAppTest, AnAttachedLeadIsPublishedAgainUnderItsAccount) {
  ASSERT_TRUE(Create(NewOpportunity("lead1", "")).ok());
  EXPECT_EQ(Attach("lead1", "acme")->account(), "accounts/acme");
  EXPECT_TRUE(Attach("lead1", "acme").ok());
  EXPECT_EQ(ReasonOf(Attach("lead1", "other").status()), "ALREADY_ATTACHED");
  ASSERT_TRUE(Await([&] { return Journal("lead1").size() == 3; }));
  const std::vector<Journaled> journal = Journal("lead1");
  EXPECT_EQ(journal[0].key, "lead1");
  EXPECT_EQ(journal[1].key, "lead1");
  EXPECT_EQ(journal[1].subject.moved_to(), "acme") << "closed under the old key";
  EXPECT_EQ(journal[2].key, "acme");
  EXPECT_EQ(journal[2].change.account_id(), "acme");
  EXPECT_EQ(journal[2].subject.moved_to(), "");
  EXPECT_GT(journal[2].subject.entity_version(), journal[1].subject.entity_version());
  EXPECT_EQ(Attach("lead1", "acme")->etag(), rpc::EtagOf(2)) << "attached twice, changed once";
}

TEST_F(OpportunitiesAppTest, OfAPastThatIsBuiltLiveInTheirOwnTime) {
  const absl::Time then = clock_.Now() - absl::Hours(24 * 90);
  const auto create_at = [&](absl::Time time) {
    grpc::ClientContext context;
    rpc::SetEffectiveTime(context, time);
    v1::Opportunity created;
    return rpc::FromGrpcStatus(
        stub_->CreateOpportunity(&context, NewOpportunity("o1", "acme"), &created));
  };
  EXPECT_EQ(ReasonOf(create_at(clock_.Now() + absl::Seconds(1))), "EFFECTIVE_TIME_NOT_ALLOWED");
  for (const int year : {0, 10'000}) {
    EXPECT_EQ(ReasonOf(create_at(absl::FromCivil(absl::CivilSecond(year), absl::UTCTimeZone()))),
              "EFFECTIVE_TIME_INVALID")
        << year;
  }
  ASSERT_TRUE(create_at(then).ok());
  ASSERT_TRUE(Await([&] { return Journal("o1").size() == 1; }));
  EXPECT_EQ(Journal("o1")[0].recorded_at, then);
  EXPECT_EQ(Journal("o1")[0].time, then);
}

TEST_F(OpportunitiesAppTest, AWithdrawnImportRunTakesBackWhatNobodyHasChanged) {
  for (const char* id : {"a", "b", "c"}) {
    v1::CreateOpportunityRequest request = NewOpportunity(id, "acme");
    request.set_import_run("run-1");
    ASSERT_TRUE(Create(request).ok());
  }
  ASSERT_TRUE(Create(NewOpportunity("own", "acme")).ok());
  ASSERT_TRUE(Win("b").ok());
  v1::WithdrawImportRunRequest withdraw;
  withdraw.set_import_run("run-1");
  const auto withdrawn = Call<v1::WithdrawImportRunResponse>(&Stub::WithdrawImportRun, withdraw);
  ASSERT_TRUE(withdrawn.ok()) << withdrawn.status();
  EXPECT_EQ(withdrawn->withdrawn_count(), 2);
  EXPECT_THAT(withdrawn->changed(), ElementsAre("opportunities/b"));
  EXPECT_TRUE(withdrawn->next_page_token().empty());
  EXPECT_EQ(ReasonOf(Win("a").status()), "OPPORTUNITY_NOT_FOUND");
  const auto list =
      Call<v1::ListOpportunitiesResponse>(&Stub::ListOpportunities, v1::ListOpportunitiesRequest());
  EXPECT_EQ(list->total_size(), 2);
  ASSERT_TRUE(Await([&] { return Journal("a").size() == 2; }));
  EXPECT_TRUE(Journal("a")[1].subject.closed());
  EXPECT_EQ(Journal("a")[1].subject.values_size(), 0);
  // Again changes nothing.
  const auto again = Call<v1::WithdrawImportRunResponse>(&Stub::WithdrawImportRun, withdraw);
  EXPECT_EQ(again->withdrawn_count(), 0);
  // The corrected table opens it anew, under the same id, and receivers take that for newer.
  v1::CreateOpportunityRequest right = NewOpportunity("a", "bolt");
  right.set_import_run("run-2");
  const auto opened = Create(right);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->import_run(), "run-2");
  ASSERT_TRUE(Await([&] { return Journal("a").size() == 3; }));
  EXPECT_EQ(Journal("a")[2].key, "bolt");
  EXPECT_GT(Journal("a")[2].subject.entity_version(), Journal("a")[1].subject.entity_version());
  withdraw.set_import_run("run-2");
  EXPECT_EQ(
      (Call<v1::WithdrawImportRunResponse>(&Stub::WithdrawImportRun, withdraw))->withdrawn_count(),
      1);
}

TEST_F(OpportunitiesAppTest, EveryChangeSaysWhoMadeIt) {
  grpc::ClientContext context;
  rpc::SetPrincipal(context, "李娜");
  v1::Opportunity created;
  ASSERT_TRUE(stub_->CreateOpportunity(&context, NewOpportunity("o1", "acme"), &created).ok());
  ASSERT_TRUE(Advance("o1", "solution").ok());
  audit::v1::ListAuditEntriesRequest request;
  request.set_subject_id("o1");
  const auto entries = Call<audit::v1::ListAuditEntriesResponse>(&Stub::ListAuditEntries, request);
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->entries_size(), 2);
  EXPECT_EQ(entries->entries(1).principal(), "李娜");
  const audit::v1::AuditEntry& advanced = entries->entries(0);
  EXPECT_EQ(advanced.principal(), "anonymous");
  EXPECT_EQ(advanced.method(),
            "bellwether.opportunities.v1.OpportunitiesService/AdvanceOpportunity");
  ASSERT_EQ(advanced.changes_size(), 1);
  EXPECT_EQ(advanced.changes(0).field(), "stage");
  EXPECT_EQ(advanced.changes(0).before(), "\"lead\"");
  EXPECT_EQ(advanced.changes(0).after(), "\"solution\"");
  request.set_principal("李娜");
  EXPECT_EQ(
      Call<audit::v1::ListAuditEntriesResponse>(&Stub::ListAuditEntries, request)->entries_size(),
      1);
}

TEST_F(OpportunitiesAppTest, NothingHasHappenedYetThatLiesAhead) {  // O1: o01
  const auto ahead = journal::ToTimestamp(clock_.Now() + absl::Hours(24));
  const auto refused = [&](const absl::StatusOr<v1::Opportunity>& answer) {
    const auto detail = DetailOf(answer.status());
    return detail.has_value() ? absl::StrCat(detail->reason, " ", detail->field) : "OK";
  };
  v1::CreateOpportunityRequest engaged = NewOpportunity("engaged", "acme");
  *engaged.mutable_opportunity()->mutable_engage_time() = ahead;
  EXPECT_EQ(refused(Create(engaged)), "TIME_AHEAD engage_time");
  for (const auto state : {v1::STATE_WON, v1::STATE_LOST}) {
    v1::CreateOpportunityRequest closed = NewOpportunity("closed", "acme");
    closed.mutable_opportunity()->set_state(state);
    *closed.mutable_opportunity()->mutable_close_time() = ahead;
    EXPECT_EQ(refused(Create(closed)), "TIME_AHEAD close_time");
  }
  ASSERT_TRUE(Create(NewOpportunity("open", "acme")).ok());
  v1::WinOpportunityRequest win;
  win.set_name("opportunities/open");
  *win.mutable_close_time() = ahead;
  EXPECT_EQ(refused(Call<v1::Opportunity>(&Stub::WinOpportunity, win)), "TIME_AHEAD close_time");
  v1::LoseOpportunityRequest lose;
  lose.set_name("opportunities/open");
  lose.set_loss_reason("price");
  *lose.mutable_close_time() = ahead;
  EXPECT_EQ(refused(Call<v1::Opportunity>(&Stub::LoseOpportunity, lose)), "TIME_AHEAD close_time");
  *win.mutable_close_time() = journal::ToTimestamp(clock_.Now());
  EXPECT_EQ(refused(Call<v1::Opportunity>(&Stub::WinOpportunity, win)), "OK");
}

TEST_F(OpportunitiesAppTest, RequestsAreAnsweredOnce) {
  v1::CreateOpportunityRequest request = NewOpportunity("o1", "acme");
  request.set_request_id("r1");
  const auto first = Create(request);
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(Advance("o1", "solution").ok());
  EXPECT_EQ(Create(request)->SerializeAsString(), first->SerializeAsString());
  request.set_request_id("");
  EXPECT_EQ(ReasonOf(Create(request).status()), "OPPORTUNITY_EXISTS");
  request = NewOpportunity("o2", "acme");
  request.set_request_id("r1");
  EXPECT_EQ(ReasonOf(Create(request).status()), "REQUEST_ID_REUSED");
}

TEST_F(OpportunitiesAppTest, AnEtagOfAnotherTimeIsRefused) {
  const auto created = Create(NewOpportunity("o1", "acme"));
  const auto advanced = Advance("o1", "needs-diagnosis", created->etag());
  ASSERT_TRUE(advanced.ok());
  EXPECT_EQ(ReasonOf(Advance("o1", "solution", created->etag()).status()), "ETAG_MISMATCH");
  EXPECT_TRUE(Advance("o1", "solution", advanced->etag()).ok());
}

TEST_F(OpportunitiesAppTest, MoneyOfAnUnknownCurrencyIsRefused) {
  v1::CreateOpportunityRequest request = NewOpportunity("o1", "acme");
  request.mutable_opportunity()->mutable_amount()->set_currency_code("XXX");
  EXPECT_EQ(ReasonOf(Create(request).status()), "UNKNOWN_CURRENCY");
}

TEST_F(OpportunitiesAppTest, ListsFilterCountAndPage) {
  for (int i = 0; i < 6; ++i) {
    ASSERT_TRUE(Create(NewOpportunity(absl::StrCat("o", i), i < 4 ? "acme" : "")).ok());
  }
  ASSERT_TRUE(Lose("o1", "price").ok());
  v1::ListOpportunitiesRequest request;
  request.set_account("accounts/acme");
  request.set_state(v1::STATE_OPEN);
  request.set_page_size(2);
  std::vector<std::string> names;
  do {
    const auto page = Call<v1::ListOpportunitiesResponse>(&Stub::ListOpportunities, request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->total_size(), 3);
    for (const v1::Opportunity& each : page->opportunities()) names.push_back(each.name());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("opportunities/o0", "opportunities/o2", "opportunities/o3"));
  request.set_state(static_cast<v1::State>(99));
  EXPECT_EQ(
      ReasonOf(Call<v1::ListOpportunitiesResponse>(&Stub::ListOpportunities, request).status()),
      "STATE_INVALID");
  request = {};
  request.set_account("-");
  EXPECT_EQ(Call<v1::ListOpportunitiesResponse>(&Stub::ListOpportunities, request)->total_size(),
            2);
  request.set_account("acme");
  EXPECT_EQ(
      ReasonOf(Call<v1::ListOpportunitiesResponse>(&Stub::ListOpportunities, request).status()),
      "ACCOUNT_NAME_INVALID");
}

// A bulk import sends its calls all at once; the clients' limit and the pool's queue hold them.
TEST_F(OpportunitiesAppTest, AThousandConcurrentCreatesAllArriveInTheJournal) {
  constexpr int kCalls = 1'000;
  struct Pending {
    grpc::ClientContext context;
    v1::CreateOpportunityRequest request;
    v1::Opportunity response;
  };
  std::vector<Pending> pending(kCalls);
  absl::BlockingCounter left(kCalls);
  std::atomic<int> failed = 0;
  for (int i = 0; i < kCalls; ++i) {
    Pending& call = pending[static_cast<size_t>(i)];
    call.request = NewOpportunity(absl::StrCat("o", i), absl::StrCat("a", i % 50));
    call.request.set_request_id(absl::StrCat("r", i));
    stub_->async()->CreateOpportunity(&call.context, &call.request, &call.response,
                                      [&](const grpc::Status& status) {
                                        if (!status.ok()) ++failed;
                                        left.DecrementCount();
                                      });
  }
  left.Wait();
  EXPECT_EQ(failed, 0);
  ASSERT_TRUE(Await([&] {
    int64_t published = 0;
    for (int32_t p = 0; p < kPartitions; ++p) {
      published += bus_->Offsets(bus::kJournalTopic, p)->end;
    }
    return published == kCalls;
  }));
}

TEST(ProcessFile, ShipsTheSixStagesAndTakesTheNamesOfTheCrm) {
  const auto process = LoadProcess("");
  ASSERT_TRUE(process.ok()) << process.status();
  EXPECT_EQ(process->stage_count(), 6);
  EXPECT_EQ(process->PlaceOf("prospecting"), process->PlaceOf("lead"));
  EXPECT_EQ(process->PlaceOf("engaging"), process->PlaceOf("needs-diagnosis"));
  EXPECT_EQ(process->PlaceOf("operation-renewal"), 5);
  EXPECT_TRUE(process->HasLossReason("competitor"));
}

TEST(ProcessFile, NamesWhatIsWrongWithItsLine) {
  const absl::Status twice =
      ParseProcess("stages:\n  - {stage_id: a}\n  - {stage_id: a}\n", "p.yaml").status();
  EXPECT_THAT(std::string(twice.message()), ::testing::HasSubstr("p.yaml:3"));
  EXPECT_FALSE(ParseProcess("stages: []", "p.yaml").ok());
}

}  // namespace
}  // namespace bellwether::opportunities::app_test
