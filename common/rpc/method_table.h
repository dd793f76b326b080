// The methods of a service, a line each.
//
//   rpc::MethodTable table("bellwether.alerts.v1.AlertsService", pool);
//   table.Query("GetAlert", board, &Board::Get);
//   table.Command("ResolveAlert", [&](const v1::ResolveAlertRequest& request, const Call& call) {
//     return cases.Resolve(request, call);
//   });
//   server.Add(std::move(table), ready);
//
// Handlers take (const Request&, const Call&) or (const Request&) and return
// absl::StatusOr<Response>. What every call needs stands behind the table and nowhere else: reading
// and writing the messages, the bounded queue, deadline, cancellation, trace, principal, metrics,
// and the one mapping of errors. Streams: common/rpc/stream_methods.h.
#ifndef BELLWETHER_COMMON_RPC_METHOD_TABLE_H_
#define BELLWETHER_COMMON_RPC_METHOD_TABLE_H_

#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/rpc/call.h"
#include "common/rpc/call_pool.h"
#include "google/protobuf/message.h"

namespace grpc {
class ByteBuffer;
namespace internal {
class MethodHandler;
}
}  // namespace grpc

namespace bellwether::rpc {

class Method;
class OpenStreams;

// INVALID_ARGUMENT / MALFORMED_REQUEST for bytes that are no such message.
absl::Status ReadMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message& message);
absl::Status WriteMessage(const google::protobuf::Message& message, grpc::ByteBuffer& bytes);

namespace internal {

// What a handler takes and returns, by the type of its call operator or member function.
template <typename RequestT, typename ResultT, bool kTakesCallV>
struct HandlerTypes {
  using Request = RequestT;
  using Result = ResultT;
  static constexpr bool kTakesCall = kTakesCallV;
};
template <typename Member>
struct Handler;
template <typename C, typename R, typename Q>
struct Handler<R (C::*)(const Q&, const Call&)> : HandlerTypes<Q, R, true> {};
template <typename C, typename R, typename Q>
struct Handler<R (C::*)(const Q&, const Call&) const> : HandlerTypes<Q, R, true> {};
template <typename C, typename R, typename Q>
struct Handler<R (C::*)(const Q&)> : HandlerTypes<Q, R, false> {};
template <typename C, typename R, typename Q>
struct Handler<R (C::*)(const Q&) const> : HandlerTypes<Q, R, false> {};

}  // namespace internal

class MethodTable {
 public:
  // `service` is the full name of a service linked into the program; `pool` outlives the server.
  MethodTable(absl::string_view service, CallPool& pool);

  // A method that only reads (NO_SIDE_EFFECTS); runs on the pool, since it may wait. `object`
  // outlives the server.
  template <typename Object, typename Member>
  void Query(absl::string_view method, Object& object, Member member) {
    AddUnary(method, Kind::kQuery, Where::kPool, object, member);
  }
  template <typename Lambda>
  void Query(absl::string_view method, Lambda lambda) {
    AddUnary(method, Kind::kQuery, Where::kPool, std::move(lambda), &Lambda::operator());
  }
  // On gRPC's own thread: only for what never blocks and takes microseconds.
  template <typename Lambda>
  void InlineQuery(absl::string_view method, Lambda lambda) {
    AddUnary(method, Kind::kQuery, Where::kInline, std::move(lambda), &Lambda::operator());
  }
  // A method that changes something; runs on the pool.
  template <typename Object, typename Member>
  void Command(absl::string_view method, Object& object, Member member) {
    AddUnary(method, Kind::kCommand, Where::kPool, object, member);
  }
  template <typename Lambda>
  void Command(absl::string_view method, Lambda lambda) {
    AddUnary(method, Kind::kCommand, Where::kPool, std::move(lambda), &Lambda::operator());
  }

  // Defined in common/rpc/stream_methods.h, which says what handlers of streams are.
  template <typename Lambda>
  void ServerStream(absl::string_view method, Lambda lambda);
  // Streams of requests are bytes, not messages, so that one that cannot be read is answered for
  // and does not end the stream.
  template <typename Lambda>
  void RawClientStream(absl::string_view method, Lambda lambda);
  template <typename Lambda>
  void RawBidiStream(absl::string_view method, Lambda lambda);

  // Methods without a line are UNIMPLEMENTED, instead of being refused: for servers of tests.
  void ServePart() { serves_part_ = true; }

  // INVALID_ARGUMENT / METHOD_TABLE_INVALID naming everything that keeps the table from being
  // served: a service that is not linked in, a line of a method that the service does not have, has
  // twice or declares otherwise, a method without a line or without roles.
  absl::Status Check() const;

  const std::string& service() const { return service_; }

 private:
  friend class Service;

  enum class Kind { kQuery, kCommand, kStream };
  enum class Where { kPool, kInline };
  using Unary =
      std::function<absl::Status(const grpc::ByteBuffer&, const Call&, grpc::ByteBuffer&)>;
  // The handler that gRPC is given, owned by it.
  using NewHandler = std::function<grpc::internal::MethodHandler*(const Method&, OpenStreams&)>;

  struct Line {
    const google::protobuf::MethodDescriptor* method = nullptr;
    Where where = Where::kPool;
    Unary unary;  // null for streams
    NewHandler stream;
  };

  template <typename Object, typename Member>
  void AddUnary(absl::string_view method, Kind kind, Where where, Object&& object, Member member);

  // What a line says of its method; null where a stream takes bytes.
  struct Declared {
    absl::string_view method;
    Kind kind = Kind::kQuery;
    bool client_streaming = false;
    bool server_streaming = false;
    const google::protobuf::Descriptor* request = nullptr;
    const google::protobuf::Descriptor* response = nullptr;
  };
  void Add(const Declared& declared, Line line);

  const std::string service_;
  CallPool* pool_;
  const google::protobuf::ServiceDescriptor* descriptor_;
  std::vector<Line> lines_;
  bool serves_part_ = false;
  std::vector<std::string> problems_;  // of the lines added
};

template <typename Object, typename Member>
void MethodTable::AddUnary(absl::string_view method, Kind kind, Where where, Object&& object,
                           Member member) {
  using Types = internal::Handler<Member>;
  using Request = typename Types::Request;
  using Response = typename Types::Result::value_type;
  // An lvalue is somebody else's and referred to, a lambda is kept.
  auto run = [object = std::tuple<Object>(std::forward<Object>(object)), member](
                 const grpc::ByteBuffer& bytes, const Call& call,
                 grpc::ByteBuffer& answer) -> absl::Status {
    auto& handler = std::get<0>(object);
    Request request;
    if (absl::Status read = ReadMessage(bytes, request); !read.ok()) return read;
    const absl::StatusOr<Response> response = [&] {
      if constexpr (Types::kTakesCall) {
        return (handler.*member)(request, call);
      } else {
        return (handler.*member)(request);
      }
    }();
    if (!response.ok()) return response.status();
    return WriteMessage(*response, answer);
  };
  Add({.method = method,
       .kind = kind,
       .request = Request::descriptor(),
       .response = Response::descriptor()},
      {.where = where, .unary = std::move(run)});
}

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_METHOD_TABLE_H_
