#include "services/gateway/web/export_endpoint.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/connect/byte_buffer.h"
#include "common/connect/json_codec.h"
#include "common/connect/metadata.h"
#include "common/connect/protocol.h"
#include "common/log/log.h"
#include "common/rpc/status.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"
#include "services/gateway/web/export_rows.h"

namespace bellwether::gateway {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MessageFactory;
using google::protobuf::MethodDescriptor;

constexpr char kPath[] = "/v1/export/";
constexpr absl::Duration kPageTimeMax = absl::Seconds(30);
// Of a page, at first; each page that is too large for its server's answer halves it for good.
constexpr int kPageSize = 500;
constexpr absl::string_view kParameters[] = {"request"};

// What can be exported, and the method that lists it.
struct Exported {
  absl::string_view name;
  absl::string_view method;
};
constexpr Exported kExported[] = {
    {"accounts", "bellwether.accounts.v1.AccountsService.ListAccounts"},
    {"alerts", "bellwether.alerts.v1.AlertsService.ListAlerts"},
    {"opportunities", "bellwether.opportunities.v1.OpportunitiesService.ListOpportunities"},
    {"scores", "bellwether.health.v1.HealthService.RankHealth"},
};

enum class Format { kCsv, kJsonLines };

struct Asked {
  const MethodDescriptor* method = nullptr;
  const FieldDescriptor* rows = nullptr;  // of its response
  Format format = Format::kCsv;
  std::unique_ptr<Message> request;
};

std::unique_ptr<Message> NewMessage(const Descriptor& type) {
  return std::unique_ptr<Message>(MessageFactory::generated_factory()->GetPrototype(&type)->New());
}

const FieldDescriptor* RowsOf(const Descriptor& response) {
  for (int i = 0; i < response.field_count(); ++i) {
    const FieldDescriptor* field = response.field(i);
    if (field->is_repeated() && field->message_type() != nullptr) return field;
  }
  return nullptr;
}

absl::Status NotExported(absl::string_view name) {
  return Error(absl::StatusCode::kNotFound, {"NOT_EXPORTED", "", ""},
               absl::StrCat("there is no ", name, "; there are ",
                            absl::StrJoin(kExported, ", ",
                                          [](std::string* out, const Exported& each) {
                                            absl::StrAppend(out, each.name);
                                          }),
                            ", each as .csv and .jsonl"));
}

absl::StatusOr<Asked> AskedBy(const http::ServerRequest& request) {
  const absl::string_view file = absl::StripPrefix(request.path, kPath);
  Asked asked;
  absl::string_view name = file;
  if (absl::ConsumeSuffix(&name, ".jsonl")) {
    asked.format = Format::kJsonLines;
  } else if (!absl::ConsumeSuffix(&name, ".csv")) {
    return NotExported(file);
  }
  for (const Exported& each : kExported) {
    if (each.name == name) {
      asked.method = DescriptorPool::generated_pool()->FindMethodByName(std::string(each.method));
    }
  }
  if (asked.method == nullptr) return NotExported(file);
  asked.rows = RowsOf(*asked.method->output_type());
  asked.request = NewMessage(*asked.method->input_type());
  RETURN_IF_ERROR(http::CheckQuery(request.query, kParameters));
  const auto filters = http::FindParameter(request.query, "request");
  if (filters.has_value()) RETURN_IF_ERROR(connect::ReadJson(*filters, *asked.request));
  return asked;
}

// gRPC itself refuses an answer that is too large; a service that is short of something says of
// what.
bool IsTooLarge(const grpc::Status& status) {
  return status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED &&
         !DetailOf(rpc::FromGrpcStatus(status)).has_value();
}

}  // namespace

// Asks for a page, writes it, asks for the next: one thing at a time, each by the callback of the
// one before, which keeps it alive.
class ExportEndpoint::Export : public std::enable_shared_from_this<Export> {
 public:
  Export(ExportEndpoint& endpoint, std::unique_ptr<http::Exchange> exchange, Asked asked,
         std::shared_ptr<grpc::Channel> channel, http::Headers metadata)
      : endpoint_(endpoint),
        exchange_(std::move(exchange)),
        asked_(std::move(asked)),
        stub_(channel),
        metadata_(std::move(metadata)),
        page_(NewMessage(*asked_.method->output_type())) {
    endpoint_.exports_.Begin();
  }
  ~Export() {
    exchange_.reset();
    endpoint_.exports_.End();
  }

  void AskForPage() {
    context_ = std::make_unique<grpc::ClientContext>();
    // STYLE(clock): gRPC deadlines are absolute system time
    context_->set_deadline(absl::ToChronoTime(absl::Now() + kPageTimeMax));
    for (const auto& [name, value] : metadata_) context_->AddMetadata(name, value);
    asked_.request->GetReflection()->SetInt32(
        asked_.request.get(), asked_.request->GetDescriptor()->FindFieldByName("page_size"),
        page_size_);
    request_ = connect::BufferOf(asked_.request->SerializeAsString());
    stub_.UnaryCall(
        context_.get(),
        absl::StrCat("/", asked_.method->service()->full_name(), "/", asked_.method->name()), {},
        &request_, &response_,
        [self = shared_from_this()](const grpc::Status& status) { self->OnPage(status); });
  }

 private:
  void OnPage(const grpc::Status& status) {
    if (IsTooLarge(status) && page_size_ > 1) {
      page_size_ /= 2;
      return AskForPage();
    }
    if (!status.ok()) return Fail(status);
    const absl::StatusOr<std::string> rows = RowsOfPage();
    if (!rows.ok()) return Fail(rpc::ToGrpcStatus(rows.status()));
    std::string bytes;
    if (!began_) {
      began_ = true;
      exchange_->BeginStream(Head());
      if (asked_.format == Format::kCsv) bytes = CsvHead(*asked_.rows->message_type());
    }
    bytes += *rows;
    const std::string next = page_->GetReflection()->GetString(
        *page_, page_->GetDescriptor()->FindFieldByName("next_page_token"));
    if (next.empty()) return exchange_->Finish(std::move(bytes));
    asked_.request->GetReflection()->SetString(
        asked_.request.get(), asked_.request->GetDescriptor()->FindFieldByName("page_token"), next);
    exchange_->Write(std::move(bytes), [self = shared_from_this()](bool ok) {
      if (ok) self->AskForPage();
    });
  }

  void Fail(const grpc::Status& status) {
    if (!began_) {
      return exchange_->Respond(connect::ErrorResponse(connect::ErrorOf(status)));
    }
    LogWarning("an export was broken off",
               {{"path", exchange_->request().path}, {"status", rpc::FromGrpcStatus(status)}});
    exchange_->Abort();
  }

  absl::StatusOr<std::string> RowsOfPage() {
    if (!page_->ParseFromString(connect::BytesOf(response_))) {
      return Error(absl::StatusCode::kInternal, {"MALFORMED_RESPONSE", "", ""},
                   absl::StrCat("a page is no ", page_->GetDescriptor()->full_name()));
    }
    std::string bytes;
    const int rows = page_->GetReflection()->FieldSize(*page_, asked_.rows);
    for (int i = 0; i < rows; ++i) {
      const Message& row = page_->GetReflection()->GetRepeatedMessage(*page_, asked_.rows, i);
      if (asked_.format == Format::kCsv) {
        ASSIGN_OR_RETURN(const std::string csv, CsvRow(row));
        bytes += csv;
      } else {
        ASSIGN_OR_RETURN(const std::string json, connect::WriteJson(row));
        absl::StrAppend(&bytes, json, "\n");
      }
    }
    return bytes;
  }

  http::ServerResponse Head() const {
    const absl::string_view file = absl::StripPrefix(exchange_->request().path, kPath);
    return {200,
            {{"content-type", asked_.format == Format::kCsv ? "text/csv; charset=utf-8"
                                                            : "application/jsonl; charset=utf-8"},
             {"content-disposition", absl::StrCat("attachment; filename=\"", file, "\"")},
             {"cache-control", "no-store"}},
            ""};
  }

  ExportEndpoint& endpoint_;
  std::unique_ptr<http::Exchange> exchange_;
  const Asked asked_;
  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub_;
  const http::Headers metadata_;
  std::unique_ptr<grpc::ClientContext> context_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  const std::unique_ptr<Message> page_;
  int page_size_ = kPageSize;
  bool began_ = false;
};

ExportEndpoint::ExportEndpoint(std::function<std::shared_ptr<grpc::Channel>()> channel,
                               std::function<absl::Status(const http::ServerRequest&)> admit)
    : channel_(std::move(channel)), admit_(std::move(admit)) {}

void ExportEndpoint::Handle(std::unique_ptr<http::Exchange> exchange) {
  const http::ServerRequest& request = exchange->request();
  if (request.method != "GET") return exchange->Respond(http::MethodNotAllowed("GET"));
  const auto fail = [&](const absl::Status& status) {
    exchange->Respond(connect::ErrorResponse(connect::ErrorOf(status)));
  };
  if (const absl::Status admitted = admit_(request); !admitted.ok()) return fail(admitted);
  absl::StatusOr<Asked> asked = AskedBy(request);
  if (!asked.ok()) return fail(asked.status());
  absl::StatusOr<http::Headers> metadata = connect::MetadataOf(request.headers);
  if (!metadata.ok()) return fail(metadata.status());
  std::shared_ptr<grpc::Channel> channel = channel_();
  if (channel == nullptr) {
    return fail(connect::Starting());
  }
  std::make_shared<Export>(*this, std::move(exchange), *std::move(asked), std::move(channel),
                           *std::move(metadata))
      ->AskForPage();
}

}  // namespace bellwether::gateway
