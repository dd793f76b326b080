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
                      absl::Time time = kNow) {
    AuditEntry entry;
    entry.set_subject_type("thing");
    entry.set_subject_id(id);
    entry.set_subject_version(version);
    entry.set_principal(principal);
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

TEST_F(AuditTableTest, GivesTheChangesOfASubjectInOrderAndInPages) {
  for (int64_t version : {1, 2, 3}) ASSERT_TRUE(Append("a", version, "li.na").ok());
  ASSERT_TRUE(Append("b", 1, "li.na").ok());
  const auto transaction = *store_->BeginRead();
  AuditReader reader(*transaction);
  EXPECT_THAT(Names(reader.OfSubject("thing", "a", 0, 2)), ElementsAre("a@1", "a@2"));
  EXPECT_THAT(Names(reader.OfSubject("thing", "a", 2, 2)), ElementsAre("a@3"));
  EXPECT_THAT(Names(reader.OfSubject("other", "a", 0, 2)), ElementsAre());
}

TEST_F(AuditTableTest, GivesTheChangesOfAPrincipalFromAnInstantOn) {
  ASSERT_TRUE(Append("a", 1, "li.na", kNow).ok());
  ASSERT_TRUE(Append("b", 1, "li.na", kNow + absl::Seconds(1)).ok());
  ASSERT_TRUE(Append("c", 1, "wang.wei", kNow + absl::Seconds(1)).ok());
  const auto transaction = *store_->BeginRead();
  AuditReader reader(*transaction);
  EXPECT_THAT(Names(reader.OfPrincipal("li.na", kNow, 10)), ElementsAre("a@1", "b@1"));
  EXPECT_THAT(Names(reader.OfPrincipal("li.na", kNow + absl::Microseconds(1), 10)),
              ElementsAre("b@1"));
  EXPECT_THAT(Names(reader.OfPrincipal("li.na", kNow, 1)), ElementsAre("a@1"));
}

TEST_F(AuditTableTest, TakesOneEntryAVersion) {
  ASSERT_TRUE(Append("a", 1, "li.na").ok());
  EXPECT_TRUE(absl::IsAlreadyExists(Append("a", 1, "wang.wei")));
}

}  // namespace
}  // namespace bellwether::command::audit_table_test
