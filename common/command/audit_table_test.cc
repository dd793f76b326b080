#include "common/command/audit_table.h"

#include <memory>
#include <string>
#include <vector>

#include "common/journal/timestamps.h"
#include "common/store/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::command::audit_table_test {
namespace {

using audit::v1::AuditEntry;
using ::testing::ElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class AuditTableTest : public ::testing::Test {
 protected:
  AuditTableTest() { EXPECT_TRUE(CreateTables(*store_).ok()); }

  absl::Status Append(const std::string& id, int64_t version, const std::string& principal,
                      absl::Time time = kNow, const std::string& method = "WriteThing") {
    AuditEntry entry;
    entry.set_subject_type("thing");
    entry.set_subject_id(id);
    entry.set_subject_version(version);
    entry.set_principal(principal);
    entry.set_method("test.Things/" + method);
    *entry.mutable_time() = journal::ToTimestamp(time);
    const auto transaction = *store_->Begin();
    const absl::Status appended = AppendAudit(*transaction, entry);
    return appended.ok() ? transaction->Commit() : appended;
  }
  static std::vector<std::string> Names(const absl::StatusOr<std::vector<AuditEntry>>& entries) {
    EXPECT_TRUE(entries.ok()) << entries.status();
    std::vector<std::string> names;
    for (const AuditEntry& entry : *entries) {
      names.push_back(entry.subject_id() + "@" + std::to_string(entry.subject_version()));
    }
    return names;
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
};

TEST_F(AuditTableTest, GivesTheNewestFirstAndGoesOnBehindAPlace) {
  ASSERT_TRUE(Append("a", 1, "li.na", kNow).ok());
  ASSERT_TRUE(Append("a", 2, "li.na", kNow).ok());
  ASSERT_TRUE(Append("b", 1, "li.na", kNow).ok());
  ASSERT_TRUE(Append("a", 3, "li.na", kNow + absl::Seconds(1)).ok());
  const auto transaction = *store_->BeginRead();
  EXPECT_THAT(Names(ReadAudit(*transaction, {}, {}, 10)), ElementsAre("a@3", "b@1", "a@2", "a@1"));
  const auto first = ReadAudit(*transaction, {}, {}, 2);
  EXPECT_THAT(Names(first), ElementsAre("a@3", "b@1"));
  const auto second = ReadAudit(*transaction, {}, AuditPlace::Of(first->back()), 2);
  EXPECT_THAT(Names(second), ElementsAre("a@2", "a@1"));
  EXPECT_THAT(Names(ReadAudit(*transaction, {}, AuditPlace::Of(second->back()), 2)), ElementsAre());
}

TEST_F(AuditTableTest, GivesWhatTheFilterAsksFor) {
  ASSERT_TRUE(Append("a", 1, "li.na", kNow, "MakeThing").ok());
  ASSERT_TRUE(Append("a", 2, "wang.wei", kNow + absl::Seconds(1), "WriteThing").ok());
  ASSERT_TRUE(Append("b", 1, "li.na", kNow + absl::Seconds(2), "MakeThing").ok());
  const auto transaction = *store_->BeginRead();
  const auto asked = [&](const AuditFilter& filter) {
    return Names(ReadAudit(*transaction, filter, {}, 10));
  };
  EXPECT_THAT(asked({.subject_type = "thing", .subject_id = "a"}), ElementsAre("a@2", "a@1"));
  EXPECT_THAT(asked({.subject_type = "other"}), ElementsAre());
  EXPECT_THAT(asked({.principal = "li.na"}), ElementsAre("b@1", "a@1"));
  EXPECT_THAT(asked({.method = "WriteThing"}), ElementsAre("a@2"));
  EXPECT_THAT(asked({.from = kNow + absl::Seconds(1)}), ElementsAre("b@1", "a@2"));
  EXPECT_THAT(asked({.until = kNow + absl::Seconds(1)}), ElementsAre("a@1"));
  EXPECT_THAT(asked({.subject_id = "a",
                     .principal = "li.na",
                     .method = "MakeThing",
                     .from = kNow,
                     .until = kNow + absl::Microseconds(1)}),
              ElementsAre("a@1"));
}

TEST_F(AuditTableTest, TakesOneEntryAVersion) {
  ASSERT_TRUE(Append("a", 1, "li.na").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Append("a", 1, "wang.wei")));
}

}  // namespace
}  // namespace bellwether::command::audit_table_test
