#include "common/rpc/forwarder.h"

#include "absl/base/thread_annotations.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/rpc/client.h"
#include "common/rpc/status.h"
#include "google/protobuf/descriptor.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/grpcpp.h"

namespace bellwether::rpc {
namespace {

// A call's deadline is its caller's; this bounds those that come without one.
constexpr absl::Duration kUnaryTimeMost = absl::Hours(1);

// "/bellwether.alerts.v1.AlertsService/GetAlert" → "bellwether.alerts.v1.AlertsService"
absl::string_view ServiceOf(absl::string_view method) {
  if (!absl::StartsWith(method, "/")) return "";
  method.remove_prefix(1);
  const size_t end = method.find('/');
  return end == absl::string_view::npos ? "" : method.substr(0, end);
}

// "/package.Service/Method" of a service that is linked in.
bool IsUnary(const std::string& method) {
  const google::protobuf::MethodDescriptor* const descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
          absl::StrReplaceAll(absl::StripPrefix(method, "/"), {{"/", "."}}));
  return descriptor != nullptr && !descriptor->client_streaming() &&
         !descriptor->server_streaming();
}

// What belongs to one connection only, and is set anew for the next by gRPC itself.
bool IsOfTheConnection(absl::string_view key) {
  return absl::StartsWith(key, ":") || absl::StartsWith(key, "grpc-") || key == "user-agent" ||
         key == "content-type" || key == "te";
}

using Metadata = std::multimap<grpc::string_ref, grpc::string_ref>;

template <typename Add>
void CopyMetadata(const Metadata& metadata, Add add) {
  for (const auto& [key, value] : metadata) {
    if (IsOfTheConnection({key.data(), key.size()})) continue;
    add(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
  }
}

// A call that goes nowhere and ends at once.
class Refusal final : public grpc::ServerGenericBidiReactor, public OpenStream {
 public:
  Refusal(const grpc::Status& why, OpenStreams& streams) : streams_(streams) { Finish(why); }
  void End(const absl::Status&) override {}
  void OnDone() override { streams_.Remove(this); }

 private:
  OpenStreams& streams_;
};

// One call: our side of it (this, a server's reactor) and the side of the server it is passed on
// to (`onward_`, a client's). Every reaction starts the operation that follows from it on the other
// side, so of each kind at most one is under way.
//
// Onward always ends first: its final status is what ours finishes with. It does so once the other
// server's last message is read, the call is cancelled or the server is lost.
class ForwardedCall final : public grpc::ServerGenericBidiReactor, public OpenStream {
 public:
  ForwardedCall(grpc::GenericCallbackServerContext* context,
                const std::shared_ptr<grpc::Channel>& channel, OpenStreams& streams)
      : context_(context),
        streams_(streams),
        unary_(IsUnary(context->method())),
        stub_(channel),
        onward_(*this) {
    onward_context_.set_deadline(context->deadline());
    CopyMetadata(context->client_metadata(),
                 [this](const std::string& key, const std::string& value) {
                   onward_context_.AddMetadata(key, value);
                 });
  }

  // Owned by `streams_` by now.
  void Begin() {
    stub_.PrepareBidiStreamingCall(&onward_context_, context_->method(), {}, &onward_);
    // Until the other side has nothing more to say: our reactions write to it meanwhile.
    onward_.AddHold();
    onward_.StartCall();
    StartRead(&request_);
  }

  // Instead of Begin.
  void Refuse(const absl::Status& why) { Finish(ToGrpcStatus(why)); }

  void End(const absl::Status& why) override {
    if (unary_) return;
    {
      absl::MutexLock lock(&mutex_);
      ended_.Update(why);
    }
    onward_context_.TryCancel();
  }

 private:
  class Onward final : public grpc::ClientBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer> {
   public:
    explicit Onward(ForwardedCall& call) : call_(call) {}
    void OnReadInitialMetadataDone(bool ok) override { call_.OnOnwardMetadata(ok); }
    void OnReadDone(bool ok) override { call_.OnOnwardRead(ok); }
    void OnWriteDone(bool ok) override {
      if (ok) call_.StartRead(&call_.request_);
    }
    void OnDone(const grpc::Status& status) override { call_.OnOnwardDone(status); }

   private:
    ForwardedCall& call_;
  };

  // Our caller's messages.
  void OnReadDone(bool ok) override {
    {
      absl::MutexLock lock(&mutex_);
      if (onward_silent_) return;
      ++passing_on_;
    }
    if (ok) {
      onward_.StartWrite(&request_);
    } else {
      onward_.StartWritesDone();
    }
    bool release;
    {
      absl::MutexLock lock(&mutex_);
      release = --passing_on_ == 0 && onward_silent_;
    }
    if (release) onward_.RemoveHold();
  }
  void OnCancel() override { onward_context_.TryCancel(); }

  // The other server's. Its metadata go ahead of its first message.
  void OnOnwardMetadata(bool ok) {
    if (ok) {
      CopyMetadata(onward_context_.GetServerInitialMetadata(),
                   [this](const std::string& key, const std::string& value) {
                     context_->AddInitialMetadata(key, value);
                   });
      StartSendInitialMetadata();
    }
    onward_.StartRead(&response_);
  }
  void OnOnwardRead(bool ok) {
    if (ok) return StartWrite(&response_);
    bool release;
    {
      absl::MutexLock lock(&mutex_);
      onward_silent_ = true;
      release = passing_on_ == 0;
    }
    if (release) onward_.RemoveHold();
  }
  void OnWriteDone(bool ok) override {
    if (!ok) onward_context_.TryCancel();
    onward_.StartRead(&response_);
  }

  // Nothing is on its way to our caller: the read that found the end began after the last write.
  void OnOnwardDone(const grpc::Status& status) {
    CopyMetadata(onward_context_.GetServerTrailingMetadata(),
                 [this](const std::string& key, const std::string& value) {
                   context_->AddTrailingMetadata(key, value);
                 });
    absl::Status ended;
    {
      absl::MutexLock lock(&mutex_);
      ended = ended_;
    }
    Finish(ended.ok() || status.ok() ? status : ToGrpcStatus(ended));
  }

  void OnDone() override { streams_.Remove(this); }

  grpc::GenericCallbackServerContext* const context_;
  OpenStreams& streams_;
  // Answered soon: a drain waits for it as for the server's own.
  const bool unary_;
  grpc::TemplatedGenericStub<grpc::ByteBuffer, grpc::ByteBuffer> stub_;
  grpc::ClientContext onward_context_;
  Onward onward_;
  grpc::ByteBuffer request_;
  grpc::ByteBuffer response_;
  absl::Mutex mutex_;
  // The other server says no more: nothing may begin there, and its hold goes when nothing is about
  // to. The reactors' own calls are made without the lock.
  bool onward_silent_ ABSL_GUARDED_BY(mutex_) = false;
  int passing_on_ ABSL_GUARDED_BY(mutex_) = 0;  // reactions to our caller that are about to
  absl::Status ended_ ABSL_GUARDED_BY(mutex_);  // by us, not by the other server
};

}  // namespace

absl::Status Forwarder::Add(const Route& route, int message_bytes_max) {
  ASSIGN_OR_RETURN(const std::shared_ptr<grpc::Channel> channel,
                   Connect(route.servers, {.services = route.services,
                                           .timeout = kUnaryTimeMost,
                                           .message_bytes_max = message_bytes_max}));
  for (const std::string& service : route.services) channels_[service] = channel;
  return absl::OkStatus();
}

void Forwarder::Register(Server& server) {
  streams_ = &server.streams();
  server.AddFallback(this);
}

grpc::ServerGenericBidiReactor* Forwarder::CreateReactor(
    grpc::GenericCallbackServerContext* context) {
  const absl::string_view service(ServiceOf(context->method()));
  const auto route = channels_.find(service);
  if (route == channels_.end()) {
    const auto refusal = std::make_shared<Refusal>(
        grpc::Status(grpc::StatusCode::UNIMPLEMENTED, absl::StrCat("no such service: ", service)),
        *streams_);
    // Whatever that says, the call has its answer.
    (void)streams_->Add(refusal);
    return refusal.get();
  }
  const auto call = std::make_shared<ForwardedCall>(context, route->second, *streams_);
  const absl::Status added = streams_->Add(call);
  if (added.ok()) {
    call->Begin();
  } else {
    call->Refuse(added);
  }
  return call.get();
}

}  // namespace bellwether::rpc
