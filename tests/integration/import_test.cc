// The two public data sets, with their exact figures.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/testing/await.h"
#include "tests/integration/standalone_fixture.h"

namespace bellwether::import_test {
namespace {

using ::testing::HasSubstr;

class ImportTest : public StandaloneTest {
 protected:
  void SetUp() override {
    data_ = SharedDataFolder();
    if (data_.empty()) GTEST_SKIP() << "no data sets: BELLWETHER_SHARED_DATA or ../shared/data";
  }

  // Every opportunity, page by page.
  std::vector<opportunities::v1::Opportunity> AllOpportunities(const std::string& account) {
    const auto stub = Stub<opportunities::v1::OpportunitiesService>();
    std::vector<opportunities::v1::Opportunity> all;
    opportunities::v1::ListOpportunitiesRequest request;
    request.set_account(account);
    request.set_page_size(1'000);
    while (true) {
      const auto page =
          Call(*stub, &opportunities::v1::OpportunitiesService::Stub::ListOpportunities, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return all;
      all.insert(all.end(), page->opportunities().begin(), page->opportunities().end());
      if (page->next_page_token().empty()) return all;
      request.set_page_token(page->next_page_token());
    }
  }

  // UTC+8, as the mapping's zone was in those years.
  const absl::TimeZone zone_ = absl::FixedTimeZone(8 * 3600);
  std::string data_;
};

TEST_F(ImportTest, CrmSalesOpportunitiesComesInCompletelyAndASecondTimeChangesNothing) {
  Boot();
  GoLive();
  const std::vector<std::string> command = {"import", "crm-sales-opportunities",
                                            data_ + "/crm_sales_opportunities", "--shift-to-now"};
  const CtlRun first = Ctl(command);
  EXPECT_EQ(first.exit_code, 0) << first.out << first.err;
  for (const char* line :
       {"accounts      85 found: 85 new, 0 unchanged\n",
        "opportunities 8 800 found: 8 800 new, 0 unchanged\n", "won 4 238, 10 005 534.00 USD\n",
        "1 425 without an account: leads\n", "4 238 accepted, 0 rejected\n", " 0 duplicates",
        "product: \"GTXPro\" read as \"GTX Pro\": 1 480 rows\n",
        "sector: \"technolgy\" read as \"technology\": 12 rows\n"}) {
    EXPECT_THAT(first.out, HasSubstr(line));
  }

  // What the services hold, not what the tool says.
  int64_t won = 0;
  int64_t won_minor = 0;
  std::set<std::string> products;
  const auto opportunities = AllOpportunities("");
  EXPECT_EQ(opportunities.size(), 8'800);
  for (const auto& opportunity : opportunities) {
    products.insert(opportunity.product());
    if (opportunity.state() != opportunities::v1::STATE_WON) continue;
    ++won;
    won_minor += opportunity.amount().amount_minor();
  }
  EXPECT_EQ(won, 4'238);
  EXPECT_EQ(won_minor, 1'000'553'400);
  EXPECT_TRUE(products.contains("GTX Pro"));
  EXPECT_FALSE(products.contains("GTXPro"));
  EXPECT_EQ(AllOpportunities("-").size(), 1'425);
  const auto accounts = Stub<accounts::v1::AccountsService>();
  accounts::v1::GetAccountRequest get;
  get.set_name("accounts/Bluth-Company");
  const auto bluth = Call(*accounts, &accounts::v1::AccountsService::Stub::GetAccount, get);
  ASSERT_TRUE(bluth.ok()) << bluth.status();
  EXPECT_EQ(bluth->parent(), "accounts/Acme-Corporation");
  EXPECT_EQ(bluth->industry(), "technology");
  EXPECT_EQ(bluth->annual_revenue().amount_minor(), 124'232'000'000);

  const CtlRun second = Ctl(command);
  EXPECT_EQ(second.exit_code, 0) << second.out << second.err;
  EXPECT_THAT(second.out, HasSubstr("accounts      85 found: 0 new, 85 unchanged\n"));
  EXPECT_THAT(second.out, HasSubstr("opportunities 8 800 found: 0 new, 8 800 unchanged\n"));
  EXPECT_THAT(second.out, HasSubstr("0 counted, 0 late, 4 238 duplicates, 0 conflicts"));
  EXPECT_THAT(second.out, HasSubstr("Nothing has changed"));
}

// A second computation of A3, straight from the file, in cents of dollars.
struct Customer {
  std::string id;
  int64_t recency_days = 0;
  int64_t orders = 0;
  int64_t cents = 0;
  int composite = 0;  // tenths
};

struct Expected {
  std::map<std::string, int> level;  // 1 strategic … 5 maintenance
  std::map<std::string, Customer> customers;
};

Expected RfmOf(const std::string& path, absl::CivilDay last_day) {
  std::map<std::string, Customer> seen;
  std::ifstream file(path);
  std::string master;
  std::string sample;
  std::string day;
  std::string cds;
  std::string dollars;
  while (file >> master >> sample >> day >> cds >> dollars) {
    const absl::CivilDay date(std::stoi(day.substr(0, 4)), std::stoi(day.substr(4, 2)),
                              std::stoi(day.substr(6, 2)));
    if (date > last_day || date <= last_day - 365) continue;
    const size_t point = dollars.find('.');
    const int64_t cents =
        std::stoll(dollars.substr(0, point)) * 100 + std::stoll(dollars.substr(point + 1, 2));
    Customer& customer = seen.try_emplace("cdnow-" + master).first->second;
    const int64_t days = last_day - date;
    customer.recency_days = customer.orders == 0 ? days : std::min(customer.recency_days, days);
    ++customer.orders;
    customer.cents += cents;
  }
  std::vector<Customer> ranked;
  for (auto& [id, customer] : seen) {
    customer.id = id;
    ranked.push_back(customer);
  }
  const auto n = static_cast<int64_t>(ranked.size());
  const auto score = [&](auto worse_than) {
    return static_cast<int>(1 + 5 * std::count_if(ranked.begin(), ranked.end(), worse_than) / n);
  };
  for (Customer& c : ranked) {
    const int r = score([&](const Customer& o) { return o.recency_days > c.recency_days; });
    const int f = score([&](const Customer& o) { return o.orders < c.orders; });
    const int m = score([&](const Customer& o) { return o.cents < c.cents; });
    c.composite = 2 * r + 3 * f + 5 * m;
  }
  std::sort(ranked.begin(), ranked.end(), [](const Customer& a, const Customer& b) {
    if (a.composite != b.composite) return a.composite > b.composite;
    if (a.cents != b.cents) return a.cents > b.cents;
    return a.id < b.id;
  });
  const std::array<int64_t, 5> cumulative = {10, 30, 60, 85, 100};
  Expected expected;
  for (int64_t rank = 0; rank < n; ++rank) {
    int level = 1;
    while (rank >= n * cumulative[level - 1] / 100) ++level;
    expected.level[ranked[rank].id] = level;
    expected.customers[ranked[rank].id] = ranked[rank];
  }
  return expected;
}

TEST_F(ImportTest, CdnowHasTheRfmLevelsOfAnIndependentComputation) {
  // The day after the last order.
  stopped_clock.emplace(absl::FromCivil(absl::CivilSecond(1998, 7, 1, 12, 0, 0), zone_));
  config.gateway.currencies_file = WriteFile(
      "currencies.yaml",
      "reporting_currency: USD\ncurrencies:\n  - {code: USD, minor_digits: 2, rate: 1}\n");
  Boot();
  const std::vector<std::string> command = {"import", "cdnow", data_ + "/cdnow"};
  std::vector<std::string> backfill = command;
  backfill.push_back("--backfill");
  const CtlRun first = Ctl(backfill);
  EXPECT_EQ(first.exit_code, 0) << first.out << first.err;
  EXPECT_THAT(first.out, HasSubstr("accounts      2 357 found: 2 357 new, 0 unchanged\n"));
  EXPECT_THAT(first.out, HasSubstr("6 919 accepted, 0 rejected\n"));
  EXPECT_THAT(first.out, HasSubstr("6 919 counted, 0 late, 0 duplicates, 0 conflicts, 0 too old"));

  // The midnight that ends 1998-06-30.
  const absl::Time cut = absl::FromCivil(absl::CivilSecond(1998, 7, 1), zone_);
  const Expected expected = RfmOf(data_ + "/cdnow/CDNOW_sample.txt", absl::CivilDay(1998, 6, 30));
  ASSERT_GT(expected.level.size(), 500);
  const auto stub = Stub<accounts::v1::AccountsService>();
  std::map<std::string, accounts::v1::Rfm> found;
  ASSERT_TRUE(testing::Await(
      [&] {
        found.clear();
        accounts::v1::ListRfmRequest request;
        request.mutable_as_of()->set_seconds(absl::ToUnixSeconds(cut));
        request.set_page_size(1'000);
        while (true) {
          const auto page = Call(*stub, &accounts::v1::AccountsService::Stub::ListRfm, request);
          if (!page.ok() || page->cut_time().seconds() != absl::ToUnixSeconds(cut)) return false;
          for (const auto& rfm : page->rfms()) found[rfm.account().substr(9)] = rfm;
          if (page->next_page_token().empty()) return true;
          request.set_page_token(page->next_page_token());
        }
      },
      absl::Minutes(2)));
  int64_t ranked = 0;
  for (const auto& [id, rfm] : found) {
    if (rfm.rank() == 0) {
      EXPECT_EQ(rfm.level(), accounts::v1::RFM_LEVEL_MAINTENANCE) << id;
      EXPECT_FALSE(expected.level.contains(id)) << id;
      continue;
    }
    ++ranked;
    ASSERT_TRUE(expected.level.contains(id)) << id;
    const Customer& customer = expected.customers.at(id);
    EXPECT_EQ(rfm.order_count(), customer.orders) << id;
    EXPECT_EQ(rfm.order_value_minor(), customer.cents) << id;
    EXPECT_EQ(rfm.recency_days(), customer.recency_days) << id;
    EXPECT_EQ(rfm.composite_micros(), customer.composite * 100'000) << id;
    EXPECT_EQ(static_cast<int>(rfm.level()), expected.level.at(id)) << id;
  }
  EXPECT_EQ(ranked, expected.level.size());

  // Again, as late facts now that the journal is live: all of them are known.
  const CtlRun second = Ctl(command);
  EXPECT_EQ(second.exit_code, 0) << second.out << second.err;
  EXPECT_THAT(second.out, HasSubstr("accounts      2 357 found: 0 new, 2 357 unchanged\n"));
  EXPECT_THAT(second.out, HasSubstr("0 counted, 0 late, "));
  EXPECT_THAT(second.out, HasSubstr(" 0 conflicts, "));
}

}  // namespace
}  // namespace bellwether::import_test
