// What a fresh journal begins with: a simulated portfolio that goes on living, or the tables of
// another system. All of it enters through the public gRPC API.
#ifndef BELLWETHER_SERVICES_STANDALONE_SEEDING_H_
#define BELLWETHER_SERVICES_STANDALONE_SEEDING_H_

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "common/base/clock.h"
#include "common/runtime/background_loop.h"
#include "common/runtime/readiness.h"
#include "services/imports/application/import_plan.h"
#include "services/simulator/adapters/grpc_demo_target.h"
#include "services/simulator/application/live_player.h"
#include "services/simulator/application/portfolio.h"
#include "services/standalone/config.h"

namespace bellwether::standalone {

// Works on a thread of its own between Start and Stop; what fails for the moment is tried again.
// Ready once the past is there: until then scores and alerts would be half a truth.
class Seeding {
 public:
  // `target` is the gRPC endpoint; nothing is sent before `services_ready`. `clock` outlives it.
  Seeding(const StandaloneConfig& config, std::string target, absl::TimeZone zone,
          runtime::ReadyCheck services_ready, const Clock& clock);

  // Reads what is to be imported. Trying again would not mend what is wrong with a table or its
  // mapping, so this comes before Start and its failure is the process's. Not for a journal that is
  // live already: nothing will be imported.
  absl::Status ReadTables();
  void Start() { loop_.Start(); }
  void Stop();
  absl::Status Ready() const;

 private:
  absl::StatusOr<absl::Duration> Step(const std::stop_token& stop);
  absl::Status BuildDemo();
  absl::Status Import();
  absl::Status PlayOn();

  const StandaloneConfig config_;
  const std::string target_;
  const absl::TimeZone zone_;
  const runtime::ReadyCheck services_ready_;
  const Clock& clock_;
  std::atomic<bool> built_ = false;
  std::atomic<bool> stopping_ = false;
  // Of the loop's thread.
  struct Tables {
    std::string mapping_id;
    imports::ImportPlan plan;
    int64_t shifted_days = 0;
  };
  std::optional<Tables> tables_;  // until they are imported
  std::optional<simulator::Portfolio> portfolio_;
  std::optional<simulator::LivePlayer> player_;
  std::optional<simulator::GrpcDemoTarget> demo_target_;
  // The live fact whose acceptance is not known yet.
  std::optional<events::v1::FactEvent> unsent_;
  runtime::BackgroundLoop loop_;
};

}  // namespace bellwether::standalone

#endif  // BELLWETHER_SERVICES_STANDALONE_SEEDING_H_
