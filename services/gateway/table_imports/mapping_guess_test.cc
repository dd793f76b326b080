#include "services/gateway/table_imports/mapping_guess.h"

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/gateway/table_imports/table_import_commands.h"

namespace bellwether::gateway::mapping_guess_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class GuessFolderTest : public ::testing::Test {
 protected:
  GuessFolderTest() : folder_(absl::StrCat(::testing::TempDir(), "/guess-", NewUuid())) {
    std::filesystem::create_directories(folder_);
  }
  ~GuessFolderTest() override { std::filesystem::remove_all(folder_); }

  imports::v1::GuessMappingResponse Guess(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << text;
    const auto guess =
        GuessFolder(folder_, {name}, {.time_zone = "Asia/Shanghai", .currency_code = "CNY"});
    EXPECT_TRUE(guess.ok()) << guess.status();
    return guess.value_or(imports::v1::GuessMappingResponse());
  }

  const std::string folder_;
};

TEST_F(GuessFolderTest, SaysOfEachColumnWhatItWasTakenForAndWhy) {  // X1
  const auto guess =
      Guess("sales.jsonl", "{\"customer\": \"Anda\", \"date\": \"03.11.2026\", \"amount\": 1.5}\n");
  EXPECT_TRUE(guess.recognised());
  ASSERT_THAT(guess.tables(), SizeIs(1));
  const auto& table = guess.tables(0);
  EXPECT_EQ(table.meaning(), imports::v1::TABLE_MEANING_ORDERS);
  EXPECT_EQ(table.rows_seen(), 1);
  ASSERT_THAT(table.columns(), SizeIs(3));
  EXPECT_EQ(table.columns(1).kind(), imports::v1::COLUMN_KIND_TIME);
  EXPECT_EQ(table.columns(1).format(), "%d.%m.%Y");
  EXPECT_EQ(table.columns(1).meaning(), imports::v1::COLUMN_MEANING_TIME);
  EXPECT_THAT(table.columns(1).samples(), ElementsAre("03.11.2026"));
  EXPECT_THAT(guess.mapping_text(), HasSubstr("layout: json_lines"));
  EXPECT_TRUE(CheckMapping(guess.mapping_text()).ok());
}

TEST_F(GuessFolderTest, TakesAMappingThatShips) {
  const auto guess = Guess("orders.csv",
                           "order_id,customer,ordered_on,amount,currency,quantity,product\n"
                           "1,Anda,2026-11-03,5,CNY,1,x\n");
  EXPECT_EQ(guess.shipped_mapping(), "mappings/orders");
  EXPECT_TRUE(guess.recognised());
  EXPECT_THAT(
      Guess("orders.csv", "order_id,customer,day,amount\n1,Anda,2026-11-03,5\n").shipped_mapping(),
      ::testing::IsEmpty())
      << "the name alone does not make it";
}

TEST_F(GuessFolderTest, SaysWhatCannotBeReadOrRecognised) {
  const auto bad = Guess("a.csv", std::string("PK\x03\x04") + "x");
  EXPECT_THAT(bad.tables(0).problem(), HasSubstr("not the text"));
  EXPECT_FALSE(bad.recognised());
  const auto unknown = Guess("a.csv", "sensor,celsius\na,20\n");
  EXPECT_EQ(unknown.tables(0).meaning(), imports::v1::TABLE_MEANING_UNKNOWN);
  EXPECT_THAT(unknown.mapping_text(), HasSubstr("FILL_IN"));
  EXPECT_EQ(DetailOf(GuessFolder(folder_, {}, {}).status())->reason, "NO_TABLES");
}

TEST(ShippedMappings, SayWhatTheyAreForAndWhatTheyWant) {
  for (const auto& mapping : DescribeShippedMappings()) {
    EXPECT_FALSE(mapping.title().empty()) << mapping.name();
    EXPECT_FALSE(mapping.description().empty()) << mapping.name();
    EXPECT_FALSE(mapping.files().empty()) << mapping.name();
    if (mapping.name() != "mappings/orders") continue;
    EXPECT_EQ(mapping.files(0).path(), "orders.csv");
    EXPECT_EQ(mapping.files(0).columns(0), "order_id");
  }
}

TEST(FaultsOfMapping, HaveTheirPlaces) {
  const absl::Status refused = CheckMapping("mapping_id: a b\nsource: x\nfiles: []\n");
  EXPECT_EQ(DetailOf(refused)->reason, "BAD_MAPPING");
  const auto faults = FaultsOf(refused);
  ASSERT_FALSE(faults.empty());
  EXPECT_EQ(faults[0].line(), 1) << refused;
  EXPECT_GT(faults[0].column(), 0);
  EXPECT_EQ(faults[0].field(), "mapping_id");
  EXPECT_EQ(faults[0].message(), "must be an id");
  const auto syntax = FaultsOf(CheckMapping("mapping_id: [\n"));
  ASSERT_FALSE(syntax.empty());
  EXPECT_GT(syntax[0].line(), 0);
  EXPECT_FALSE(syntax[0].message().empty());
}

TEST(CheckMapping, RefusesHostileOnes) {
  EXPECT_EQ(DetailOf(CheckMapping(std::string(kMappingBytesMax + 1, '#')))->reason,
            "MAPPING_TOO_LARGE");
  for (const std::string& text :
       {std::string("\0\xFF\xFE", 3), std::string(50'000, '['), std::string("a: &a [*a, *a]\n"),
        std::string("mapping_id: x\nsource: x\ntime_zone: UTC\nfiles:\n- {file_id: a, path: "
                    "\"../../etc/passwd\", layout: csv}\n")}) {
    EXPECT_EQ(DetailOf(CheckMapping(text))->reason, "BAD_MAPPING") << text.substr(0, 50);
  }
}

}  // namespace
}  // namespace bellwether::gateway::mapping_guess_test
