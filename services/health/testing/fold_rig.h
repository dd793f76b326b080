// The health fold on a real processor, bus, store and cache of this process, stepped by the test.
#ifndef BELLWETHER_SERVICES_HEALTH_TESTING_FOLD_RIG_H_
#define BELLWETHER_SERVICES_HEALTH_TESTING_FOLD_RIG_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/bus/embedded_bus.h"
#include "common/bus/topics.h"
#include "common/cache/memory_cache.h"
#include "common/journal/entry.h"
#include "common/journal/semantics.h"
#include "common/journal/timestamps.h"
#include "common/store/testing/test_database.h"
#include "common/stream/offsets_table.h"
#include "common/stream/processor.h"
#include "common/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "services/health/adapters/fold/health_fold.h"
#include "services/health/adapters/live/health_messages.h"
#include "services/health/application/refold.h"

namespace bellwether::health {

// The catalogue and model of domain/models_for_tests.h as messages; `version` of the model.
events::v1::ModelActivated SmallActivation(const std::string& version = "1");

// A signal as received.
struct ReceivedSignal {
  bool watermark = false;
  absl::Time recorded_at;
  bool backfill = false;
  events::v1::Signal signal;
};

class FoldRig {
 public:
  static constexpr int32_t kPartitions = 2;

  explicit FoldRig(int64_t segment_offsets = kSegmentOffsets);
  ~FoldRig() { Crash(); }

  // Noon in Shanghai, 2026-03-02; tests count from here.
  static absl::Time Noon(int day = 0) {
    return absl::FromCivil(absl::CivilHour(2026, 3, 2 + day, 12), Zone());
  }
  static absl::Time Midnight(int day) {
    return absl::FromCivil(absl::CivilDay(2026, 3, 2 + day), Zone());
  }
  static absl::TimeZone Zone() { return absl::FixedTimeZone(8 * 3600); }
  static int32_t DayNumber(int day = 0) {
    return static_cast<int32_t>(absl::CivilDay(2026, 3, 2 + day) - absl::CivilDay(1970, 1, 1));
  }

  struct Sent {
    int32_t partition = 0;
    int64_t offset = 0;
  };
  Sent Send(bus::Message message, int32_t partition);
  Sent SendFact(const std::string& account, const std::string& id, absl::Time time,
                const events::v1::Fact& fact, std::optional<absl::Time> recorded_at = std::nullopt,
                const std::string& origin = "", bool backfill = false);
  Sent SendOrder(const std::string& account, const std::string& id, absl::Time time, int64_t amount,
                 std::optional<absl::Time> recorded_at = std::nullopt,
                 const std::string& origin = "");
  Sent SendAccount(const events::v1::AccountChanged& changed, absl::Time recorded_at);
  Sent SendOpportunity(const std::string& key, const events::v1::OpportunityChanged& changed,
                       absl::Time recorded_at);
  // Under the key that the subject has, unless another one is given.
  Sent SendSubject(const events::v1::SubjectChanged& changed, absl::Time recorded_at,
                   std::string key = "");
  // Into every partition.
  void SendTick(absl::Time time, bool backfill = false);
  void SendSemantics(journal::Semantics semantics);
  void SendWithdrawal(const std::string& import_run, absl::Time recorded_at);
  void SendActivation(const events::v1::ModelActivated& activated, absl::Time recorded_at);

  // As while a new generation has that many records to go to where the old one was.
  void FoldBackUntil(int32_t partition, int64_t records_on);

  // Folds everything sent, starting the processor if need be.
  void Drain();
  // Commits everything and ends the processor.
  void Stop();
  // Ends it without committing.
  void Crash() { processor_.reset(); }
  stream::Processor& processor() { return *processor_; }

  std::optional<v1::AccountHealth> Cached(const std::string& account);
  std::optional<AccountView> Live(const std::string& account);
  std::vector<ReceivedSignal> Signals(int32_t partition);
  // All signals about the subject, in order.
  std::vector<events::v1::Signal> SignalsOf(const std::string& subject);
  std::vector<bus::Message> DeadLetters();
  std::vector<SnapshotRow> Snapshots(const std::string& account,
                                     absl::Time known_at = absl::InfiniteFuture());
  // Re-folds up to where the fold stands, or as the request says.
  Refolded RefoldNow(const std::string& account, RefoldRequest request = {},
                     const RefoldObserver& observer = nullptr);

  static int32_t PartitionFor(const std::string& key) { return PartitionOf(key, kPartitions); }

  const Calendar calendar = Calendar::Create({}).value();
  testing::FakeClock clock{Noon()};
  std::unique_ptr<bus::EmbeddedBus> bus = bus::EmbeddedBus::Open("").value();
  std::unique_ptr<store::Store> store = store::testing::NewScratchStore();
  cache::MemoryCache cache;
  HealthFoldSettings settings;
  stream::ProcessorOptions options;

 private:
  void Start();
  std::vector<bus::RecordBatch> ReadAll(absl::string_view topic, int32_t partition);

  std::unique_ptr<bus::Producer> producer_;
  std::unique_ptr<HealthFoldFactory> folds_;
  std::unique_ptr<stream::Processor> processor_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_TESTING_FOLD_RIG_H_
