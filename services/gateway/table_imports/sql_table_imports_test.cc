#include "services/gateway/table_imports/sql_table_imports.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/store/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/gateway/adapters/sql_gateway_tables.h"

namespace bellwether::gateway::sql_table_imports_test {
namespace {

using imports::v1::TableImport;
using ::testing::ElementsAre;

class SqlTableImportsTest : public ::testing::Test {
 protected:
  SqlTableImportsTest() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  static TableImport Import(const std::string& id, int64_t created,
                            imports::v1::TableImportState state) {
    TableImport import;
    import.set_name("tableImports/" + id);
    import.set_state(state);
    import.mutable_create_time()->set_seconds(created);
    return import;
  }
  bool Insert(const std::string& id, int64_t created,
              imports::v1::TableImportState state = imports::v1::TABLE_IMPORT_STATE_QUEUED,
              const std::string& folder = "mine") {
    return rows_.Insert(Import(id, created, state), folder).value();
  }
  imports::v1::TableImportState StateOf(const std::string& id) {
    const auto found = rows_.Find("tableImports/" + id).value();
    return found.has_value() ? found->state() : imports::v1::TABLE_IMPORT_STATE_UNSPECIFIED;
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  SqlTableImports rows_{*store_};
};

TEST_F(SqlTableImportsTest, AreListedTheNewestFirst) {
  EXPECT_TRUE(Insert("a", 1));
  EXPECT_TRUE(Insert("c", 2));
  EXPECT_TRUE(Insert("b", 2));
  EXPECT_FALSE(Insert("b", 9)) << "it is there";
  std::vector<std::string> names;
  std::string after;
  while (true) {
    const auto page = rows_.List(after, 1).value();
    if (page.empty()) break;
    after = page[0].name();
    names.push_back(after);
  }
  EXPECT_THAT(names, ElementsAre("tableImports/c", "tableImports/b", "tableImports/a"));
  EXPECT_EQ(DetailOf(rows_.List("tableImports/x", 1).status())->reason, "PAGE_TOKEN_INVALID");
}

TEST_F(SqlTableImportsTest, StayAsTheyEnded) {
  Insert("a", 1);
  ASSERT_TRUE(rows_.Update(Import("a", 1, imports::v1::TABLE_IMPORT_STATE_DONE)).ok());
  ASSERT_TRUE(rows_.Update(Import("a", 1, imports::v1::TABLE_IMPORT_STATE_RUNNING)).ok());
  EXPECT_EQ(StateOf("a"), imports::v1::TABLE_IMPORT_STATE_DONE);
}

TEST_F(SqlTableImportsTest, AreInterruptedWhereTheirFolderIs) {
  Insert("queued", 1);
  Insert("running", 2, imports::v1::TABLE_IMPORT_STATE_RUNNING);
  Insert("done", 3, imports::v1::TABLE_IMPORT_STATE_DONE);
  Insert("elsewhere", 4, imports::v1::TABLE_IMPORT_STATE_RUNNING, "another");
  ASSERT_TRUE(rows_.InterruptAll("mine", absl::FromUnixSeconds(9)).ok());
  EXPECT_EQ(StateOf("queued"), imports::v1::TABLE_IMPORT_STATE_INTERRUPTED);
  EXPECT_EQ(StateOf("running"), imports::v1::TABLE_IMPORT_STATE_INTERRUPTED);
  EXPECT_EQ(StateOf("done"), imports::v1::TABLE_IMPORT_STATE_DONE);
  EXPECT_EQ(StateOf("elsewhere"), imports::v1::TABLE_IMPORT_STATE_RUNNING);
  const auto running = rows_.Find("tableImports/running").value();
  EXPECT_EQ(running->error().reason(), "PROCESS_ENDED");
  EXPECT_EQ(running->end_time().seconds(), 9);
}

TEST_F(SqlTableImportsTest, OfWhichThereAreTooManyTheOldestGo) {
  Insert("waits", 0);
  for (int64_t i = 1; i <= kTableImportsKeptMax; ++i) {
    Insert(absl::StrCat("i", i), i, imports::v1::TABLE_IMPORT_STATE_DONE);
  }
  EXPECT_EQ(StateOf("i1"), imports::v1::TABLE_IMPORT_STATE_DONE);
  Insert("last", kTableImportsKeptMax + 1);
  EXPECT_EQ(StateOf("i1"), imports::v1::TABLE_IMPORT_STATE_UNSPECIFIED);
  EXPECT_EQ(StateOf("i2"), imports::v1::TABLE_IMPORT_STATE_DONE);
  EXPECT_EQ(StateOf("waits"), imports::v1::TABLE_IMPORT_STATE_QUEUED) << "it has not ended";
}

}  // namespace
}  // namespace bellwether::gateway::sql_table_imports_test
