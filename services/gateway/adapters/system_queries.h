// The whole deployment at a glance: SystemService.
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_SYSTEM_QUERIES_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_SYSTEM_QUERIES_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "bellwether/system/v1/system_service.pb.h"
#include "common/base/clock.h"
#include "common/service_status/status_queries.h"

namespace grpc {
class Channel;
}

namespace bellwether::gateway {

inline constexpr absl::Duration kAskedForMost = absl::Seconds(3);
// For so long an answer is given to everybody who asks.
inline constexpr absl::Duration kAnswerShared = absl::Seconds(1);
// And for so long while somebody asks anew.
inline constexpr absl::Duration kAnswerSharedWhileAsking = absl::Seconds(10);

// A service whose processes are asked.
struct SystemPeer {
  std::string service;
  std::string api;  // full name of its gRPC service
  // Of its processes; empty: the gateway's own server hosts it.
  std::vector<std::string> addresses;
};

// Of a partition that several processes speak of, what the one that reads it says.
void MergeLags(system::v1::ServiceReport& report);

// Asks all processes at the same time, for one caller at a time: a process that is slow to answer
// holds one thread of the pool, not one for each who looks. `SystemStatus.server_time` says as of
// when an answer is. Thread-safe; outlived by what it refers to.
class SystemQueries {
 public:
  // `own_target` is the address of the gateway's server, once it is started.
  SystemQueries(const service_status::StatusQueries& own, std::vector<SystemPeer> peers,
                std::function<std::string()> own_target, const Clock& clock);

  absl::StatusOr<system::v1::SystemStatus> Get(const system::v1::GetSystemStatusRequest& request);

 private:
  struct Ask;

  // The last answer, if it has come within `age_max`.
  const system::v1::SystemStatus* LastWithin(absl::Duration age_max) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<system::v1::SystemStatus> AskAll() ABSL_LOCKS_EXCLUDED(mutex_);

  absl::StatusOr<std::shared_ptr<grpc::Channel>> ChannelTo(const std::string& target);

  const service_status::StatusQueries& own_;
  const std::vector<SystemPeer> peers_;
  const std::function<std::string()> own_target_;
  const Clock& clock_;
  absl::Mutex mutex_;
  std::map<std::string, std::shared_ptr<grpc::Channel>> channels_ ABSL_GUARDED_BY(mutex_);
  bool asking_ ABSL_GUARDED_BY(mutex_) = false;
  system::v1::SystemStatus last_ ABSL_GUARDED_BY(mutex_);
  absl::Time last_came_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_SYSTEM_QUERIES_H_
