#include "services/accounts/domain/account.h"

#include <functional>
#include <map>

#include "common/base/status.h"
#include "common/levels/service_level.h"
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

TEST(AccountRecord, NamesShowWhatTheyAre) {  // A1
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"\u3000\u3000", "FIELD_MISSING"},
      {"\u200B", "TEXT_HAS_INVISIBLE_CHARACTERS"},
      {"Ac\u200Bme", "TEXT_HAS_INVISIBLE_CHARACTERS"},
      {"\u0301", "TEXT_SHOWS_NOTHING"},
      {"acme\u202Egpj", "TEXT_HAS_DIRECTION_CONTROLS"},
      {"a\u009Bb", "TEXT_HAS_CONTROL_CHARACTERS"},
      {"a\xFF", "TEXT_NOT_UTF8"},
      {std::string(kTextLengthMax + 1, 'x'), "TEXT_TOO_LONG"},
  };
  for (const auto& [name, reason] : refused) {
    Account account = ValidAccount();
    account.legal_name = name;
    EXPECT_EQ(ReasonOf(Validate(account)), reason);
    EXPECT_EQ(FieldOf(Validate(account)), "legal_name");
    EXPECT_EQ(DetailOf(Validate(account))->rule, "A1");
  }
}

// Every text of a record, by the field that a refusal names.
const std::map<std::string, std::function<void(Account&, const std::string&)>>& Texts() {
  static const auto* const texts =
      new std::map<std::string, std::function<void(Account&, const std::string&)>>{
          {"legal_name", [](Account& a, const std::string& t) { a.legal_name = t; }},
          {"short_name", [](Account& a, const std::string& t) { a.short_name = t; }},
          {"industry", [](Account& a, const std::string& t) { a.industry = t; }},
          {"region", [](Account& a, const std::string& t) { a.region = t; }},
          {"owner", [](Account& a, const std::string& t) { a.owner = t; }},
          {"domain", [](Account& a, const std::string& t) { a.domain = t; }},
          {"tags[0].value",
           [](Account& a, const std::string& t) {
             a.tags = {{TagKind::kNeed, t}};
           }},
          {"external_ids[0].source",
           [](Account& a, const std::string& t) {
             a.external_ids = {{t, "1"}};
           }},
          {"external_ids[0].id",
           [](Account& a, const std::string& t) {
             a.external_ids = {{"crm", t}};
           }},
          {"team[0].person",
           [](Account& a, const std::string& t) {
             a.team = {{t, TeamRole::kAccountManager, kMonday, std::nullopt}};
           }},
      };
  return *texts;
}

TEST(AccountRecord, EveryTextShowsWhatItIs) {  // A1: a11
  for (const auto& [field, set] : Texts()) {
    for (const auto& [text, reason] : std::vector<std::pair<std::string, std::string>>{
             {"a\u200B", "TEXT_HAS_INVISIBLE_CHARACTERS"},
             {"\u2060", "TEXT_HAS_INVISIBLE_CHARACTERS"},
             {"a\U000E0062", "TEXT_HAS_INVISIBLE_CHARACTERS"},
             {"\u202Egpj", "TEXT_HAS_DIRECTION_CONTROLS"},
             {"\u2067a\u2069", "TEXT_HAS_DIRECTION_CONTROLS"},
             {"\u0301\u0302", "TEXT_SHOWS_NOTHING"},
             {"\uFE0F", "TEXT_SHOWS_NOTHING"},
             {"a\u0085", "TEXT_HAS_CONTROL_CHARACTERS"}}) {
      Account account = ValidAccount();
      set(account, text);
      EXPECT_EQ(ReasonOf(Validate(account)), reason) << field;
      EXPECT_EQ(FieldOf(Validate(account)), field);
    }
  }
}

TEST(AccountRecord, ATextStoredBeforeKeepsNobodyFromChangingTheRest) {  // A1: a11
  for (const auto& [field, set] : Texts()) {
    Account before = ValidAccount();
    set(before, "a\u200B");
    Account after = before;
    after.headcount = 7;
    EXPECT_TRUE(Validate(after, &before).ok()) << field;
    EXPECT_FALSE(Validate(after).ok()) << field;
    set(after, "b\u200B");
    EXPECT_EQ(FieldOf(Validate(after, &before)), field) << "a new one shows what it is";
  }
  Account before = ValidAccount();
  before.owner = "a\u200B";
  Account after = before;
  after.short_name = before.owner;
  EXPECT_EQ(FieldOf(Validate(after, &before)), "short_name") << "nor does it spread";
}

TEST(AccountRecord, TextsHaveOneForm) {  // A1
  Account account = ValidAccount();
  account.legal_name = "\u3000Acme \u00A0 Ltd. ";
  account.owner = "ann ";
  account.tags = {{TagKind::kNeed, " speed"}};
  account.external_ids = {{"crm", " 7"}};
  account = Tidied(account);
  EXPECT_EQ(account.legal_name, "Acme Ltd.");
  EXPECT_EQ(account.owner, "ann");
  EXPECT_EQ(account.tags[0].value, "speed");
  EXPECT_EQ(account.external_ids[0].id, " 7") << "the other system's to say";
}

TEST(AccountRecord, IsOfACustomerSinceThePast) {  // A1
  Account account = ValidAccount();
  EXPECT_TRUE(CheckNotAhead(nullptr, account, kMonday).ok());
  account.customer_since = kMonday;
  EXPECT_TRUE(CheckNotAhead(nullptr, account, kMonday).ok());
  account.customer_since = kMonday + absl::Microseconds(1);
  const absl::Status ahead = CheckNotAhead(nullptr, account, kMonday);
  EXPECT_EQ(ReasonOf(ahead), "TIME_AHEAD");
  EXPECT_EQ(FieldOf(ahead), "customer_since");
  EXPECT_EQ(DetailOf(ahead)->rule, "A1");
  // A record written before the rule can still be changed elsewhere.
  EXPECT_TRUE(CheckNotAhead(&account, account, kMonday).ok());
  Account later = account;
  later.customer_since = kMonday + absl::Hours(1);
  EXPECT_EQ(ReasonOf(CheckNotAhead(&account, later, kMonday)), "TIME_AHEAD");
  account.team = {{"ann", TeamRole::kAccountManager, kMonday + absl::Hours(1), std::nullopt}};
  account.customer_since.reset();
  EXPECT_TRUE(CheckNotAhead(nullptr, account, kMonday).ok()) << "a hand-over is planned";
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
  for (const absl::string_view tier : ServiceLevels()) {
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
