#include "common/http/router.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace bellwether::http {
namespace {

// How many bytes of the path the route stands for; nothing: it is not meant.
std::optional<size_t> MatchedBytes(const Route& route, absl::string_view path) {
  absl::string_view prefix = route.path;
  if (absl::ConsumeSuffix(&prefix, "*")) {
    if (!absl::StartsWith(path, prefix)) return std::nullopt;
    return prefix.size();
  }
  if (path != prefix) return std::nullopt;
  return path.size() + 1;  // before every prefix
}

ServerResponse NotFound() { return TextResponse(404, "there is nothing at this path\n"); }

}  // namespace

Router::Registration::Registration(Router& router, std::vector<std::shared_ptr<const Route>> routes)
    : router_(router), routes_(std::move(routes)) {
  absl::MutexLock lock(&router_.mutex_);
  router_.routes_.insert(router_.routes_.end(), routes_.begin(), routes_.end());
}

Router::Registration::~Registration() {
  absl::MutexLock lock(&router_.mutex_);
  for (const auto& route : routes_) {
    router_.routes_.erase(std::find(router_.routes_.begin(), router_.routes_.end(), route));
  }
}

std::unique_ptr<Router::Registration> Router::Add(std::vector<Route> routes) {
  std::vector<std::shared_ptr<const Route>> shared;
  for (Route& route : routes) shared.push_back(std::make_shared<const Route>(std::move(route)));
  return std::make_unique<Registration>(*this, std::move(shared));
}

std::shared_ptr<const Route> Router::Find(absl::string_view path) const {
  absl::ReaderMutexLock lock(&mutex_);
  std::shared_ptr<const Route> best;
  size_t most = 0;
  for (const auto& route : routes_) {
    const std::optional<size_t> matched = MatchedBytes(*route, path);
    if (matched.has_value() && (best == nullptr || *matched > most)) {
      best = route;
      most = *matched;
    }
  }
  return best;
}

bool Router::Has(const std::shared_ptr<const Route>& route) const {
  return route != nullptr && std::find(routes_.begin(), routes_.end(), route) != routes_.end();
}

std::optional<ServerResponse> Router::Refusal(const std::shared_ptr<const Route>& route,
                                              const ServerRequest& head) const {
  absl::ReaderMutexLock lock(&mutex_);
  if (!Has(route)) return NotFound();
  if (route->admit == nullptr) return std::nullopt;
  return route->admit(head);
}

void Router::Call(const std::shared_ptr<const Route>& route,
                  std::unique_ptr<Exchange> exchange) const {
  absl::ReaderMutexLock lock(&mutex_);
  if (!Has(route)) return exchange->Respond(NotFound());
  route->handler(std::move(exchange));
}

}  // namespace bellwether::http
