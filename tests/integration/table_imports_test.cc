// Tables uploaded to a running system and imported by it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bellwether/imports/v1/imports_service.grpc.pb.h"
#include "common/base/status.h"
#include "common/http/testing/raw_client.h"
#include "common/testing/await.h"
#include "tests/integration/standalone_fixture.h"

namespace bellwether::table_imports_test {
namespace {

using imports::v1::TableImport;
using imports::v1::TableImportsService;
using imports::v1::Upload;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr absl::Duration kImportMax = absl::Minutes(2);

// Nine orders that can be taken, one that cannot.
constexpr char kOrders[] =
    "Order No.;Customer;Order date;Amount;Currency\n"
    "1;Anda;03.11.2026;1.234,50;EUR\n2;Boda;03.11.2026;7,00;EUR\n3;Anda;04.11.2026;8,00;EUR\n"
    "4;Anda;05.11.2026;9,00;EUR\n5;Boda;06.11.2026;10,00;EUR\n6;Anda;07.11.2026;11,00;EUR\n"
    "7;Anda;08.11.2026;12,00;EUR\n8;Anda;09.11.2026;13,00;EUR\n9;Anda;10.11.2026;14,00;EUR\n"
    "10;Anda;11.11.2026;15,00;Taler\n";

class TableImportsTest : public StandaloneTest {
 protected:
  void Begin() {
    Boot();
    GoLive();
  }

  // As "li"; what it was refused with, by reason, in `reason_`.
  template <typename Response, typename Request>
  Response Ask(grpc::Status (TableImportsService::Stub::*method)(grpc::ClientContext*,
                                                                 const Request&, Response*),
               const Request& request) {
    grpc::ClientContext context;
    rpc::Prepare(context, absl::Seconds(60));
    rpc::SetPrincipal(context, "li");
    Response response;
    const grpc::Status status =
        (*Stub<TableImportsService>().*method)(&context, request, &response);
    reason_ = status.ok() ? "OK" : DetailOf(rpc::FromGrpcStatus(status))->reason;
    return response;
  }
  std::string NewUpload(const std::string& request_id) {
    imports::v1::CreateUploadRequest request;
    request.set_request_id(request_id);
    request.set_display_name("November");
    return Ask<Upload>(&TableImportsService::Stub::CreateUpload, request).name();
  }
  std::string Put(const std::string& target, const std::string& body,
                  const std::string& host = "localhost") {
    return http::RawClient(http_port())
        .Exchange(absl::StrCat("PUT /v1/", target, " HTTP/1.1\r\nHost: ", host,
                               "\r\nConnection: close\r\nContent-Length: ", body.size(), "\r\n\r\n",
                               body));
  }
  std::string GetFile(const std::string& path) {
    return http::RawClient(http_port())
        .Exchange(absl::StrCat("GET ", path,
                               " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
  }
  TableImport Start(const std::string& request_id, const std::string& upload,
                    const std::string& mapping,
                    imports::v1::TableImportMode mode = imports::v1::TABLE_IMPORT_MODE_RUN) {
    imports::v1::StartTableImportRequest request;
    request.set_request_id(request_id);
    request.set_upload(upload);
    request.set_mapping_text(mapping);
    request.set_mode(mode);
    return Ask<TableImport>(&TableImportsService::Stub::StartTableImport, request);
  }
  TableImport Get(const std::string& name) {
    imports::v1::GetTableImportRequest request;
    request.set_name(name);
    return Ask<TableImport>(&TableImportsService::Stub::GetTableImport, request);
  }
  TableImport AwaitState(const std::string& name, imports::v1::TableImportState state) {
    TableImport import;
    EXPECT_TRUE(testing::Await([&] { return (import = Get(name)).state() == state; }, kImportMax))
        << import.ShortDebugString();
    return import;
  }
  TableImport Cancel(const std::string& name) {
    imports::v1::CancelTableImportRequest request;
    request.set_name(name);
    return Ask<TableImport>(&TableImportsService::Stub::CancelTableImport, request);
  }
  std::string Guess(const std::string& upload) {
    imports::v1::GuessMappingRequest request;
    request.set_upload(upload);
    const auto guess =
        Ask<imports::v1::GuessMappingResponse>(&TableImportsService::Stub::GuessMapping, request);
    EXPECT_TRUE(guess.recognised()) << guess.ShortDebugString();
    return guess.mapping_text();
  }
  // More rows than are read in the time in which a test asks something.
  std::string UploadOfMany(const std::string& request_id) {
    const std::string upload = NewUpload(request_id);
    std::string rows = "order_id,customer,date,amount,currency\n";
    for (int i = 0; i < 200'000; ++i) {
      absl::StrAppend(&rows, i, ",customer-", i % 50, ",2026-11-03,5.00,CNY\n");
    }
    EXPECT_THAT(Put(absl::StrCat(upload, "/many.csv?complete=true"), rows),
                StartsWith("HTTP/1.1 200"));
    return upload;
  }

  std::string reason_;
};

TEST_F(TableImportsTest, FromTheFirstByteToTheReport) {  // X1
  Begin();
  const std::string upload = NewUpload("r1");
  ASSERT_EQ(reason_, "OK");
  EXPECT_EQ(NewUpload("r1"), upload) << "asked again, it is the same";
  const std::string path = absl::StrCat(upload, "/orders%202026-11.csv");
  const std::string text = kOrders;
  const std::string first = Put(path, text.substr(0, 100));
  EXPECT_THAT(first, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(first, HasSubstr(R"("bytes":"100")"));
  const std::string ahead = Put(absl::StrCat(path, "?offset=150"), text.substr(150));
  EXPECT_THAT(ahead, StartsWith("HTTP/1.1 400"));
  EXPECT_THAT(ahead, HasSubstr("OFFSET_AHEAD"));
  EXPECT_THAT(Start("early", upload, "mapping_id: x\n").state(),
              imports::v1::TABLE_IMPORT_STATE_UNSPECIFIED);
  EXPECT_EQ(reason_, "BAD_MAPPING");
  EXPECT_THAT(Put(path, text.substr(0, 100)), HasSubstr(R"("bytes":"100")"));
  const std::string last = Put(absl::StrCat(path, "?offset=100&complete=true"), text.substr(100));
  EXPECT_THAT(last, HasSubstr(R"("complete":true)"));

  const std::string mapping = Guess(upload);
  imports::v1::PreviewMappingRequest preview;
  preview.set_upload(upload);
  preview.set_mapping_text(mapping);
  const auto previewed =
      Ask<imports::v1::PreviewMappingResponse>(&TableImportsService::Stub::PreviewMapping, preview);
  ASSERT_THAT(previewed.rows(), SizeIs(10)) << previewed.ShortDebugString();
  EXPECT_EQ(previewed.rows(0).state(), imports::v1::PREVIEW_STATE_MADE);
  EXPECT_EQ(previewed.rows(9).state(), imports::v1::PREVIEW_STATE_REFUSED);
  EXPECT_EQ(previewed.rows(9).line(), 11);

  const TableImport check =
      AwaitState(Start("c1", upload, mapping, imports::v1::TABLE_IMPORT_MODE_CHECK).name(),
                 imports::v1::TABLE_IMPORT_STATE_DONE);
  EXPECT_EQ(check.summary().facts().found(), 9);
  EXPECT_EQ(check.summary().facts().accepted(), 0);
  EXPECT_EQ(check.import_run(), "");

  const std::string name = Start("i1", upload, mapping).name();
  ASSERT_EQ(reason_, "OK");
  EXPECT_EQ(Start("i1", upload, mapping).name(), name);
  const TableImport run = AwaitState(name, imports::v1::TABLE_IMPORT_STATE_DONE);
  EXPECT_EQ(run.principal(), "li");
  EXPECT_EQ(run.display_name(), "November");
  EXPECT_EQ(run.summary().facts().accepted(), 9);
  EXPECT_EQ(run.summary().accounts().created(), 2);
  EXPECT_EQ(run.progress().facts_sent(), 9);
  EXPECT_EQ(run.refused_rows(), 1);
  EXPECT_FALSE(run.everything_taken());
  EXPECT_EQ(run.summary().import_run(), run.import_run());
  const std::string id = name.substr(name.find('/') + 1);
  const std::string refused = GetFile(absl::StrCat("/v1/table-imports/", id, "/refused.csv"));
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(refused, HasSubstr("path,line,position,column,reason,message\r\n"
                                 "orders 2026-11.csv,11,"));

  const TableImport again =
      AwaitState(Start("i2", upload, mapping).name(), imports::v1::TABLE_IMPORT_STATE_DONE);
  EXPECT_EQ(again.summary().facts().duplicates(), 9);
  EXPECT_EQ(again.summary().facts().counted(), 0);
  EXPECT_EQ(again.summary().accounts().unchanged(), 2);

  imports::v1::ListTableImportsRequest list;
  list.set_page_size(2);
  const auto page = Ask<imports::v1::ListTableImportsResponse>(
      &TableImportsService::Stub::ListTableImports, list);
  ASSERT_THAT(page.table_imports(), SizeIs(2));
  EXPECT_EQ(page.table_imports(0).name(), again.name());
  EXPECT_FALSE(page.table_imports(0).has_summary());
  EXPECT_FALSE(page.next_page_token().empty());
  const std::string metrics = GetFile("/metrics");
  EXPECT_THAT(metrics, HasSubstr("bellwether_table_imports_total{state=\"done\"} 3"));
  EXPECT_THAT(metrics, HasSubstr("bellwether_upload_bytes_total"));
}

TEST_F(TableImportsTest, EndsWhatIsCancelledAndWhatWaitsBehindIt) {
  Begin();
  const std::string upload = UploadOfMany("r1");
  const std::string mapping = Guess(upload);
  const std::string first = Start("i1", upload, mapping).name();
  const std::string second = Start("i2", upload, mapping).name();
  EXPECT_THAT(Put(absl::StrCat(upload, "/more.csv"), "x"), HasSubstr("UPLOAD_IN_USE"));
  EXPECT_EQ(Cancel(second).state(), imports::v1::TABLE_IMPORT_STATE_CANCELLED);
  AwaitState(first, imports::v1::TABLE_IMPORT_STATE_RUNNING);
  EXPECT_TRUE(Cancel(first).cancelling());
  const TableImport cancelled = AwaitState(first, imports::v1::TABLE_IMPORT_STATE_CANCELLED);
  EXPECT_FALSE(cancelled.cancelling());
  EXPECT_TRUE(cancelled.has_end_time());
  EXPECT_EQ(Cancel(first).state(), imports::v1::TABLE_IMPORT_STATE_CANCELLED) << "once more";
  EXPECT_THAT(Put(absl::StrCat(upload, "/more.csv?complete=true"), "x"),
              StartsWith("HTTP/1.1 200"));
}

TEST_F(TableImportsTest, AreInterruptedByARestartAndCanBeRunAgain) {
  Begin();
  const std::string upload = UploadOfMany("r1");
  const std::string mapping = Guess(upload);
  const std::string first = Start("i1", upload, mapping).name();
  const std::string second = Start("i2", upload, mapping).name();
  AwaitState(first, imports::v1::TABLE_IMPORT_STATE_RUNNING);
  Shutdown();
  Boot();
  const TableImport interrupted = Get(first);
  EXPECT_EQ(interrupted.state(), imports::v1::TABLE_IMPORT_STATE_INTERRUPTED);
  EXPECT_FALSE(interrupted.error().message().empty());
  EXPECT_EQ(Get(second).state(), imports::v1::TABLE_IMPORT_STATE_INTERRUPTED);
  EXPECT_EQ(AwaitState(Start("i3", upload, mapping, imports::v1::TABLE_IMPORT_MODE_CHECK).name(),
                       imports::v1::TABLE_IMPORT_STATE_DONE)
                .summary()
                .facts()
                .found(),
            200'000);
}

TEST_F(TableImportsTest, LeadNowhereElse) {
  Begin();
  const std::string upload = NewUpload("r1");
  for (const char* name : {"%2e%2e%2fescaped.csv", "..%2f..%2fescaped.csv", "..", ".hidden.csv",
                           "a%00.csv", "a%0a.csv", "%ff.csv", "a%5cb.csv", "x.exe"}) {
    EXPECT_THAT(Put(absl::StrCat(upload, "/", name), "x"), HasSubstr("FILE_NAME_INVALID")) << name;
  }
  for (const char* id : {"%2e%2e", "..", "0", "ffffffffffffffffffffffffffffffff"}) {
    EXPECT_THAT(Put(absl::StrCat("uploads/", id, "/x.csv"), "x"), HasSubstr("UPLOAD_NOT_FOUND"))
        << id;
  }
  EXPECT_THAT(Put(absl::StrCat(upload, "/x.csv"), std::string((8 << 20) + 1, 'x')),
              StartsWith("HTTP/1.1 413"));
  EXPECT_THAT(Put(absl::StrCat(upload, "/x.csv"), std::string(8 << 20, 'x')),
              StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(Put(absl::StrCat(upload, "/x.csv"), "x", "evil.example"),
              HasSubstr("HOST_NOT_ALLOWED"));
  EXPECT_THAT(GetFile(absl::StrCat("/v1/", upload, "/x.csv")), StartsWith("HTTP/1.1 405"));
  EXPECT_THAT(GetFile("/v1/table-imports/../../id/refused.csv"),
              HasSubstr("TABLE_IMPORT_NOT_FOUND"));
  EXPECT_THAT(GetFile("/v1/table-imports/x"), HasSubstr("NO_SUCH_FILE"));
  Start("i1", upload,
        "mapping_id: x\nsource: x\ntime_zone: UTC\nfiles:\n"
        "- {file_id: a, path: ../../id, layout: csv}\n");
  EXPECT_EQ(reason_, "BAD_MAPPING");
  Start("i1", upload,
        "mapping_id: x\nsource: x\ntime_zone: UTC\nfiles:\n"
        "- {file_id: a, path: x.csv, layout: csv}\n");
  EXPECT_EQ(reason_, "UPLOAD_INCOMPLETE");
  Start("", upload, "x");
  EXPECT_EQ(reason_, "MISSING_REQUEST_ID");
}

TEST_F(TableImportsTest, SayWhatATableLacks) {
  Begin();
  const std::string upload = NewUpload("r1");
  Put(absl::StrCat(upload, "/orders.csv?complete=true"), "order_id,customer\n1,x\n");
  imports::v1::PreviewMappingRequest preview;
  preview.set_upload(upload);
  preview.set_shipped_mapping("mappings/orders");
  const auto lacks =
      Ask<imports::v1::PreviewMappingResponse>(&TableImportsService::Stub::PreviewMapping, preview);
  EXPECT_EQ(lacks.error().reason(), "MISSING_COLUMN");
  preview.set_shipped_mapping("mappings/cdnow");
  const auto absent =
      Ask<imports::v1::PreviewMappingResponse>(&TableImportsService::Stub::PreviewMapping, preview);
  EXPECT_EQ(absent.error().reason(), "FILE_NOT_FOUND");
  EXPECT_THAT(absent.error().message(), Not(HasSubstr(folder)));
  preview.set_mapping_text("mapping_id: a b\n");
  const auto faults =
      Ask<imports::v1::PreviewMappingResponse>(&TableImportsService::Stub::PreviewMapping, preview);
  ASSERT_GT(faults.mapping_faults_size(), 0);
  EXPECT_EQ(faults.mapping_faults(0).line(), 1);
  imports::v1::StartTableImportRequest request;
  request.set_request_id("i1");
  request.set_upload(upload);
  request.set_shipped_mapping("mappings/orders");
  request.set_mode(imports::v1::TABLE_IMPORT_MODE_RUN);
  const auto failed =
      Ask<TableImport>(&TableImportsService::Stub::StartTableImport, request).name();
  const TableImport import = AwaitState(failed, imports::v1::TABLE_IMPORT_STATE_FAILED);
  EXPECT_EQ(import.error().reason(), "MISSING_COLUMN");
}

TEST_F(TableImportsTest, AreToBeHadFromTheCommandLine) {
  Begin();
  WriteFile("orders.jsonl",
            "{\"order_id\": \"1\", \"customer\": \"Anda\", \"date\": \"2026-11-03\","
            " \"amount\": 5.5, \"currency\": \"CNY\"}\n");
  const CtlRun put = Ctl({"uploads", "put", folder + "/orders.jsonl", "--name", "November"});
  ASSERT_EQ(put.exit_code, 0) << put.err;
  const std::string upload = put.out.substr(0, put.out.find('\n'));
  const CtlRun guess = Ctl({"uploads", "guess", upload});
  EXPECT_EQ(guess.exit_code, 0) << guess.err;
  EXPECT_THAT(guess.err, HasSubstr("is called like an amount"));
  const std::string mapping = WriteFile("guessed.yaml", guess.out);
  const CtlRun run = Ctl({"table-imports", "start", upload, mapping});
  EXPECT_EQ(run.exit_code, 0) << run.out << run.err;
  EXPECT_THAT(run.out, HasSubstr("Imported: all that the tables hold is in the system."));
  EXPECT_THAT(Ctl({"uploads", "list"}).out, HasSubstr("orders.jsonl"));
  EXPECT_THAT(Ctl({"table-imports", "list"}).out, HasSubstr("done"));
  EXPECT_EQ(Ctl({"uploads", "delete", upload}).exit_code, 0);
  EXPECT_THAT(Ctl({"uploads", "list"}).out, Not(HasSubstr("orders.jsonl")));
}

}  // namespace
}  // namespace bellwether::table_imports_test
