// A fold that writes down what it is asked to do.
#ifndef BELLWETHER_COMMON_STREAM_TESTING_SCRIPTED_FOLD_H_
#define BELLWETHER_COMMON_STREAM_TESTING_SCRIPTED_FOLD_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/stream/fold.h"

namespace bellwether::stream::testing {

// What a scripted fold and its test share; outlives the folds.
struct FoldScript {
  // "apply 7 @1000ms v…", one line per call; times in milliseconds since the epoch.
  std::vector<std::string> calls;
  std::set<Timer> timers;     // of the fold loaded last
  absl::Time loaded_at;       // the stream time of the last Load
  bool wants_commit = false;  // after each record
  int64_t code_version = 1;
  absl::Status load_status;
  absl::Status rows_status;  // what writing a checkpoint comes to
  // Called on the respective call, to emit, reject or set timers. May be empty.
  std::function<void(const bus::Record&, const Moment&, Effects&)> on_apply;
  std::function<void(const Timer&, const Moment&, Effects&)> on_fire;
  std::function<void(const Moment&, Effects&)> on_tick;
  std::function<void(const Moment&, Effects&)> on_emit_all;

  static std::string At(absl::Time time) {
    return absl::StrCat("@", absl::ToUnixMillis(time), "ms");
  }
  // The calls since the last Take.
  std::vector<std::string> Take() { return std::exchange(calls, {}); }
};

class ScriptedFold final : public PartitionFold {
 public:
  explicit ScriptedFold(FoldScript& script) : script_(script) { script_.timers.clear(); }

  absl::Status Load(store::Transaction&, absl::Time stream_time) override {
    script_.loaded_at = stream_time;
    script_.calls.push_back("load");
    return script_.load_status;
  }
  void Apply(const bus::Record& record, const Moment& moment, Effects& effects) override {
    script_.calls.push_back(absl::StrCat("apply ", record.offset, FoldScript::At(moment.time)));
    wants_commit_ = script_.wants_commit;
    if (script_.on_apply) script_.on_apply(record, moment, effects);
  }
  void OnTick(const Moment& moment, Effects& effects) override {
    script_.calls.push_back(absl::StrCat("tick ", moment.offset, FoldScript::At(moment.time)));
    if (script_.on_tick) script_.on_tick(moment, effects);
  }
  std::optional<Timer> NextTimer() const override {
    if (script_.timers.empty()) return std::nullopt;
    return *script_.timers.begin();
  }
  void Fire(const Timer& timer, const Moment& moment, Effects& effects) override {
    script_.calls.push_back(
        absl::StrCat("fire ", timer.subject, "/", timer.kind, FoldScript::At(moment.time)));
    script_.timers.erase(timer);
    if (script_.on_fire) script_.on_fire(timer, moment, effects);
  }
  void EmitAll(const Moment& moment, Effects& effects) override {
    script_.calls.push_back(absl::StrCat("emit all ", moment.offset, FoldScript::At(moment.time)));
    if (script_.on_emit_all) script_.on_emit_all(moment, effects);
  }
  CheckpointWrite TakeCheckpoint() override {
    wants_commit_ = false;
    script_.calls.push_back("take");
    return [&script = script_](store::Transaction&) { return script.rows_status; };
  }
  absl::Status Clear(store::Transaction&) override {
    script_.calls.push_back("clear");
    return absl::OkStatus();
  }
  bool WantsCommit() const override { return wants_commit_; }

 private:
  FoldScript& script_;
  bool wants_commit_ = false;
};

class ScriptedFolds final : public FoldFactory {
 public:
  explicit ScriptedFolds(FoldScript& script) : script_(script) {}
  std::unique_ptr<PartitionFold> New(int32_t) override {
    return std::make_unique<ScriptedFold>(script_);
  }
  int64_t code_version() const override { return script_.code_version; }

 private:
  FoldScript& script_;
};

}  // namespace bellwether::stream::testing

#endif  // BELLWETHER_COMMON_STREAM_TESTING_SCRIPTED_FOLD_H_
