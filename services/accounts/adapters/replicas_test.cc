// Two replicas of the service on one database, at the same moment.
#include <latch>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/calendar/calendar.h"
#include "common/command/audit_table.h"
#include "common/command/entity_commands.h"
#include "common/consume/positions.h"
#include "common/store/testing/test_database.h"
#include "common/testing/fake_clock.h"
#include "common/testing/memory_bus.h"
#include "gmock/gmock.h"
#include "services/accounts/adapters/account_entities.h"
#include "services/accounts/adapters/newcomers.h"
#include "services/accounts/adapters/rfm_scheme_file.h"
#include "services/accounts/adapters/sql_accounts.h"
#include "services/accounts/adapters/sql_rfm.h"

namespace bellwether::accounts::replicas_test {
namespace {

using ::testing::UnorderedElementsAre;

constexpr int kRounds = 10;
constexpr int kMovesRounds = 4;  // two that wait for each other do so for a second

// What one process has.
struct Replica {
  explicit Replica(const store::testing::TestDatabase& database) : store(database.Open()) {}

  const std::unique_ptr<store::Store> store;
  bellwether::testing::FakeClock clock{absl::FromUnixSeconds(1'800'000'000)};
  const Calendar calendar = *Calendar::Create({});
  const RfmConfig config = *LoadRfmConfig("");
  const consume::Positions positions{"rfm"};
  SqlAccounts accounts{*store};
  SqlRfm rfm{{*store, calendar, positions, /*partitions=*/1, config.classes}};
  const Newcomers newcomers{rfm, config.classes};
  AccountEntities entities{accounts, newcomers, /*ahead_max=*/absl::Minutes(5)};
  const std::unique_ptr<bus::Bus> bus = bellwether::testing::NewMemoryBus(/*partitions=*/1);
  outbox::JournalPhase phase{*bus};
  command::Runner runner{{*store, clock, phase, [] {}}};
  command::EntityCommands<Account> commands{
      runner, entities, {"account", {"ACCOUNT_NOT_FOUND"}, {"ACCOUNT_EXISTS"}}};
};

class ReplicasTest : public ::testing::Test {
 protected:
  ReplicasTest() {
    EXPECT_TRUE(CreateTables(*one_.store).ok());
    EXPECT_TRUE(outbox::CreateTables(*one_.store).ok());
    EXPECT_TRUE(command::CreateTables(*one_.store).ok());
  }

  static Account Named(const std::string& id) {
    Account account;
    account.id = id;
    account.legal_name = id;
    return account;
  }

  static std::string Outcome(const absl::Status& status) {
    if (status.ok()) return "OK";
    const auto detail = DetailOf(status);
    return detail.has_value() ? detail->reason : status.ToString();
  }

  // Runs both on threads of their own that start together; their outcomes.
  template <typename First, typename Second>
  static std::vector<std::string> AtOnce(First first, Second second) {
    std::vector<std::string> outcomes(2);
    std::latch start(2);
    std::thread other([&] {
      start.arrive_and_wait();
      outcomes[1] = Outcome(second());
    });
    start.arrive_and_wait();
    outcomes[0] = Outcome(first());
    other.join();
    return outcomes;
  }

  absl::Status Move(Replica& replica, const std::string& id, const std::string& parent) {
    return replica.commands
        .Change({}, id,
                [&](const Account& present, const command::Moment&) -> absl::StatusOr<Account> {
                  Account moved = present;
                  moved.parent_id = parent;
                  return moved;
                })
        .status();
  }

  const store::testing::TestDatabase database_;
  Replica one_{database_};
  Replica two_{database_};
};

TEST_F(ReplicasTest, TheSameAccountIsCreatedOnceAndTheOtherCallIsRefused) {
  for (int round = 0; round < kRounds; ++round) {
    const Account account = Named(absl::StrCat("account-", round));
    EXPECT_THAT(AtOnce([&] { return one_.commands.Create({}, account).status(); },
                       [&] { return two_.commands.Create({}, account).status(); }),
                UnorderedElementsAre("OK", "ACCOUNT_EXISTS"));
  }
}

TEST_F(ReplicasTest, AnExternalIdIsTakenOnce) {
  for (int round = 0; round < kRounds; ++round) {
    Account first = Named(absl::StrCat("first-", round));
    Account second = Named(absl::StrCat("second-", round));
    first.external_ids = second.external_ids = {{"crm", absl::StrCat(round)}};
    EXPECT_THAT(AtOnce([&] { return one_.commands.Create({}, first).status(); },
                       [&] { return two_.commands.Create({}, second).status(); }),
                UnorderedElementsAre("OK", "EXTERNAL_ID_TAKEN"));
  }
}

TEST_F(ReplicasTest, TheSameRequestGetsOneAnswerFromBoth) {
  for (int round = 0; round < kRounds; ++round) {
    const Account account = Named(absl::StrCat("account-", round));
    const std::string id = absl::StrCat("request-", round);
    const command::Command request{
        .method = "CreateAccount", .request_id = id, .content = "content"};
    EXPECT_THAT(AtOnce([&] { return one_.commands.Create(request, account).status(); },
                       [&] { return two_.commands.Create(request, account).status(); }),
                UnorderedElementsAre("OK", "OK"));
  }
}

TEST_F(ReplicasTest, TwoMovesCannotCloseACircle) {  // A1
  for (int round = 0; round < kMovesRounds; ++round) {
    const std::string a = absl::StrCat("a-", round), b = absl::StrCat("b-", round);
    Account below_a = Named(absl::StrCat("c-", round));
    below_a.parent_id = a;
    for (const Account& account : {Named(a), Named(b), below_a}) {
      ASSERT_TRUE(one_.commands.Create({}, account).ok());
    }
    EXPECT_THAT(AtOnce([&] { return Move(one_, a, b); }, [&] { return Move(two_, b, below_a.id); }),
                UnorderedElementsAre("OK", "HIERARCHY_CYCLE"));
  }
}

TEST_F(ReplicasTest, NoUpdateIsLost) {
  ASSERT_TRUE(one_.commands.Create({}, Named("acme")).ok());
  const auto tag = [](Replica& replica, const std::string& value) {
    return replica.commands
        .Change({}, "acme",
                [&](const Account& present, const command::Moment&) -> absl::StatusOr<Account> {
                  Account tagged = present;
                  tagged.tags.push_back({TagKind::kScenario, value});
                  return tagged;
                })
        .status();
  };
  for (int round = 0; round < kRounds; ++round) {
    EXPECT_THAT(AtOnce([&] { return tag(one_, absl::StrCat("one-", round)); },
                       [&] { return tag(two_, absl::StrCat("two-", round)); }),
                UnorderedElementsAre("OK", "OK"));
  }
  const auto transaction = one_.store->BeginRead();
  const auto account = one_.accounts.Find(**transaction, "acme");
  ASSERT_TRUE(account.ok() && account->has_value());
  EXPECT_EQ((*account)->tags.size(), 2u * kRounds);
  EXPECT_EQ((*account)->version, 1 + 2 * kRounds);
}

}  // namespace
}  // namespace bellwether::accounts::replicas_test
