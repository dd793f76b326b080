// Commands whose COMMIT the store does not answer.
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/outbox/outbox.h"
#include "common/store/testing/test_database.h"
#include "common/stream/testing/faulty_store.h"
#include "common/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "services/accounts/adapters/sql_accounts.h"
#include "services/accounts/application/account_commands.h"

namespace bellwether::accounts::unanswered_commit_test {
namespace {

using stream::testing::CommitFate;

constexpr int kCallers = 16;

class OutboxChanges final : public AccountChanges {
 public:
  // In the transaction of the change, so that only those committed are counted.
  absl::Status Record(store::Transaction& transaction, const Account& account, absl::Time past,
                      absl::Time now) override {
    return outbox::Append(transaction,
                          {{.subject = account.id,
                            .entity_version = account.version,
                            .topic = "journal",
                            .change_time = past}},
                          now);
  }
  void Committed() override {}
};

class UnansweredCommitTest : public ::testing::TestWithParam<CommitFate> {
 protected:
  UnansweredCommitTest() {
    EXPECT_TRUE(CreateTables(*real_).ok());
    EXPECT_TRUE(idempotency::CreateTables(*real_).ok());
    EXPECT_TRUE(outbox::CreateTables(*real_).ok());
  }

  // The next so many commits end so; those after them are answered. Commits come one at a time.
  void LoseAnswers(int count) {
    store_.fate = [this, count]() mutable {
      return count-- > 0 ? GetParam() : CommitFate::kCommitted;
    };
  }
  absl::StatusOr<Account> Create(const std::string& id, const std::string& request_id) {
    Account account;
    account.id = id;
    account.legal_name = id;
    return commands_.Create(account, {"CreateAccount", request_id, id});
  }
  size_t ChangesCommitted() {
    return outbox::ReadUnsent(**real_->BeginRead(), /*rows_max=*/1'000)->size();
  }

  const std::unique_ptr<store::Store> real_ = store::testing::NewScratchStore();
  stream::testing::FaultyStore store_{*real_};
  bellwether::testing::FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  SqlAccounts accounts_{store_};
  OutboxChanges changes_;
  AccountCommands commands_{store_, accounts_, changes_, clock_};
};

TEST_P(UnansweredCommitTest, IsSettledByTheRequestIdAndTheChangeIsMadeOnce) {
  LoseAnswers(1);
  const absl::StatusOr<Account> created = Create("acme", "r1");
  ASSERT_TRUE(created.ok()) << created.status();
  EXPECT_EQ(created->version, 1);
  EXPECT_EQ(ChangesCommitted(), 1u);
}

TEST_P(UnansweredCommitTest, IsSettledForEveryCallOfAGroup) {
  LoseAnswers(1);
  std::vector<absl::Status> outcomes(kCallers);
  std::vector<std::thread> callers;
  for (int i = 0; i < kCallers; ++i) {
    callers.emplace_back([this, i, &outcomes] {
      outcomes[i] = Create(absl::StrCat("account-", i), absl::StrCat("request-", i)).status();
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const absl::Status& outcome : outcomes) EXPECT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(ChangesCommitted(), size_t{kCallers});
}

TEST_P(UnansweredCommitTest, TwiceInARowIsUnavailableAndTheCallersRepeatIsAnswered) {
  LoseAnswers(2);
  const absl::Status unsettled = Create("acme", "r1").status();
  EXPECT_TRUE(absl::IsUnavailable(unsettled)) << unsettled;
  EXPECT_EQ(DetailOf(unsettled)->reason, "COMMIT_UNKNOWN");
  const absl::StatusOr<Account> repeated = Create("acme", "r1");
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_EQ(ChangesCommitted(), 1u);
}

TEST_P(UnansweredCommitTest, StaysUnknownWithoutARequestId) {
  LoseAnswers(1);
  EXPECT_TRUE(absl::IsUnknown(Create("acme", "").status()));
  EXPECT_EQ(ChangesCommitted(), GetParam() == CommitFate::kUnknownCommitted ? 1u : 0u);
}

INSTANTIATE_TEST_SUITE_P(Fates, UnansweredCommitTest,
                         ::testing::Values(CommitFate::kUnknownCommitted,
                                           CommitFate::kUnknownRolledBack),
                         [](const auto& info) {
                           return info.param == CommitFate::kUnknownCommitted ? "ThatHappened"
                                                                              : "ThatDidNotHappen";
                         });

}  // namespace
}  // namespace bellwether::accounts::unanswered_commit_test
