#include "services/gateway/web/uploads_endpoint.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::uploads_endpoint_test {
namespace {

std::string Asked(const std::string& path, const std::string& query = "") {
  const auto piece = PieceOf({.method = "PUT", .path = path, .query = query, .body = "abc"});
  if (!piece.ok()) return DetailOf(piece.status())->reason;
  return absl::StrCat(piece->name(), " ", piece->file_name(), " ", piece->offset(), " ",
                      piece->complete() ? "end " : "", piece->piece());
}

TEST(UploadPiece, IsWhatPathAndQuerySay) {
  EXPECT_EQ(Asked("/v1/uploads/0a/x.csv"), "uploads/0a x.csv 0 abc");
  EXPECT_EQ(Asked("/v1/uploads/0a/x%20y.csv", "offset=12&complete=true"),
            "uploads/0a x y.csv 12 end abc");
  EXPECT_EQ(Asked("/v1/uploads/0a/%2e%2e%2fx.csv"), "uploads/0a ../x.csv 0 abc")
      << "which WriteUploadFile refuses";
}

TEST(UploadPiece, IsRefusedWhereItSaysNothing) {
  EXPECT_EQ(Asked("/v1/uploads/0a"), "FILE_NAME_INVALID");
  EXPECT_EQ(Asked("/v1/uploads/0a/%zz"), "FILE_NAME_INVALID");
  EXPECT_EQ(Asked("/v1/uploads/0a/%ff.csv"), "FILE_NAME_INVALID");
  EXPECT_EQ(Asked("/v1/uploads/\xFF/x.csv"), "FILE_NAME_INVALID");
  EXPECT_EQ(Asked("/v1/uploads/0a/x.csv", "offset=twelve"), "OFFSET_INVALID");
  EXPECT_EQ(Asked("/v1/uploads/0a/x.csv", "offset=99999999999999999999"), "OFFSET_INVALID");
  EXPECT_EQ(Asked("/v1/uploads/0a/x.csv", "complete=1"), "COMPLETE_INVALID");
  EXPECT_EQ(Asked("/v1/uploads/0a/x.csv", "offset=%zz"), "PARAMETER_MALFORMED");
  EXPECT_EQ(Asked("/v1/uploads/0a/x.csv", "ofset=3"), "PARAMETER_UNKNOWN");
}

TEST(RefusedRows, AreAFileThatNoSpreadsheetObeys) {
  imports::v1::ImportSummary summary;
  auto& problem = *summary.add_problems();
  problem.set_path("orders.csv");
  problem.set_line(3);
  problem.set_position(6);
  problem.set_column("amount");
  problem.set_reason("NOT_A_NUMBER");
  problem.set_message("=cmd, \"x\"");
  auto& refusal = *summary.add_refusals();
  refusal.set_what("accounts/acme");
  refusal.set_reason("ID_TAKEN");
  refusal.set_message("no");
  refusal.set_path("orders.csv");
  refusal.set_line(4);
  EXPECT_EQ(*RefusedCsv(summary),
            "path,line,position,column,reason,message\r\n"
            "orders.csv,3,6,amount,NOT_A_NUMBER,\"'=cmd, \"\"x\"\"\"\r\n"
            "orders.csv,4,0,,ID_TAKEN,accounts/acme: no\r\n");
}

}  // namespace
}  // namespace bellwether::gateway::uploads_endpoint_test
