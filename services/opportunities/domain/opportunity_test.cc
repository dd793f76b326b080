#include "services/opportunities/domain/opportunity.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::opportunities::opportunity_test {
namespace {

const absl::Time kMonday = absl::FromUnixSeconds(1'700'000'000);
const absl::Time kTuesday = kMonday + absl::Hours(24);

Process TestProcess() {
  return *Process::Create({{"lead", {"prospecting"}}, {"diagnosis", {}}, {"contract", {}}},
                          {"price", "timing"});
}

template <typename T>
std::string ReasonOf(const absl::StatusOr<T>& result) {
  const auto detail = DetailOf(result.status());
  return detail.has_value() ? detail->reason : result.status().ToString();
}

Opportunity Wanted() {
  Opportunity wanted;
  wanted.id = "o1";
  wanted.account_id = "acme";
  wanted.engage_time = kMonday;
  return wanted;
}

Opportunity Opened() { return *Open(Wanted(), TestProcess()); }

TEST(OpenOpportunity, BeginsOpenInTheFirstStageUnlessGivenAnother) {
  EXPECT_EQ(Opened().stage, "lead");
  EXPECT_EQ(Opened().state, State::kOpen);
  Opportunity wanted = Wanted();
  wanted.state = State::kUnspecified;
  wanted.stage = "diagnosis";
  EXPECT_EQ(Open(wanted, TestProcess())->stage, "diagnosis");
  EXPECT_EQ(Open(wanted, TestProcess())->state, State::kOpen);
  wanted.stage = "prospecting";
  EXPECT_EQ(Open(wanted, TestProcess())->stage, "lead") << "an alias is stored under its stage";
  wanted.stage = "nowhere";
  EXPECT_EQ(ReasonOf(Open(wanted, TestProcess())), "STAGE_UNKNOWN");
}

TEST(OpenOpportunity, TextsShowWhatTheyAre) {  // O1: a11
  const auto refused = [](std::string Opportunity::*field, const char* text) {
    Opportunity wanted = Wanted();
    wanted.*field = text;
    const auto opened = Open(wanted, TestProcess());
    return absl::StrCat(DetailOf(opened.status())->field, " ", ReasonOf(opened));
  };
  const std::vector<std::pair<const char*, std::string Opportunity::*>> texts = {
      {"title", &Opportunity::title},
      {"owner", &Opportunity::owner},
      {"product", &Opportunity::product},
      {"source", &Opportunity::source}};
  const std::vector<std::pair<const char*, const char*>> hidden = {
      {"\u200B", "TEXT_HAS_INVISIBLE_CHARACTERS"},
      {"a\U000E0062", "TEXT_HAS_INVISIBLE_CHARACTERS"},
      {"a\u202Eb", "TEXT_HAS_DIRECTION_CONTROLS"},
      {"\u2067a", "TEXT_HAS_DIRECTION_CONTROLS"},
      {"\u0085", "TEXT_HAS_CONTROL_CHARACTERS"},
      {"\u0301", "TEXT_SHOWS_NOTHING"},
      {"\uFE0F", "TEXT_SHOWS_NOTHING"}};
  for (const auto& [name, field] : texts) {
    for (const auto& [text, reason] : hidden) {
      EXPECT_EQ(refused(field, text), absl::StrCat(name, " ", reason));
    }
  }
  Opportunity wanted = Wanted();
  wanted.title = "\u3000Two  lines ";
  EXPECT_EQ(Tidied(wanted).title, "Two lines");
}

TEST(Opportunities, ClosedAndEngagedInThePast) {  // O1
  const auto field_of = [](const Opportunity* before, const Opportunity& wanted) {
    const absl::Status status = CheckNotAhead(before, wanted, kMonday);
    return status.ok() ? "OK"
                       : absl::StrCat(DetailOf(status)->reason, " ", DetailOf(status)->field);
  };
  Opportunity wanted = Wanted();
  EXPECT_EQ(field_of(nullptr, wanted), "OK");
  wanted.engage_time = kMonday + absl::Microseconds(1);
  EXPECT_EQ(field_of(nullptr, wanted), "TIME_AHEAD engage_time");
  EXPECT_EQ(field_of(&wanted, wanted), "OK") << "written before the rule";
  wanted = Wanted();
  Opportunity won = wanted;
  won.state = State::kWon;
  won.close_time = kTuesday;
  EXPECT_EQ(field_of(nullptr, won), "TIME_AHEAD close_time");
  EXPECT_EQ(field_of(&wanted, won), "TIME_AHEAD close_time");
  won.close_time = kMonday;
  EXPECT_EQ(field_of(&wanted, won), "OK");
}

TEST(OpenOpportunity, MayBeALeadWithoutAccount) {
  Opportunity wanted = Wanted();
  wanted.account_id = "";
  EXPECT_TRUE(Open(wanted, TestProcess()).ok());
  wanted.account_id = "a/b";
  EXPECT_EQ(ReasonOf(Open(wanted, TestProcess())), "ACCOUNT_NAME_INVALID");
  wanted = Wanted();
  wanted.id = "";
  EXPECT_EQ(ReasonOf(Open(wanted, TestProcess())), "OPPORTUNITY_ID_INVALID");
}

TEST(OpenOpportunity, OfThePastSaysWhenItClosed) {
  Opportunity wanted = Wanted();
  wanted.state = State::kWon;
  EXPECT_EQ(ReasonOf(Open(wanted, TestProcess())), "FIELD_MISSING");
  wanted.close_time = kTuesday;
  EXPECT_TRUE(Open(wanted, TestProcess()).ok());
  wanted.close_time = kMonday - absl::Seconds(1);
  EXPECT_EQ(ReasonOf(Open(wanted, TestProcess())), "CLOSED_BEFORE_ENGAGED");
  wanted.state = State::kOpen;
  wanted.close_time = kTuesday;
  EXPECT_EQ(ReasonOf(Open(wanted, TestProcess())), "OPEN_WITH_CLOSE_TIME");
}

TEST(OpenOpportunity, MayBeLostForAnUnknownReasonButNotForAnUncodedOne) {
  Opportunity wanted = Wanted();
  wanted.state = State::kLost;
  wanted.close_time = kTuesday;
  EXPECT_TRUE(Open(wanted, TestProcess()).ok());
  wanted.loss_reason = "price";
  EXPECT_TRUE(Open(wanted, TestProcess()).ok());
  wanted.loss_reason = "because";
  EXPECT_EQ(ReasonOf(Open(wanted, TestProcess())), "LOSS_REASON_UNKNOWN");
  wanted.loss_reason = "price";
  wanted.state = State::kWon;
  EXPECT_EQ(ReasonOf(Open(wanted, TestProcess())), "LOSS_REASON_WITHOUT_LOSS");
}

TEST(OpenOpportunity, TextsAndAmountsAreBounded) {
  Opportunity wanted = Wanted();
  wanted.amount = Money{"CNY", 0, 0};
  EXPECT_TRUE(Open(wanted, TestProcess()).ok());
  wanted.amount = Money{"CNY", -1, -1};
  EXPECT_EQ(ReasonOf(Open(wanted, TestProcess())), "AMOUNT_NEGATIVE");
  wanted = Wanted();
  wanted.title = std::string(kTextLengthMax, 'x');
  EXPECT_TRUE(Open(wanted, TestProcess()).ok());
  wanted.title += 'x';
  EXPECT_EQ(ReasonOf(Open(wanted, TestProcess())), "TEXT_TOO_LONG");
  wanted.title = "a\tb";
  EXPECT_EQ(ReasonOf(Open(wanted, TestProcess())), "TEXT_HAS_CONTROL_CHARACTERS");
}

TEST(AdvanceOpportunity, OnlyMovesToLaterStages) {
  const auto advanced = Advance(Opened(), "contract", TestProcess());
  ASSERT_TRUE(advanced.ok());
  EXPECT_EQ(advanced->stage, "contract");
  EXPECT_EQ(ReasonOf(Advance(*advanced, "contract", TestProcess())), "STAGE_NOT_LATER");
  EXPECT_EQ(ReasonOf(Advance(*advanced, "prospecting", TestProcess())), "STAGE_NOT_LATER");
  EXPECT_EQ(ReasonOf(Advance(Opened(), "nowhere", TestProcess())), "STAGE_UNKNOWN");
}

TEST(CloseOpportunity, HappensOnce) {
  const auto won = Win(Opened(), std::nullopt, kTuesday);
  ASSERT_TRUE(won.ok());
  EXPECT_EQ(won->state, State::kWon);
  EXPECT_EQ(won->close_time, kTuesday);
  EXPECT_EQ(ReasonOf(Win(*won, std::nullopt, kTuesday)), "NOT_OPEN");
  EXPECT_EQ(ReasonOf(Lose(*won, "price", kTuesday, TestProcess())), "NOT_OPEN");
  EXPECT_EQ(ReasonOf(Advance(*won, "contract", TestProcess())), "NOT_OPEN");
}

TEST(CloseOpportunity, NotBeforeItWasEngaged) {
  EXPECT_TRUE(Win(Opened(), std::nullopt, kMonday).ok());
  EXPECT_EQ(ReasonOf(Win(Opened(), std::nullopt, kMonday - absl::Seconds(1))),
            "CLOSED_BEFORE_ENGAGED");
}

TEST(WinOpportunity, KeepsItsAmountUnlessAnotherIsGiven) {
  Opportunity present = Opened();
  present.amount = Money{"CNY", 100, 100};
  EXPECT_EQ(Win(present, std::nullopt, kTuesday)->amount, present.amount);
  EXPECT_EQ(Win(present, Money{"CNY", 90, 90}, kTuesday)->amount->amount_minor, 90);
  EXPECT_EQ(ReasonOf(Win(present, Money{"CNY", -1, -1}, kTuesday)), "AMOUNT_NEGATIVE");
}

TEST(LoseOpportunity, NeedsACodedReason) {
  const auto lost = Lose(Opened(), "timing", kTuesday, TestProcess());
  ASSERT_TRUE(lost.ok());
  EXPECT_EQ(lost->state, State::kLost);
  EXPECT_EQ(lost->loss_reason, "timing");
  EXPECT_EQ(ReasonOf(Lose(Opened(), "", kTuesday, TestProcess())), "LOSS_REASON_UNKNOWN");
  EXPECT_EQ(DetailOf(Lose(Opened(), "", kTuesday, TestProcess()).status())->rule, "O10");
}

TEST(AttachOpportunity, GivesALeadItsAccountOnce) {
  Opportunity lead = Opened();
  lead.account_id = "";
  EXPECT_EQ(Attach(lead, "acme")->account_id, "acme");
  EXPECT_EQ(*Attach(Opened(), "acme"), Opened()) << "the same account changes nothing";
  EXPECT_EQ(ReasonOf(Attach(Opened(), "other")), "ALREADY_ATTACHED");
  EXPECT_EQ(ReasonOf(Attach(lead, "")), "ACCOUNT_NAME_INVALID");
  const auto won = Win(lead, std::nullopt, kTuesday);
  EXPECT_TRUE(Attach(*won, "acme").ok()) << "also after it was won";
}

TEST(WithdrawOpportunity, TakesBackOnlyWhatTheRunOpenedAndNobodyHasChanged) {
  Opportunity opened = Opened();
  opened.import_run = "run";
  opened.version = opened.opened_version = 3;
  EXPECT_TRUE(Withdraw(opened, "run").withdrawn);
  EXPECT_FALSE(Withdraw(opened, "another").withdrawn);
  opened.version = 4;
  EXPECT_EQ(Withdraw(opened, "run"), opened);
}

TEST(Process, HasStagesWithNamesOfTheirOwn) {
  EXPECT_EQ(ReasonOf(Process::Create({}, {})), "PROCESS_INVALID");
  EXPECT_EQ(ReasonOf(Process::Create({{"a", {"b"}}, {"b", {}}}, {})), "PROCESS_INVALID");
  EXPECT_EQ(ReasonOf(Process::Create({{"a b", {}}}, {})), "PROCESS_INVALID");
  EXPECT_EQ(ReasonOf(Process::Create({{"a", {}}}, {"x", "x"})), "PROCESS_INVALID");
  EXPECT_EQ(ReasonOf(Process::Create(std::vector<Stage>(kStagesMax + 1), {})), "PROCESS_INVALID");
  EXPECT_EQ(TestProcess().PlaceOf("contract"), 2);
  EXPECT_EQ(TestProcess().PlaceOf("prospecting"), 0);
  EXPECT_EQ(TestProcess().PlaceOf("nowhere"), -1);
}

}  // namespace
}  // namespace bellwether::opportunities::opportunity_test
