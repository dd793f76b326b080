// Calls to services of other processes, passed on as they are: one address for many services.
#ifndef BELLWETHER_COMMON_RPC_FORWARDER_H_
#define BELLWETHER_COMMON_RPC_FORWARDER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/rpc/open_streams.h"
#include "common/rpc/server.h"
#include "grpcpp/generic/async_generic_service.h"

namespace grpc {
class Channel;
}

namespace bellwether::rpc {

// Where the calls to some services go.
struct Route {
  std::vector<std::string> services;  // full names
  std::string servers;                // host:port[,host:port]…, taken in turn
};

// Answers every call its server knows no service for. Messages, metadata, deadline, cancellation
// and the final status with its details pass unchanged in both directions, at most one message of
// each direction waiting; a call of any kind is passed on as a stream, which on the wire it is.
// A drain ends streams and waits for unary calls, as it does for the server's own. A service
// without a route is UNIMPLEMENTED. What may be repeated is repeated as Connect says, so that a
// server that has just gone away is replaced by the next one.
//
// Thread-safe; outlives its server.
class Forwarder final : public grpc::CallbackGenericService {
 public:
  // The errors of Connect; connects when first called.
  absl::Status Add(const Route& route, int message_bytes_max);
  // After every Add, before the server's Start.
  void Register(Server& server);

  grpc::ServerGenericBidiReactor* CreateReactor(
      grpc::GenericCallbackServerContext* context) override;

 private:
  OpenStreams* streams_ = nullptr;                                             // of the server
  absl::flat_hash_map<std::string, std::shared_ptr<grpc::Channel>> channels_;  // by service
};

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_FORWARDER_H_
