#include "common/command/audit_queries.h"

#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/command/audit_table.h"
#include "common/journal/timestamps.h"
#include "common/store/testing/test_database.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::command::audit_queries_test {
namespace {

using audit::v1::ListAuditEntriesRequest;
using ::testing::ElementsAre;

const absl::Time kNow = absl::FromUnixSeconds(1'800'000'000);

class AuditQueriesTest : public ::testing::Test {
 protected:
  AuditQueriesTest() {
    EXPECT_TRUE(CreateTables(*store_).ok());
    const auto transaction = *store_->Begin();
    for (int64_t version = 1; version <= 5; ++version) {
      audit::v1::AuditEntry entry;
      entry.set_subject_type("thing");
      entry.set_subject_id(version % 2 == 0 ? "even/ä" : "odd");
      entry.set_subject_version(version);
      entry.set_principal("li.na");
      entry.set_method("test.Things/WriteThing");
      *entry.mutable_time() = journal::ToTimestamp(kNow + absl::Seconds(version / 3));
      EXPECT_TRUE(AppendAudit(*transaction, entry).ok());
    }
    EXPECT_TRUE(transaction->Commit().ok());
  }

  // Versions in the order given, over all pages.
  std::vector<int64_t> AllPages(ListAuditEntriesRequest request) {
    std::vector<int64_t> versions;
    do {
      const auto page = queries_.List(request);
      EXPECT_TRUE(page.ok()) << page.status();
      if (!page.ok()) break;
      for (const auto& entry : page->entries()) versions.push_back(entry.subject_version());
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return versions;
  }
  std::string ReasonOf(const ListAuditEntriesRequest& request) {
    return DetailOf(queries_.List(request).status()).value_or(ErrorDetail{}).reason;
  }

  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  const AuditQueries queries_{*store_};
};

TEST_F(AuditQueriesTest, GiveEveryEntryOnceWhateverThePage) {
  for (const int size : {0, 1, 2, 3, 5}) {
    ListAuditEntriesRequest request;
    request.set_page_size(size);
    EXPECT_THAT(AllPages(request), ElementsAre(5, 3, 4, 1, 2)) << size;
    request.set_subject_id("odd");
    EXPECT_THAT(AllPages(request), ElementsAre(5, 3, 1)) << size;
  }
}

TEST_F(AuditQueriesTest, RefuseWhatCannotBeMeant) {
  ListAuditEntriesRequest request;
  *request.mutable_from_time() = journal::ToTimestamp(kNow);
  *request.mutable_to_time() = journal::ToTimestamp(kNow);
  EXPECT_EQ(ReasonOf(request), "TIME_SPAN_EMPTY");
  request.mutable_from_time()->set_nanos(-1);
  EXPECT_EQ(ReasonOf(request), "TIME_INVALID");
  request.clear_from_time();
  request.set_page_size(-1);
  EXPECT_EQ(ReasonOf(request), "PAGE_SIZE_NEGATIVE");
  request.set_page_size(1);
  request.set_page_token("made up");
  EXPECT_EQ(ReasonOf(request), "PAGE_TOKEN_INVALID");
}

}  // namespace
}  // namespace bellwether::command::audit_queries_test
