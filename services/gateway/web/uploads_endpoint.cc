#include "services/gateway/web/uploads_endpoint.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "bellwether/imports/v1/imports_service.grpc.pb.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "common/connect/json_codec.h"
#include "common/connect/metadata.h"
#include "common/connect/protocol.h"
#include "grpcpp/grpcpp.h"
#include "services/gateway/web/export_rows.h"

namespace bellwether::gateway {
namespace {

using imports::v1::TableImport;
using imports::v1::TableImportsService;
using imports::v1::UploadFile;
using imports::v1::WriteUploadFileRequest;

constexpr char kUploads[] = "/v1/uploads/";
constexpr char kTableImports[] = "/v1/table-imports/";
constexpr char kRefused[] = "/refused.csv";
constexpr char kUnsupportedEncoding[] = "UNSUPPORTED_ENCODING";
constexpr absl::Duration kUploadCallTimeMax = absl::Seconds(30);

http::ServerResponse FailureOf(const absl::Status& status) {
  http::ServerResponse response = connect::ErrorResponse(connect::ErrorOf(status));
  const auto detail = DetailOf(status);
  if (detail.has_value() && detail->reason == kUnsupportedEncoding) response.status = 415;
  return response;
}

http::ServerResponse StateOf(const UploadFile& file) {
  absl::StatusOr<std::string> json = connect::WriteJson(file);
  if (!json.ok()) return FailureOf(json.status());
  return {
      200, {{"content-type", "application/json"}, {"cache-control", "no-store"}}, *std::move(json)};
}

http::ServerResponse RefusedRowsOf(const TableImport& import) {
  absl::StatusOr<std::string> csv = RefusedCsv(import);
  if (!csv.ok()) return FailureOf(csv.status());
  return {200,
          {{"content-type", "text/csv; charset=utf-8"},
           {"content-disposition", "attachment; filename=\"refused.csv\""},
           {"cache-control", "no-store"}},
          *std::move(csv)};
}

absl::StatusOr<imports::v1::GetTableImportRequest> ImportOf(const http::ServerRequest& request) {
  absl::string_view id = request.path;
  if (!absl::ConsumePrefix(&id, kTableImports) || !absl::ConsumeSuffix(&id, kRefused) ||
      !Utf8Length(id).has_value()) {
    return Error(absl::StatusCode::kNotFound, {"NO_SUCH_FILE", "", ""},
                 "of an import of tables there is refused.csv");
  }
  imports::v1::GetTableImportRequest get;
  get.set_name(absl::StrCat("tableImports/", id));
  return get;
}

}  // namespace

absl::StatusOr<WriteUploadFileRequest> PieceOf(const http::ServerRequest& request) {
  constexpr absl::string_view kParameters[] = {"offset", "complete"};
  RETURN_IF_ERROR(http::CheckQuery(request.query, kParameters));
  const absl::string_view encoding = request.Header("content-encoding").value_or("");
  if (!encoding.empty() && !absl::EqualsIgnoreCase(encoding, "identity")) {
    return InvalidArgument(kUnsupportedEncoding, "content-encoding",
                           "a piece is bytes of the file as they are: send it without "
                           "Content-Encoding");
  }
  absl::string_view rest = absl::StripPrefix(request.path, kUploads);
  const size_t slash = rest.find('/');
  const auto file_name = slash == absl::string_view::npos
                             ? std::optional<std::string>()
                             : http::DecodePercent(rest.substr(slash + 1));
  if (!file_name.has_value() || !Utf8Length(*file_name).has_value() ||
      !Utf8Length(request.path).has_value()) {
    return InvalidArgument("FILE_NAME_INVALID", "file_name",
                           "the path is /v1/uploads/{id}/{file_name}, percent-encoded UTF-8");
  }
  WriteUploadFileRequest piece;
  piece.set_name(absl::StrCat("uploads/", rest.substr(0, slash)));
  piece.set_file_name(*file_name);
  int64_t offset = 0;
  const std::string offset_text = http::FindParameter(request.query, "offset").value_or("0");
  if (!absl::SimpleAtoi(offset_text, &offset)) {
    return InvalidArgument("OFFSET_INVALID", "offset", "offset is a number of bytes");
  }
  piece.set_offset(offset);
  const std::string complete = http::FindParameter(request.query, "complete").value_or("false");
  if (complete != "true" && complete != "false") {
    return InvalidArgument("COMPLETE_INVALID", "complete", "complete is true or false");
  }
  piece.set_complete(complete == "true");
  piece.set_piece(request.body);
  return piece;
}

absl::StatusOr<std::string> RefusedCsv(const TableImport& import) {
  const imports::v1::ImportSummary& summary = import.summary();
  std::string csv = CsvHead(*imports::v1::RowProblem::descriptor());
  for (const auto& problem : summary.problems()) {
    ASSIGN_OR_RETURN(const std::string row, CsvRow(problem));
    csv += row;
  }
  for (const auto& refusal : summary.refusals()) {
    imports::v1::RowProblem problem;
    problem.set_path(refusal.path());
    problem.set_line(refusal.line());
    problem.set_column(refusal.field());
    problem.set_reason(refusal.reason());
    problem.set_message(absl::StrCat(refusal.what(), ": ", refusal.message()));
    ASSIGN_OR_RETURN(const std::string row, CsvRow(problem));
    csv += row;
  }
  const int64_t more = import.refused_rows() - summary.problems_size() - summary.refusals_size();
  if (more > 0) {
    imports::v1::RowProblem rest;
    rest.set_reason("NOT_LISTED");
    rest.set_message(absl::StrCat(more, more == 1 ? " more row was" : " more rows were",
                                  " refused and not listed: the report counts all by their cause"));
    ASSIGN_OR_RETURN(const std::string row, CsvRow(rest));
    csv += row;
  }
  return csv;
}

template <typename Request, typename Response>
struct UploadsEndpoint::UploadsCall {
  std::unique_ptr<http::Exchange> exchange;
  std::unique_ptr<TableImportsService::Stub> stub;
  grpc::ClientContext context;
  Request request;
  Response response;
};

UploadsEndpoint::UploadsEndpoint(std::function<std::shared_ptr<grpc::Channel>()> channel,
                                 std::function<absl::Status(const http::ServerRequest&)> admit)
    : channel_(std::move(channel)), admit_(std::move(admit)) {}

template <typename Request, typename Response>
std::shared_ptr<UploadsEndpoint::UploadsCall<Request, Response>> UploadsEndpoint::Begin(
    std::unique_ptr<http::Exchange> exchange, absl::StatusOr<Request> request) {
  const auto fail = [&](const absl::Status& status) {
    exchange->Respond(FailureOf(status));
    return nullptr;
  };
  if (const absl::Status admitted = admit_(exchange->request()); !admitted.ok()) {
    return fail(admitted);
  }
  if (!request.ok()) return fail(request.status());
  const absl::StatusOr<http::Headers> metadata = connect::MetadataOf(exchange->request().headers);
  if (!metadata.ok()) return fail(metadata.status());
  const std::shared_ptr<grpc::Channel> channel = channel_();
  if (channel == nullptr) {
    return fail(connect::Starting());
  }
  auto call = std::make_shared<UploadsCall<Request, Response>>();
  call->exchange = std::move(exchange);
  call->stub = TableImportsService::NewStub(channel);
  call->request = *std::move(request);
  for (const auto& [name, value] : *metadata) call->context.AddMetadata(name, value);
  // STYLE(clock): gRPC deadlines are absolute system time
  call->context.set_deadline(absl::ToChronoTime(absl::Now() + kUploadCallTimeMax));
  calls_.Begin();
  return call;
}

void UploadsEndpoint::HandleUpload(std::unique_ptr<http::Exchange> exchange) {
  const http::ServerRequest& request = exchange->request();
  if (request.method != "PUT") return exchange->Respond(http::MethodNotAllowed("PUT"));
  if (request.body_too_large) {
    return exchange->Respond(http::TextResponse(
        413, absl::StrCat("a piece of a file has at most ", kPieceBytesMax,
                          " bytes: send it in several, each with its offset\n")));
  }
  absl::StatusOr<WriteUploadFileRequest> piece = PieceOf(request);
  auto call = Begin<WriteUploadFileRequest, UploadFile>(std::move(exchange), std::move(piece));
  if (call == nullptr) return;
  auto& made = *call;
  made.stub->async()->WriteUploadFile(
      &made.context, &made.request, &made.response,
      [this, call = std::move(call)](const grpc::Status& status) {
        call->exchange->Respond(status.ok() ? StateOf(call->response)
                                            : connect::ErrorResponse(connect::ErrorOf(status)));
        calls_.End();
      });
}

void UploadsEndpoint::HandleRefused(std::unique_ptr<http::Exchange> exchange) {
  const http::ServerRequest& request = exchange->request();
  if (request.method != "GET") return exchange->Respond(http::MethodNotAllowed("GET"));
  auto import = ImportOf(request);
  auto call = Begin<imports::v1::GetTableImportRequest, TableImport>(std::move(exchange),
                                                                     std::move(import));
  if (call == nullptr) return;
  auto& made = *call;
  made.stub->async()->GetTableImport(
      &made.context, &made.request, &made.response,
      [this, call = std::move(call)](const grpc::Status& status) {
        call->exchange->Respond(status.ok() ? RefusedRowsOf(call->response)
                                            : connect::ErrorResponse(connect::ErrorOf(status)));
        calls_.End();
      });
}

}  // namespace bellwether::gateway
