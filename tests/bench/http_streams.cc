#include "tests/bench/http_streams.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/connect/protocol.h"
#include "common/testing/await.h"

namespace bellwether {
namespace {

// That are asked for and not yet answered: an opening waits in a bounded queue.
constexpr size_t kOpeningMax = 200;
constexpr size_t kEventsMax = 256;
constexpr size_t kReadBytes = 256 << 10;
constexpr int kStopLookMs = 50;
constexpr absl::string_view kLineEnd = "\r\n";

int Connect(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  BELLWETHER_CHECK(socket >= 0, "there is a descriptor for a socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  BELLWETHER_CHECK(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0,
                   "the server accepts");
  return socket;
}

}  // namespace

struct HttpStreams::Stream {
  size_t number = 0;
  int socket = -1;
  bool begun = false;
  std::string received;  // not yet understood
  std::string body;      // the same without the chunks' sizes
};

HttpStreams::HttpStreams(int port, OnFrame on_frame)
    : port_(port),
      on_frame_(std::move(on_frame)),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      buffer_(kReadBytes, '\0'),
      reader_([this] { Read(); }) {}

HttpStreams::~HttpStreams() {
  stopping_.store(true);
  reader_.join();
  for (const auto& stream : streams_) close(stream->socket);
  close(epoll_);
}

void HttpStreams::Open(const std::vector<StreamRequest>& requests) {
  const auto answered_but = [this](size_t waiting) {
    BELLWETHER_CHECK(testing::Await([&] { return begun_.load() + waiting >= streams_.size(); }),
                     "the server answers");
  };
  for (const StreamRequest& request : requests) {
    OpenOne(request);
    answered_but(kOpeningMax);
  }
  answered_but(0);
}

void HttpStreams::OpenOne(const StreamRequest& request) {
  auto stream = std::make_unique<Stream>();
  stream->number = streams_.size();
  stream->socket = Connect(port_);
  const std::string body = connect::Envelope(0, request.message);
  const std::string text =
      absl::StrCat("POST ", request.path, " HTTP/1.1\r\nHost: localhost\r\n",
                   "Content-Type: application/connect+json\r\nConnect-Protocol-Version: 1\r\n",
                   "Content-Length: ", body.size(), "\r\n\r\n", body);
  // Far less than a socket buffers.
  BELLWETHER_CHECK(
      send(stream->socket, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size()),
      "the server takes the request");
  fcntl(stream->socket, F_SETFL, O_NONBLOCK);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = stream.get();
  const int socket = stream->socket;
  streams_.push_back(std::move(stream));
  BELLWETHER_CHECK(epoll_ctl(epoll_, EPOLL_CTL_ADD, socket, &event) == 0, "epoll takes it");
}

void HttpStreams::Read() {
  std::array<epoll_event, kEventsMax> events{};
  while (!stopping_.load()) {
    const int count = epoll_wait(epoll_, events.data(), events.size(), kStopLookMs);
    for (int i = 0; i < count; ++i) ReadFrom(*static_cast<Stream*>(events[i].data.ptr));
  }
}

void HttpStreams::ReadFrom(Stream& stream) {
  const ssize_t got = recv(stream.socket, buffer_.data(), buffer_.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  BELLWETHER_CHECK(got > 0, "the server has broken a stream off");
  stream.received.append(buffer_, 0, static_cast<size_t>(got));
  if (!stream.begun) TakeHead(stream);
  if (!stream.begun) return;
  TakeChunks(stream);
  TakeFrames(stream);
}

void HttpStreams::TakeHead(Stream& stream) {
  const size_t end = stream.received.find("\r\n\r\n");
  if (end == std::string::npos) return;
  BELLWETHER_CHECK(absl::StartsWith(stream.received, "HTTP/1.1 200"), stream.received.c_str());
  stream.received.erase(0, end + 2 * kLineEnd.size());
  stream.begun = true;
  begun_.fetch_add(1);
}

void HttpStreams::TakeChunks(Stream& stream) {
  absl::string_view rest = stream.received;
  while (true) {
    const size_t line = rest.find(kLineEnd);
    if (line == absl::string_view::npos) break;
    uint32_t size = 0;
    BELLWETHER_CHECK(absl::SimpleHexAtoi(rest.substr(0, line), &size), "a chunk has a size");
    const size_t begin = line + kLineEnd.size();
    if (rest.size() < begin + size + kLineEnd.size()) break;
    absl::StrAppend(&stream.body, rest.substr(begin, size));
    rest.remove_prefix(begin + size + kLineEnd.size());
  }
  stream.received.erase(0, stream.received.size() - rest.size());
}

void HttpStreams::TakeFrames(Stream& stream) {
  absl::string_view rest = stream.body;
  while (rest.size() >= connect::kEnvelopeHeadBytes) {
    size_t size = 0;
    for (size_t i = 1; i < connect::kEnvelopeHeadBytes; ++i) {
      size = size << 8 | static_cast<uint8_t>(rest[i]);
    }
    const size_t end = connect::kEnvelopeHeadBytes + size;
    if (rest.size() < end) break;
    const absl::string_view json = rest.substr(connect::kEnvelopeHeadBytes, size);
    BELLWETHER_CHECK((rest[0] & connect::kEndOfStreamFlag) == 0, std::string(json).c_str());
    on_frame_(stream.number, json);
    rest.remove_prefix(end);
  }
  stream.body.erase(0, stream.body.size() - rest.size());
}

void RaiseDescriptorLimit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  BELLWETHER_CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0, "the hard limit is allowed");
}

}  // namespace bellwether
