#include "services/alerts/adapters/sql_facets.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/outbox/outbox.h"
#include "common/store/run_transaction.h"
#include "common/store/testing/test_database.h"
#include "gtest/gtest.h"
#include "services/alerts/adapters/sql_case_rows.h"
#include "services/alerts/application/case_book.h"
#include "services/alerts/testing/rules.h"

namespace bellwether::alerts::sql_facets_test {
namespace {

using for_tests::kStart;

TEST(SqlFacets, SayThatTheyAreCutWhereThereAreMoreValuesThanTheyName) {  // L7
  const std::unique_ptr<store::Store> store = store::testing::NewScratchStore();
  ASSERT_TRUE(CreateTables(*store).ok());
  ASSERT_TRUE(outbox::CreateTables(*store).ok());
  const RuleSet rules({for_tests::R13()});
  const CaseRowsContext context{.policy = for_tests::Policy()};
  const CaseBook book(rules, context.policy);
  int64_t fired = 0;
  const auto fire = [&](int64_t count) {
    std::vector<ConditionChange> changes;
    for (; count > 0; --count) {
      const std::string subject = absl::StrCat("a", ++fired);
      changes.push_back({.kind = ChangeKind::kFired,
                         .rule_id = "R13",
                         .subject = subject,
                         .account = subject,
                         .level = Level::kRed,
                         .at = kStart,
                         .since = kStart,
                         .reason = VerdictReason::kThresholdCrossed,
                         .attributes = {{std::string(kOwnerAttribute), absl::StrCat("o", fired)}}});
    }
    ASSERT_TRUE(store::RunTransaction(*store, [&](store::Transaction& transaction) {
                  SqlCaseRows rows(transaction, context);
                  return book.ApplyChanges(rows, 0, changes, kStart);
                }).ok());
  };
  fire(kFacetValuesMax);
  v1::CountAlertsResponse counts = *CountFacets(**store->BeginRead(), {}, "");
  EXPECT_EQ(counts.assignees_size(), kFacetValuesMax);
  EXPECT_FALSE(counts.cut());
  fire(1);
  counts = *CountFacets(**store->BeginRead(), {}, "");
  EXPECT_EQ(counts.assignees_size(), kFacetValuesMax);
  EXPECT_EQ(counts.rules_size(), 1);
  EXPECT_EQ(counts.total(), kFacetValuesMax + 1);
  EXPECT_TRUE(counts.cut());
}

}  // namespace
}  // namespace bellwether::alerts::sql_facets_test
