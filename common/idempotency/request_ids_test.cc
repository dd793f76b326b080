#include "common/idempotency/request_ids.h"

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "common/base/status.h"
#include "common/store/run_transaction.h"
#include "common/store/testing/test_database.h"
#include "gtest/gtest.h"

namespace bellwether::idempotency::request_ids_test {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class RequestIdsTest : public ::testing::Test {
 protected:
  RequestIdsTest() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  // Answers with the number of times a mutation has run, or fails on demand.
  absl::StatusOr<std::string> Call(const Request& request, bool fail = false) {
    ASSIGN_OR_RETURN(auto transaction, store_->Begin());
    ASSIGN_OR_RETURN(std::string answer,
                     AnswerOnce(*transaction, request, kNow,
                                [&](store::Transaction&) -> absl::StatusOr<std::string> {
                                  if (fail) return absl::NotFoundError("no");
                                  return std::to_string(++runs_);
                                }));
    RETURN_IF_ERROR(transaction->Commit());
    return answer;
  }

  std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  int runs_ = 0;
};

TEST_F(RequestIdsTest, TheSameRequestGetsTheFirstAnswerAndRunsOnce) {
  EXPECT_EQ(*Call({"Create", "r1", "content"}), "1");
  EXPECT_EQ(*Call({"Create", "r1", "content"}), "1");
  EXPECT_EQ(runs_, 1);
}

TEST_F(RequestIdsTest, TheSameRequestElsewhereWaitsForTheFirstAnswer) {
  const store::testing::TestDatabase database;
  const auto one = database.Open(), two = database.Open();
  ASSERT_TRUE(CreateTables(*one).ok());
  std::atomic<int> runs = 0;
  const auto call = [&](store::Store& store, absl::FunctionRef<void()> meanwhile) -> std::string {
    std::string answer;
    const absl::Status status =
        store::RunTransaction(store, [&](store::Transaction& transaction) -> absl::Status {
          ASSIGN_OR_RETURN(answer,
                           AnswerOnce(transaction, {"Create", "r1", "content"}, kNow,
                                      [&](store::Transaction&) -> absl::StatusOr<std::string> {
                                        meanwhile();
                                        return std::to_string(++runs);
                                      }));
          return absl::OkStatus();
        });
    return status.ok() ? answer : status.ToString();
  };
  std::thread other;
  std::string other_answer;
  EXPECT_EQ(call(*one, [&] { other = std::thread([&] { other_answer = call(*two, [] {}); }); }),
            "1");
  other.join();
  EXPECT_EQ(other_answer, "1");
  EXPECT_EQ(runs, 1);
}

TEST_F(RequestIdsTest, OtherContentOrAnotherMethodUnderTheSameIdIsRefused) {
  ASSERT_TRUE(Call({"Create", "r1", "content"}).ok());
  for (const Request& other : {Request{"Create", "r1", "other"}, Request{"Update", "r1", "content"},
                               Request{"Createc", "r1", "ontent"}}) {
    const absl::Status refused = Call(other).status();
    EXPECT_TRUE(absl::IsAlreadyExists(refused));
    EXPECT_EQ(DetailOf(refused)->reason, "REQUEST_ID_REUSED");
  }
  EXPECT_EQ(runs_, 1);
}

TEST_F(RequestIdsTest, WithoutAnIdEveryCallRuns) {
  EXPECT_EQ(*Call({"Create", "", "content"}), "1");
  EXPECT_EQ(*Call({"Create", "", "content"}), "2");
}

TEST_F(RequestIdsTest, AFailedRequestMayBeTriedAgain) {
  EXPECT_TRUE(absl::IsNotFound(Call({"Create", "r1", "content"}, /*fail=*/true).status()));
  EXPECT_EQ(*Call({"Create", "r1", "content"}), "1");
}

TEST(SettledOutcome, IsThatOfTheSecondRunWhereTheFirstIsNotKnown) {
  const absl::Status unknown = absl::UnknownError("the answer was lost");
  const auto settle = [](absl::string_view id, const std::vector<absl::Status>& outcomes) {
    size_t runs = 0;
    const absl::Status settled =
        Settled({"Create", id, "content"}, [&] { return outcomes[runs++]; });
    EXPECT_EQ(runs, outcomes.size());
    return settled;
  };
  EXPECT_TRUE(settle("r1", {absl::OkStatus()}).ok());
  EXPECT_TRUE(absl::IsNotFound(settle("r1", {absl::NotFoundError("no")})));
  EXPECT_TRUE(settle("r1", {unknown, absl::OkStatus()}).ok());
  EXPECT_TRUE(absl::IsNotFound(settle("r1", {unknown, absl::NotFoundError("no")})));
  EXPECT_TRUE(absl::IsUnknown(settle("", {unknown}))) << "a second run might do it twice";
  const absl::Status unsettled = settle("r1", {unknown, unknown});
  EXPECT_TRUE(absl::IsUnavailable(unsettled)) << "so that clients send it again";
  EXPECT_EQ(DetailOf(unsettled)->reason, "COMMIT_UNKNOWN");
}

TEST_F(RequestIdsTest, IdsAreBounded) {
  EXPECT_TRUE(Call({"Create", std::string(kRequestIdLengthMax, 'r'), "content"}).ok());
  EXPECT_TRUE(absl::IsInvalidArgument(
      Call({"Create", std::string(kRequestIdLengthMax + 1, 'r'), "content"}).status()));
}

TEST_F(RequestIdsTest, AnswersAreForgottenAfterTheirTimeAndNotBefore) {
  for (const char* id : {"r1", "r2", "r3"}) ASSERT_TRUE(Call({"Create", id, "content"}).ok());
  auto transaction = store_->Begin();
  ASSERT_TRUE(transaction.ok());
  EXPECT_EQ(*Prune(**transaction, kNow, 10), 0);
  EXPECT_EQ(*Prune(**transaction, kNow + absl::Microseconds(1), 2), 2);
  EXPECT_EQ(*Prune(**transaction, kNow + absl::Microseconds(1), 2), 1);
}

}  // namespace
}  // namespace bellwether::idempotency::request_ids_test
