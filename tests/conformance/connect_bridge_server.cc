// The Connect bridge as the conformance runner wants a server: reads what is asked of it from
// stdin, says where it listens on stdout, serves until stdin ends or a signal comes. Behind it
// stands the runner's own reference server, which serves the same over gRPC.
//
//   connect_bridge_server DESCRIPTOR_SET REFERENCE_SERVER
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/connect/bridge.h"
#include "common/http/server.h"
#include "common/metrics/metrics.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/dynamic_message.h"
#include "grpcpp/grpcpp.h"

namespace bellwether {
namespace {

using google::protobuf::Message;

constexpr size_t kSizeBytes = 4;
constexpr size_t kNoLimit = 64 << 20;

std::string ReadExactly(int file, size_t size) {
  std::string bytes(size, '\0');
  size_t have = 0;
  while (have < size) {
    const ssize_t got = read(file, bytes.data() + have, size - have);
    BELLWETHER_CHECK(got > 0, "the other side sends whole messages");
    have += static_cast<size_t>(got);
  }
  return bytes;
}

// A message with its length before it, four bytes, big-endian.
void ReadSized(int file, Message& message) {
  uint32_t size = 0;
  for (const char byte : ReadExactly(file, kSizeBytes))
    size = size << 8 | static_cast<uint8_t>(byte);
  BELLWETHER_CHECK(message.ParseFromString(ReadExactly(file, size)), "of the type expected");
}

void WriteSized(int file, const Message& message) {
  const std::string payload = message.SerializeAsString();
  std::string bytes;
  for (const int shift : {24, 16, 8, 0})
    bytes.push_back(static_cast<char>(payload.size() >> shift));
  bytes += payload;
  BELLWETHER_CHECK(write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
                   "the other side reads");
}

const google::protobuf::FieldDescriptor* FieldOf(const Message& message, const std::string& name) {
  return message.GetDescriptor()->FindFieldByName(name);
}

void SetEnum(Message& message, const std::string& field, int value) {
  message.GetReflection()->SetEnumValue(&message, FieldOf(message, field), value);
}

uint32_t GetNumber(const Message& message, const std::string& field) {
  return message.GetReflection()->GetUInt32(message, FieldOf(message, field));
}

// The server behind the bridge, a child of ours.
class ReferenceServer {
 public:
  explicit ReferenceServer(const char* program) {
    std::array<int, 2> to{}, from{};
    BELLWETHER_CHECK(pipe(to.data()) == 0 && pipe(from.data()) == 0, "there are descriptors");
    child_ = fork();
    if (child_ == 0) {
      dup2(to[0], STDIN_FILENO);
      dup2(from[1], STDOUT_FILENO);
      for (const int file : {to[0], to[1], from[0], from[1]}) close(file);
      execl(program, program, nullptr);
      _exit(127);
    }
    close(to[0]);
    close(from[1]);
    in_ = to[1];
    out_ = from[0];
  }
  ~ReferenceServer() {
    kill(child_, SIGTERM);
    close(in_);
    waitpid(child_, nullptr, 0);
    close(out_);
  }
  int in() const { return in_; }
  int out() const { return out_; }

 private:
  pid_t child_ = -1;
  int in_ = -1;
  int out_ = -1;
};

int Serve(const char* descriptor_set, const char* reference_server) {
  std::ifstream file(descriptor_set, std::ios::binary);
  google::protobuf::FileDescriptorSet files;
  BELLWETHER_CHECK(files.ParseFromIstream(&file), "a descriptor set");
  google::protobuf::DescriptorPool pool;
  for (const auto& each : files.file()) pool.BuildFile(each);
  google::protobuf::DynamicMessageFactory factory(&pool);
  const auto make = [&](const char* name) {
    return std::unique_ptr<Message>(factory
                                        .GetPrototype(pool.FindMessageTypeByName(
                                            absl::StrCat("connectrpc.conformance.v1.", name)))
                                        ->New());
  };
  const auto request = make("ServerCompatRequest");
  const auto response = make("ServerCompatResponse");
  ReadSized(STDIN_FILENO, *request);
  const uint32_t limit = GetNumber(*request, "message_receive_limit");

  ReferenceServer reference(reference_server);
  SetEnum(*request, "protocol", 2);      // PROTOCOL_GRPC
  SetEnum(*request, "http_version", 2);  // HTTP_VERSION_2
  request->GetReflection()->ClearField(request.get(), FieldOf(*request, "message_receive_limit"));
  WriteSized(reference.in(), *request);
  ReadSized(reference.out(), *response);
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  const auto channel =
      grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", GetNumber(*response, "port")),
                                grpc::InsecureChannelCredentials(), arguments);

  metrics::Registry metrics;
  http::Server server({.threads = 2, .connections_max = 1'000}, metrics);
  const size_t bytes_max = limit == 0 ? kNoLimit : limit;
  {
    connect::Bridge bridge({.channel = [&] { return channel; },
                            .pool = &pool,
                            .factory = &factory,
                            .message_bytes_max = bytes_max,
                            .compressed_bytes_min = 0,
                            .unary_time_max = absl::InfiniteDuration()});
    const auto routes =
        server.router().Add({{.path = "/*",
                              // What is compressed may be larger than what comes of it.
                              .body_bytes_max = bytes_max + (64 << 10),
                              .handler = [&](std::unique_ptr<http::Exchange> exchange) {
                                bridge.Handle(std::move(exchange));
                              }}});
    BELLWETHER_CHECK(server.Start().ok(), "a free port");
    response->GetReflection()->SetString(response.get(), FieldOf(*response, "host"), "127.0.0.1");
    response->GetReflection()->SetUInt32(response.get(), FieldOf(*response, "port"),
                                         static_cast<uint32_t>(server.port()));
    WriteSized(STDOUT_FILENO, *response);
    sigset_t end;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigaddset(&end, SIGINT);
    int received = 0;
    sigwait(&end, &received);
    server.Stop();
  }
  return 0;
}

}  // namespace
}  // namespace bellwether

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: %s DESCRIPTOR_SET REFERENCE_SERVER\n", argv[0]);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  // Left to the main thread, which waits for them.
  sigset_t end;
  sigemptyset(&end);
  sigaddset(&end, SIGTERM);
  sigaddset(&end, SIGINT);
  pthread_sigmask(SIG_BLOCK, &end, nullptr);
  return bellwether::Serve(argv[1], argv[2]);
}
