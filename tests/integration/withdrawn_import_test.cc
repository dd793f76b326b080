// A year of invoice lines by the shipped mapping alone: what comes in is what an independent
// computation says (H1, A3), and what is withdrawn was never there.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "bellwether/imports/v1/summary.pb.h"
#include "common/feed/fact_feed.h"
#include "common/testing/await.h"
#include "gmock/gmock.h"
#include "google/protobuf/util/json_util.h"
#include "tests/integration/standalone_fixture.h"
#include "tests/support/invoice_lines.h"

namespace bellwether::withdrawn_import_test {
namespace {

using bellwether::testing::InvoiceLinesSaid;
using ::testing::HasSubstr;

constexpr char kRowsVariable[] = "BELLWETHER_INVOICE_ROWS";  // 500 000 at scale
constexpr absl::Duration kSettledWithin = absl::Minutes(3);
constexpr int kOldCustomers = 24;
constexpr int kOthers = 16;
constexpr int kDaysRestated = 90;  // what is further back stays as it was shown
constexpr int kNights = 12;        // before the import, whose cuts are compared

// The figures of A3, with corrections as soon as they may be.
constexpr char kRfm[] = R"yaml(
recency_weight: 0.2
frequency_weight: 0.3
monetary_weight: 0.5
strategic_partner_share: 0.10
core_share: 0.20
development_share: 0.30
potential_share: 0.25
maintenance_share: 0.15
recency_metric: orders.recency_days_365d
frequency_metric: orders.count_365d
monetary_metric: orders.value_365d
correction_interval: 1s
)yaml";

// What compares windows fires at once, so that nobody waits for it.
constexpr char kPolicy[] = R"yaml(
tier_weights: {strategic-partner: 60, core: 30}
other_tier_weight: 1
escalation_chain:
  - roles: [account-manager]
duties:
  - {level: yellow, rung: 0}
  - {level: orange, rung: 0}
  - {level: red, rung: 0}
reopen_within: 3d
unjudged_kept: 7d
comparison_for: 0s
)yaml";

struct Orders {
  int64_t recency_days = 0;
  int64_t count = 0;
  int64_t value_minor = 0;
};

// A second computation of A3: "rank level count value recency" by account.
std::map<std::string, std::string> RankingOf(const std::map<std::string, Orders>& orders) {
  struct Ranked {
    std::string id;
    Orders orders;
    int64_t composite = 0;
  };
  std::vector<Ranked> ranked;
  for (const auto& [id, each] : orders) {
    if (each.count > 0) ranked.push_back({id, each});
  }
  const auto n = static_cast<int64_t>(ranked.size());
  const auto score = [&](auto is_worse) {
    return 1 + 5 * std::count_if(ranked.begin(), ranked.end(), is_worse) / n;
  };
  for (Ranked& a : ranked) {
    a.composite =
        2 * score([&](const Ranked& b) { return b.orders.recency_days > a.orders.recency_days; }) +
        3 * score([&](const Ranked& b) { return b.orders.count < a.orders.count; }) +
        5 * score([&](const Ranked& b) { return b.orders.value_minor < a.orders.value_minor; });
  }
  std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) {
    if (a.composite != b.composite) return a.composite > b.composite;
    if (a.orders.value_minor != b.orders.value_minor)
      return a.orders.value_minor > b.orders.value_minor;
    return a.id < b.id;
  });
  constexpr std::array<int64_t, 5> kCumulative = {10, 30, 60, 85, 100};
  std::map<std::string, std::string> ranking;
  for (int64_t i = 0; i < n; ++i) {
    size_t level = 0;
    while (i >= n * kCumulative[level] / 100) ++level;
    const Ranked& a = ranked[static_cast<size_t>(i)];
    ranking[a.id] = absl::StrCat(i + 1, " ", level + 1, " ", a.orders.count, " ",
                                 a.orders.value_minor, " ", a.orders.recency_days);
  }
  return ranking;
}

class WithdrawnImportTest : public StandaloneTest {
 protected:
  WithdrawnImportTest() {
    config.gateway.currencies_file = WriteFile(
        "currencies.yaml",
        "reporting_currency: GBP\ncurrencies:\n  - {code: GBP, minor_digits: 2, rate: 1}\n");
    config.accounts.rfm_file = WriteFile("rfm.yaml", kRfm);
    config.alerts.policy_file = WriteFile("policy.yaml", kPolicy);
    if (const char* rows = std::getenv(kRowsVariable)) {
      EXPECT_TRUE(absl::SimpleAtoi(rows, &lines_.rows)) << kRowsVariable;
    }
    std::filesystem::create_directories(Tables());
    std::ofstream table(Tables() + "/invoices.csv", std::ios::binary);
    bellwether::testing::WriteInvoiceLines(lines_, table);
  }

  std::string Tables() const { return folder + "/tables"; }
  InvoiceLinesSaid Said() const {
    std::ifstream table(Tables() + "/invoices.csv", std::ios::binary);
    return bellwether::testing::ReadInvoiceLines(table);
  }

  absl::Time At(int days_ago, int hour) const {
    const absl::CivilDay day = today_ - days_ago;
    return absl::FromCivil(absl::CivilHour(day.year(), day.month(), day.day(), hour), zone_);
  }

  // A system with a past of its own: customers that the invoices know, and others; some of them
  // steady, some gone quiet.
  void Begin(const std::string& name) {
    config.data = absl::StrCat(folder, "/", name);
    setenv("BELLWETHER_LEDGER", absl::StrCat(folder, "/ledger-", name).c_str(), /*overwrite=*/1);
    shifted_clock.emplace(At(0, 12));
    Boot();
    std::vector<events::v1::FactEvent> past = Past();
    size_t next = 0;
    const auto ingest = Stub<ingest::v1::IngestService>();
    const auto built =
        feed::BackfillFacts(*ingest, "past", {}, [&]() -> std::optional<events::v1::FactEvent> {
          if (next == past.size()) return std::nullopt;
          return past[next++];
        });
    ASSERT_TRUE(built.ok()) << built.status();
    ASSERT_EQ(built->rejected_count(), 0) << built->DebugString();
    GoLive();
    for (const std::string& id : own_) CreateAccount(id);
    AwaitCutOf(At(0, 0));
  }
  void End() {
    Shutdown();
    shifted_clock.reset();
  }

  // In order of time; the own accounts and their orders are noted.
  std::vector<events::v1::FactEvent> Past() {
    own_.clear();
    own_orders_.clear();
    std::multimap<absl::Time, events::v1::FactEvent> facts;
    const auto add = [&](const std::string& account, const std::string& id, absl::Time time) {
      return &facts.emplace(time, Fact(account, id, time))->second;
    };
    for (int i = 0; i < kOldCustomers + kOthers; ++i) {
      const std::string account =
          i < kOldCustomers ? absl::StrCat("customer-", 12'000 + i) : absl::StrCat("other-", i);
      own_.insert(account);
      const int until = i % 5 == 0 ? 70 : 1 + i % 7;  // some are gone
      for (int days = 300; days >= until; days -= 9 + i % 11) {
        auto& order = *add(account, absl::StrCat("order-", days), At(days, 10))
                           ->mutable_fact()
                           ->mutable_order_placed();
        order.set_order_id(absl::StrCat(account, "-", days));
        order.mutable_amount()->set_currency_code("GBP");
        order.mutable_amount()->set_amount_minor(10'000 + 777 * i + days);
        Orders& known = own_orders_[account];
        ++known.count;
        known.value_minor += order.amount().amount_minor();
        known.recency_days = days - 1;  // as of the end of yesterday
      }
      for (int days = 120; days >= 2; days -= 13 + i % 5) {
        auto& survey = *add(account, absl::StrCat("survey-", days), At(days, 11))
                            ->mutable_fact()
                            ->mutable_survey_answered();
        survey.set_kind(events::v1::SURVEY_KIND_CSAT);
        survey.set_score_micros((90 - (i * days) % 40) * int64_t{1'000'000});
        auto& usage = *add(account, absl::StrCat("usage-", days), At(days, 12))
                           ->mutable_fact()
                           ->mutable_usage_reported();
        usage.set_licensed_users(100);
        usage.set_active_users(40 + (i + days) % 60);
      }
    }
    std::vector<events::v1::FactEvent> in_order;
    for (auto& [time, fact] : facts) in_order.push_back(std::move(fact));
    return in_order;
  }

  // As the invoices describe it, if they do.
  void CreateAccount(const std::string& id) {
    accounts::v1::CreateAccountRequest request;
    request.set_account_id(id);
    request.mutable_account()->set_legal_name(id);
    if (id.rfind("customer-", 0) == 0) {
      const std::string number = id.substr(9);
      request.mutable_account()->set_legal_name("Customer " + number);
      request.mutable_account()->set_region(
          (std::stoi(number) - 12'000) % 9 == 0 ? "France" : "United Kingdom");
      auto& external = *request.mutable_account()->add_external_ids();
      external.set_source("import/invoice-lines");
      external.set_id(number);
      request.mutable_account()->mutable_customer_since()->set_seconds(
          absl::ToUnixSeconds(At(600, 12)));
    }
    const auto made = Call(*Stub<accounts::v1::AccountsService>(),
                           &accounts::v1::AccountsService::Stub::CreateAccount, request);
    ASSERT_TRUE(made.ok()) << made.status();
  }

  // "rank level count value recency" by account; nothing while the cut is still to come.
  std::optional<std::map<std::string, std::string>> Ranking(
      absl::Time as_of, std::optional<absl::Time> known_at = std::nullopt) {
    accounts::v1::ListRfmRequest request;
    request.mutable_as_of()->set_seconds(absl::ToUnixSeconds(as_of));
    if (known_at.has_value()) {
      request.mutable_known_at()->set_seconds(absl::ToUnixSeconds(*known_at));
    }
    request.set_page_size(1'000);
    std::map<std::string, std::string> ranking;
    const auto stub = Stub<accounts::v1::AccountsService>();
    while (true) {
      const auto page = Call(*stub, &accounts::v1::AccountsService::Stub::ListRfm, request);
      if (!page.ok() || page->cut_time().seconds() != absl::ToUnixSeconds(as_of)) {
        return std::nullopt;
      }
      for (const auto& rfm : page->rfms()) {
        if (rfm.rank() == 0) continue;
        ranking[rfm.account().substr(9)] =
            absl::StrCat(rfm.rank(), " ", static_cast<int>(rfm.level()), " ", rfm.order_count(),
                         " ", rfm.order_value_minor(), " ", rfm.recency_days());
      }
      if (page->next_page_token().empty()) return ranking;
      request.set_page_token(page->next_page_token());
    }
  }
  void AwaitCutOf(absl::Time midnight) {
    ASSERT_TRUE(testing::Await([&] { return Ranking(midnight).has_value(); }, kSettledWithin));
  }

  // The night after the import: its cut and everybody's closed day can be read.
  void PassMidnight() {
    shifted_clock->JumpTo(At(-1, 0) + absl::Seconds(30));
    AwaitCutOf(At(-1, 0));
    for (const std::string& account : own_) {
      ASSERT_TRUE(testing::Await(
          [&] { return HistoryOf(account).find(Day(0)) != std::string::npos; }, kSettledWithin))
          << account;
    }
  }

  std::optional<health::v1::AccountHealth> HealthOf(const std::string& account) {
    health::v1::GetHealthRequest request;
    request.set_account("accounts/" + account);
    const auto found = Call(*Stub<health::v1::HealthService>(),
                            &health::v1::HealthService::Stub::GetHealth, request);
    return found.ok() ? std::optional(*found) : std::nullopt;
  }
  static std::optional<int64_t> ValueOf(const health::v1::AccountHealth& health,
                                        const std::string& metric) {
    for (const auto& value : health.metrics()) {
      if (value.metric() == metric && !value.absent()) return value.value_micros();
    }
    return std::nullopt;
  }
  std::string TierOf(const std::string& account) {
    accounts::v1::GetAccountRequest request;
    request.set_name("accounts/" + account);
    const auto found = Call(*Stub<accounts::v1::AccountsService>(),
                            &accounts::v1::AccountsService::Stub::GetAccount, request);
    return found.ok() ? found->tier() : "no account";
  }
  std::vector<std::string> OpenAlerts() {
    alerts::v1::ListAlertsRequest request;
    request.set_page_size(1'000);
    std::vector<std::string> open;
    const auto stub = Stub<alerts::v1::AlertsService>();
    while (true) {
      const auto page = Call(*stub, &alerts::v1::AlertsService::Stub::ListAlerts, request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) return open;
      for (const alerts::v1::Alert& alert : page->alerts()) {
        open.push_back(absl::StrCat(
            alert.rule_id(), " ", alert.subject(), " level ", static_cast<int>(alert.level()),
            " state ", static_cast<int>(alert.state()), " tier ", alert.subject_tier()));
      }
      if (page->next_page_token().empty()) break;
      request.set_page_token(page->next_page_token());
    }
    std::sort(open.begin(), open.end());
    return open;
  }

  // Everything that an own account is said to be, and the past days with it; history of what was
  // shown when is left out.
  std::string StateOf(const std::string& account) {
    std::string state = absl::StrCat(account, ": tier ", TierOf(account));
    if (const auto health = HealthOf(account)) {
      absl::StrAppend(&state, "\n  score ", health->score_micros(), " of ",
                      health->confidence_micros(), " ", health->band_id());
      for (const auto& value : health->metrics()) {
        if (value.absent()) continue;
        absl::StrAppend(&state, "\n  ", value.metric(), " ", value.value_micros(), " gives ",
                        value.contribution_micros());
      }
    }
    return state + HistoryOf(account);
  }
  std::string Day(int days_ago) const { return absl::FormatCivilTime(today_ - days_ago); }
  std::string HistoryOf(const std::string& account) {
    health::v1::ListHealthHistoryRequest request;
    request.set_account("accounts/" + account);
    request.set_page_size(1'000);
    const auto history = Call(*Stub<health::v1::HealthService>(),
                              &health::v1::HealthService::Stub::ListHealthHistory, request);
    EXPECT_TRUE(history.ok()) << history.status();
    std::string days;
    if (!history.ok()) return days;
    for (const auto& day : history->snapshots()) {
      if (day.day() < Day(kDaysRestated - 1)) continue;
      absl::StrAppend(&days, "\n  ", day.day(), " ", day.score_micros(), " of ",
                      day.confidence_micros());
    }
    return days;
  }
  std::string State(int nights_since) {
    std::string state;
    for (const std::string& account : own_) absl::StrAppend(&state, StateOf(account), "\n");
    for (int days_ago = kNights; days_ago >= -nights_since; --days_ago) {
      const auto ranking = Ranking(At(days_ago, 0));
      absl::StrAppend(&state, "night ", days_ago, ranking.has_value() ? "" : " none", "\n");
      if (!ranking.has_value()) continue;
      for (const auto& [account, place] : *ranking) {
        absl::StrAppend(&state, "  ", account, " ", place, "\n");
      }
    }
    for (const std::string& alert : OpenAlerts()) absl::StrAppend(&state, alert, "\n");
    return state;
  }
  // The state once it is the same as `expected`, or as it is after a while.
  std::string StateAsSoonAs(const std::string& expected, int nights_since) {
    std::string state;
    const bool same =
        testing::Await([&] { return (state = State(nights_since)) == expected; }, kSettledWithin);
    return same ? expected : state;
  }

  imports::v1::ImportSummary Import() {
    const CtlRun run = Ctl({"--json", "import", "invoice-lines", Tables()});
    EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
    imports::v1::ImportSummary summary;
    EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(run.out, &summary).ok()) << run.out;
    return summary;
  }

  const absl::TimeZone zone_ = absl::FixedTimeZone(8 * 3600);
  // So that there is another night before the present.
  const absl::CivilDay today_ = absl::ToCivilDay(absl::Now(), zone_) - 1;
  bellwether::testing::InvoiceLinesOptions lines_{.last_day = today_ - 1};
  std::set<std::string> own_;
  std::map<std::string, Orders> own_orders_;
};

void ExpectEveryRowAccountedFor(const imports::v1::ImportSummary& summary,
                                const InvoiceLinesSaid& said) {
  ASSERT_EQ(summary.tables_size(), 2) << "orders and refunds read the same table";
  const int64_t parts[] = {said.order_lines, said.refund_lines};
  for (int i = 0; i < 2; ++i) {
    const imports::v1::TableSummary& table = summary.tables(i);
    EXPECT_EQ(table.rows(), said.rows);
    EXPECT_EQ(table.made(), parts[i]);
    int64_t skipped = 0;
    for (const auto& each : table.skipped()) skipped += each.rows();
    EXPECT_EQ(table.made() + table.refused() + table.duplicates() + skipped, table.rows());
    EXPECT_EQ(table.refused(), 0);
    EXPECT_EQ(table.skipped(0).rows(), said.lines_without_customer) << table.DebugString();
  }
  EXPECT_EQ(summary.facts().found(), said.orders + said.refunds);
  EXPECT_EQ(summary.facts().accepted(), said.orders + said.refunds);
  EXPECT_TRUE(summary.facts().complete());
}

TEST_F(WithdrawnImportTest, WasNeverThere) {
  // A system that never has it.
  Begin("never");
  PassMidnight();
  std::string never;
  // What follows from the night has settled once it is told twice alike.
  ASSERT_TRUE(testing::Await(
      [&] {
        const std::string before = std::exchange(never, State(/*nights_since=*/1));
        return before == never && !OpenAlerts().empty();
      },
      kSettledWithin));
  End();

  Begin("withdrawn");
  const absl::Time shown_at = shifted_clock->Now();
  const InvoiceLinesSaid said = Said();
  const imports::v1::ImportSummary first = Import();
  ExpectEveryRowAccountedFor(first, said);
  EXPECT_EQ(first.facts().counted() + first.facts().late(), said.orders + said.refunds);

  // Net figures, and the ranking with its tiers, as the table says.
  std::map<std::string, Orders> orders = own_orders_;
  for (const auto& [id, customer] : said.customers) {
    const auto health = HealthOf(id);
    ASSERT_TRUE(health.has_value()) << id;
    const auto own = own_orders_.find(id);
    Orders& known = orders[id];
    if (customer.orders > 0) {
      const int64_t recency = today_ - 1 - customer.last_order;
      known.recency_days =
          own == own_orders_.end() ? recency : std::min(known.recency_days, recency);
    }
    known.count += customer.orders;
    known.value_minor += customer.ordered - customer.refunded;
    EXPECT_EQ(ValueOf(*health, "orders.count_365d").value_or(0), known.count * 1'000'000) << id;
    EXPECT_EQ(ValueOf(*health, "orders.value_365d").value_or(0), known.value_minor * 1'000'000)
        << id;
  }
  const auto expected = RankingOf(orders);
  std::optional<std::map<std::string, std::string>> ranking;
  EXPECT_TRUE(
      testing::Await([&] { return (ranking = Ranking(At(0, 0))) == expected; }, kSettledWithin));
  EXPECT_EQ(ranking, expected);
  // What was shown stays.
  EXPECT_EQ(Ranking(At(0, 0), shown_at), RankingOf(own_orders_));
  constexpr const char* kTiers[] = {"strategic-partner", "core", "development", "potential",
                                    "maintenance"};
  for (const auto& [id, place] : expected) {
    const int level = std::stoi(place.substr(place.find(' ') + 1));
    EXPECT_EQ(TierOf(id), kTiers[level - 1]) << id << " " << place;
  }

  // A second time nothing is new.
  const imports::v1::ImportSummary second = Import();
  EXPECT_EQ(second.facts().duplicates(), said.orders + said.refunds);
  EXPECT_EQ(second.facts().counted() + second.facts().late(), 0);
  EXPECT_THAT(second.conclusion(), HasSubstr("Nothing has changed"));

  // It is there over a night, and then it is taken back.
  PassMidnight();
  // The second run said the same, which would count without the first.
  for (const std::string& run : {first.import_run(), second.import_run()}) {
    const CtlRun withdrawn =
        Ctl({"imports", "withdraw", run, "--reason", "wrong year", "--wait", "120"});
    ASSERT_EQ(withdrawn.exit_code, 0) << withdrawn.out << withdrawn.err;
  }
  const std::string after = StateAsSoonAs(never, /*nights_since=*/1);
  EXPECT_EQ(after, never);
  for (const auto& [id, customer] : said.customers) {
    if (own_.contains(id)) continue;
    const auto health = HealthOf(id);
    if (!health.has_value()) continue;
    EXPECT_EQ(health->confidence_micros(), 0) << id;
    EXPECT_EQ(ValueOf(*health, "orders.count_365d").value_or(0), 0) << id;
    EXPECT_EQ(ValueOf(*health, "orders.value_365d").value_or(0), 0) << id;
  }
  // The cut of the night that was shown with it can still be read.
  EXPECT_EQ(Ranking(At(0, 0), shown_at), RankingOf(own_orders_));
  const CtlRun verified = Ctl({"health", "verify"});
  EXPECT_EQ(verified.exit_code, 0) << verified.out;
}

}  // namespace
}  // namespace bellwether::withdrawn_import_test
