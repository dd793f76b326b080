// A receiver of requests on the loopback interface, for tests.
#ifndef BELLWETHER_COMMON_HTTP_TESTING_HTTP_RECEIVER_H_
#define BELLWETHER_COMMON_HTTP_TESTING_HTTP_RECEIVER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace bellwether::http::testing {

struct ReceivedRequest {
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

struct ReceiverAnswer {
  int status = 200;
  std::map<std::string, std::string> headers;
  std::string body;
  // Reads the request and then says nothing until the sender hangs up.
  bool silent = false;
};

// Answers one request after the other, each on a connection of its own. `answer` is called with the
// number of requests before.
class HttpReceiver {
 public:
  using Script = std::function<ReceiverAnswer(size_t before, const ReceivedRequest&)>;

  explicit HttpReceiver(Script script = nullptr);
  ~HttpReceiver();

  std::string url(const std::string& target = "/hook") const;
  std::vector<ReceivedRequest> received() const;
  size_t count() const { return received().size(); }

 private:
  class Listener;

  ReceiverAnswer Receive(const ReceivedRequest& request);

  const Script script_;
  mutable absl::Mutex mutex_;
  std::vector<ReceivedRequest> received_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Listener> listener_;
};

}  // namespace bellwether::http::testing

#endif  // BELLWETHER_COMMON_HTTP_TESTING_HTTP_RECEIVER_H_
