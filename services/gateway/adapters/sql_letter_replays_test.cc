#include "services/gateway/adapters/sql_letter_replays.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/store/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/gateway/adapters/sql_gateway_tables.h"

namespace bellwether::gateway::sql_letter_replays_test {
namespace {

using ingest::v1::DeadLetterReplay;
using ingest::v1::StoredReplay;
using ::testing::ElementsAre;
using ::testing::SizeIs;

class SqlReplays : public ::testing::Test {
 protected:
  SqlReplays() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  static StoredReplay Replay(const std::string& id, int64_t started_seconds) {
    StoredReplay replay;
    replay.mutable_replay()->set_name(absl::StrCat("deadLetterReplays/", id));
    replay.mutable_replay()->set_state(ingest::v1::REPLAY_STATE_RUNNING);
    replay.mutable_replay()->mutable_start_time()->set_seconds(started_seconds);
    return replay;
  }
  bool End(StoredReplay replay, int64_t ended_seconds = 10) {
    replay.mutable_replay()->set_state(ingest::v1::REPLAY_STATE_DONE);
    replay.mutable_replay()->mutable_end_time()->set_seconds(ended_seconds);
    return *rows_.Advance({.stored = replay}, {});
  }
  static std::vector<ReplayRows::Result> Results(int64_t count) {
    std::vector<ReplayRows::Result> results(static_cast<size_t>(count));
    for (int64_t i = 0; i < count; ++i) {
      results[static_cast<size_t>(i)].position = i;
      results[static_cast<size_t>(i)].result.mutable_replay()->set_state(
          ingest::v1::LETTER_REPLAY_STATE_ACCEPTED);
    }
    return results;
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  SqlReplayRows rows_{*store_};
};

TEST_F(SqlReplays, OnlyOneRunsAtATime) {
  ASSERT_TRUE(rows_.Insert(Replay("a", 1), "request-a").ok());
  EXPECT_EQ(DetailOf(rows_.Insert(Replay("b", 2), ""))->reason, "REPLAY_RUNNING");
  EXPECT_EQ(rows_.Running().value()->stored.replay().name(), "deadLetterReplays/a");
  EXPECT_EQ(rows_.FindByRequest("request-a").value()->stored.replay().name(),
            "deadLetterReplays/a");
  EXPECT_TRUE(End(Replay("a", 1)));
  EXPECT_FALSE(rows_.Running().value().has_value());
  EXPECT_FALSE(End(Replay("a", 1))) << "what has ended goes no further";
  EXPECT_TRUE(rows_.Insert(Replay("b", 2), "").ok());
}

TEST_F(SqlReplays, AreListedTheNewestFirst) {
  for (const auto& [id, started] : {std::pair("b", 2), {"a", 2}, {"c", 1}}) {
    ASSERT_TRUE(rows_.Insert(Replay(id, started), "").ok());
    ASSERT_TRUE(End(Replay(id, started)));
  }
  std::vector<std::string> names;
  std::string after;
  while (true) {
    const auto page = rows_.List(after, 1).value();
    if (page.empty()) break;
    after = page[0].name();
    names.push_back(after);
  }
  EXPECT_THAT(names,
              ElementsAre("deadLetterReplays/b", "deadLetterReplays/a", "deadLetterReplays/c"));
}

TEST_F(SqlReplays, KeepTheResultOfEachLetter) {
  const StoredReplay replay = Replay("a", 1);
  ASSERT_TRUE(rows_.Insert(replay, "").ok());
  std::vector<ReplayRows::Result> results(2);
  results[0].result.set_dead_letter("deadLetters/0-0");
  results[0].result.mutable_replay()->set_state(ingest::v1::LETTER_REPLAY_STATE_ACCEPTED);
  results[1].position = 1;
  results[1].result.set_dead_letter("deadLetters/0-1");
  results[1].result.mutable_replay()->set_state(ingest::v1::LETTER_REPLAY_STATE_REFUSED);
  ASSERT_TRUE(*rows_.Advance({.stored = replay}, results));
  const std::string& name = replay.replay().name();
  EXPECT_THAT(rows_.Results(name, ingest::v1::LETTER_REPLAY_STATE_UNSPECIFIED, -1, 10).value(),
              SizeIs(2));
  const auto refused = rows_.Results(name, ingest::v1::LETTER_REPLAY_STATE_REFUSED, -1, 10).value();
  ASSERT_THAT(refused, SizeIs(1));
  EXPECT_EQ(refused[0].result.dead_letter(), "deadLetters/0-1");
  EXPECT_THAT(rows_.Results(name, ingest::v1::LETTER_REPLAY_STATE_UNSPECIFIED, 0, 10).value(),
              SizeIs(1));
}

TEST_F(SqlReplays, OfTwoThatReadTheSameOnlyTheFirstWrites) {
  ASSERT_TRUE(rows_.Insert(Replay("a", 1), "").ok());
  KeptReplay first = *rows_.Running().value();
  KeptReplay second = first;
  first.stored.set_next_position(2);
  EXPECT_TRUE(*rows_.Advance(first, Results(2)));
  second.stored.set_next_position(1);
  const auto late = rows_.Advance(second, Results(1));
  ASSERT_TRUE(late.ok()) << late.status();
  EXPECT_FALSE(*late);
  const KeptReplay now = *rows_.Running().value();
  EXPECT_EQ(now.stored.next_position(), 2);
  EXPECT_TRUE(*rows_.Advance(now, {}));
}

TEST_F(SqlReplays, ACancellationIsAskedForAndEndsNothingByItself) {
  ASSERT_TRUE(rows_.Insert(Replay("a", 1), "").ok());
  EXPECT_FALSE(rows_.Running().value()->cancel_asked);
  const KeptReplay before = *rows_.Running().value();
  ASSERT_TRUE(rows_.AskToCancel("deadLetterReplays/a").ok());
  EXPECT_TRUE(rows_.Running().value()->cancel_asked);
  EXPECT_NE(rows_.List("", 1).value()[0].waiting_for(), "");
  EXPECT_TRUE(*rows_.Advance(before, Results(1))) << "what was under way is written down";
  EXPECT_TRUE(rows_.Running().value()->cancel_asked);
}

TEST_F(SqlReplays, WhatHasEndedIsForgottenWithItsResultsPieceByPiece) {
  ASSERT_TRUE(rows_.Insert(Replay("a", 1), "").ok());
  ASSERT_TRUE(*rows_.Advance(*rows_.Running().value(), Results(kReplayResultsPrunedMax + 1)));
  KeptReplay ended = *rows_.Running().value();
  ended.stored.mutable_replay()->set_state(ingest::v1::REPLAY_STATE_DONE);
  ended.stored.mutable_replay()->mutable_end_time()->set_seconds(100);
  ASSERT_TRUE(*rows_.Advance(ended, {}));
  ASSERT_TRUE(rows_.Insert(Replay("b", 2), "").ok());
  ASSERT_TRUE(End(Replay("b", 2), 200));
  ASSERT_TRUE(rows_.Insert(Replay("c", 3), "").ok());
  const auto left = [&] {
    return rows_.Results("deadLetterReplays/a", ingest::v1::LETTER_REPLAY_STATE_UNSPECIFIED, -1, 10)
        .value()
        .size();
  };
  EXPECT_FALSE(*rows_.Prune(absl::FromUnixSeconds(100))) << "ended no earlier than then";
  EXPECT_TRUE(*rows_.Prune(absl::FromUnixSeconds(101)));
  EXPECT_EQ(left(), 1u);
  EXPECT_TRUE(rows_.Find("deadLetterReplays/a").value().has_value());
  EXPECT_TRUE(*rows_.Prune(absl::FromUnixSeconds(101)));
  EXPECT_EQ(left(), 0u);
  EXPECT_FALSE(rows_.Find("deadLetterReplays/a").value().has_value());
  EXPECT_FALSE(*rows_.Prune(absl::FromUnixSeconds(101)));
  EXPECT_THAT(rows_.List("", 10).value(), SizeIs(2)) << "one ended later, one runs";
}

TEST_F(SqlReplays, AnAttemptThatWasAcceptedStaysSo) {
  SqlReplayedLetters letters(*store_);
  ingest::v1::LetterReplay attempt;
  attempt.set_state(ingest::v1::LETTER_REPLAY_STATE_REFUSED);
  attempt.set_principal("li");
  attempt.mutable_rejection()->set_reason("UNKNOWN_CURRENCY");
  ASSERT_TRUE(letters.Add("deadLetters/0-0", attempt).ok());
  EXPECT_EQ(letters.Among({"deadLetters/0-0", "deadLetters/0-1"})
                .value()
                .at("deadLetters/0-0")
                .rejection()
                .reason(),
            "UNKNOWN_CURRENCY");
  attempt.set_state(ingest::v1::LETTER_REPLAY_STATE_ACCEPTED);
  attempt.clear_rejection();
  ASSERT_TRUE(letters.Add("deadLetters/0-0", attempt).ok());
  attempt.set_state(ingest::v1::LETTER_REPLAY_STATE_REFUSED);
  ASSERT_TRUE(letters.Add("deadLetters/0-0", attempt).ok());
  EXPECT_EQ(letters.Among({"deadLetters/0-0"}).value().at("deadLetters/0-0").state(),
            ingest::v1::LETTER_REPLAY_STATE_ACCEPTED);
}

}  // namespace
}  // namespace bellwether::gateway::sql_letter_replays_test
