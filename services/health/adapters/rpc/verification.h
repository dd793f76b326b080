// One call of VerifyHealth (H4).
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_VERIFICATION_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_VERIFICATION_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "common/base/clock.h"
#include "common/calendar/calendar.h"
#include "common/rpc/call.h"
#include "common/store/store.h"
#include "common/stream/processor_group.h"
#include "services/health/adapters/history/committed_accounts.h"
#include "services/health/adapters/history/history_store.h"

namespace bellwether::health {

inline constexpr size_t kDifferencesListedMax = 100;

// A partition that is folded here is compared as it stands, in portions between which it goes on;
// any other as it was committed last. One thread.
class Verification {
 public:
  struct Ports {
    store::Store& store;
    const Clock& clock;
    const Calendar& calendar;
    const HistoryPorts& history;
    stream::ProcessorGroup& folds;
  };

  Verification(const Ports& ports, const rpc::Call& call) : ports_(ports), call_(call) {}

  absl::Status VerifyAccounts(int32_t partition, std::vector<std::string> ids);
  absl::Status VerifyAll(int32_t partition);

  v1::VerifyHealthResponse Take() && { return std::move(response_); }

 private:
  // States that stand for the records before `until`.
  struct Sample {
    CommittedAccounts::Accounts accounts;
    int64_t until = 0;
    bool live = false;
  };

  // One call is about one generation of a partition: the accounts of the next need not be those
  // whose ids were listed, nor come in the pages that were read.
  absl::StatusOr<CommittedAccounts> OpenCommitted(int32_t partition);
  absl::StatusOr<Sample> SampleOf(int32_t partition, const std::vector<std::string>& ids);
  absl::Status Compare(int32_t partition, const Sample& sample);
  void Count(bool live);

  const Ports ports_;
  const rpc::Call& call_;
  std::map<int32_t, std::optional<int64_t>> generations_;  // of the partitions read as committed
  v1::VerifyHealthResponse response_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_VERIFICATION_H_
