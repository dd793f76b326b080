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
#include "common/connect/json_codec.h"
#include "common/connect/metadata.h"
#include "common/connect/protocol.h"
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
constexpr int kPageSize = 500;

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
  const auto filters = http::FindParameter(request.query, "request");
  if (filters.has_value()) RETURN_IF_ERROR(connect::ReadJson(*filters, *asked.request));
  asked.request->GetReflection()->SetInt32(
      asked.request.get(), asked.request->GetDescriptor()->FindFieldByName("page_size"), kPageSize);
  return asked;
}

grpc::ByteBuffer BufferOf(const Message& message) {
  grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

bool ParseBuffer(const grpc::ByteBuffer& buffer, Message& message) {
  grpc::Slice slice;
  return buffer.DumpToSingleSlice(&slice).ok() &&
         message.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
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
    request_ = BufferOf(*asked_.request);
    stub_.UnaryCall(
        context_.get(),
        absl::StrCat("/", asked_.method->service()->full_name(), "/", asked_.method->name()), {},
        &request_, &response_,
        [self = shared_from_this()](const grpc::Status& status) { self->OnPage(status); });
  }

 private:
  void OnPage(const grpc::Status& status) {
    if (!status.ok() || !ParseBuffer(response_, *page_)) {
      return began_ ? exchange_->Abort()
                    : exchange_->Respond(connect::ErrorResponse(connect::ErrorOf(status)));
    }
    std::string bytes;
    if (!began_) {
      began_ = true;
      exchange_->BeginStream(Head());
      if (asked_.format == Format::kCsv) bytes = CsvHead(*asked_.rows->message_type());
    }
    const int rows = page_->GetReflection()->FieldSize(*page_, asked_.rows);
    for (int i = 0; i < rows; ++i) {
      absl::StrAppend(&bytes,
                      RowOf(page_->GetReflection()->GetRepeatedMessage(*page_, asked_.rows, i)));
    }
    const std::string next = page_->GetReflection()->GetString(
        *page_, page_->GetDescriptor()->FindFieldByName("next_page_token"));
    if (next.empty()) return exchange_->Finish(std::move(bytes));
    asked_.request->GetReflection()->SetString(
        asked_.request.get(), asked_.request->GetDescriptor()->FindFieldByName("page_token"), next);
    exchange_->Write(std::move(bytes), [self = shared_from_this()](bool ok) {
      if (ok) self->AskForPage();
    });
  }

  std::string RowOf(const Message& row) const {
    if (asked_.format == Format::kCsv) return CsvRow(row);
    return absl::StrCat(connect::WriteJson(row).value_or("null"), "\n");
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
  bool began_ = false;
};

ExportEndpoint::ExportEndpoint(std::function<std::shared_ptr<grpc::Channel>()> channel,
                               std::function<absl::Status(const http::ServerRequest&)> admit)
    : channel_(std::move(channel)), admit_(std::move(admit)) {}

void ExportEndpoint::Handle(std::unique_ptr<http::Exchange> exchange) {
  const http::ServerRequest& request = exchange->request();
  if (request.method != "GET") {
    return exchange->Respond(http::TextResponse(405, "files are fetched by GET\n"));
  }
  const auto fail = [&](const absl::Status& status) {
    exchange->Respond(connect::ErrorResponse(connect::ErrorOf(rpc::ToGrpcStatus(status))));
  };
  if (const absl::Status admitted = admit_(request); !admitted.ok()) return fail(admitted);
  absl::StatusOr<Asked> asked = AskedBy(request);
  if (!asked.ok()) return fail(asked.status());
  absl::StatusOr<http::Headers> metadata = connect::MetadataOf(request.headers);
  if (!metadata.ok()) return fail(metadata.status());
  std::shared_ptr<grpc::Channel> channel = channel_();
  if (channel == nullptr) {
    return fail(
        Error(absl::StatusCode::kUnavailable, {"STARTING", "", ""}, "the server is not ready yet"));
  }
  std::make_shared<Export>(*this, std::move(exchange), *std::move(asked), std::move(channel),
                           *std::move(metadata))
      ->AskForPage();
}

}  // namespace bellwether::gateway
