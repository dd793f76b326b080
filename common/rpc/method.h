// One method of a served service: what is declared of it, its metrics, and the way into a call.
#ifndef BELLWETHER_COMMON_RPC_METHOD_H_
#define BELLWETHER_COMMON_RPC_METHOD_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/log/rate_limit.h"
#include "common/metrics/metrics.h"
#include "common/rpc/call.h"
#include "google/protobuf/descriptor.h"

namespace bellwether::rpc {

// The metrics that the methods of a process share; one per served service.
class CallMetrics {
 public:
  explicit CallMetrics(metrics::Registry& registry);

 private:
  friend class MethodCounters;

  metrics::Family<metrics::Counter>& requests_;
  metrics::Family<metrics::Counter>& errors_;
  metrics::Family<metrics::Histogram>& seconds_;
  metrics::Gauge& in_flight_;
  LogGate gate_;  // of failures whose text the caller does not see
};

// The metrics of one method. Thread-safe.
class MethodCounters {
 public:
  MethodCounters(const google::protobuf::MethodDescriptor& method, CallMetrics& metrics);

  void Begun() const { metrics_.in_flight_.Increment(); }
  // Of a unary call.
  void Answered(const absl::Status& status, absl::Duration took) const;
  // Of any call; logs what the caller does not see.
  void Count(const absl::Status& status) const;

 private:
  CallMetrics& metrics_;
  const std::string service_;
  const std::string name_;
  metrics::Counter& ok_;
  metrics::Histogram* const seconds_;  // null for streams, which last as long as they last
};

class Method {
 public:
  Method(const google::protobuf::MethodDescriptor& descriptor, CallMetrics& metrics,
         const Clock& clock);

  const google::protobuf::MethodDescriptor& descriptor() const { return descriptor_; }
  const MethodCounters& counters() const { return counters_; }

  // Fills in `call`. Not OK where the caller may not make it so: INVALID_ARGUMENT /
  // PRINCIPAL_INVALID, EFFECTIVE_TIME_INVALID; UNAUTHENTICATED / PRINCIPAL_REQUIRED;
  // FAILED_PRECONDITION / EFFECTIVE_TIME_NOT_ALLOWED. What needs no caller's word is filled in also
  // then.
  absl::Status Describe(grpc::CallbackServerContext& context, Call& call) const;

 private:
  absl::Status ReadPrincipal(Call& call) const;
  absl::Status ReadEffectiveTime(Call& call) const;

  const google::protobuf::MethodDescriptor& descriptor_;
  const Clock& clock_;
  const MethodCounters counters_;
  const bool principal_required_;
  // A command that systems which bring data in may give, also for a past that is being built.
  const bool may_build_past_;
};

}  // namespace bellwether::rpc

#endif  // BELLWETHER_COMMON_RPC_METHOD_H_
