// Which handler answers which path.
#ifndef BELLWETHER_COMMON_HTTP_ROUTER_H_
#define BELLWETHER_COMMON_HTTP_ROUTER_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/http/exchange.h"

namespace bellwether::http {

struct Route {
  // "/healthz": this path alone. "/upload/*": every path that begins with "/upload/".
  std::string path;
  // The longest body that is read.
  size_t body_bytes_max = 0;
  // From the end of the head to the end of the body.
  absl::Duration body_time_max = absl::Seconds(30);
  // Asked with the head alone, before anything of the body is read: an answer ends the request.
  // Empty: everything is admitted.
  std::function<std::optional<ServerResponse>(const ServerRequest&)> admit;
  Handler handler;
};

// Thread-safe.
class Router {
 public:
  // Keeps routes while it lives. Its end waits for handlers that are being called, not for the
  // exchanges they took over.
  class Registration {
   public:
    Registration(Router& router, std::vector<std::shared_ptr<const Route>> routes);
    ~Registration();
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    Router& router_;
    const std::vector<std::shared_ptr<const Route>> routes_;
  };

  // The router outlives the registration.
  [[nodiscard]] std::unique_ptr<Registration> Add(std::vector<Route> routes);

  // The route of this very path, else the longest that it begins with; null: none.
  std::shared_ptr<const Route> Find(absl::string_view path) const;

  // What the route's `admit` answers; 404 where there is no route, or it has gone meanwhile.
  std::optional<ServerResponse> Refusal(const std::shared_ptr<const Route>& route,
                                        const ServerRequest& head) const;

  // Hands the exchange to the route's handler, unless the route has gone meanwhile: 404.
  void Call(const std::shared_ptr<const Route>& route, std::unique_ptr<Exchange> exchange) const;

 private:
  bool Has(const std::shared_ptr<const Route>& route) const ABSL_SHARED_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::vector<std::shared_ptr<const Route>> routes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace bellwether::http

#endif  // BELLWETHER_COMMON_HTTP_ROUTER_H_
