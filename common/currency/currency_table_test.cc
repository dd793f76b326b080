#include "common/currency/currency_table.h"

#include <optional>
#include <utility>

#include "common/base/status.h"
#include "common/currency/iso_4217.h"
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

constexpr absl::CivilDay kDay(2026, 12, 1);

CurrencyTable Table() { return *CurrencyTable::Create("CNY", Rates()); }

std::string ReasonOf(const absl::Status& status) {
  const auto detail = DetailOf(status);
  return detail.has_value() ? detail->reason : "OK";
}

TEST(CurrencyTable, LeavesTheReportingCurrencyAsItIs) {
  EXPECT_EQ(*Table().Convert(kDay, "CNY", 12'345), 12'345);
  EXPECT_EQ(*Table().Convert(kDay, "", -1), -1);
}

TEST(CurrencyTable, ConvertsByRateUnitsAndMinorDigits) {
  EXPECT_EQ(*Table().Convert(kDay, "USD", 100), 712);
  EXPECT_EQ(*Table().Convert(kDay, "JPY", 1'000), 4'680) << "1 000 yen = 46.80 yuan";
  EXPECT_EQ(*Table().Convert(kDay, "KWD", 1'000), 2'315) << "1 dinar = 23.15 yuan";
}

TEST(CurrencyTable, RoundsHalfAwayFromZeroSoThatCreditNotesUndoOrders) {
  EXPECT_EQ(*Table().Convert(kDay, "XTS", 1), 1);
  EXPECT_EQ(*Table().Convert(kDay, "XTS", -1), -1);
  EXPECT_EQ(*Table().Convert(kDay, "XTS", 3), 2);
  EXPECT_EQ(*Table().Convert(kDay, "JPY", 1), 5) << "4.68 fen";
  EXPECT_EQ(*Table().Convert(kDay, "KWD", 1), 2) << "2.315 fen";
  for (int64_t amount = 0; amount < 1'000; ++amount) {
    EXPECT_EQ(*Table().Convert(kDay, "USD", amount), -*Table().Convert(kDay, "USD", -amount));
  }
}

TEST(CurrencyTable, IsExactAtTheLimitOfAmounts) {
  EXPECT_EQ(*Table().Convert(kDay, "CNY", kAmountMinorMax), kAmountMinorMax);
  EXPECT_EQ(*Table().Convert(kDay, "XTS", kAmountMinorMax - 1), kAmountMinorMax / 2);
  EXPECT_EQ(ReasonOf(Table().Convert(kDay, "CNY", kAmountMinorMax + 1).status()),
            "AMOUNT_OUT_OF_RANGE");
  EXPECT_EQ(ReasonOf(Table().Convert(kDay, "CNY", -kAmountMinorMax - 1).status()),
            "AMOUNT_OUT_OF_RANGE");
  EXPECT_EQ(ReasonOf(Table().Convert(kDay, "CNY", INT64_MIN).status()), "AMOUNT_OUT_OF_RANGE");
  EXPECT_EQ(ReasonOf(Table().Convert(kDay, "USD", kAmountMinorMax).status()),
            "AMOUNT_OUT_OF_RANGE");
}

TEST(CurrencyTable, KnowsOnlyItsOwnCurrencies) {
  for (const char* code : {"EUR", "cny", "CNY ", "C"}) {
    EXPECT_EQ(ReasonOf(Table().Convert(kDay, code, 1).status()), "UNKNOWN_CURRENCY") << code;
  }
}

TEST(CurrencyTable, TakesTheMinorUnitsOfTheStandard) {
  std::vector<CurrencyRate> rates = {{.code = "JPY", .rate_micros = 1'000'000},
                                     {.code = "CNY", .rate_micros = 21'400'000},
                                     {.code = "KWD", .rate_micros = 480'000'000},
                                     {.code = "PTS", .rate_micros = 1'000'000}};
  const auto table = CurrencyTable::Create("JPY", rates);
  EXPECT_EQ(*table->Convert(kDay, "CNY", 10'000), 2'140) << "100 yuan in whole yen";
  EXPECT_EQ(*table->Convert(kDay, "KWD", 1'000), 480) << "a dinar has 1 000 fils";
  EXPECT_EQ(*table->Convert(kDay, "PTS", 250), 3)
      << "what the standard does not know has hundredths";
  EXPECT_EQ(table->rates()[0].minor_digits, 0);
  rates[3].minor_digits = 0;
  EXPECT_EQ(*CurrencyTable::Create("JPY", rates)->Convert(kDay, "PTS", 250), 250)
      << "unless its deployment says otherwise";
  for (const auto& [index, digits] : {std::pair{0, 2}, std::pair{1, 0}, std::pair{2, 2}}) {
    std::vector<CurrencyRate> wrong = rates;
    wrong[static_cast<size_t>(index)].minor_digits = digits;
    EXPECT_EQ(ReasonOf(CurrencyTable::Create("JPY", wrong).status()), "CURRENCY_TABLE") << index;
  }
}

TEST(CurrencyTable, TakesTheRateOfTheDay) {
  const absl::CivilDay december(2026, 12, 1);
  // In whatever order they stand.
  std::vector<CurrencyRate> rates = {{"CNY", 2, 1'000'000, 1},
                                     {"USD", 2, 7'300'000, 1, december},
                                     {"USD", 2, 7'100'000, 1},
                                     {"USD", 2, 7'200'000, 1, absl::CivilDay(2026, 11, 1)},
                                     {"EUR", 2, 8'000'000, 1, december}};
  const auto table = CurrencyTable::Create("CNY", rates);
  ASSERT_TRUE(table.ok()) << table.status();
  EXPECT_TRUE(table->GoesByDay());
  EXPECT_FALSE(Table().GoesByDay());
  EXPECT_EQ(*table->Convert(absl::CivilDay(1999, 1, 1), "USD", 100), 710);
  EXPECT_EQ(*table->Convert(absl::CivilDay(2026, 10, 31), "USD", 100), 710);
  EXPECT_EQ(*table->Convert(absl::CivilDay(2026, 11, 1), "USD", 100), 720);
  EXPECT_EQ(*table->Convert(absl::CivilDay(2026, 11, 30), "USD", 100), 720);
  EXPECT_EQ(*table->Convert(december, "USD", 100), 730);
  EXPECT_EQ(*table->Convert(absl::CivilDay(2099, 1, 1), "USD", 100), 730);
  EXPECT_EQ(*table->Convert(december, "EUR", 100), 800);
  const absl::Status early = table->Convert(december - 1, "EUR", 100).status();
  EXPECT_EQ(ReasonOf(early), "NO_RATE_YET");
  EXPECT_EQ(early.message(), "there is no rate for the currency before 2026-12-01");

  const auto field_of = [&](const CurrencyRate& added) {
    std::vector<CurrencyRate> wrong = rates;
    wrong.push_back(added);
    return DetailOf(CurrencyTable::Create("CNY", wrong).status())->field;
  };
  EXPECT_EQ(field_of({"USD", 2, 1, 1, december}), "currencies[5]") << "twice from one day";
  EXPECT_EQ(field_of({"USD", 2, 1, 1}), "currencies[5]") << "twice from ever";
  EXPECT_EQ(field_of({"CNY", 2, 1'000'000, 1, december}), "currencies[5]");
  rates.push_back({"PTS", 1, 1'000'000, 1});
  EXPECT_EQ(CurrencyTable::Create("CNY", rates)->rates().size(), 6);
  EXPECT_EQ(field_of({"PTS", 2, 1'000'000, 1, december}), "currencies[6]");
}

TEST(Iso4217, KnowsTheMinorUnits) {
  EXPECT_EQ(IsoMinorDigits("CNY"), 2);
  EXPECT_EQ(IsoMinorDigits("JPY"), 0);
  EXPECT_EQ(IsoMinorDigits("KRW"), 0);
  EXPECT_EQ(IsoMinorDigits("TND"), 3);
  EXPECT_EQ(IsoMinorDigits("CLF"), 4);
  for (const char* code : {"", "XAU", "jpy", "JP", "XTS"}) {
    EXPECT_EQ(IsoMinorDigits(code), std::nullopt) << code;
  }
  EXPECT_EQ(MinorDigitsOf("XTS"), 2);
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
