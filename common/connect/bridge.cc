#include "common/connect/bridge.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/connect/byte_buffer.h"
#include "common/connect/gzip.h"
#include "common/connect/metadata.h"
#include "common/connect/protocol.h"
#include "common/connect/request.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"

namespace bellwether::connect {
namespace {

absl::string_view TypeOf(Codec codec, bool stream) {
  if (stream) {
    return codec == Codec::kJson ? "application/connect+json" : "application/connect+proto";
  }
  return codec == Codec::kJson ? "application/json" : "application/proto";
}

}  // namespace

// One call: the exchange, and the gRPC call it became. A bidirectional stream, which on the wire
// every call is. Its reactions come one after another; the exchange's callbacks fall between them.
class BridgeCall final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
                         public std::enable_shared_from_this<BridgeCall> {
 public:
  BridgeCall(Bridge& bridge, std::unique_ptr<http::Exchange> exchange, CallRequest call)
      : bridge_(bridge),
        exchange_(std::move(exchange)),
        call_(std::move(call)),
        request_(BufferOf(call_.message)) {
    call_.message = std::string();  // a stream lasts long
  }

  void Begin(const std::shared_ptr<grpc::Channel>& channel) {
    self_ = shared_from_this();
    const absl::Duration time = call_.timeout.value_or(
        is_stream() ? absl::InfiniteDuration() : bridge_.options().unary_time_max);
    if (time < absl::InfiniteDuration()) {
      // STYLE(clock): gRPC deadlines are absolute system time
      context_.set_deadline(absl::ToChronoTime(absl::Now() + time));
    }
    for (const auto& [name, value] : call_.metadata) context_.AddMetadata(name, value);
    stub_.emplace(channel);
    stub_->PrepareBidiStreamingCall(&context_, exchange_->request().path, {}, this);
    // Until the other side has nothing more to say: the exchange's callbacks read from it.
    AddHold();
    // The client's leaving may come late, when this call is over but for its memory.
    exchange_->OnAbandoned([weak = weak_from_this()] {
      if (const auto self = weak.lock(); self != nullptr) self->context_.TryCancel();
    });
    StartWriteLast(&request_, grpc::WriteOptions());
    StartCall();  // which may be over before it returns
  }

  void OnReadInitialMetadataDone(bool ok) override {
    if (ok) AddHeaders(context_.GetServerInitialMetadata(), "", headers_);
    if (is_stream()) BeginStream();
    StartRead(&response_);
  }

  void OnReadDone(bool ok) override {
    if (!ok) return RemoveHold();
    if (!is_stream()) {
      ++messages_;
      if (messages_ == 1) answer_ = BytesOf(response_);
      return StartRead(&response_);
    }
    SendMessage();
  }

  void OnDone(const grpc::Status& status) override {
    std::optional<CallError> error;
    if (!status.ok()) error = ErrorOf(status);
    if (failure_.has_value()) error = failure_;
    if (is_stream()) {
      EndStream(error);
    } else {
      Answer(error);
    }
    Bridge& bridge = bridge_;
    exchange_.reset();
    self_.reset();  // destroys it, unless a callback of the exchange still holds it
    bridge.calls_.End();
  }

 private:
  bool is_stream() const { return call_.method->server_streaming(); }
  const google::protobuf::DescriptorPool& pool() const { return *bridge_.options().pool; }

  template <typename Metadata>
  static void AddHeaders(const Metadata& metadata, absl::string_view prefix,
                         http::Headers& headers) {
    for (const auto& [name, value] : metadata) {
      AddAsHeader({name.data(), name.size()}, {value.data(), value.size()}, prefix, headers);
    }
  }

  absl::StatusOr<std::string> Encode(std::string bytes) const {
    if (call_.codec == Codec::kProto) return bytes;
    return ToJson(bytes, *call_.method->output_type(), bridge_.options());
  }

  bool Compresses(absl::string_view bytes) const {
    return call_.gzip_answer && bytes.size() >= bridge_.options().compressed_bytes_min;
  }

  void Answer(std::optional<CallError> error) {
    http::ServerResponse response;
    absl::StatusOr<std::string> body = Encode(std::move(answer_));
    if (!error.has_value() && messages_ != 1) {
      error = CallError{grpc::StatusCode::UNIMPLEMENTED,
                        absl::StrCat("the server sent ", messages_, " answers instead of one"),
                        {}};
    }
    if (!error.has_value() && !body.ok()) error = ErrorOf(body.status());
    if (error.has_value()) {
      response = ErrorResponse(*error, pool());
    } else {
      response.headers.emplace_back("content-type", std::string(TypeOf(call_.codec, false)));
      if (exchange_->request().method == "GET") {
        response.headers.emplace_back("vary", "accept-encoding");
      }
      response.headers.emplace_back("cache-control", "no-store");
      response.body = *std::move(body);
      if (Compresses(response.body)) {
        response.body = Gzip(response.body);
        response.headers.emplace_back("content-encoding", "gzip");
      }
    }
    response.headers.insert(response.headers.end(), headers_.begin(), headers_.end());
    AddHeaders(context_.GetServerTrailingMetadata(), "trailer-", response.headers);
    exchange_->Respond(std::move(response));
  }

  void BeginStream() {
    http::ServerResponse head;
    head.headers = {{"content-type", std::string(TypeOf(call_.codec, true))},
                    {"cache-control", "no-store"}};
    if (call_.gzip_answer) head.headers.emplace_back("connect-content-encoding", "gzip");
    head.headers.insert(head.headers.end(), headers_.begin(), headers_.end());
    exchange_->BeginStream(std::move(head));
  }

  void SendMessage() {
    const absl::StatusOr<RecentFrames::Frame> frame = FrameOf(BytesOf(response_));
    if (!frame.ok()) {
      failure_ = ErrorOf(frame.status());
      context_.TryCancel();
      return StartRead(&response_);
    }
    exchange_->Write(**frame, [self = shared_from_this()](bool ok) {
      if (!ok) self->context_.TryCancel();
      self->StartRead(&self->response_);
    });
  }

  // The message's envelope. What goes to many watchers is encoded once.
  absl::StatusOr<RecentFrames::Frame> FrameOf(std::string bytes) {
    if (call_.codec == Codec::kProto && !call_.gzip_answer) {
      return std::make_shared<const std::string>(Envelope(0, bytes));
    }
    const RecentFrames::Form form{call_.method->output_type(), call_.codec == Codec::kJson,
                                  call_.gzip_answer};
    if (RecentFrames::Frame recent = bridge_.recent_frames_.Find(form, bytes)) return recent;
    ASSIGN_OR_RETURN(const std::string payload, Encode(bytes));
    const bool compress = Compresses(payload);
    auto frame = std::make_shared<const std::string>(
        Envelope(compress ? kCompressedFlag : 0, compress ? Gzip(payload) : payload));
    bridge_.recent_frames_.Put(form, std::move(bytes), frame);
    return frame;
  }

  void EndStream(const std::optional<CallError>& error) {
    http::Headers metadata;
    AddHeaders(context_.GetServerTrailingMetadata(), "", metadata);
    exchange_->Finish(Envelope(kEndOfStreamFlag, EndOfStreamJson(error, metadata, pool())));
  }

  Bridge& bridge_;
  std::shared_ptr<BridgeCall> self_;  // while the gRPC call lasts
  std::unique_ptr<http::Exchange> exchange_;
  CallRequest call_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  grpc::ClientContext context_;
  std::optional<grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer>> stub_;
  http::Headers headers_;
  int messages_ = 0;
  std::string answer_;
  std::optional<CallError> failure_;  // ours, not the other server's
};

Bridge::Bridge(BridgeOptions options) : options_(std::move(options)) {}

void Bridge::Handle(std::unique_ptr<http::Exchange> exchange) {
  CallRequest call;
  Refusal refusal;
  const bool read = ReadRequest(exchange->request(), options_, call, refusal);
  const auto channel = read ? options_.channel() : nullptr;
  if (read && channel == nullptr) {
    refusal.error = ErrorOf(Starting());
  }
  if (channel != nullptr) {
    calls_.Begin();
    return std::make_shared<BridgeCall>(*this, std::move(exchange), std::move(call))
        ->Begin(channel);
  }
  if (refusal.response.has_value()) return exchange->Respond(*std::move(refusal.response));
  if (!refusal.stream.has_value()) {
    return exchange->Respond(ErrorResponse(refusal.error, *options_.pool));
  }
  exchange->BeginStream({200, {{"content-type", std::string(TypeOf(*refusal.stream, true))}}, ""});
  exchange->Finish(Envelope(kEndOfStreamFlag, EndOfStreamJson(refusal.error, {}, *options_.pool)));
}

}  // namespace bellwether::connect
