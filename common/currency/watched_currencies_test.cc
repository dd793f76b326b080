#include "common/currency/watched_currencies.h"

#include <fstream>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/currency/currency_source.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::watched_currencies_test {
namespace {

using ::testing::HasSubstr;

CurrencyTable Table(const char* reporting, int64_t rate_micros) {
  const char* other = std::string(reporting) == "CNY" ? "USD" : "CNY";
  return *CurrencyTable::Create(reporting,
                                {{reporting, 2, 1'000'000, 1}, {other, 2, rate_micros, 1}});
}

constexpr absl::CivilDay kDay(2026, 12, 1);

TEST(CurrencySource, StaysTheSameTableForOneThatIsHeld) {
  CurrencySource source(Table("CNY", 7'000'000));
  const auto held = source.Now();
  ASSERT_TRUE(source.Replace(Table("CNY", 8'000'000)).ok());
  EXPECT_EQ(*held->Convert(kDay, "USD", 100), 700);
  EXPECT_EQ(*source.Now()->Convert(kDay, "USD", 100), 800);
}

TEST(CurrencySource, KeepsTheReportingCurrency) {
  CurrencySource source(Table("CNY", 7'000'000));
  const absl::Status refused = source.Replace(Table("USD", 140'000));
  EXPECT_EQ(DetailOf(refused)->reason, "REPORTING_CURRENCY_FIXED");
  EXPECT_EQ(source.Now()->reporting_code(), "CNY");
}

TEST(WatchedCurrencies, AreThoseOfTheFileOrTheShippedOnes) {
  metrics::Registry metrics;
  const auto shipped = WatchedCurrencies::Open("test", "", metrics);
  ASSERT_TRUE(shipped.ok()) << shipped.status();
  EXPECT_EQ((*shipped)->source().Now()->reporting_code(), "CNY");

  const std::string path = ::testing::TempDir() + "/watched_currencies.yaml";
  std::ofstream(path) << "reporting_currency: EUR\n"
                         "currencies:\n"
                         "  - {code: EUR, rate: 1}\n"
                         "  - {code: USD, rate: 0.9, from: 2026-12-01}\n";
  const auto ours = WatchedCurrencies::Open("test", path, metrics);
  ASSERT_TRUE(ours.ok()) << ours.status();
  EXPECT_EQ(*(*ours)->source().Now()->Convert(kDay, "USD", 100), 90);

  std::ofstream(path) << "reporting_currency: EUR\n"
                         "currencies:\n"
                         "  - {code: EUR, rate: 1}\n"
                         "  - {code: USD, rate: 0.9, from: 2026-13-01}\n";
  const auto faulty = WatchedCurrencies::Open("test", path, metrics);
  EXPECT_THAT(std::string(faulty.status().message()), HasSubstr("watched_currencies.yaml:4"));
}

}  // namespace
}  // namespace bellwether::watched_currencies_test
