#include "common/currency/minor_units.h"

#include <limits>

#include "bellwether/ingest/v1/currency.pb.h"
#include "common/config/yaml_message.h"
#include "common/currency/iso_4217.h"
#include "gtest/gtest.h"

namespace bellwether::minor_units_test {
namespace {

TEST(FormatMoney, KnowsTheMinorUnit) {
  EXPECT_EQ(FormatMoney(1'000'553'400, "USD"), "10 005 534.00 USD");
  EXPECT_EQ(FormatMoney(-5, "CNY"), "-0.05 CNY");
  EXPECT_EQ(FormatMoney(1234, "JPY"), "1 234 JPY");
  EXPECT_EQ(FormatMoney(1234, "KWD"), "1.234 KWD");
  EXPECT_EQ(FormatMoney(std::numeric_limits<int64_t>::min(), "CNY"),
            "-92 233 720 368 547 758.08 CNY");
}

TEST(MinorUnits, AreThoseOfTheShippedRates) {
  const auto rates = config::LoadYaml<ingest::v1::CurrencyRates>("common/currency/currencies.yaml");
  ASSERT_TRUE(rates.ok()) << rates.status();
  for (const ingest::v1::CurrencyRate& rate : rates->currencies()) {
    EXPECT_EQ(MinorDigitsOf(rate.code()), rate.minor_digits()) << rate.code();
  }
}

}  // namespace
}  // namespace bellwether::minor_units_test
