// The whole service in process: gRPC in front, the embedded bus behind.
#include "services/accounts/app.h"

#include <deque>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bellwether/accounts/v1/accounts_service.grpc.pb.h"
#include "bellwether/events/v1/journal.pb.h"
#include "bellwether/events/v1/signal.pb.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/bus/open_bus.h"
#include "common/bus/topics.h"
#include "common/journal/entry.h"
#include "common/journal/timestamps.h"
#include "common/outbox/deliveries.h"
#include "common/rpc/client.h"
#include "common/rpc/status.h"
#include "common/store/testing/test_database.h"
#include "common/testing/await.h"
#include "common/testing/fake_clock.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"

namespace bellwether::accounts::app_test {
namespace {

using ::bellwether::testing::Await;
using ::testing::ElementsAre;

constexpr int kPartitions = 3;

class AccountsAppTest : public ::testing::Test {
 protected:
  AccountsAppTest() { StartApp(); }
  ~AccountsAppTest() override { StopApp(); }

  void StartApp() {
    pool_ = std::make_unique<rpc::CallPool>(rpc::WorkerPoolOptions{.threads = 4}, metrics_);
    server_ = std::make_unique<rpc::Server>(rpc::ServerOptions{});
    auto app = App::Create({.partitions = kPartitions},
                           {*bus_, *store_, clock_, calendar_, metrics_, *pool_});
    ASSERT_TRUE(app.ok()) << app.status();
    app_ = *std::move(app);
    app_->Register(*server_);
    ASSERT_TRUE(app_->Start().ok());
    ASSERT_TRUE(server_->Start().ok());
    stub_ = v1::AccountsService::NewStub(*rpc::Connect(server_->target()));
  }

  void StopApp() {
    server_->Stop(absl::Now() + absl::Seconds(5));
    pool_->Stop();
    app_->Stop();
    app_ = nullptr;
  }

  template <typename Response, typename Method, typename Request>
  absl::StatusOr<Response> Call(Method method, const Request& request) {
    grpc::ClientContext context;
    Response response;
    const grpc::Status status = ((*stub_).*method)(&context, request, &response);
    if (!status.ok()) return rpc::FromGrpcStatus(status);
    return response;
  }

  static v1::CreateAccountRequest NewAccount(const std::string& id,
                                             const std::string& request_id = "") {
    v1::CreateAccountRequest request;
    request.set_account_id(id);
    request.mutable_account()->set_legal_name("Company " + id);
    request.set_request_id(request_id);
    return request;
  }
  absl::StatusOr<v1::Account> Create(const v1::CreateAccountRequest& request) {
    return Call<v1::Account>(&v1::AccountsService::Stub::CreateAccount, request);
  }
  absl::StatusOr<v1::Account> Get(const std::string& id) {
    v1::GetAccountRequest request;
    request.set_name("accounts/" + id);
    return Call<v1::Account>(&v1::AccountsService::Stub::GetAccount, request);
  }
  absl::StatusOr<v1::Account> Update(const v1::UpdateAccountRequest& request) {
    return Call<v1::Account>(&v1::AccountsService::Stub::UpdateAccount, request);
  }
  absl::StatusOr<v1::Rfm> GetRfm(const std::string& id) {
    v1::GetRfmRequest request;
    request.set_account("accounts/" + id);
    return Call<v1::Rfm>(&v1::AccountsService::Stub::GetRfm, request);
  }

  static std::string ReasonOf(const absl::Status& status) {
    const auto detail = DetailOf(status);
    return detail.has_value() ? detail->reason : status.ToString();
  }

  // Every account change in the journal so far, by partition and offset.
  std::vector<events::v1::AccountChanged> Journal() {
    std::vector<events::v1::AccountChanged> changes;
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
          EXPECT_EQ(envelope.type, bus::kTypeAccountChanged);
          EXPECT_TRUE(
              changes.emplace_back().ParseFromString(entry.subject_changed().snapshot().content()));
        }
      }
    }
    return changes;
  }

  void Publish(int32_t partition, bus::Message message,
               const std::string& topic = bus::kSignalsTopic) {
    if (producer_ == nullptr) producer_ = *bus_->NewProducer();
    outbox::Deliveries delivery;
    delivery.Produce(*producer_, 0, topic, partition, std::move(message));
    ASSERT_TRUE(delivery.Wait({0}, absl::Seconds(10)).front().ok());
  }

  void PublishTicks(absl::Time time) {
    for (int32_t p = 0; p < kPartitions; ++p) Publish(p, journal::EncodeTick(p, time, false));
  }

  // How the account's orders stand on the day that ends at `midnight`.
  void PublishFigures(const std::string& account, absl::Time midnight, int64_t recency,
                      int64_t count, int64_t value) {
    events::v1::Signal signal;
    signal.set_subject(account);
    signal.set_subject_type(events::v1::SUBJECT_TYPE_ACCOUNT);
    signal.set_version(++version_);
    events::v1::SignalStep& step = *signal.add_steps();
    const absl::Time time = midnight - absl::Minutes(30);
    step.set_time_micros(absl::ToUnixMicros(time));
    step.mutable_cause()->set_kind(events::v1::CAUSE_KIND_FACT);
    const std::pair<const char*, int64_t> values[] = {{"orders.recency_days_365d", recency},
                                                      {"orders.count_365d", count},
                                                      {"orders.value_365d", value}};
    for (const auto& [name, figure] : values) {
      events::v1::NamedValue& named = *step.add_values();
      named.set_name(name);
      named.set_value(figure * 1'000'000);
    }
    const std::string id = absl::StrCat("signal-", version_);
    Publish(PartitionOf(account, kPartitions),
            journal::NewMessage({.id = id,
                                 .source = "bellwether/health",
                                 .type = bus::kTypeSignal,
                                 .subject = account,
                                 .time = time,
                                 .recorded_at = time},
                                account, signal.SerializeAsString()));
  }

  const Calendar calendar_ = *Calendar::Create({});
  const absl::Time midnight_ = calendar_.StartOfDay(20'000);
  bellwether::testing::FakeClock clock_{midnight_ - absl::Hours(10)};
  std::unique_ptr<bus::Bus> bus_ = *bus::OpenBus("embedded::memory:");
  std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  metrics::Registry metrics_;
  std::unique_ptr<rpc::CallPool> pool_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<App> app_;
  std::unique_ptr<v1::AccountsService::Stub> stub_;
  std::unique_ptr<bus::Producer> producer_;
  int64_t version_ = 0;
};

TEST_F(AccountsAppTest, ACreatedAccountIsReadBackAndReachesTheJournal) {
  v1::CreateAccountRequest request = NewAccount("acme");
  request.mutable_account()->set_short_name("Acme");
  request.mutable_account()->set_industry("retail");
  request.mutable_account()->set_tier("core");
  const auto created = Create(request);
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->name(), "accounts/acme");
  EXPECT_FALSE(created->etag().empty());
  EXPECT_EQ(Get("acme")->SerializeAsString(), created->SerializeAsString());
  ASSERT_TRUE(Await([&] { return Journal().size() == 1; }));
  const events::v1::AccountChanged change = Journal()[0];
  EXPECT_EQ(change.account_id(), "acme");
  EXPECT_EQ(change.entity_version(), 1);
  EXPECT_EQ(change.display_name(), "Acme");
  EXPECT_EQ(change.tier(), "core");
}

// As a program of its own, which learns the phase of the journal from nobody.
TEST_F(AccountsAppTest, ItsChangesBelongToThePastUntilTheJournalsFirstLiveTick) {
  const auto recorded = [&](const std::string& id) {
    const int32_t partition = PartitionOf(id, kPartitions);
    std::string stamp;
    EXPECT_TRUE(Await([&] {
      const auto batch =
          (*bus_->NewReader(bus::kJournalTopic, partition, 0))->Read(100, absl::ZeroDuration());
      if (!batch.ok()) return false;
      for (const bus::Record& record : batch->records) {
        if (record.key != id) continue;
        stamp = absl::StrCat(record.HeaderOr(bus::kHeaderRecordedAt), " ",
                             record.HeaderOr(bus::kHeaderBackfill, "live"));
      }
      return !stamp.empty();
    }));
    return stamp;
  };
  v1::CreateAccountRequest old = NewAccount("old");
  const absl::Time since = clock_.Now() - absl::Hours(24 * 400);
  *old.mutable_account()->mutable_customer_since() = journal::ToTimestamp(since);
  ASSERT_TRUE(Create(old).ok());
  EXPECT_EQ(recorded("old"), absl::StrCat(absl::ToUnixMicros(since), " 1"));
  v1::CreateAccountRequest ancient = NewAccount("ancient");
  ancient.mutable_account()->mutable_customer_since()->set_seconds(int64_t{-86'400} * 365 * 80);
  ASSERT_TRUE(Create(ancient).ok());
  EXPECT_EQ(recorded("ancient"), "0 1") << "not before the models, with which every past begins";

  for (int32_t p = 0; p < kPartitions; ++p) {
    Publish(p, journal::EncodeTick(p, clock_.Now(), /*backfill=*/false), bus::kJournalTopic);
  }
  v1::CreateAccountRequest young = NewAccount("young");
  *young.mutable_account()->mutable_customer_since() = journal::ToTimestamp(since);
  ASSERT_TRUE(Create(young).ok());
  EXPECT_EQ(recorded("young"), absl::StrCat(absl::ToUnixMicros(clock_.Now()), " live"));
}

TEST_F(AccountsAppTest, NobodyIsACustomerSinceATimeToCome) {  // A1: o01
  v1::CreateAccountRequest request = NewAccount("acme");
  *request.mutable_account()->mutable_customer_since() =
      journal::ToTimestamp(clock_.Now() + absl::Hours(24));
  EXPECT_EQ(ReasonOf(Create(request).status()), "TIME_AHEAD");
  const auto created = Create(NewAccount("acme"));
  ASSERT_TRUE(created.ok()) << created.status();
  v1::UpdateAccountRequest update;
  update.mutable_account()->set_name("accounts/acme");
  update.mutable_account()->set_etag(created->etag());
  *update.mutable_account()->mutable_customer_since() = request.account().customer_since();
  EXPECT_EQ(ReasonOf(Update(update).status()), "TIME_AHEAD");
}

TEST_F(AccountsAppTest, AnIdIsTakenOnce) {
  ASSERT_TRUE(Create(NewAccount("acme")).ok());
  EXPECT_EQ(ReasonOf(Create(NewAccount("acme")).status()), "ACCOUNT_EXISTS");
  EXPECT_EQ(ReasonOf(Get("nobody").status()), "ACCOUNT_NOT_FOUND");
}

TEST_F(AccountsAppTest, ARepeatedRequestGetsTheFirstAnswerEvenAfterLaterChanges) {
  const auto first = Create(NewAccount("acme", "r1"));
  ASSERT_TRUE(first.ok());
  v1::UpdateAccountRequest update;
  update.mutable_account()->set_name("accounts/acme");
  update.mutable_account()->set_owner("ann");
  update.mutable_account()->set_etag(first->etag());
  update.set_request_id("r2");
  const auto updated = Update(update);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(Create(NewAccount("acme", "r1"))->SerializeAsString(), first->SerializeAsString());
  EXPECT_EQ(Update(update)->SerializeAsString(), updated->SerializeAsString());
  EXPECT_EQ(ReasonOf(Create(NewAccount("other", "r1")).status()), "REQUEST_ID_REUSED");
  ASSERT_TRUE(Await([&] { return Journal().size() == 2; }));
}

TEST_F(AccountsAppTest, UpdatesNeedTheEtagAndChangeWhatTheMaskNames) {
  v1::CreateAccountRequest request = NewAccount("acme");
  request.mutable_account()->set_owner("ann");
  request.mutable_account()->set_region("north");
  const auto created = Create(request);
  v1::UpdateAccountRequest update;
  update.mutable_account()->set_name("accounts/acme");
  update.mutable_account()->set_region("south");
  EXPECT_EQ(ReasonOf(Update(update).status()), "ETAG_MISSING");
  update.mutable_account()->set_etag("of another time");
  EXPECT_EQ(ReasonOf(Update(update).status()), "ETAG_MISMATCH");
  update.mutable_account()->set_etag(created->etag());
  update.mutable_update_mask()->add_paths("owner");
  const auto updated = Update(update);
  ASSERT_TRUE(updated.ok()) << updated.status();
  EXPECT_EQ(updated->owner(), "") << "named and empty: cleared";
  EXPECT_EQ(updated->region(), "north") << "not named: kept";
  EXPECT_EQ(ReasonOf(Update(update).status()), "ETAG_MISMATCH") << "changed since it was read";
  update.mutable_account()->set_etag(updated->etag());
  update.mutable_update_mask()->set_paths(0, "create_time");
  EXPECT_EQ(ReasonOf(Update(update).status()), "UPDATE_MASK_INVALID");
}

TEST_F(AccountsAppTest, HierarchiesHaveNoCycle) {
  ASSERT_TRUE(Create(NewAccount("top")).ok());
  v1::CreateAccountRequest child = NewAccount("child");
  child.mutable_account()->set_parent("accounts/top");
  ASSERT_TRUE(Create(child).ok());
  v1::CreateAccountRequest orphan = NewAccount("orphan");
  orphan.mutable_account()->set_parent("accounts/nobody");
  EXPECT_EQ(ReasonOf(Create(orphan).status()), "PARENT_NOT_FOUND");
  v1::UpdateAccountRequest update;
  *update.mutable_account() = *Get("top");
  update.mutable_account()->set_parent("accounts/child");
  EXPECT_EQ(ReasonOf(Update(update).status()), "HIERARCHY_CYCLE");
  update.mutable_account()->set_parent("accounts/top");
  EXPECT_EQ(ReasonOf(Update(update).status()), "HIERARCHY_CYCLE");
}

TEST_F(AccountsAppTest, AnExternalIdBelongsToOneAccount) {
  v1::CreateAccountRequest one = NewAccount("one");
  v1::ExternalId& id = *one.mutable_account()->add_external_ids();
  id.set_source("crm/a");
  id.set_id("7");
  ASSERT_TRUE(Create(one).ok());
  v1::CreateAccountRequest two = NewAccount("two");
  *two.mutable_account()->add_external_ids() = id;
  EXPECT_EQ(ReasonOf(Create(two).status()), "EXTERNAL_ID_TAKEN");
}

TEST_F(AccountsAppTest, ListsFilterAndPageThroughEverythingOnce) {
  for (int i = 0; i < 5; ++i) {
    v1::CreateAccountRequest request = NewAccount(absl::StrCat("a", i));
    request.mutable_account()->set_owner(i % 2 == 0 ? "ann" : "bob");
    ASSERT_TRUE(Create(request).ok());
  }
  v1::ListAccountsRequest request;
  request.set_owner("ann");
  request.set_page_size(2);
  std::vector<std::string> names;
  do {
    const auto page =
        Call<v1::ListAccountsResponse>(&v1::AccountsService::Stub::ListAccounts, request);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_EQ(page->total_size(), 3);
    for (const v1::Account& account : page->accounts()) names.push_back(account.name());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(names, ElementsAre("accounts/a0", "accounts/a2", "accounts/a4"));
}

TEST_F(AccountsAppTest, RanksAtMidnightOnceEveryPartitionHasPassedIt) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Create(NewAccount(absl::StrCat("a", i))).ok());
  EXPECT_EQ(ReasonOf(GetRfm("a1").status()), "RFM_NO_CUT");
  PublishTicks(midnight_ - absl::Hours(1));
  for (int i = 0; i < 10; ++i) {
    PublishFigures(absl::StrCat("a", i), midnight_, 10 - i, i + 1, 100 * (i + 1));
  }
  PublishTicks(midnight_);
  ASSERT_TRUE(Await([&] { return GetRfm("a9").ok(); }));
  const auto best = GetRfm("a9");
  EXPECT_EQ(best->rank(), 1);
  EXPECT_EQ(best->level(), v1::RFM_LEVEL_STRATEGIC_PARTNER);
  EXPECT_EQ(best->composite_micros(), 5'000'000);
  EXPECT_EQ(best->order_value_minor(), 1'000);
  EXPECT_EQ(journal::FromTimestamp(best->cut_time()), midnight_);
  EXPECT_EQ(Get("a9")->tier(), "strategic-partner");

  // Ten creations and ten changes of tier.
  ASSERT_TRUE(Await([&] { return Journal().size() == 20; }));

  v1::ListRfmRequest request;
  request.set_level(static_cast<v1::RfmLevel>(99));
  EXPECT_EQ(
      ReasonOf(Call<v1::ListRfmResponse>(&v1::AccountsService::Stub::ListRfm, request).status()),
      "LEVEL_INVALID");
  request.set_page_size(3);
  request.set_level(v1::RFM_LEVEL_DEVELOPMENT);
  const auto page = Call<v1::ListRfmResponse>(&v1::AccountsService::Stub::ListRfm, request);
  ASSERT_TRUE(page.ok());
  ASSERT_EQ(page->rfms_size(), 3);
  EXPECT_EQ(page->rfms(0).account(), "accounts/a6");
  EXPECT_EQ(page->next_page_token(), "") << "all three of that level";
  request.set_page_size(2);
  request.clear_level();
  std::vector<int64_t> ranks;
  do {
    const auto each = Call<v1::ListRfmResponse>(&v1::AccountsService::Stub::ListRfm, request);
    ASSERT_TRUE(each.ok()) << each.status();
    for (const v1::Rfm& rfm : each->rfms()) ranks.push_back(rfm.rank());
    request.set_page_token(each->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(ranks, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));

  v1::ListRfmHistoryRequest history;
  history.set_account("accounts/a9");
  const auto changes =
      Call<v1::ListRfmHistoryResponse>(&v1::AccountsService::Stub::ListRfmHistory, history);
  ASSERT_TRUE(changes.ok());
  ASSERT_EQ(changes->changes_size(), 1);
  EXPECT_EQ(changes->changes(0).previous_level(), v1::RFM_LEVEL_UNSPECIFIED);
  EXPECT_EQ(changes->changes(0).rfm().rank(), 1);
}

// A3: nobody waits for the next midnight, whose accounts are in no rule's scope until then.
TEST_F(AccountsAppTest, BetweenTwoCutsAccountsThatComeOrAreReleasedHaveTheirTierAtOnce) {
  v1::CreateAccountRequest pinned = NewAccount("pinned");
  pinned.mutable_account()->set_tier("core");
  pinned.mutable_account()->set_tier_pinned(true);
  ASSERT_TRUE(Create(pinned).ok());
  PublishTicks(midnight_ - absl::Hours(1));
  PublishFigures("pinned", midnight_, 1, 1, 100);
  PublishTicks(midnight_);
  ASSERT_TRUE(Await([&] { return GetRfm("pinned").ok(); }));
  EXPECT_EQ(Create(NewAccount("new"))->tier(), "maintenance");

  v1::UpdateAccountRequest request;
  const auto update = [&](const std::string& id, std::vector<std::string> paths) {
    *request.mutable_account() = *Get(id);
    request.mutable_account()->clear_tier();
    request.mutable_account()->set_tier_pinned(false);
    request.clear_update_mask();
    for (std::string& path : paths) request.mutable_update_mask()->add_paths(std::move(path));
    return *Update(request);
  };
  EXPECT_EQ(update("pinned", {"tier_pinned"}).tier(), "maintenance");
  const std::string etag = Get("new")->etag();
  const v1::Account cleared = update("new", {"tier"});
  EXPECT_EQ(cleared.tier(), "maintenance");
  EXPECT_EQ(cleared.etag(), etag) << "nothing has changed";
  ASSERT_TRUE(Await([&] { return Journal().size() == 3; }));
  EXPECT_EQ(Get("pinned")->tier(), "maintenance");
}

TEST_F(AccountsAppTest, ARestartCountsNothingTwiceAndMissesNothing) {
  ASSERT_TRUE(Create(NewAccount("a")).ok());
  PublishTicks(midnight_ - absl::Hours(1));
  PublishFigures("a", midnight_, 1, 1, 100);
  PublishTicks(midnight_);
  ASSERT_TRUE(Await([&] { return GetRfm("a").ok(); }));
  StopApp();
  PublishFigures("a", midnight_ + absl::Hours(24), 1, 2, 300);
  PublishTicks(midnight_ + absl::Hours(24));
  StartApp();
  ASSERT_TRUE(Await([&] { return GetRfm("a")->order_count() == 2; }));
  ASSERT_TRUE(app_->Ready().ok());
  EXPECT_THAT(metrics_.Expose(), ::testing::HasSubstr("bellwether_accounts_rfm_cuts_total 2"));
}

TEST_F(AccountsAppTest, ASignalThatCannotBeReadGoesToTheDeadLetterAndStopsNothing) {
  Publish(0, {"a", {}, "no headers"});
  PublishTicks(midnight_ - absl::Hours(1));
  PublishFigures("a", midnight_, 1, 1, 100);
  PublishTicks(midnight_);
  ASSERT_TRUE(Await([&] { return GetRfm("a").ok(); }));
  const int32_t partition = PartitionOf("a", kPartitions);
  EXPECT_EQ(bus_->Offsets(bus::kDeadLetterTopic, partition)->end, 1);
}

}  // namespace
}  // namespace bellwether::accounts::app_test
