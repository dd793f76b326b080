// The health fold of one partition: journal records in, states, signals and live health out.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_HEALTH_FOLD_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_HEALTH_FOLD_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/node_hash_map.h"
#include "common/calendar/calendar.h"
#include "common/stream/fold.h"
#include "services/health/adapters/fold/import_runs.h"
#include "services/health/adapters/fold/live_encoder.h"
#include "services/health/adapters/fold/signal_outbox.h"
#include "services/health/adapters/fold/subject_passage.h"
#include "services/health/adapters/history/history_store.h"
#include "services/health/adapters/history/journal_item_reader.h"
#include "services/health/adapters/history/sql_state.h"
#include "services/health/application/correction.h"
#include "services/health/application/midnight_queue.h"
#include "services/health/domain/account_codec.h"

namespace bellwether::health {

// Raised when the fold comes to other figures from the same records.
inline constexpr int64_t kFoldCodeVersion = 3;

struct HealthFoldSettings {
  const Calendar* calendar = nullptr;
  std::string signals_topic;
  HistoryPorts history;
  // SubjectPassage.
  absl::Duration closed_kept = absl::Hours(7 * 24);
};

// What one account is worth, for verification.
struct AccountView {
  Account account;
  AccountPosition position;
};

class HealthFold final : public stream::PartitionFold {
 public:
  // `settings` outlives the fold.
  HealthFold(const HealthFoldSettings& settings, int32_t partition);

  absl::Status Load(store::Transaction& transaction, absl::Time stream_time) override;
  void Apply(const bus::Record& record, const stream::Moment& moment,
             stream::Effects& effects) override;
  void OnTick(const stream::Moment& moment, stream::Effects& effects) override;
  std::optional<stream::Timer> NextTimer() const override;
  absl::Time NextTimerDue() const override { return midnights_.NextDue(); }
  void Fire(const stream::Timer& timer, const stream::Moment& moment,
            stream::Effects& effects) override;
  void EmitAll(const stream::Moment& moment, stream::Effects& effects) override;
  void Show(stream::Effects& effects) override;
  stream::CheckpointWrite TakeCheckpoint() override;
  absl::Status Clear(store::Transaction& transaction) override;

  // For Processor::Inspect, between two records.
  std::vector<std::string> AccountIds() const;
  std::optional<AccountView> View(const std::string& account) const;
  const ImportRuns& imports() const { return imports_; }
  // Offset of the last record applied, and its stream time.
  int64_t applied_offset() const { return row_.applied_offset; }
  absl::Time applied_at() const { return row_.applied_at; }
  // Facts applied since the fold was loaded.
  int64_t facts_applied() const { return facts_applied_; }
  // Accounts with a score, by band.
  std::map<std::string, int64_t> CountByBand() const;
  const Subjects& subjects() const { return subjects_.subjects(); }

 private:
  struct Slot {
    Account account;
    AccountPosition position;
    int32_t pending = -1;    // place in outbox_, −1 for none
    int32_t to_show = -1;    // place in to_show_, −1 for none
    bool decays = false;     // has a midnight timer
    bool dirty = false;      // in dirty_
    bool restating = false;  // in restating_
  };
  using Accounts = absl::node_hash_map<std::string, Slot>;

  // History up to and including the record at `moment`.
  absl::StatusOr<HistoryReader*> PastUntil(const stream::Moment& moment);
  // The account without what does not count from the item on.
  absl::StatusOr<Corrected> FoldAgain(const std::string& account, const stream::Moment& moment);
  // Notes that the record at `moment` is being applied.
  void Begin(const stream::Moment& moment);
  void ApplyItem(const bus::Record& record, const stream::Moment& moment, stream::Effects& effects);
  // Nothing for what is no fact.
  absl::StatusOr<std::optional<FactOutcome>> ApplyOwn(const std::string& id, Slot& slot,
                                                      const stream::Moment& moment);
  absl::Status Withdraw(const stream::Moment& moment);
  // The account's state has changed.
  void Touch(Accounts::value_type& item);
  // The record speaks of every account of the partition.
  void KeepForHistory(const bus::Record& record, const stream::Moment& moment);
  void ActivateModel(const bus::Record& record, const stream::Moment& moment);
  Accounts::value_type& Find(absl::string_view account);
  void MarkDirty(Accounts::value_type& item);
  void SetCauseOfItem();
  // Adds what a step changed to what is pending for the account. Cause and attributes serialised;
  // `fields` are whole ones of the step.
  void AddStep(const std::string& id, Slot& slot, const stream::Moment& moment,
               absl::string_view cause, absl::string_view attributes, std::string fields = "");
  // States anew the closed days that late facts changed, and emits what they changed.
  void Restate(const stream::Moment& moment);
  // Emits what is pending, each subject once, under the version of `moment`.
  void Flush(const stream::Moment& moment, stream::Effects& effects);
  // Show is to put the account into the cache, with the present change as what led there.
  void ShowLater(const std::string& id, Slot& slot, absl::string_view cause);
  void PutLive(const std::string& id, const Slot& slot, int64_t version, absl::string_view cause,
               int64_t score_before, stream::Effects& effects);
  void CloseSegmentBefore(int64_t offset);
  FoldDay Today() const { return FoldDay::At(midnights_.today()); }

  const HealthFoldSettings& settings_;
  const int32_t partition_;
  JournalItemReader reader_;

  Accounts accounts_;
  std::shared_ptr<const ActiveModel> model_;
  PartitionRow row_;
  int64_t facts_applied_ = 0;
  ImportRuns imports_;
  // What corrections since the last checkpoint have read of the partition's past; null without.
  std::unique_ptr<HistoryReader> past_;
  mutable MidnightQueue<Slot> midnights_;
  std::vector<Accounts::value_type*> restating_;  // accounts with closed days to state anew

  SubjectPassage subjects_;

  // Not in the store yet.
  std::vector<Accounts::value_type*> dirty_;
  std::vector<SnapshotRow> snapshots_;
  std::vector<ActivationRow> activations_;
  struct Seal {
    int64_t segment = 0;
    PreviousSegments previous;
  };
  std::vector<Seal> seals_;

  // Not in the cache yet: the first to_show_used_. Entries are used again.
  struct ToShow {
    const std::string* account = nullptr;
    Slot* slot = nullptr;
    std::string cause;  // serialised
    int64_t score_before = kAbsent;
  };
  static constexpr size_t kToShowKept = 1'024;
  std::vector<ToShow> to_show_;
  size_t to_show_used_ = 0;

  // Within one record.
  JournalItem item_;
  Changes changes_;
  events::v1::Cause cause_message_;
  std::string cause_;  // cause_message_ serialised
  SignalOutbox outbox_;
  LiveEncoder encoder_{nullptr};
};

class HealthFoldFactory final : public stream::FoldFactory {
 public:
  explicit HealthFoldFactory(HealthFoldSettings settings) : settings_(std::move(settings)) {}
  std::unique_ptr<stream::PartitionFold> New(int32_t partition) override {
    return std::make_unique<HealthFold>(settings_, partition);
  }
  int64_t code_version() const override { return kFoldCodeVersion; }

 private:
  const HealthFoldSettings settings_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_HEALTH_FOLD_H_
