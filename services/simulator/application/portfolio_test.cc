#include "services/simulator/application/portfolio.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>

namespace bellwether::simulator::portfolio_test {
namespace {

PortfolioOptions Options(uint64_t seed, int64_t accounts = 60) {
  return {.seed = seed,
          .accounts = accounts,
          .today = absl::CivilDay(2026, 11, 21),
          .zone = absl::FixedTimeZone(8 * 3600)};
}

std::string BytesOf(const Portfolio& portfolio, int64_t from_day, int64_t to_day) {
  std::string bytes;
  for (const auto& request : portfolio.Accounts()) bytes += request.SerializeAsString();
  for (int64_t day = from_day; day < to_day; ++day) {
    for (const auto& fact : portfolio.FactsOfDay(day)) bytes += fact.SerializeAsString();
  }
  return bytes;
}

TEST(Portfolio, AmountsAreInTheMinorUnitOfTheirCurrency) {
  PortfolioOptions options = Options(7);
  const auto revenue = [&](const char* currency) {
    options.currency = currency;
    return Portfolio(options).Accounts()[0].account().annual_revenue().amount_minor();
  };
  const int64_t yuan = revenue("CNY");
  EXPECT_EQ(revenue("JPY"), yuan / 100) << "a yen has no hundredths";
  EXPECT_EQ(revenue("KWD"), yuan * 10) << "a dinar has a thousand parts";
}

TEST(Portfolio, SameSeedGivesTheSameBytesAndAnotherSeedOthers) {
  EXPECT_EQ(BytesOf(Portfolio(Options(7)), -40, 10), BytesOf(Portfolio(Options(7)), -40, 10));
  EXPECT_NE(BytesOf(Portfolio(Options(7)), -40, 10), BytesOf(Portfolio(Options(8)), -40, 10));
}

TEST(Portfolio, ADayDoesNotDependOnWhichDaysWereAskedBefore) {
  const Portfolio walked(Options(7));
  for (int64_t day = -30; day < -1; ++day) walked.FactsOfDay(3, day);
  const Portfolio asked(Options(7));
  const auto a = walked.FactsOfDay(3, -1);
  const auto b = asked.FactsOfDay(3, -1);
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].SerializeAsString(), b[i].SerializeAsString());
  }
}

TEST(Portfolio, FactsAreInOrderOfTimeWithinTheirLocalDayAndUniquelyNamed) {
  const Portfolio portfolio(Options(7));
  std::set<std::pair<std::string, int64_t>> ids;
  int64_t last = 0;
  for (int64_t day = -30; day < 0; ++day) {
    const absl::CivilDay date = portfolio.options().today + day;
    for (const auto& fact : portfolio.FactsOfDay(day)) {
      EXPECT_LE(last, fact.time().seconds());
      last = fact.time().seconds();
      EXPECT_EQ(absl::ToCivilDay(absl::FromUnixSeconds(last), portfolio.options().zone), date);
      EXPECT_TRUE(ids.insert({fact.id(), fact.fact().revision()}).second) << fact.id();
      EXPECT_NE(fact.fact().kind_case(), events::v1::Fact::KIND_NOT_SET);
    }
  }
  EXPECT_GT(ids.size(), 1000);
}

TEST(Portfolio, HoldsEveryKindOfFactThatHappens) {
  const Portfolio portfolio(Options(7));
  std::set<int> kinds;
  bool revised = false;
  for (int64_t day = -kHistoryDaysDefault; day < 0; ++day) {
    for (const auto& fact : portfolio.FactsOfDay(day)) {
      kinds.insert(fact.fact().kind_case());
      revised |= fact.fact().revision() > 0;
    }
  }
  const auto* oneof = events::v1::Fact::descriptor()->oneof_decl(0);
  for (int i = 0; i < oneof->field_count(); ++i) {
    EXPECT_TRUE(kinds.contains(oneof->field(i)->number())) << oneof->field(i)->name();
  }
  EXPECT_TRUE(revised);
}

// What counts in the end of what was said up to today, by id.
std::map<std::string, events::v1::FactEvent> WhatCounts(const Portfolio& portfolio) {
  std::map<std::string, events::v1::FactEvent> counts;
  for (int64_t day = -kHistoryDaysDefault; day <= 0; ++day) {
    for (const auto& fact : portfolio.FactsOfDay(day)) {
      if (fact.fact().has_fact_retracted()) {
        EXPECT_EQ(counts.erase(fact.fact().fact_retracted().id()), 1) << "said before";
      } else if (fact.fact().revision() > 0) {
        EXPECT_TRUE(counts.contains(fact.id())) << "said before";
        counts[fact.id()] = fact;
      } else if (day < 0) {
        counts[fact.id()] = fact;
      }
    }
  }
  return counts;
}

TEST(Portfolio, WhatWasEnteredWronglyIsPutRight) {
  std::map<std::string, int64_t> ordered;
  std::map<std::string, int64_t> invoiced;
  for (const auto& [id, event] : WhatCounts(Portfolio(Options(7, 120)))) {
    const events::v1::Fact& fact = event.fact();
    if (fact.has_order_placed()) {
      ordered["INV-" + fact.order_placed().order_id()] +=
          fact.order_placed().amount().amount_minor();
    } else if (fact.has_payment_due()) {
      invoiced[fact.payment_due().invoice_id()] = fact.payment_due().amount().amount_minor();
    }
  }
  EXPECT_GT(ordered.size(), 500);
  EXPECT_EQ(ordered, invoiced) << "each order counts once, with the amount that is due";
}

TEST(Portfolio, WhatComesBackWasOrderedOneOrTwoWeeksBefore) {
  std::map<std::string, const events::v1::FactEvent*> orders;
  const auto counts = WhatCounts(Portfolio(Options(7, 120)));
  for (const auto& [id, event] : counts) {
    if (event.fact().has_order_placed()) orders[event.fact().order_placed().order_id()] = &event;
  }
  size_t refunds = 0;
  for (const auto& [id, event] : counts) {
    if (!event.fact().has_order_refunded()) continue;
    const events::v1::OrderRefunded& refunded = event.fact().order_refunded();
    const auto found = orders.find(refunded.order_id());
    // Of the first days of the past the orders lie before it.
    if (found == orders.end()) continue;
    ++refunds;
    const events::v1::OrderPlaced& placed = found->second->fact().order_placed();
    EXPECT_GT(refunded.amount().amount_minor(), 0);
    EXPECT_LE(refunded.amount().amount_minor(), placed.amount().amount_minor());
    EXPECT_LE(refunded.quantity(), placed.quantity());
    EXPECT_EQ(refunded.product(), placed.product());
    const int64_t seconds = event.time().seconds() - found->second->time().seconds();
    EXPECT_GT(seconds, 8 * 24 * 3600);
    EXPECT_LT(seconds, 16 * 24 * 3600);
  }
  EXPECT_GT(refunds, orders.size() / 100);
  EXPECT_LT(refunds, orders.size() / 10);
}

TEST(Portfolio, NamesAreUnique) {
  const Portfolio portfolio(Options(7, kAccountsMax));
  std::set<std::string> names;
  for (const Profile& profile : portfolio.profiles()) {
    EXPECT_TRUE(names.insert(profile.account_id).second) << profile.account_id;
  }
}

TEST(Portfolio, AllCoursesAreThereAndShow) {
  const Portfolio portfolio(Options(7, kAccountsDefault));
  std::map<Course, int64_t> accounts;
  std::map<Course, int64_t> change;
  for (const Profile& p : portfolio.profiles()) {
    ++accounts[p.trajectory.course];
    change[p.trajectory.course] += VitalityAt(p.trajectory, 7, p.number, -1) -
                                   VitalityAt(p.trajectory, 7, p.number, -kHistoryDaysDefault);
  }
  ASSERT_EQ(accounts.size(), 6);
  EXPECT_GT(change[Course::kGrowing] / accounts[Course::kGrowing], 150);
  EXPECT_LT(change[Course::kDeclining] / accounts[Course::kDeclining], -150);
  EXPECT_LT(change[Course::kAtRisk] / accounts[Course::kAtRisk], -400);
  EXPECT_LT(change[Course::kLost] / accounts[Course::kLost], -500);
  EXPECT_LT(std::abs(change[Course::kHealthy] / accounts[Course::kHealthy]), 80);
  EXPECT_LT(std::abs(change[Course::kSickening] / accounts[Course::kSickening]), 80);
}

TEST(Portfolio, LostAccountsFallSilentAndSickeningOnesFallIllAfterToday) {
  const Portfolio portfolio(Options(7, kAccountsDefault));
  for (const Profile& p : portfolio.profiles()) {
    if (p.trajectory.course == Course::kLost &&
        p.trajectory.turn_day + p.trajectory.fall_days < -120) {
      for (int64_t day = -20; day < 0; ++day) {
        EXPECT_TRUE(portfolio.FactsOfDay(p.number, day).empty()) << p.account_id << " " << day;
      }
    }
    if (p.trajectory.course == Course::kSickening) {
      EXPECT_GT(VitalityAt(p.trajectory, 7, p.number, -1), 700);
      EXPECT_LT(VitalityAt(p.trajectory, 7, p.number, 40), 300);
    }
  }
}

}  // namespace
}  // namespace bellwether::simulator::portfolio_test
