#include "services/accounts/domain/account.h"

#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::accounts::account_test {
namespace {

Account ValidAccount() {
  Account account;
  account.id = "acme";
  account.legal_name = "Acme Corporation";
  return account;
}

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : status.ToString();
}

std::string FieldOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->field : "";
}

const absl::Time kMonday = absl::FromUnixSeconds(1'700'000'000);

TEST(AccountRecord, NeedsAnIdAndALegalName) {  // A1
  EXPECT_TRUE(Validate(ValidAccount()).ok());
  Account account = ValidAccount();
  account.id = "a b";
  EXPECT_EQ(ReasonOf(Validate(account)), "ACCOUNT_ID_INVALID");
  account = ValidAccount();
  account.legal_name = "  ";
  EXPECT_EQ(ReasonOf(Validate(account)), "FIELD_MISSING");
  EXPECT_EQ(FieldOf(Validate(account)), "legal_name");
  EXPECT_EQ(DetailOf(Validate(account))->rule, "A1");
}

TEST(AccountRecord, TextsAreBounded) {
  Account account = ValidAccount();
  account.short_name = std::string(kTextLengthMax, 'x');
  EXPECT_TRUE(Validate(account).ok());
  account.short_name += "x";
  EXPECT_EQ(ReasonOf(Validate(account)), "TEXT_TOO_LONG");
  account.short_name = "大客户";
  EXPECT_TRUE(Validate(account).ok());
  account.short_name = "a\nb";
  EXPECT_EQ(ReasonOf(Validate(account)), "TEXT_HAS_CONTROL_CHARACTERS");
}

TEST(AccountRecord, IsKnownByItsShortNameWhereThereIsOne) {
  Account account = ValidAccount();
  EXPECT_EQ(DisplayName(account), "Acme Corporation");
  account.short_name = "Acme";
  EXPECT_EQ(DisplayName(account), "Acme");
}

TEST(AccountRecord, FiguresAreNotNegative) {
  Account account = ValidAccount();
  account.headcount = -1;
  EXPECT_EQ(ReasonOf(Validate(account)), "HEADCOUNT_NEGATIVE");
  account = ValidAccount();
  account.annual_sales_budget = Money{"CNY", 0};
  EXPECT_TRUE(Validate(account).ok());
  account.annual_sales_budget = Money{"CNY", -1};
  EXPECT_EQ(FieldOf(Validate(account)), "annual_sales_budget.amount_minor");
  account.annual_sales_budget = Money{"cny", 1};
  EXPECT_EQ(ReasonOf(Validate(account)), "CURRENCY_CODE_INVALID");
  account.annual_sales_budget = Money{"", 1};
  EXPECT_TRUE(Validate(account).ok()) << "empty means the reporting currency";
}

TEST(AccountRecord, TagsHaveAKindAndStandOnce) {  // A1
  Account account = ValidAccount();
  account.tags = {{TagKind::kNeed, "speed"}, {TagKind::kPainPoint, "speed"}};
  EXPECT_TRUE(Validate(account).ok());
  account.tags.push_back({TagKind::kNeed, "speed"});
  EXPECT_EQ(ReasonOf(Validate(account)), "TAG_TWICE");
  EXPECT_EQ(FieldOf(Validate(account)), "tags[2].value");
  account.tags = {{TagKind::kUnspecified, "speed"}};
  EXPECT_EQ(ReasonOf(Validate(account)), "TAG_KIND_MISSING");
  account.tags.assign(kTagsMax + 1, {TagKind::kNeed, "speed"});
  EXPECT_EQ(ReasonOf(Validate(account)), "TOO_MANY");
}

TEST(AccountRecord, ExternalIdsStandOnce) {  // A1
  Account account = ValidAccount();
  account.external_ids = {{"crm/a", "1"}, {"crm/b", "1"}};
  EXPECT_TRUE(Validate(account).ok());
  account.external_ids.push_back({"crm/a", "1"});
  EXPECT_EQ(ReasonOf(Validate(account)), "EXTERNAL_ID_TWICE");
  account.external_ids = {{"crm/a", ""}};
  EXPECT_EQ(FieldOf(Validate(account)), "external_ids[0].id");
}

TEST(AccountRecord, RolesOfTheTriangleHaveDatesThatDoNotOverlapForOnePerson) {  // A1
  Account account = ValidAccount();
  const absl::Time tuesday = kMonday + absl::Hours(24);
  account.team = {{"ann", TeamRole::kAccountManager, kMonday, tuesday},
                  {"ann", TeamRole::kAccountManager, tuesday, std::nullopt},
                  {"ann", TeamRole::kSolutionExpert, kMonday, std::nullopt},
                  {"bob", TeamRole::kAccountManager, kMonday, std::nullopt}};
  EXPECT_TRUE(Validate(account).ok());
  account.team[1].from = tuesday - absl::Seconds(1);
  EXPECT_EQ(ReasonOf(Validate(account)), "ROLE_HELD_TWICE");
  account.team = {{"ann", TeamRole::kAccountManager, kMonday, kMonday}};
  EXPECT_EQ(ReasonOf(Validate(account)), "ROLE_ENDS_BEFORE_IT_BEGINS");
  account.team = {{"ann", TeamRole::kUnspecified, kMonday, std::nullopt}};
  EXPECT_EQ(ReasonOf(Validate(account)), "ROLE_MISSING");
  account.team = {{"", TeamRole::kAccountManager, kMonday, std::nullopt}};
  EXPECT_EQ(FieldOf(Validate(account)), "team[0].person");
}

TEST(AccountRecord, TiersAreThoseOfTheServicePackages) {
  Account account = ValidAccount();
  for (const absl::string_view tier : Tiers()) {
    account.tier = std::string(tier);
    EXPECT_TRUE(Validate(account).ok()) << tier;
  }
  account.tier = "gold";
  EXPECT_EQ(ReasonOf(Validate(account)), "TIER_UNKNOWN");
  account.tier = "";
  account.tier_pinned = true;
  EXPECT_EQ(ReasonOf(Validate(account)), "TIER_MISSING");
}

TEST(AccountHierarchy, HasNoCycle) {  // A1
  EXPECT_TRUE(ValidateHierarchy("a", {}).ok());
  EXPECT_TRUE(ValidateHierarchy("a", {"b", "c"}).ok());
  EXPECT_EQ(ReasonOf(ValidateHierarchy("a", {"a"})), "HIERARCHY_CYCLE");
  EXPECT_EQ(ReasonOf(ValidateHierarchy("a", {"b", "a"})), "HIERARCHY_CYCLE");
}

TEST(AccountHierarchy, IsBoundedInDepth) {
  EXPECT_TRUE(ValidateHierarchy("a", std::vector<std::string>(kHierarchyDepthMax, "b")).ok());
  EXPECT_EQ(ReasonOf(ValidateHierarchy("a", std::vector<std::string>(kHierarchyDepthMax + 1, "b"))),
            "HIERARCHY_TOO_DEEP");
}

}  // namespace
}  // namespace bellwether::accounts::account_test
