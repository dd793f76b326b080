// Facts that were wrong (H1): whatever the order of facts, refunds, retractions, revisions and
// copies, the end is that of an account that never had what does not count.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/health/application/fact_outcome.h"
#include "services/health/testing/fold_rig.h"
#include "services/health/testing/models.h"

namespace bellwether::health::correction_test {
namespace {

using ::testing::IsEmpty;

constexpr char kAccount[] = "acme";

events::v1::Fact OrderOf(int64_t amount, int64_t revision = 0) {
  events::v1::Fact fact;
  auto& money = *fact.mutable_order_placed()->mutable_amount();
  money.set_amount_minor(amount);
  money.set_base_amount_minor(amount);
  fact.set_revision(revision);
  return fact;
}
events::v1::Fact RefundOf(int64_t amount) {
  events::v1::Fact fact;
  auto& money = *fact.mutable_order_refunded()->mutable_amount();
  money.set_amount_minor(amount);
  money.set_base_amount_minor(amount);
  return fact;
}
events::v1::Fact GrowthOf(int64_t micros, int64_t revision = 0) {
  events::v1::Fact fact;
  fact.mutable_revenue_growth_reported()->set_growth_micros(micros);
  fact.set_revision(revision);
  return fact;
}
events::v1::Fact RetractedOf(const std::string& id, std::optional<int64_t> revision = {}) {
  events::v1::Fact fact;
  fact.mutable_fact_retracted()->set_id(id);
  if (revision) fact.mutable_fact_retracted()->set_revision(*revision);
  return fact;
}

enum class Step { kOpened, kResponded, kResolved };
events::v1::Fact CaseOf(const std::string& id, Step step) {
  events::v1::Fact fact;
  if (step == Step::kOpened) fact.mutable_case_opened()->set_case_id(id);
  if (step == Step::kResponded) fact.mutable_case_first_responded()->set_case_id(id);
  if (step == Step::kResolved) fact.mutable_case_resolved()->set_case_id(id);
  return fact;
}

class CorrectionTest : public ::testing::Test {
 protected:
  CorrectionTest() { Begin(rig_); }

  static void Begin(FoldRig& rig) {
    rig.SendSemantics(journal::kNewestSemantics);
    rig.SendActivation(SmallActivation(), absl::UnixEpoch());
  }
  void Send(const std::string& id, absl::Time time, const events::v1::Fact& fact,
            const std::string& run = "") {
    now_ += absl::Seconds(1);
    rig_.SendFact(kAccount, id, time, fact, now_, run);
    rig_.Drain();
  }
  int64_t Value(absl::string_view name) {
    static const auto model = SmallActiveModel();
    return ValueOf(*model, rig_.Live(kAccount)->account.live(), name);
  }
  FactFate FateOf(const std::string& id) {
    const auto history = HistoryReader::Open(rig_.settings.history, rig_.calendar,
                                             FoldRig::PartitionFor(kAccount), 1'000'000);
    EXPECT_TRUE(history.ok()) << history.status();
    const auto fate = FateOfFact(rig_.calendar, **history, kAccount, "test", id);
    EXPECT_TRUE(fate.ok() && fate->has_value()) << id;
    return **fate;
  }
  void ExpectSameAsItsHistory() {
    rig_.Drain();
    const auto live = rig_.Live(kAccount);
    const Refolded refolded = rig_.RefoldNow(kAccount);
    EXPECT_EQ(live->account.series(), refolded.account.series());
    EXPECT_EQ(live->account.seen(), refolded.account.seen());
    EXPECT_EQ(live->account.corrections(), refolded.account.corrections());
    EXPECT_EQ(live->account.live(), refolded.account.live());
    EXPECT_EQ(live->account.emitted(), refolded.account.emitted());
  }

  FoldRig rig_;
  absl::Time now_ = FoldRig::Noon();
};

TEST_F(CorrectionTest, ARetractedFactDoesNotCountAndItsCopiesStayOut) {
  Send("o1", FoldRig::Noon(-3), OrderOf(700));
  Send("o2", FoldRig::Noon(-1), OrderOf(200));
  Send("r1", now_, RetractedOf("o1"));
  EXPECT_EQ(Value("orders.value_30d"), 200 * kPoint);
  EXPECT_EQ(Value("orders.count_30d"), kPoint);
  EXPECT_EQ(FateOf("o1").outcome, FactOutcome::kRetracted);
  EXPECT_EQ(FateOf("o1").retracted_by->id, "r1");
  EXPECT_EQ(FateOf("o2").outcome, FactOutcome::kLate);
  Send("o1", FoldRig::Noon(-3), OrderOf(700));
  Send("r2", now_, RetractedOf("o1"));
  EXPECT_EQ(Value("orders.value_30d"), 200 * kPoint);
  EXPECT_EQ(FateOf("r2").outcome, FactOutcome::kDuplicate);
  EXPECT_THAT(rig_.DeadLetters(), IsEmpty());
  ExpectSameAsItsHistory();
  rig_.Stop();
  ExpectSameAsItsHistory();
}

TEST_F(CorrectionTest, TheLatestValueBeforeARetractedOneIsBack) {
  Send("g1", FoldRig::Noon(-9), GrowthOf(10'000));
  Send("g2", FoldRig::Noon(-1), GrowthOf(-40'000));
  Send("r1", now_, RetractedOf("g2"));
  EXPECT_EQ(Value("revenue.growth"), 10'000);
  Send("r2", now_, RetractedOf("g1"));
  EXPECT_EQ(Value("revenue.growth"), kAbsent);
  ExpectSameAsItsHistory();
}

TEST_F(CorrectionTest, AHigherRevisionReplacesAlsoOnAnotherDay) {
  Send("o1", FoldRig::Noon(-3), OrderOf(700));
  Send("o1", FoldRig::Noon(-2), OrderOf(300, 1));
  EXPECT_EQ(Value("orders.value_30d"), 300 * kPoint);
  EXPECT_EQ(Value("orders.recency_90d"), 2 * kPoint);
  EXPECT_EQ(FateOf("o1").outcome, FactOutcome::kLate);
  Send("o1", FoldRig::Noon(-3), OrderOf(700));
  EXPECT_EQ(Value("orders.value_30d"), 300 * kPoint);
  Send("o1", FoldRig::Noon(-2), OrderOf(900, 1));
  ASSERT_EQ(rig_.DeadLetters().size(), 1u) << "one revision says one thing";
  // Taken back, and said once more.
  Send("r1", now_, RetractedOf("o1", 1));
  EXPECT_EQ(Value("orders.count_30d"), kAbsent);
  Send("o1", FoldRig::Noon(-2), OrderOf(100, 2));
  EXPECT_EQ(Value("orders.value_30d"), 100 * kPoint);
  ExpectSameAsItsHistory();
}

TEST_F(CorrectionTest, AChangeOfTheScoreSaysThatItsFactWasTakenBack) {  // H4
  Send("o1", FoldRig::Noon(), OrderOf(700));
  Send("r1", now_, RetractedOf("o1"));
  const auto history = HistoryReader::Open(rig_.settings.history, rig_.calendar,
                                           FoldRig::PartitionFor(kAccount), 1'000'000);
  const auto explained =
      ExplainHealth(rig_.calendar, **history,
                    {.account = kAccount, .from = FoldRig::Noon(-1), .to = now_, .changes_max = 9});
  ASSERT_TRUE(explained.ok()) << explained.status();
  ASSERT_EQ(explained->changes.size(), 2u);
  EXPECT_EQ(explained->changes[1].record->id, "o1");
  ASSERT_TRUE(explained->changes[1].retracted_by.has_value());
  EXPECT_EQ(explained->changes[1].retracted_by->id, "r1");
  EXPECT_EQ(explained->changes[0].record->retracted_id, "o1");
  EXPECT_EQ(explained->changes[0].score_after, kAbsent);
}

TEST_F(CorrectionTest, ASignalSaysThatHistoryWasRestated) {
  Send("o1", FoldRig::Noon(-3), OrderOf(700));
  Send("o2", FoldRig::Noon(-2), OrderOf(100));
  Send("r1", now_, RetractedOf("o1"));
  now_ += absl::Minutes(1);
  rig_.SendTick(now_);
  rig_.Drain();
  const auto signals = rig_.SignalsOf(kAccount);
  ASSERT_GE(signals.size(), 4u);
  const events::v1::SignalStep& step = signals[2].steps(0);
  EXPECT_TRUE(step.history_restated());
  EXPECT_EQ(step.cause().type(), "fact_retracted");
  EXPECT_EQ(step.cause().retracts().id(), "o1");
  EXPECT_EQ(step.cause().retracts().source(), "test");
  EXPECT_FALSE(signals[1].steps(0).history_restated());
  // The closed days, with the next tick.
  EXPECT_GT(signals.back().steps(0).restated_size(), 0);
}

TEST_F(CorrectionTest, AWithdrawnImportRunNeverWas) {  // H1
  Send("o1", FoldRig::Noon(-5), OrderOf(50), "run-1");
  Send("o2", FoldRig::Noon(-3), OrderOf(700), "run-2");
  Send("o1", FoldRig::Noon(-5), OrderOf(60, 1), "run-2");
  EXPECT_EQ(Value("orders.value_30d"), 760 * kPoint);
  rig_.SendWithdrawal("run-2", now_ += absl::Seconds(1));
  rig_.SendWithdrawal("run-2", now_ += absl::Seconds(1));
  rig_.Drain();
  EXPECT_EQ(Value("orders.value_30d"), 50 * kPoint) << "what it had replaced counts again";
  EXPECT_EQ(FateOf("o2").outcome, FactOutcome::kRetracted);
  ExpectSameAsItsHistory();
  // A late copy stays out, another run may say it again.
  Send("o2", FoldRig::Noon(-3), OrderOf(700), "run-2");
  EXPECT_EQ(Value("orders.count_30d"), kPoint);
  rig_.Stop();  // also across a restart
  Send("o2", FoldRig::Noon(-3), OrderOf(700), "run-2");
  EXPECT_EQ(Value("orders.count_30d"), kPoint);
  Send("o2", FoldRig::Noon(-3), OrderOf(710), "run-3");
  EXPECT_EQ(Value("orders.value_30d"), 760 * kPoint);
  EXPECT_EQ(FateOf("o2").outcome, FactOutcome::kLate);
  ExpectSameAsItsHistory();
}

TEST_F(CorrectionTest, TheDurationsOfACaseFollowFromItsOwnFacts) {  // H1
  Send("c1", FoldRig::Noon(-2), CaseOf("c", Step::kOpened));
  Send("c2", FoldRig::Noon(-2) + absl::Hours(3), CaseOf("c", Step::kResponded));
  EXPECT_EQ(Value("cases.response_28d"), 3 * kPoint);
  // Opened an hour later than was said.
  Send("c1", FoldRig::Noon(-2) + absl::Hours(1), [] {
    events::v1::Fact fact = CaseOf("c", Step::kOpened);
    fact.set_revision(1);
    return fact;
  }());
  EXPECT_EQ(Value("cases.response_28d"), 2 * kPoint);
  Send("r1", now_, RetractedOf("c1"));
  EXPECT_EQ(Value("cases.response_28d"), kAbsent) << "unknown, not none";
  ExpectSameAsItsHistory();
  rig_.Stop();
  ExpectSameAsItsHistory();
}

// A negative order of an old journal stays what it was; behind the record it is a refund.
TEST(Semantics, ChangeWhatRecordsMeanOnlyFromTheirRecordOn) {
  FoldRig rig;
  rig.SendActivation(SmallActivation(), absl::UnixEpoch());
  rig.SendFact(kAccount, "o1", FoldRig::Noon(-3), OrderOf(700), FoldRig::Noon());
  rig.SendFact(kAccount, "o2", FoldRig::Noon(-2), OrderOf(-100), FoldRig::Noon());
  rig.Drain();
  static const auto model = SmallActiveModel();
  const auto value = [&](absl::string_view name) {
    return ValueOf(*model, rig.Live(kAccount)->account.live(), name);
  };
  EXPECT_EQ(value("orders.count_30d"), 2 * kPoint);
  rig.SendSemantics(journal::kNewestSemantics);
  rig.SendFact(kAccount, "o3", FoldRig::Noon(-1), OrderOf(-100), FoldRig::Noon());
  // Copies of what came before are told by the content as it was hashed then.
  rig.SendFact(kAccount, "o1", FoldRig::Noon(-3), OrderOf(700), FoldRig::Noon());
  // Also where the importer has learned to say what the source said.
  events::v1::Fact stated = OrderOf(700);
  stated.set_stated("amount=7.00");
  stated.set_date_only(true);
  rig.SendFact(kAccount, "o1", FoldRig::Noon(-3), stated, FoldRig::Noon());
  rig.Drain();
  EXPECT_EQ(value("orders.count_30d"), 2 * kPoint);
  EXPECT_EQ(value("orders.value_30d"), 500 * kPoint);
  EXPECT_EQ(value("orders.recency_90d"), 2 * kPoint);
  EXPECT_THAT(rig.DeadLetters(), IsEmpty());
  EXPECT_EQ(rig.RefoldNow(kAccount).account.series(), rig.Live(kAccount)->account.series());
  // Also where the records are sealed, and what was in force is read from the store.
  rig.Stop();
  rig.SendFact(kAccount, "o4", FoldRig::Noon(-1), OrderOf(-100), FoldRig::Noon());
  rig.Drain();
  EXPECT_EQ(value("orders.count_30d"), 2 * kPoint);
  EXPECT_EQ(rig.RefoldNow(kAccount).account.series(), rig.Live(kAccount)->account.series());
}

TEST(Content, IsWhatTheSourceSaidAndNotWhatItCameTo) {  // ADR 0020
  FoldRig rig;
  rig.SendSemantics(journal::kNewestSemantics);
  const auto send = [&](const std::string& id, absl::Time time, const events::v1::Fact& fact) {
    rig.SendFact(kAccount, id, time, fact, FoldRig::Noon(1));
    rig.Drain();
    return rig.DeadLetters().size();
  };
  // Rates of another day.
  events::v1::Fact order = OrderOf(100);
  EXPECT_EQ(send("rates", FoldRig::Noon(), order), 0u);
  order.mutable_order_placed()->mutable_amount()->set_base_amount_minor(705);
  EXPECT_EQ(send("rates", FoldRig::Noon(), order), 0u);
  order.mutable_order_placed()->mutable_amount()->set_amount_minor(101);
  EXPECT_EQ(send("rates", FoldRig::Noon(), order), 1u);
  // The instant within a day that is all the source named.
  events::v1::Fact dated = OrderOf(100);
  dated.set_date_only(true);
  EXPECT_EQ(send("dated", FoldRig::Noon(), dated), 1u);
  EXPECT_EQ(send("dated", FoldRig::Noon() + absl::Hours(3), dated), 1u);
  EXPECT_EQ(send("dated", FoldRig::Noon(1), dated), 2u) << "another day";
  EXPECT_EQ(send("exact", FoldRig::Noon(), OrderOf(100)), 2u);
  EXPECT_EQ(send("exact", FoldRig::Noon() + absl::Hours(3), OrderOf(100)), 3u);
  // Scales, in the words of the importer.
  events::v1::Fact stated = OrderOf(100);
  stated.set_stated("amount=1.00");
  EXPECT_EQ(send("stated", FoldRig::Noon(), stated), 3u);
  stated.mutable_order_placed()->mutable_amount()->set_amount_minor(1);
  EXPECT_EQ(send("stated", FoldRig::Noon(), stated), 3u);
  stated.set_stated("amount=1.01");
  EXPECT_EQ(send("stated", FoldRig::Noon(), stated), 4u);
  events::v1::Fact other_kind = RefundOf(100);
  other_kind.set_stated("amount=1.00");
  EXPECT_EQ(send("stated", FoldRig::Noon(), other_kind), 5u);
}

struct Saying {
  std::string id;
  absl::Time time;
  events::v1::Fact fact;
  bool counts = true;
};

// Facts, of which some are taken back or replaced, with what takes them back.
std::vector<Saying> RandomSayings(std::mt19937_64& random) {
  std::vector<Saying> sayings;
  const auto day = [&] { return FoldRig::Noon(-static_cast<int>(random() % 50)); };
  for (int i = 0; i < 14; ++i) {
    const std::string id = absl::StrCat("f", i);
    const auto amount = static_cast<int64_t>(random() % 900);
    const bool growth = random() % 3 == 0;
    const auto some = [&](int64_t value, int64_t revision) {
      return growth ? GrowthOf(value * 100, revision) : OrderOf(value, revision);
    };
    switch (random() % 8) {
      case 6: {
        // Durations follow from the facts of the case, unless its opening never was.
        const absl::Time opened = day();
        const bool never = random() % 2 == 0;
        sayings.push_back({id + "o", opened, CaseOf(id, Step::kOpened), !never});
        sayings.push_back({id + "r", opened + absl::Hours(2), CaseOf(id, Step::kResponded)});
        sayings.push_back({id + "e", opened + absl::Hours(20), CaseOf(id, Step::kResolved)});
        if (never) sayings.push_back({absl::StrCat("r", i), day(), RetractedOf(id + "o"), false});
        break;
      }
      case 0:
        sayings.push_back({id, day(), RefundOf(amount)});
        break;
      case 1:
        sayings.push_back({id, day(), some(amount, 0), false});
        sayings.push_back({absl::StrCat("r", i), day(), RetractedOf(id), false});
        break;
      case 2:
        sayings.push_back({id, day(), some(amount, 0), false});
        sayings.push_back({id, day(), some(amount + 1, 1), false});
        sayings.push_back({id, day(), some(amount + 2, 2)});
        break;
      case 3:
        sayings.push_back({id, day(), some(amount, 0), false});
        sayings.push_back({absl::StrCat("r", i), day(), RetractedOf(id, 0), false});
        sayings.push_back({id, day(), some(amount + 1, 1)});
        break;
      default:
        sayings.push_back({id, day(), some(amount, 0)});
        break;
    }
  }
  return sayings;
}

class AnyOrder : public ::testing::TestWithParam<uint64_t> {};

TEST_P(AnyOrder, EndsAsIfWhatDoesNotCountHadNeverBeen) {
  std::mt19937_64 random(GetParam());
  const std::vector<Saying> sayings = RandomSayings(random);
  FoldRig had(/*segment_offsets=*/16);
  FoldRig never;
  for (FoldRig* rig : {&had, &never}) {
    rig->SendSemantics(journal::kNewestSemantics);
    rig->SendActivation(SmallActivation(), absl::UnixEpoch());
  }
  std::vector<Saying> sent = sayings;
  for (int copies = 0; copies < 8; ++copies) sent.push_back(sayings[random() % sayings.size()]);
  std::shuffle(sent.begin(), sent.end(), random);
  absl::Time now = FoldRig::Noon();
  for (const Saying& saying : sent) {
    now += absl::Seconds(1);
    if (random() % 12 == 0) now += absl::Hours(13);
    if (random() % 5 == 0) had.SendTick(now);
    had.SendFact(kAccount, saying.id, saying.time, saying.fact, now);
    if (random() % 4 == 0) had.Drain();
    if (random() % 10 == 0) had.Stop();
    if (random() % 14 == 0) had.Crash();
  }
  had.Drain();
  const auto live = had.Live(kAccount);
  ASSERT_TRUE(live.has_value());
  const Refolded refolded = had.RefoldNow(kAccount);
  EXPECT_EQ(live->account.series(), refolded.account.series());
  EXPECT_EQ(live->account.seen(), refolded.account.seen());
  EXPECT_EQ(live->account.corrections(), refolded.account.corrections());
  EXPECT_EQ(live->account.live(), refolded.account.live());
  EXPECT_EQ(live->account.emitted(), refolded.account.emitted());

  for (const Saying& saying : sayings) {
    if (saying.counts) never.SendFact(kAccount, saying.id, saying.time, saying.fact, now);
  }
  now += absl::Hours(24);
  for (FoldRig* rig : {&had, &never}) {
    rig->SendTick(now);
    rig->Drain();
  }
  const auto with = had.Live(kAccount);
  const auto without = never.Live(kAccount);
  ASSERT_EQ(with.has_value(), without.has_value());
  EXPECT_EQ(with->account.series(), without->account.series());
  EXPECT_EQ(with->account.live(), without->account.live());
  EXPECT_EQ(with->account.emitted(), without->account.emitted());
  EXPECT_THAT(had.DeadLetters(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyOrder, ::testing::Range<uint64_t>(0, 40));

}  // namespace
}  // namespace bellwether::health::correction_test
