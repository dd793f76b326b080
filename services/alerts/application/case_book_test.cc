// Who is notified of what a case book decides, over rows that are lists.
#include "services/alerts/application/case_book.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::case_book_test {
namespace {

using for_tests::kStart;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ListedRows final : public CaseRows {
 public:
  absl::StatusOr<std::optional<Case>> LockLatest(absl::string_view rule_id,
                                                 absl::string_view subject_type,
                                                 absl::string_view subject) override {
    std::optional<Case> latest;
    for (const Case& row : cases) {
      if (row.rule_id == rule_id && row.subject_type == subject_type && row.subject == subject) {
        latest = row;
      }
    }
    return latest;
  }
  absl::StatusOr<std::vector<Case>> LockAll(absl::string_view, absl::string_view,
                                            absl::string_view) override {
    return cases;
  }
  absl::StatusOr<std::optional<Case>> Lock(absl::string_view alert_id) override {
    for (const Case& row : cases) {
      if (row.alert_id == alert_id) return std::optional<Case>(row);
    }
    return std::nullopt;
  }
  absl::StatusOr<std::vector<Case>> LockOpen(int32_t) override {
    std::vector<Case> open;
    for (const Case& row : cases) {
      if (row.open()) open.push_back(row);
    }
    return open;
  }
  absl::StatusOr<absl::flat_hash_set<std::string>> SentBefore(absl::string_view) override {
    ++asked_who_was_sent;
    return sent;
  }
  absl::Status Write(const Decision& decision, absl::Span<const PlannedDelivery> deliveries,
                     int32_t /*partition*/, absl::Time /*now*/) override {
    std::erase_if(cases, [&](const Case& row) { return row.alert_id == decision.next->alert_id; });
    cases.push_back(*decision.next);
    for (const PlannedDelivery& delivery : deliveries) {
      sent.insert(delivery.target);
      planned.push_back(absl::StrCat(delivery.target, " ", delivery.entry_number));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Silence>> ActiveSilences(absl::Time at) override {
    std::vector<Silence> active;
    for (const Silence& silence : silences) {
      if (silence.ActiveAt(at)) active.push_back(silence);
    }
    return active;
  }
  absl::StatusOr<std::vector<Case>> HeldBack(absl::string_view after) override {
    constexpr size_t kPage = 2;
    std::map<std::string, Case> held_back;
    for (const Case& row : cases) {
      if (row.held_back && row.open()) held_back.emplace(row.alert_id, row);
    }
    std::vector<Case> page;
    for (auto it = held_back.upper_bound(std::string(after));
         it != held_back.end() && page.size() < kPage; ++it) {
      page.push_back(it->second);
    }
    return page;
  }

  std::vector<std::string> TakePlanned() { return std::exchange(planned, {}); }

  std::vector<Case> cases;
  std::vector<Silence> silences;
  absl::flat_hash_set<std::string> sent;
  std::vector<std::string> planned;  // "<target> <entry>"
  int asked_who_was_sent = 0;
};

CasePolicy PolicyWithTargets() {
  CasePolicy policy = for_tests::Policy();
  policy.targets = {{.name = "all"}, {.name = "red", .minimum_level = Level::kRed}};
  return policy;
}

class CaseBookTest : public ::testing::Test {
 protected:
  static ConditionChange Changed(ChangeKind kind, Level level,
                                 const std::string& subject = "acme") {
    return {.kind = kind,
            .rule_id = "R13",
            .subject = subject,
            .account = subject,
            .level = level,
            .at = kStart,
            .since = kStart,
            .reason = VerdictReason::kThresholdCrossed};
  }
  // The deliveries that follow.
  std::vector<std::string> Apply(ChangeKind kind, Level level) {
    EXPECT_TRUE(book_.ApplyChanges(rows_, 0, {Changed(kind, level)}, kStart).ok());
    return rows_.TakePlanned();
  }

  void Fire(const std::string& subject) {
    const ConditionChange fired = Changed(ChangeKind::kFired, Level::kRed, subject);
    ASSERT_TRUE(book_.ApplyChanges(rows_, 0, {fired}, kStart).ok());
  }

  const CasePolicy policy_ = PolicyWithTargets();
  const RuleSet rules_ = RuleSet({for_tests::R13()});
  const CaseBook book_{rules_, policy_};
  ListedRows rows_;
};

TEST_F(CaseBookTest, SendsATargetWhatIsNotTooMildForItAndAllThatFollows) {  // L6
  EXPECT_THAT(Apply(ChangeKind::kFired, Level::kYellow), ElementsAre("all 1"));
  EXPECT_THAT(Apply(ChangeKind::kRaised, Level::kRed), ElementsAre("all 2", "red 2"));
  EXPECT_THAT(Apply(ChangeKind::kLowered, Level::kYellow), ElementsAre("all 3", "red 3"));
  EXPECT_THAT(Apply(ChangeKind::kCleared, Level::kNone), ElementsAre("all 4", "red 4"));
}

TEST_F(CaseBookTest, AsksWhoWasSentSomethingOnlyWhereThatDecides) {
  EXPECT_THAT(Apply(ChangeKind::kFired, Level::kRed), ElementsAre("all 1", "red 1"));
  EXPECT_EQ(rows_.asked_who_was_sent, 0);
  Apply(ChangeKind::kLowered, Level::kYellow);
  EXPECT_EQ(rows_.asked_who_was_sent, 1);
}

TEST_F(CaseBookTest, ARefoldStoresWhatHoldsAndNotifiesNobody) {  // L3
  Restatement restatement{.at = kStart};
  restatement.holding.push_back(Changed(ChangeKind::kRestated, Level::kRed));
  ASSERT_TRUE(book_.Restate(rows_, 0, restatement, kStart).ok());
  ASSERT_EQ(rows_.cases.size(), 1u);
  EXPECT_TRUE(rows_.cases[0].open());
  EXPECT_THAT(rows_.TakePlanned(), IsEmpty());

  ASSERT_TRUE(book_.Restate(rows_, 0, {.at = kStart}, kStart).ok());
  EXPECT_FALSE(rows_.cases[0].open());
  EXPECT_THAT(rows_.TakePlanned(), IsEmpty());
}

TEST_F(CaseBookTest, ACommandOnNoAlertWritesNothing) {
  const absl::Status refused =
      book_.Acknowledge(rows_, "R13.acme.1", {.actor = "li", .note = "", .at = kStart});
  EXPECT_TRUE(absl::IsNotFound(refused)) << refused;
  EXPECT_THAT(rows_.cases, IsEmpty());
}

TEST_F(CaseBookTest, WhatASilenceHeldBackIsNotifiedOnceNoneCoversItAnyMoreL3) {
  const auto silence = [](absl::string_view id, absl::Duration lasts) {
    return Silence{.id = std::string(id),
                   .matchers = {.rule_ids = {"R13"}},
                   .start = kStart,
                   .end = kStart + lasts};
  };
  rows_.silences = {silence("short", absl::Hours(1)), silence("long", absl::Hours(2))};
  EXPECT_THAT(Apply(ChangeKind::kFired, Level::kRed), IsEmpty());
  const auto lifted = [&](absl::Duration after) {
    EXPECT_TRUE(book_.LiftSilences(rows_, kStart + after).ok());
    return rows_.TakePlanned();
  };
  EXPECT_THAT(lifted(absl::Hours(1)), IsEmpty()) << "the other one still covers it";
  EXPECT_THAT(lifted(absl::Hours(2)), ElementsAre("all 2", "red 2"));
  EXPECT_THAT(lifted(absl::Hours(3)), IsEmpty()) << "once";
}

TEST_F(CaseBookTest, WhatIsStillSilencedStandsInNobodysWayL3) {
  const Silence all{.id = "all",
                    .matchers = {.rule_ids = {"R13"}},
                    .start = kStart,
                    .end = kStart + absl::Hours(1)};
  Silence long_one = all;
  long_one.id = "long";
  long_one.end = kStart + absl::Hours(9);
  for (const char* account : {"a", "b", "c", "d", "e"}) {
    long_one.matchers.accounts.emplace_back(account);
  }
  rows_.silences = {all, long_one};
  for (const char* subject : {"a", "b", "c", "d", "e", "f"}) Fire(subject);
  ASSERT_THAT(rows_.TakePlanned(), IsEmpty());
  EXPECT_EQ(*book_.LiftSilences(rows_, kStart + absl::Hours(2)), 1);
  EXPECT_THAT(rows_.TakePlanned(), ElementsAre("all 2", "red 2")) << "more than a page lies before";
  EXPECT_EQ(*book_.LiftSilences(rows_, kStart + absl::Hours(3)), 0);
}

TEST_F(CaseBookTest, AtMostSoManyAreNotifiedOfInOneTransactionL3) {
  rows_.silences = {Silence{.id = "all",
                            .matchers = {.rule_ids = {"R13"}},
                            .start = kStart,
                            .end = kStart + absl::Hours(1)}};
  for (int64_t i = 0; i < kLiftedAtOnce + 1; ++i) Fire(absl::StrCat("a", i));
  EXPECT_EQ(*book_.LiftSilences(rows_, kStart + absl::Hours(2)), kLiftedAtOnce);
  EXPECT_EQ(*book_.LiftSilences(rows_, kStart + absl::Hours(2)), 1);
  EXPECT_EQ(*book_.LiftSilences(rows_, kStart + absl::Hours(2)), 0);
}

}  // namespace
}  // namespace bellwether::alerts::case_book_test
