#include "common/config/document.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "bellwether/ingest/v1/currency.pb.h"
#include "common/base/ids.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::config::document_test {
namespace {

using ::testing::StartsWith;

constexpr EmbeddedFile kShipped[] = {
    {"other.yaml", "reporting_currency: EUR\n"},
    {"rates.yaml", "reporting_currency: CNY\ncurrencies:\n  - {code: CNY, rate: 1}\n"},
};

using Rates = Document<ingest::v1::CurrencyRates>;

absl::StatusOr<Rates> Load(const std::string& path, absl::string_view name) {
  return LoadShipped<ingest::v1::CurrencyRates>(path, name, kShipped);
}

TEST(ShippedDocument, IsFoundByItsName) {
  EXPECT_EQ(Load("", "rates.yaml")->message.reporting_currency(), "CNY");
  EXPECT_EQ(Load("", "other.yaml")->message.reporting_currency(), "EUR");
  EXPECT_EQ(DetailOf(Load("", "none.yaml").status())->reason, "NOT_SHIPPED");
}

TEST(ShippedDocument, AFileStandsInItsPlace) {
  const std::string path =
      std::filesystem::temp_directory_path() / ("document-" + NewUuid() + ".yaml");
  std::ofstream(path) << "\nreporting_currency: USD\n";
  const absl::StatusOr<Rates> rates = Load(path, "rates.yaml");
  std::filesystem::remove(path);
  ASSERT_TRUE(rates.ok()) << rates.status();
  EXPECT_EQ(rates->message.reporting_currency(), "USD");
  EXPECT_EQ(rates->lines.PlaceOf("reporting_currency"), path + ":2:1");
  EXPECT_EQ(DetailOf(Load(path, "rates.yaml").status())->reason, "FILE_NOT_READABLE");
}

TEST(ShippedDocument, GivesLaterChecksThePlaceOfTheirField) {
  const Rates rates = *Load("", "rates.yaml");
  const absl::Status at =
      rates.At(InvalidArgument("RATE_INVALID", "currencies[0].per_units", "is wrong", "H1"));
  EXPECT_THAT(std::string(at.message()),
              StartsWith("rates.yaml:3:5: currencies[0].per_units: is wrong"));
  const ErrorDetail detail = *DetailOf(at);
  EXPECT_EQ(detail.reason, "CONFIG_INVALID");
  EXPECT_EQ(detail.field, "currencies[0].per_units");
  EXPECT_EQ(detail.rule, "H1");
  EXPECT_THAT(std::string(rates.At(InvalidArgument("X", "", "is wrong")).message()),
              StartsWith("rates.yaml: is wrong"));
  EXPECT_TRUE(rates.At(absl::OkStatus()).ok());
}

}  // namespace
}  // namespace bellwether::config::document_test
