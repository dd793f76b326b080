// Many watch streams of the Connect protocol over HTTP/1.1, read by one thread.
#ifndef BELLWETHER_TESTS_BENCH_HTTP_STREAMS_H_
#define BELLWETHER_TESTS_BENCH_HTTP_STREAMS_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"

namespace bellwether {

// A message that a stream begins with, in JSON, and where it goes.
struct StreamRequest {
  std::string path;
  std::string message;
};

// Of a server on the loopback interface, which answers in chunks. A stream that ends, or that the
// server refuses, ends the program (CHECK). Used from one thread.
class HttpStreams {
 public:
  // Called on the reading thread with the number of the stream and the JSON of a frame.
  using OnFrame = std::function<void(size_t stream, absl::string_view json)>;

  HttpStreams(int port, OnFrame on_frame);
  ~HttpStreams();
  HttpStreams(const HttpStreams&) = delete;
  HttpStreams& operator=(const HttpStreams&) = delete;

  // Numbered from 0 on. Returns when the head of every answer is there.
  void Open(const std::vector<StreamRequest>& requests);

 private:
  struct Stream;

  void OpenOne(const StreamRequest& request);
  void Read();
  void ReadFrom(Stream& stream);
  // Takes heads, chunks and frames off what has been received.
  void TakeHead(Stream& stream);
  void TakeChunks(Stream& stream);
  void TakeFrames(Stream& stream);

  const int port_;
  const OnFrame on_frame_;
  const int epoll_;
  std::string buffer_;
  std::vector<std::unique_ptr<Stream>> streams_;  // those in epoll_ are the reading thread's
  std::atomic<size_t> begun_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread reader_;
};

// As many file descriptors as the system lets this process and its children have.
void RaiseDescriptorLimit();

}  // namespace bellwether

#endif  // BELLWETHER_TESTS_BENCH_HTTP_STREAMS_H_
