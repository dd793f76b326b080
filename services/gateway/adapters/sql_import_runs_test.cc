#include "services/gateway/adapters/sql_import_runs.h"

#include <memory>
#include <string>

#include "common/base/status.h"
#include "common/store/testing/test_database.h"
#include "gtest/gtest.h"
#include "services/gateway/adapters/sql_gateway_tables.h"

namespace bellwether::gateway::sql_import_runs_test {
namespace {

const absl::Time kStart = absl::FromUnixSeconds(1'800'000'000);
constexpr absl::Duration kLease = absl::Minutes(2);

class SqlImportRunsTest : public ::testing::Test {
 protected:
  SqlImportRunsTest() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  static ImportRun RunAt(const std::string& id, absl::Time started) {
    return {.id = id,
            .source = "orders",
            .principal = "li",
            .started = started,
            .lease_end = started + kLease};
  }
  absl::StatusOr<ImportRun> Add(const ImportRun& run) {
    return runs_.Add(run, run.started - kImportRunKept);
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  SqlImportRuns runs_{*store_};
};

TEST_F(SqlImportRunsTest, TheFirstOfAnIdStays) {
  const ImportRun first = RunAt("r1", kStart);
  EXPECT_EQ(*Add(first), first);
  ImportRun second = RunAt("r1", kStart + absl::Minutes(1));
  second.source = "cdnow";
  EXPECT_EQ(*Add(second), first);
  EXPECT_EQ(*runs_.Find("r1"), first);
  EXPECT_EQ(*runs_.Find("r2"), std::nullopt);
}

TEST_F(SqlImportRunsTest, ALeaseOnlyGrowsAndTheFirstEndStays) {
  ASSERT_TRUE(Add(RunAt("r1", kStart)).ok());
  ASSERT_TRUE(runs_.SetLeaseEnd("r1", kStart + absl::Minutes(5)).ok());
  ASSERT_TRUE(runs_.SetLeaseEnd("r1", kStart + absl::Minutes(4)).ok());
  EXPECT_EQ((*runs_.Find("r1"))->lease_end, kStart + absl::Minutes(5));
  ASSERT_TRUE(runs_.SetEnded("r1", kStart + absl::Minutes(1)).ok());
  ASSERT_TRUE(runs_.SetEnded("r1", kStart + absl::Minutes(2)).ok());
  EXPECT_EQ((*runs_.Find("r1"))->ended, kStart + absl::Minutes(1));
}

TEST_F(SqlImportRunsTest, WhatIsOverIsRememberedForAMonth) {
  ASSERT_TRUE(Add(RunAt("r1", kStart)).ok());
  ASSERT_TRUE(Add(RunAt("r2", kStart + kLease + kImportRunKept)).ok());
  EXPECT_NE(*runs_.Find("r1"), std::nullopt);
  ASSERT_TRUE(Add(RunAt("r3", kStart + kLease + kImportRunKept + absl::Microseconds(1))).ok());
  EXPECT_EQ(*runs_.Find("r1"), std::nullopt);
}

}  // namespace
}  // namespace bellwether::gateway::sql_import_runs_test
