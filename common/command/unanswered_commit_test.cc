// Commands whose COMMIT the store does not answer.
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/command/testing/things.h"
#include "common/outbox/outbox.h"
#include "common/store/testing/test_database.h"
#include "common/stream/testing/faulty_store.h"
#include "gtest/gtest.h"

namespace bellwether::command::unanswered_commit_test {
namespace {

using stream::testing::CommitFate;
using testing::Thing;

constexpr int kCallers = 16;

class UnansweredCommitTest : public ::testing::TestWithParam<CommitFate> {
 protected:
  // The next so many commits end so; those after them are answered. Commits come one at a time.
  void LoseAnswers(int count) {
    store_.fate = [this, count]() mutable {
      return count-- > 0 ? GetParam() : CommitFate::kCommitted;
    };
  }
  absl::StatusOr<Thing> Create(const std::string& id, const std::string& request_id) {
    return service_.Create({.method = "CreateThing", .request_id = request_id, .content = id}, id);
  }
  size_t ChangesCommitted() {
    return outbox::ReadUnsent(**real_->BeginRead(), /*rows_max=*/1'000)->size();
  }

  const std::unique_ptr<store::Store> real_ = store::testing::NewScratchStore();
  stream::testing::FaultyStore store_{*real_};
  testing::ThingService service_{store_, *real_};
};

TEST_P(UnansweredCommitTest, IsSettledByTheRequestIdAndTheChangeIsMadeOnce) {
  LoseAnswers(1);
  const absl::StatusOr<Thing> created = Create("a", "r1");
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
      outcomes[i] = Create(absl::StrCat("thing-", i), absl::StrCat("request-", i)).status();
    });
  }
  for (std::thread& caller : callers) caller.join();
  for (const absl::Status& outcome : outcomes) EXPECT_TRUE(outcome.ok()) << outcome;
  EXPECT_EQ(ChangesCommitted(), size_t{kCallers});
}

TEST_P(UnansweredCommitTest, TwiceInARowIsUnavailableAndTheCallersRepeatIsAnswered) {
  LoseAnswers(2);
  const absl::Status unsettled = Create("a", "r1").status();
  EXPECT_TRUE(absl::IsUnavailable(unsettled)) << unsettled;
  EXPECT_EQ(DetailOf(unsettled)->reason, "COMMIT_UNKNOWN");
  const absl::StatusOr<Thing> repeated = Create("a", "r1");
  ASSERT_TRUE(repeated.ok()) << repeated.status();
  EXPECT_EQ(ChangesCommitted(), 1u);
}

TEST_P(UnansweredCommitTest, StaysUnknownWithoutARequestId) {
  LoseAnswers(1);
  EXPECT_TRUE(absl::IsUnknown(Create("a", "").status()));
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
}  // namespace bellwether::command::unanswered_commit_test
