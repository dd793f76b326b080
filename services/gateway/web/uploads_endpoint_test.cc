#include "services/gateway/web/uploads_endpoint.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::uploads_endpoint_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

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

class KeepingConnection final : public http::ExchangeConnection {
 public:
  void Respond(http::ServerResponse response) override { answer = std::move(response); }
  void BeginStream(http::ServerResponse) override {}
  void Write(std::string, absl::AnyInvocable<void(bool)>) override {}
  void Finish(std::string) override {}
  void Abort() override {}
  void OnAbandoned(absl::AnyInvocable<void()>) override {}

  http::ServerResponse answer;
};

TEST(UploadPiece, IsTakenAsItIsAndNeverPacked) {
  UploadsEndpoint endpoint([] { return nullptr; },
                           [](const http::ServerRequest&) { return absl::OkStatus(); });
  const auto answer = [&](const std::string& encoding) {
    const auto connection = std::make_shared<KeepingConnection>();
    endpoint.HandleUpload(std::make_unique<http::Exchange>(
        http::ServerRequest{.method = "PUT",
                            .path = "/v1/uploads/0a/x.csv",
                            .headers = {{"content-encoding", encoding}},
                            .body = "abc"},
        connection));
    return absl::StrCat(connection->answer.status, " ", connection->answer.body);
  };
  EXPECT_THAT(answer("gzip"), AllOf(StartsWith("415 "), HasSubstr("UNSUPPORTED_ENCODING")));
  EXPECT_THAT(answer("identity"), AllOf(StartsWith("503 "), HasSubstr("STARTING")));
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
  imports::v1::TableImport import;
  import.set_refused_rows(2);
  imports::v1::ImportSummary& summary = *import.mutable_summary();
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
  const std::string listed =
      "path,line,position,column,reason,message\r\n"
      "orders.csv,3,6,amount,NOT_A_NUMBER,\"'=cmd, \"\"x\"\"\"\r\n"
      "orders.csv,4,0,,ID_TAKEN,accounts/acme: no\r\n";
  EXPECT_EQ(*RefusedCsv(import), listed);
  import.set_refused_rows(1'502);
  EXPECT_EQ(*RefusedCsv(import),
            listed +
                ",0,0,,NOT_LISTED,1500 more rows were refused and not listed: the report counts "
                "all by their cause\r\n");
}

}  // namespace
}  // namespace bellwether::gateway::uploads_endpoint_test
