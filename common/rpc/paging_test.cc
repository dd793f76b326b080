#include "common/rpc/paging.h"

#include "absl/strings/str_cat.h"
#include "bellwether/alerts/v1/alerts_service.pb.h"
#include "bellwether/ingest/v1/ingest_service.pb.h"
#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::rpc::paging_test {
namespace {

using ::bellwether::alerts::v1::ListAlertsRequest;
using ::bellwether::ingest::v1::ListDeadLettersRequest;

ListAlertsRequest Request() {
  ListAlertsRequest request;
  request.set_subject("accounts/acme");
  request.set_page_size(10);
  return request;
}

TEST(PageToken, GivesItsCursorBackToTheSameRequestWithAnotherPageSize) {
  const std::string cursor("k\0ey\xff", 5);
  ListAlertsRequest request = Request();
  request.set_page_token(NextPageToken(Request(), cursor));
  request.set_page_size(500);
  const absl::StatusOr<std::string> read = PageCursor(request);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, cursor);
}

TEST(PageToken, IsAbsentOnTheFirstPage) { EXPECT_EQ(*PageCursor(Request()), ""); }

TEST(PageToken, OfAnotherFilterIsRefused) {
  ListAlertsRequest request = Request();
  request.set_page_token(NextPageToken(Request(), "cursor"));
  request.set_subject("accounts/other");
  const absl::Status status = PageCursor(request).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(DetailOf(status)->reason, "PAGE_TOKEN_INVALID");
  EXPECT_EQ(DetailOf(status)->field, "page_token");
}

TEST(PageToken, OfAnotherMethodIsRefused) {
  ListDeadLettersRequest request;
  request.set_page_token(NextPageToken(ListAlertsRequest(), "cursor"));
  EXPECT_FALSE(PageCursor(request).ok());
}

TEST(PageToken, IsRefusedWhenAnyOfItsCharactersChanged) {
  const std::string token = NextPageToken(Request(), "cursor");
  for (size_t i = 0; i < token.size(); ++i) {
    ListAlertsRequest request = Request();
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    request.set_page_token(changed);
    EXPECT_FALSE(PageCursor(request).ok()) << i;
  }
  for (const std::string& text :
       {std::string("x"), std::string("not base64!"), token.substr(1), absl::StrCat(token, "AAAA"),
        std::string(kPageTokenBytesMax + 1, 'A')}) {
    ListAlertsRequest request = Request();
    request.set_page_token(text);
    EXPECT_FALSE(PageCursor(request).ok()) << text;
  }
}

TEST(PageSize, HasADefaultAndALimit) {
  EXPECT_EQ(*PageSize(0), 50);
  EXPECT_EQ(*PageSize(1), 1);
  EXPECT_EQ(*PageSize(1'000), 1'000);
  EXPECT_EQ(*PageSize(1'001), 1'000);
  EXPECT_EQ(DetailOf(PageSize(-1).status())->reason, "PAGE_SIZE_NEGATIVE");
}

TEST(Etag, IsAcceptedWhenAbsentOrPresent) {
  EXPECT_TRUE(CheckEtag("", 7).ok());
  EXPECT_TRUE(CheckEtag(EtagOf(7), 7).ok());
  const absl::Status status = CheckEtag(EtagOf(6), 7);
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(DetailOf(status)->reason, "ETAG_MISMATCH");
}

}  // namespace
}  // namespace bellwether::rpc::paging_test
