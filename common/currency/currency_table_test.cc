#include "common/currency/currency_table.h"

#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::currency_table_test {
namespace {

std::vector<CurrencyRate> Rates() {
  return {{"CNY", 2, 1'000'000, 1},
          {"USD", 2, 7'120'000, 1},
          {"JPY", 0, 4'680'000, 100},
          {"KWD", 3, 23'150'000, 1},
          {"XTS", 2, 500'000, 1}};
}

CurrencyTable Table() { return *CurrencyTable::Create("CNY", Rates()); }

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : "OK";
}

TEST(CurrencyTable, LeavesTheReportingCurrencyAsItIs) {
  EXPECT_EQ(*Table().Convert("CNY", 12'345), 12'345);
  EXPECT_EQ(*Table().Convert("", -1), -1);
}

TEST(CurrencyTable, ConvertsByRateUnitsAndMinorDigits) {
  EXPECT_EQ(*Table().Convert("USD", 100), 712);
  EXPECT_EQ(*Table().Convert("JPY", 1'000), 4'680) << "1 000 yen = 46.80 yuan";
  EXPECT_EQ(*Table().Convert("KWD", 1'000), 2'315) << "1 dinar = 23.15 yuan";
}

TEST(CurrencyTable, RoundsHalfAwayFromZeroSoThatCreditNotesUndoOrders) {
  EXPECT_EQ(*Table().Convert("XTS", 1), 1);
  EXPECT_EQ(*Table().Convert("XTS", -1), -1);
  EXPECT_EQ(*Table().Convert("XTS", 3), 2);
  EXPECT_EQ(*Table().Convert("JPY", 1), 5) << "4.68 fen";
  EXPECT_EQ(*Table().Convert("KWD", 1), 2) << "2.315 fen";
  for (int64_t amount = 0; amount < 1'000; ++amount) {
    EXPECT_EQ(*Table().Convert("USD", amount), -*Table().Convert("USD", -amount));
  }
}

TEST(CurrencyTable, IsExactAtTheLimitOfAmounts) {
  EXPECT_EQ(*Table().Convert("CNY", kAmountMinorMax), kAmountMinorMax);
  EXPECT_EQ(*Table().Convert("XTS", kAmountMinorMax - 1), kAmountMinorMax / 2);
  EXPECT_EQ(ReasonOf(Table().Convert("CNY", kAmountMinorMax + 1).status()), "AMOUNT_OUT_OF_RANGE");
  EXPECT_EQ(ReasonOf(Table().Convert("CNY", -kAmountMinorMax - 1).status()), "AMOUNT_OUT_OF_RANGE");
  EXPECT_EQ(ReasonOf(Table().Convert("CNY", INT64_MIN).status()), "AMOUNT_OUT_OF_RANGE");
  EXPECT_EQ(ReasonOf(Table().Convert("USD", kAmountMinorMax).status()), "AMOUNT_OUT_OF_RANGE");
}

TEST(CurrencyTable, KnowsOnlyItsOwnCurrencies) {
  for (const char* code : {"EUR", "cny", "CNY ", "C"}) {
    EXPECT_EQ(ReasonOf(Table().Convert(code, 1).status()), "UNKNOWN_CURRENCY") << code;
  }
}

TEST(CurrencyTable, IsNotMadeOfNonsense) {
  const auto with = [](CurrencyRate rate) {
    auto rates = Rates();
    rates.push_back(std::move(rate));
    return CurrencyTable::Create("CNY", rates).status();
  };
  EXPECT_TRUE(with({"EUR", 2, 7'800'000, 1}).ok());
  EXPECT_EQ(ReasonOf(with({"USD", 2, 7'800'000, 1})), "CURRENCY_TABLE");
  EXPECT_EQ(ReasonOf(with({"eur", 2, 7'800'000, 1})), "CURRENCY_TABLE");
  EXPECT_EQ(ReasonOf(with({"EURO", 2, 7'800'000, 1})), "CURRENCY_TABLE");
  EXPECT_EQ(ReasonOf(with({"EUR", 5, 7'800'000, 1})), "CURRENCY_TABLE");
  EXPECT_EQ(ReasonOf(with({"EUR", -1, 7'800'000, 1})), "CURRENCY_TABLE");
  EXPECT_EQ(ReasonOf(with({"EUR", 2, 0, 1})), "CURRENCY_TABLE");
  EXPECT_EQ(ReasonOf(with({"EUR", 2, 1'000'000'000'001, 1})), "CURRENCY_TABLE");
  EXPECT_EQ(ReasonOf(with({"EUR", 2, 1'000'000, 0})), "CURRENCY_TABLE");
  EXPECT_EQ(ReasonOf(CurrencyTable::Create("EUR", Rates()).status()), "CURRENCY_TABLE");
  EXPECT_EQ(ReasonOf(CurrencyTable::Create("USD", Rates()).status()), "CURRENCY_TABLE");
}

}  // namespace
}  // namespace bellwether::currency_table_test
