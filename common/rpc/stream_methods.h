// Lines of a method table for streams.
//
//   table.ServerStream("WatchAlerts", [&](const v1::WatchAlertsRequest& request, const Call& call)
//   {
//     return watchers.Open(call, filter, initial);
//   });
//   table.RawClientStream("BackfillFacts", [&](const Call& call, v1::BackfillFactsResponse&
//   response)
//   {
//     return std::make_shared<BackfillFactsCall>(call, response, …);
//   });
//
// A handler returns absl::StatusOr<std::shared_ptr<Stream>>: a reactor (grpc::ServerWriteReactor of
// its `Response`, or a grpc::ServerReadReactor or grpc::ServerBidiReactor of bytes)
// that is an OpenStream and has `void Begin()`. The table puts it among the open streams, ends it
// at once where there is no room for it, and then begins it. It removes itself from the open
// streams as the last thing in OnDone, and finishes with EndStream.
#ifndef BELLWETHER_COMMON_RPC_STREAM_METHODS_H_
#define BELLWETHER_COMMON_RPC_STREAM_METHODS_H_

#include <memory>
#include <type_traits>
#include <utility>

#include "common/rpc/method.h"
#include "common/rpc/method_table.h"
#include "common/rpc/open_streams.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/impl/codegen/server_callback_handlers.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"

namespace bellwether::rpc {
namespace internal {

// A call that ends at once.
template <typename Reactor>
class RefusedStream final : public Reactor, public OpenStream {
 public:
  RefusedStream(const grpc::Status& why, OpenStreams& streams) : streams_(streams) {
    this->Finish(why);
  }
  void End(const absl::Status&) override {}
  void OnDone() override { streams_.Remove(this); }

 private:
  OpenStreams& streams_;
};

// `open` makes the stream of a call, or says why there is to be none.
template <typename Reactor, typename Open>
Reactor* OpenCall(const Method& method, OpenStreams& streams, grpc::CallbackServerContext* context,
                  Open open) {
  Call call;
  const absl::Status described = method.Describe(*context, call);
  auto stream = described.ok() ? open(call) : decltype(open(call))(described);
  if (!stream.ok()) {
    const auto refused =
        std::make_shared<RefusedStream<Reactor>>(EndStream(call, stream.status()), streams);
    // Whatever that says, the call has its answer.
    (void)streams.Add(refused);
    return refused.get();
  }
  if (const absl::Status added = streams.Add(*stream); !added.ok()) (*stream)->End(added);
  (*stream)->Begin();
  return stream->get();
}

template <typename Stream>
absl::StatusOr<std::shared_ptr<Stream>> AsStatusOr(std::shared_ptr<Stream> stream) {
  return stream;
}
template <typename Stream>
absl::StatusOr<std::shared_ptr<Stream>> AsStatusOr(absl::StatusOr<std::shared_ptr<Stream>> stream) {
  return stream;
}

template <typename Member>
struct RawClientStreamHandler;
template <typename C, typename R, typename P>
struct RawClientStreamHandler<R (C::*)(const Call&, P&) const> {
  using Response = P;
};

template <typename Result>
struct StreamOf;
template <typename Stream>
struct StreamOf<std::shared_ptr<Stream>> {
  using type = Stream;
};
template <typename Stream>
struct StreamOf<absl::StatusOr<std::shared_ptr<Stream>>> {
  using type = Stream;
};

}  // namespace internal

template <typename Lambda>
void MethodTable::ServerStream(absl::string_view method, Lambda lambda) {
  using Types = internal::Handler<decltype(&Lambda::operator())>;
  using Request = typename Types::Request;
  using Response = typename internal::StreamOf<typename Types::Result>::type::Response;
  using Reactor = grpc::ServerWriteReactor<Response>;
  const auto handler = [lambda = std::move(lambda)](const Method& served, OpenStreams& streams) {
    // STYLE(raw-new): its method deletes it
    return new grpc::internal::CallbackServerStreamingHandler<grpc::ByteBuffer, Response>(
        [&served, &streams, lambda](grpc::CallbackServerContext* context,
                                    const grpc::ByteBuffer* bytes) {
          return internal::OpenCall<Reactor>(
              served, streams, context,
              [&](const Call& call) -> decltype(internal::AsStatusOr(lambda(Request(), call))) {
                Request request;
                if (absl::Status read = ReadMessage(*bytes, request); !read.ok()) return read;
                return internal::AsStatusOr(lambda(request, call));
              });
        });
  };
  Add({.method = method,
       .kind = Kind::kStream,
       .server_streaming = true,
       .request = Request::descriptor(),
       .response = Response::descriptor()},
      {.stream = handler});
}

template <typename Lambda>
void MethodTable::RawClientStream(absl::string_view method, Lambda lambda) {
  using Response =
      typename internal::RawClientStreamHandler<decltype(&Lambda::operator())>::Response;
  using Reactor = grpc::ServerReadReactor<grpc::ByteBuffer>;
  const auto handler = [lambda = std::move(lambda)](const Method& served, OpenStreams& streams) {
    // STYLE(raw-new): its method deletes it
    return new grpc::internal::CallbackClientStreamingHandler<grpc::ByteBuffer, Response>(
        [&served, &streams, lambda](grpc::CallbackServerContext* context, Response* response) {
          return internal::OpenCall<Reactor>(served, streams, context, [&](const Call& call) {
            return internal::AsStatusOr(lambda(call, *response));
          });
        });
  };
  Add({.method = method,
       .kind = Kind::kStream,
       .client_streaming = true,
       .response = Response::descriptor()},
      {.stream = handler});
}

template <typename Lambda>
void MethodTable::RawBidiStream(absl::string_view method, Lambda lambda) {
  using Reactor = grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>;
  const auto handler = [lambda = std::move(lambda)](const Method& served, OpenStreams& streams) {
    // STYLE(raw-new): its method deletes it
    return new grpc::internal::CallbackBidiHandler<grpc::ByteBuffer, grpc::ByteBuffer>(
        [&served, &streams, lambda](grpc::CallbackServerContext* context) {
          return internal::OpenCall<Reactor>(served, streams, context, [&](const Call& call) {
            return internal::AsStatusOr(lambda(call));
          });
        });
  };
  Add({.method = method, .kind = Kind::kStream, .client_streaming = true, .server_streaming = true},
      {.stream = handler});
}

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_STREAM_METHODS_H_
