// Silences in their tables: what is read, and that SQL says the same as the domain.
#include "services/alerts/adapters/sql_silences.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/outbox/outbox.h"
#include "common/store/run_transaction.h"
#include "common/store/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/alerts/adapters/sql_case_rows.h"
#include "services/alerts/adapters/state_codec.h"
#include "services/alerts/application/case_book.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::sql_silences_test {
namespace {

using for_tests::kStart;

class SqlSilences : public ::testing::Test {
 protected:
  SqlSilences() {
    EXPECT_TRUE(CreateTables(*store_).ok());
    EXPECT_TRUE(outbox::CreateTables(*store_).ok());
  }

  static ConditionChange Fired(const std::string& subject, Level level = Level::kRed) {
    return {.kind = ChangeKind::kFired,
            .rule_id = "R13",
            .subject = subject,
            .account = subject,
            .level = level,
            .at = kStart,
            .since = kStart,
            .reason = VerdictReason::kThresholdCrossed};
  }
  void Apply(const std::vector<ConditionChange>& changes) {
    ASSERT_TRUE(store::RunTransaction(*store_, [&](store::Transaction& transaction) {
                  SqlCaseRows rows(transaction, context_);
                  return book_.ApplyChanges(rows, 0, changes, kStart);
                }).ok());
  }
  void Insert(const Silence& silence) {
    ASSERT_TRUE(store::RunTransaction(*store_, [&](store::Transaction& transaction) {
                  return InsertSilence(transaction, silence);
                }).ok());
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  const RuleSet rules_{{for_tests::R13(), for_tests::R39()}};
  const CaseRowsContext context_{.for_update = std::string(store_->ForUpdate()),
                                 .policy = for_tests::Policy()};
  const CaseBook book_{rules_, context_.policy};
};

TEST_F(SqlSilences, APageOfSilencedAlertsHidesNoneBehindItL3) {
  const Silence short_one{.id = "short",
                          .matchers = {.rule_ids = {"R13"}},
                          .start = kStart,
                          .end = kStart + absl::Hours(1)};
  Silence long_one = short_one;
  long_one.id = "long";
  long_one.matchers.maximum_level = Level::kOrange;
  long_one.end = kStart + absl::Hours(9);
  Insert(short_one);
  Insert(long_one);
  std::vector<ConditionChange> changes;
  for (int64_t i = 0; i < kHeldBackPageRows; ++i) {
    changes.push_back(Fired(absl::StrCat("a", i), Level::kOrange));
  }
  changes.push_back(Fired("z"));
  Apply(changes);
  int64_t lifted = 0;
  ASSERT_TRUE(store::RunTransaction(*store_, [&](store::Transaction& transaction) -> absl::Status {
                SqlCaseRows rows(transaction, context_);
                const auto done = book_.LiftSilences(rows, kStart + absl::Hours(2));
                lifted = done.value_or(-1);
                return done.status();
              }).ok());
  EXPECT_EQ(lifted, 1);
  const auto reading = *store_->BeginRead();
  EXPECT_EQ(*CountHeldBack(*reading), kHeldBackPageRows);
  const auto held_back = HeldBackAlerts(*reading, "R13.a999.1", kHeldBackPageRows);
  ASSERT_TRUE(held_back.ok()) << held_back.status();
  EXPECT_TRUE(held_back->empty()) << "z was told";
}

// Every combination of these: SQL counts those that SilenceMatchers::Match allows.
TEST_F(SqlSilences, WhatSqlMatchesIsWhatTheDomainMatchesL3) {
  std::vector<ConditionChange> changes;
  for (const char* rule : {"R13", "R39"}) {
    for (const char* account : {"acme", "bell"}) {
      for (const char* tier : {"", "core", "development"}) {
        for (const char* owner : {"", "li"}) {
          for (const Level level : {Level::kYellow, Level::kOrange, Level::kRed}) {
            ConditionChange change = Fired(absl::StrCat(account, "-", changes.size()), level);
            change.rule_id = rule;
            change.subject_type = "opportunity";
            change.account = account;
            change.attributes = {{std::string(kOwnerAttribute), owner},
                                 {std::string(kTierAttribute), tier}};
            changes.push_back(std::move(change));
          }
        }
      }
    }
  }
  Apply(changes);
  const auto reading = *store_->BeginRead();
  const auto rows = reading->Query("SELECT stored FROM alert_cases");
  ASSERT_TRUE(rows.ok());
  std::vector<Case> cases;
  for (const store::Row& row : *rows) cases.push_back(*DecodeCase(row.Bytes(0)));
  ASSERT_EQ(cases.size(), changes.size());

  using Texts = std::vector<std::string>;
  std::vector<Silence> silences;
  std::vector<int64_t> expected_counts;
  int tried = 0;
  int matched = 0;
  for (const Texts& rule_ids : {Texts{}, Texts{"R13"}, Texts{"R39", "R02"}}) {
    for (const Texts& accounts : {Texts{}, Texts{"acme"}, Texts{"acme", "bell"}, Texts{"nobody"}}) {
      for (const Texts& tiers : {Texts{}, Texts{""}, Texts{"core", "development"}}) {
        for (const Texts& assignees : {Texts{}, Texts{""}, Texts{"li", "wang"}}) {
          for (const Level level : {Level::kNone, Level::kYellow, Level::kOrange, Level::kRed}) {
            const SilenceMatchers matchers{.rule_ids = rule_ids,
                                           .accounts = accounts,
                                           .tiers = tiers,
                                           .assignees = assignees,
                                           .maximum_level = level};
            const auto expected = std::count_if(cases.begin(), cases.end(),
                                                [&](const Case& of) { return matchers.Match(of); });
            const auto counted = CountMatching(*reading, matchers);
            ASSERT_TRUE(counted.ok()) << counted.status();
            EXPECT_EQ(*counted, expected) << tried;
            silences.push_back({.matchers = matchers});
            expected_counts.push_back(expected);
            ++tried;
            matched += expected > 0 ? 1 : 0;
          }
        }
      }
    }
  }
  EXPECT_GT(matched, tried / 2) << "else it says little";
  EXPECT_EQ(*CountMatchingEach(*reading, silences), expected_counts);
}

}  // namespace
}  // namespace bellwether::alerts::sql_silences_test
