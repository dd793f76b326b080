// A method table as gRPC serves it.
#ifndef BELLWETHER_COMMON_RPC_SERVICE_H_
#define BELLWETHER_COMMON_RPC_SERVICE_H_

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "common/rpc/method.h"
#include "common/rpc/method_table.h"
#include "common/rpc/open_streams.h"
#include "grpcpp/impl/service_type.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"

namespace bellwether::rpc {

// Registers its methods the way generated code does, with handlers that take bytes: so reflection
// and everything else that looks at services sees no difference. Outlives the server.
class Service final : public grpc::Service {
 public:
  // Of a table whose Check is OK.
  Service(MethodTable table, OpenStreams& streams);

 private:
  struct Served {
    Served(const MethodTable::Line& line, CallMetrics& metrics, const Clock& clock);

    const std::string path;  // "/package.Service/Method"; gRPC keeps a pointer to it
    const MethodTable::Line& line;
    const Method method;
  };
  struct UnaryCall;

  grpc::internal::MethodHandler* NewUnaryHandler(const Served& served);
  grpc::ServerUnaryReactor* Begin(const Served& served, grpc::CallbackServerContext* context,
                                  const grpc::ByteBuffer* request, grpc::ByteBuffer* response);
  void Run(UnaryCall& call);
  void Finish(UnaryCall& call, const absl::Status& status);

  const MethodTable table_;
  CallPool& pool_;
  CallMetrics metrics_;
  std::deque<Served> served_;
};

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_SERVICE_H_
