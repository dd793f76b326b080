// The condition fold on a simulated bus and a scratch store, stepped by hand, for tests.
#ifndef BELLWETHER_SERVICES_ALERTS_TESTING_FOLDED_ALERTS_H_
#define BELLWETHER_SERVICES_ALERTS_TESTING_FOLDED_ALERTS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bellwether/events/v1/signal.pb.h"
#include "common/bus/bus.h"
#include "common/store/store.h"
#include "common/stream/processor.h"
#include "common/stream/testing/sim_bus.h"
#include "common/testing/fake_clock.h"
#include "services/alerts/adapters/condition_fold.h"

namespace bellwether::alerts::testing {

inline constexpr int32_t kSimPartitions = 2;

// Everything that can be seen of the alerts of a store: equal when two histories led to the same.
struct Seen {
  std::vector<Case> cases;              // by id
  std::vector<std::string> timeline;    // "<alert>/<number> <serialised entry>"
  std::vector<std::string> published;   // "<alert>/<entity version>", in order per alert
  std::vector<std::string> deliveries;  // "<target> <alert>/<number>"

  friend bool operator==(const Seen&, const Seen&) = default;
};
std::ostream& operator<<(std::ostream& out, const Seen& seen);

// One deployment whose process can crash and come back. Log and store outlive the process. The
// clock stands still, so that what is stored does not depend on when.
class FoldedAlerts {
 public:
  explicit FoldedAlerts(std::vector<Rule> rules);
  ~FoldedAlerts();

  void Append(const std::string& subject, bus::Message message);
  void AppendTicks(absl::Time at);
  // The record of an import run, in every partition.
  void AppendToAll(const events::v1::Signal& import_run, absl::Time at);

  // Starts the process, under these rules from now on if any are given.
  void Boot(std::vector<Rule> rules = {});
  void Poll();
  void Commit();
  // Applies and commits everything there is.
  void CatchUp();
  void Close();
  void Crash();
  void Rebuild();
  bool up() const { return processor_ != nullptr; }

  Seen Look();
  // The latest case of the rule and subject.
  std::optional<Case> Latest(const std::string& rule_id, const std::string& subject);

  bellwether::testing::FakeClock& clock() { return clock_; }
  store::Store& store() { return *store_; }
  // The bus as the process sees it; until it closes or crashes.
  bus::Bus& bus() { return *client_; }

 private:
  int32_t PartitionFor(const std::string& key) const;

  bellwether::testing::FakeClock clock_;
  stream::testing::SimBus bus_;
  std::unique_ptr<store::Store> store_;
  CaseRowsContext rows_;
  std::unique_ptr<RuleSet> rules_;
  std::unique_ptr<CaseBook> cases_;
  ConditionFoldContext context_;
  std::unique_ptr<ConditionFoldFactory> folds_;
  std::unique_ptr<stream::testing::SimClient> client_;
  std::unique_ptr<stream::Processor> processor_;
  int64_t boots_ = 0;
};

}  // namespace bellwether::alerts::testing

#endif  // BELLWETHER_SERVICES_ALERTS_TESTING_FOLDED_ALERTS_H_
