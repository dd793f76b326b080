#include "tests/simulation/sim_fold.h"

#include <cstdlib>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/bus/topics.h"

namespace bellwether::simulation {
namespace {

using store::Value;
using stream::Effects;
using stream::Moment;
using stream::Timer;

constexpr absl::Duration kWindow = absl::Minutes(10);
constexpr absl::Duration kStandstill = absl::Minutes(25);
constexpr int64_t kStandstillsMax = 4;
constexpr int64_t kMateriality = 10;
constexpr int32_t kCloseWindow = 1;
constexpr int32_t kStoodStill = 2;

int64_t Int(absl::string_view text) {
  int64_t value = 0;
  BELLWETHER_CHECK(absl::SimpleAtoi(text, &value), "a number was written there");
  return value;
}

std::string TextOf(const std::optional<absl::Time>& time) {
  return time.has_value() ? absl::StrCat(absl::ToUnixMicros(*time)) : "";
}

std::optional<absl::Time> TimeOf(absl::string_view text) {
  if (text.empty()) return std::nullopt;
  return absl::FromUnixMicros(Int(text));
}

absl::Time NextWindowEnd(absl::Time now) {
  return absl::UnixEpoch() + (absl::Floor(now - absl::UnixEpoch(), kWindow) + kWindow);
}

}  // namespace

absl::Status SimFold::CreateTables(store::Store& store) {
  const store::Migration migrations[] = {
      {"sim_0001",
       "CREATE TABLE sim_state (partition_number BIGINT NOT NULL, key TEXT NOT NULL, row TEXT NOT "
       "NULL, PRIMARY KEY (partition_number, key));"
       // A fact counted twice violates the key: commits that should have been fenced show at once.
       "CREATE TABLE sim_counted (partition_number BIGINT NOT NULL, record_offset BIGINT NOT NULL, "
       "PRIMARY KEY (partition_number, record_offset));"}};
  return store::Migrate(store, migrations);
}

Values SimFold::Key::Exact() const { return {{"sum", sum}, {"closed", closed}, {"idle", idle}}; }

std::string SimFold::Key::Encode() const {
  std::string row = absl::StrCat(sum, "|", closed, "|", window, "|", idle, "|", TextOf(window_end),
                                 "|", TextOf(idle_at), "|");
  for (const auto& [id, content] : facts) absl::StrAppend(&row, id, "=", content, ",");
  absl::StrAppend(&row, "|");
  for (const auto& [name, value] : emitted) absl::StrAppend(&row, name, "=", value, ",");
  return row;
}

SimFold::Key SimFold::Key::Decode(absl::string_view row) {
  const std::vector<std::string> parts = absl::StrSplit(std::string(row), '|');
  BELLWETHER_CHECK(parts.size() == 8, "Encode wrote eight parts");
  Key key;
  key.sum = Int(parts[0]);
  key.closed = Int(parts[1]);
  key.window = Int(parts[2]);
  key.idle = Int(parts[3]);
  key.window_end = TimeOf(parts[4]);
  key.idle_at = TimeOf(parts[5]);
  for (absl::string_view fact : absl::StrSplit(parts[6], ',', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(fact, '=');
    key.facts.insert(pair);
  }
  for (absl::string_view value : absl::StrSplit(parts[7], ',', absl::SkipEmpty())) {
    const std::pair<std::string, std::string> pair = absl::StrSplit(value, '=');
    key.emitted[pair.first] = Int(pair.second);
  }
  return key;
}

absl::Status SimFold::Load(store::Transaction& transaction, absl::Time /*stream_time*/) {
  ASSIGN_OR_RETURN(const store::Rows rows,
                   transaction.Query("SELECT key, row FROM sim_state WHERE partition_number = $1",
                                     {Value(int64_t{partition_})}));
  for (const store::Row& row : rows) {
    SetTimers(row.Text(0), keys_.emplace(row.Text(0), Key::Decode(row.Text(1))).first->second);
  }
  return absl::OkStatus();
}

// A fact is "<id>|<content>|<amount>"; an amount over 900 asks for a commit.
void SimFold::Apply(const bus::Record& record, const Moment& moment, Effects& effects) {
  const std::vector<std::string> parts = absl::StrSplit(std::string(record.value), '|');
  if (parts.size() != 3) {
    effects.Reject({"MALFORMED", "value", "", "not a fact"});
    SendSteps(moment, effects);
    return;
  }
  const std::string name(record.key);
  Key& key = keys_[name];
  const auto [fact, is_new] = key.facts.emplace(parts[0], parts[1]);
  if (!is_new) {
    if (fact->second != parts[1]) effects.Reject({"CONFLICT", "id", "", "another content"});
    SendSteps(moment, effects);
    return;
  }
  const int64_t amount = Int(parts[2]);
  wants_commit_ = wants_commit_ || amount > 900;
  DropTimers(name, key);
  key.sum += amount * factor_;
  key.window += amount * factor_;
  if (!key.window_end.has_value()) key.window_end = NextWindowEnd(moment.time);
  key.idle_at = moment.time + kStandstill;
  SetTimers(name, key);
  counted_.push_back(record.offset);
  dirty_.insert(name);
  Cache(name, key, moment, effects);
  Step(name, key, moment, /*exactly=*/false);
  SendSteps(moment, effects);
}

void SimFold::OnTick(const Moment& moment, Effects& effects) {
  SendSteps(moment, effects);
  effects.Emit(kSignalsTopic, partition_,
               Signal(absl::StrCat("partition-", partition_), moment,
                      absl::StrCat("watermark=", absl::ToUnixMicros(moment.time)), false));
}

std::optional<Timer> SimFold::NextTimer() const {
  if (timers_.empty()) return std::nullopt;
  return *timers_.begin();
}

void SimFold::Fire(const Timer& timer, const Moment& moment, Effects& effects) {
  Key& key = keys_.at(timer.subject);
  DropTimers(timer.subject, key);
  if (timer.kind == kCloseWindow) {
    key.closed += std::exchange(key.window, 0);
    key.window_end.reset();
  } else {
    ++key.idle;
    key.idle_at.reset();
    if (key.idle % kStandstillsMax != 0) key.idle_at = timer.due + kStandstill;
  }
  SetTimers(timer.subject, key);
  dirty_.insert(timer.subject);
  // Every firing shows, and may find the bus full: a record can stop between two of its timers.
  effects.Emit(kSignalsTopic, partition_,
               Signal(absl::StrCat("timer-", timer.kind, "-of-", timer.subject, "-at-",
                                   absl::ToUnixSeconds(timer.due)),
                      moment, absl::StrCat("fired=", absl::ToUnixMicros(moment.time)), false));
  Cache(timer.subject, key, moment, effects);
  Step(timer.subject, key, moment, /*exactly=*/timer.kind == kCloseWindow);
}

void SimFold::EmitAll(const Moment& moment, Effects& effects) {
  for (auto& [name, key] : keys_) {
    std::string step;
    for (const auto& [value_name, value] : key.Exact()) {
      absl::StrAppend(&step, value_name, "=", value, ",");
    }
    effects.Emit(kSignalsTopic, partition_, Signal(name, moment, std::move(step), true));
    Cache(name, key, moment, effects);
    if (mutations_.emit_all_changes_state) key.emitted = key.Exact();
  }
}

void SimFold::Cache(const std::string& name, const Key& key, const Moment& moment,
                    Effects& effects) const {
  cache::Write write;
  write.entry.key = CacheKey(partition_, name);
  write.entry.version = moment.version;
  for (const auto& [value_name, value] : key.Exact()) {
    absl::StrAppend(&write.entry.value, value_name, "=", value, ",");
  }
  effects.Put(std::move(write));
}

void SimFold::Step(const std::string& name, Key& key, const Moment& moment, bool exactly) {
  std::string moved;
  for (const auto& [value_name, value] : key.Exact()) {
    const auto emitted = key.emitted.find(value_name);
    if (!exactly && emitted != key.emitted.end() &&
        std::abs(value - emitted->second) <= kMateriality) {
      continue;
    }
    key.emitted[value_name] = value;
    absl::StrAppend(&moved, value_name, "=", value, ",");
  }
  if (moved.empty()) return;
  absl::StrAppend(&steps_[name], "at=", absl::ToUnixMicros(moment.time), ",", moved);
}

void SimFold::SendSteps(const Moment& moment, Effects& effects) {
  for (auto& [subject, steps] : steps_) {
    effects.Emit(kSignalsTopic, partition_, Signal(subject, moment, std::move(steps), false));
  }
  steps_.clear();
}

bus::Message SimFold::Signal(const std::string& subject, const Moment& moment, std::string steps,
                             bool all) const {
  bus::Message message{subject, {}, std::move(steps)};
  message.headers.push_back({bus::kHeaderType, bus::kTypeSignal});
  message.headers.push_back({kHeaderVersion, absl::StrCat(moment.version)});
  message.headers.push_back({kHeaderInput, absl::StrCat(partition_, "/", moment.offset)});
  message.headers.push_back({kHeaderAll, all ? "1" : "0"});
  if (moment.backfill) message.headers.push_back({bus::kHeaderBackfill, "1"});
  return message;
}

void SimFold::SetTimers(const std::string& name, const Key& key) {
  if (key.window_end.has_value()) timers_.insert({*key.window_end, name, kCloseWindow});
  if (key.idle_at.has_value()) timers_.insert({*key.idle_at, name, kStoodStill});
}

void SimFold::DropTimers(const std::string& name, const Key& key) {
  if (key.window_end.has_value()) timers_.erase({*key.window_end, name, kCloseWindow});
  if (key.idle_at.has_value()) timers_.erase({*key.idle_at, name, kStoodStill});
}

stream::CheckpointWrite SimFold::TakeCheckpoint() {
  wants_commit_ = false;
  std::vector<std::vector<Value>> states, counted;
  for (const std::string& name : std::exchange(dirty_, {})) {
    states.push_back({int64_t{partition_}, name, keys_.at(name).Encode()});
  }
  for (const int64_t offset : std::exchange(counted_, {})) {
    counted.push_back({int64_t{partition_}, offset});
  }
  return [states = std::move(states), counted = std::move(counted)](store::Transaction& to) {
    RETURN_IF_ERROR(
        to.ExecuteMany("INSERT INTO sim_state (partition_number, key, row) VALUES ($1, $2, $3) "
                       "ON CONFLICT (partition_number, key) DO UPDATE SET row = excluded.row",
                       states));
    return to.ExecuteMany(
        "INSERT INTO sim_counted (partition_number, record_offset) VALUES ($1, $2)", counted);
  };
}

absl::Status SimFold::Clear(store::Transaction& transaction) {
  const std::vector<Value> partition = {int64_t{partition_}};
  RETURN_IF_ERROR(
      transaction.Execute("DELETE FROM sim_state WHERE partition_number = $1", partition).status());
  return transaction.Execute("DELETE FROM sim_counted WHERE partition_number = $1", partition)
      .status();
}

std::map<std::string, std::string> SimFold::Rows() const {
  std::map<std::string, std::string> rows;
  for (const auto& [name, key] : keys_) rows[name] = key.Encode();
  return rows;
}

std::string SimFold::CacheKey(int32_t partition, absl::string_view key) {
  return absl::StrCat(partition, "/", key);
}

}  // namespace bellwether::simulation
