#include "common/rpc/health_service.h"

#include <algorithm>
#include <utility>

#include "common/rpc/status.h"

namespace bellwether::rpc {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

void HealthService::Add(const std::string& service, runtime::ReadyCheck ready) {
  absl::MutexLock lock(&mutex_);
  checks_[service] = std::move(ready);
}

void HealthService::Shutdown() {
  {
    absl::MutexLock lock(&mutex_);
    shut_down_ = true;
  }
  Refresh();
}

HealthCheckResponse::ServingStatus HealthService::StatusOf(const std::string& service) const {
  const auto status = [this](bool ready) {
    const bool process_ready = !shut_down_ && (process_ == nullptr || process_().ok());
    return ready && process_ready ? HealthCheckResponse::SERVING : HealthCheckResponse::NOT_SERVING;
  };
  if (service.empty()) {
    return status(std::all_of(checks_.begin(), checks_.end(),
                              [](const auto& check) { return check.second().ok(); }));
  }
  const auto found = checks_.find(service);
  if (found == checks_.end()) return HealthCheckResponse::SERVICE_UNKNOWN;
  return status(found->second().ok());
}

void HealthService::Refresh() {
  std::vector<std::pair<std::shared_ptr<Stream>, Response>> changes;
  {
    absl::MutexLock lock(&mutex_);
    for (Watcher& watcher : watchers_) {
      const Response::ServingStatus status = StatusOf(watcher.service);
      if (status == watcher.last) continue;
      watcher.last = status;
      Response response;
      response.set_status(status);
      changes.emplace_back(watcher.stream, std::move(response));
    }
  }
  for (const auto& [stream, response] : changes) stream->Offer("status", response);
}

grpc::ServerUnaryReactor* HealthService::Check(grpc::CallbackServerContext* context,
                                               const HealthCheckRequest* request,
                                               HealthCheckResponse* response) {
  {
    absl::MutexLock lock(&mutex_);
    response->set_status(StatusOf(request->service()));
  }
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  if (response->status() == HealthCheckResponse::SERVICE_UNKNOWN) {
    reactor->Finish(
        ToGrpcStatus(Error(absl::StatusCode::kNotFound, {"SERVICE_NOT_HOSTED", "service", ""},
                           "this server does not host that service")));
  } else {
    reactor->Finish(grpc::Status::OK);
  }
  return reactor;
}

grpc::ServerWriteReactor<HealthCheckResponse>* HealthService::Watch(
    grpc::CallbackServerContext* context, const HealthCheckRequest* request) {
  Call call;
  call.context = context;
  auto stream = std::make_shared<Stream>(
      call, WatchLimits{}, clock_, nullptr,
      Stream::Reactions{.begun = nullptr, .closed = [this](Stream* done) { Close(done); }});
  Response response;
  {
    absl::MutexLock lock(&mutex_);
    response.set_status(StatusOf(request->service()));
    watchers_.push_back({request->service(), response.status(), stream});
  }
  if (const absl::Status added = streams_.Add(stream); !added.ok()) {
    stream->Load(added);
  } else {
    stream->Load(Stream::Items{{"status", std::move(response)}});
  }
  return stream.get();
}

void HealthService::Close(Stream* stream) {
  {
    absl::MutexLock lock(&mutex_);
    watchers_.erase(
        std::remove_if(watchers_.begin(), watchers_.end(),
                       [&](const Watcher& watcher) { return watcher.stream.get() == stream; }),
        watchers_.end());
  }
  streams_.Remove(stream);
}

}  // namespace bellwether::rpc
