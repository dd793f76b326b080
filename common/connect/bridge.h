// Calls over HTTP by the Connect protocol, passed on to a gRPC server by the descriptors of its
// methods: no code per method.
//
//   POST /package.Service/Method     application/json, application/proto
//   GET  /package.Service/Method?…   of methods that only read (NO_SIDE_EFFECTS)
//   POST of a server stream          application/connect+json, application/connect+proto
//
// Headers that belong to nobody else become metadata, metadata become headers; the trailing ones of
// a unary answer are named "trailer-…". Streams of requests are UNIMPLEMENTED.
#ifndef BELLWETHER_COMMON_CONNECT_BRIDGE_H_
#define BELLWETHER_COMMON_CONNECT_BRIDGE_H_

#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/connect/open_calls.h"
#include "common/connect/recent_frames.h"
#include "common/http/exchange.h"
#include "common/rpc/server.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace grpc {
class Channel;
}

namespace bellwether::connect {

// Whether a call may be made, looking at more than its method; `changes` is false for methods that
// only read.
using Admission = std::function<absl::Status(const http::ServerRequest&, bool changes)>;

struct BridgeOptions {
  // Null: everything is unavailable. Asked for each call.
  std::function<std::shared_ptr<grpc::Channel>()> channel;
  // Of the methods; whose messages `factory` makes.
  const google::protobuf::DescriptorPool* pool = google::protobuf::DescriptorPool::generated_pool();
  google::protobuf::MessageFactory* factory = google::protobuf::MessageFactory::generated_factory();
  // Of a request, inflated: what the gRPC server behind it takes.
  size_t message_bytes_max = rpc::kMessageBytesMaxDefault;
  // An answer shorter than this is not compressed.
  size_t compressed_bytes_min = 1 << 10;
  // Of calls without Connect-Timeout-Ms that are no streams.
  absl::Duration unary_time_max = absl::Minutes(5);
  Admission admit = [](const http::ServerRequest&, bool) { return absl::OkStatus(); };
};

// Thread-safe. Its end waits for the calls it has begun: end their server, or its streams, first.
class Bridge {
 public:
  explicit Bridge(BridgeOptions options);
  Bridge(const Bridge&) = delete;
  Bridge& operator=(const Bridge&) = delete;

  // Answers the request, later and on another thread where the other server is asked.
  void Handle(std::unique_ptr<http::Exchange> exchange);

  const BridgeOptions& options() const { return options_; }

 private:
  friend class BridgeCall;

  const BridgeOptions options_;
  RecentFrames recent_frames_;
  OpenCalls calls_;
};

}  // namespace bellwether::connect

#endif  // BELLWETHER_COMMON_CONNECT_BRIDGE_H_
