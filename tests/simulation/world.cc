#include "tests/simulation/world.h"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/stream/committed_partitions.h"
#include "tests/simulation/judge.h"
#include "tests/simulation/reference.h"

namespace bellwether::simulation {
namespace {

using stream::testing::CommitFate;
using stream::testing::Delivery;

constexpr int kSteps = 400;
constexpr int kDrainRoundsMax = 2'000;
constexpr size_t kRecentChanges = 15;
constexpr int kRoundsToNotice = 3;  // of a second each
constexpr int kProcessesMax = 3;
constexpr int kKeys = 9;
const absl::Time kStart = absl::UnixEpoch() + absl::Hours(480'000);

}  // namespace

struct World::Process {
  Process(World& world, int64_t number, int64_t version)
      : name(absl::StrCat("process-", number)),
        code_version(version),
        client(world.bus_),
        store(world.store_),
        folds(version, world.mutations_.fold) {
    store.mutations = world.mutations_.store;
    client.fault = [&world, this](absl::string_view call) { return world.FaultOfBus(*this, call); };
    client.amount = [&world](size_t available) {
      if (world.draining_ || available == 0) return available;
      return static_cast<size_t>(world.Below(available + 1));
    };
    client.on_flush = [&world](absl::Duration) {
      world.MoveMessages(world.draining_ ? 1'000'000 : 40);
    };
    client.queue_max = world.options_.outstanding_effects_max * 2;
    store.fault = [&world, this](absl::string_view call) {
      return world.FaultOfStore(*this, call);
    };
    store.fate = [&world, this] { return world.FateOfCommit(*this); };
    store.committed = [&world, this] { world.OnCommitted(*this); };
    const stream::Ports ports{&client, &store, &world.cache_, &world.clock_, &folds};
    processor = std::make_unique<stream::Processor>(world.options_, ports, name);
    committed = std::make_unique<stream::CommittedPartitions>(world.options_, ports);
  }

  const std::string name;
  const int64_t code_version;
  stream::testing::SimClient client;
  stream::testing::FaultyStore store;
  SimFolds folds;
  std::unique_ptr<stream::Processor> processor;
  std::unique_ptr<stream::CommittedPartitions> committed;
  bool open = false;
  bool dead = false;  // died within a call; to be removed
};

World::World(uint64_t seed, store::Store& store, const Mutations& mutations, bool trace)
    : seed_(seed),
      trace_(trace),
      mutations_(mutations),
      random_(seed),
      store_(store),
      clock_(kStart),
      journal_now_(kStart) {
  partitions_ = 1 + static_cast<int32_t>(Below(3));
  // Seeds differ in what they are rich in; a trouble that never comes lets others come further.
  const auto rate = [this](uint64_t percent_max) {
    return Percent(40) ? 0 : Below(percent_max) + 1;
  };
  bus_fault_ = rate(4);
  store_fault_ = rate(3);
  commit_fault_ = rate(20);
  delivery_fault_ = rate(30);
  death_ = rate(4);
  trouble_ = rate(100);
  appetite_ = 1 + Below(30);
  backfilling_ = Percent(30);

  options_.name = "sim";
  options_.topic = kInputTopic;
  options_.group = "sim";
  options_.checkpoint_records = 1 + static_cast<int64_t>(Below(60));
  options_.checkpoint_interval = absl::Seconds(1 + Below(60));
  options_.uncommitted_records_max = options_.checkpoint_records + 5 + Below(100);
  options_.outstanding_effects_max = size_t{1} << (1 + Below(6));
  options_.poll_records_max = 1 + Below(60);

  bus_.mutations = mutations.bus;
  bus_.CreateTopic(kInputTopic, partitions_);
  bus_.CreateTopic(kSignalsTopic, partitions_);
  bus_.CreateTopic(bus::kDeadLetterTopic, kDeadLetterPartitions);
  last_offsets_.resize(partitions_);
}

World::~World() {
  for (const auto& process : processes_) {
    process->client.Crash([] { return false; });
  }
}

void World::Trace(absl::string_view what) {
  if (!trace_) return;
  const std::string line(what);
  std::fprintf(stderr, "%s %s\n",
               absl::FormatTime("%d %H:%M:%E3S", clock_.Now(), absl::UTCTimeZone()).c_str(),
               line.c_str());
}

void World::Wrong(absl::string_view what) {
  Trace(absl::StrCat("WRONG: ", what));
  if (!wrong_.has_value()) wrong_ = std::string(what);
}

absl::Status World::Run() {
  {
    absl::StatusOr<std::unique_ptr<store::Transaction>> transaction = store_.Begin();
    RETURN_IF_ERROR(transaction.status());
    for (const char* table : {"stream_offsets", "sim_state", "sim_counted"}) {
      RETURN_IF_ERROR((*transaction)->Execute(absl::StrCat("DELETE FROM ", table)).status());
    }
    RETURN_IF_ERROR((*transaction)->Commit());
  }
  Trace(absl::StrCat("seed ", seed_, ": ", partitions_, " partitions"));
  StartProcess();
  for (int step = 0; step < kSteps && !wrong_.has_value(); ++step) {
    Step();
    RemoveDead();
    if (Percent(5)) LookIntoCache();
  }
  if (!wrong_.has_value() && !Drain()) Wrong("what remains is not folded: the processor is stuck");
  if (!wrong_.has_value()) Compare();
  if (wrong_.has_value()) return absl::InternalError(*wrong_);
  return absl::OkStatus();
}

void World::Step() {
  const uint64_t what = Below(100);
  if (what < appetite_) {
    AppendFacts();
  } else if (what < appetite_ + 6) {
    Tick(absl::Seconds(Below(240)));
  } else if (what < 57) {
    if (!processes_.empty()) Act(*Pick(processes_));
  } else if (what < 69) {
    if (!processes_.empty()) {
      Process& process = *Pick(processes_);
      Trace(absl::StrCat(process.name, " commits"));
      if (process.open) process.processor->StepCommitter();
    }
  } else if (what < 85) {
    MoveMessages(1 + Below(20));
  } else if (what < 90) {
    clock_.Advance(absl::Milliseconds(Below(40'000)));
  } else if (static_cast<int>(processes_.size()) < kProcessesMax &&
             (processes_.empty() || Percent(20))) {
    StartProcess();
  } else if (Percent(trouble_)) {
    const uint64_t trouble = Below(11);
    Process* const process = processes_.empty() ? nullptr : Pick(processes_).get();
    if (trouble == 0) {
      Trace("rebalance");
      bus_.Rebalance(options_.group);
    } else if (trouble <= 2 && process != nullptr) {
      Crash(*process);
    } else if (trouble == 3 && process != nullptr && process->open && !process->client.zombie()) {
      Trace(absl::StrCat(process->name, " becomes a zombie"));
      ++tally_.zombies;
      process->client.ExpireSession();
    } else if (trouble == 4 && process != nullptr && process->client.zombie()) {
      Trace(absl::StrCat(process->name, " learns that it was one"));
      process->client.Learn();
    } else if (trouble == 5) {
      Trace("the ticker is out for hours");
      ++tally_.outages;
      Tick(absl::Hours(1 + Below(9)));
    } else if (trouble == 6) {
      store_away_ = !store_away_;
      Trace(store_away_ ? "the store goes away" : "the store is back");
    } else if (trouble == 7) {
      cache_.away = !cache_.away;
      Trace(cache_.away ? "the cache goes away" : "the cache is back");
    } else if (trouble == 8) {
      // Mostly a little: what was lost since the last checkpoint is the easiest to overlook.
      const size_t changes = cache_.changes();
      GoBack(Percent(40) ? 0 : changes - Below(std::min(changes, kRecentChanges) + 1));
    } else if (trouble == 9 && process != nullptr && process->open) {
      const int32_t partition = static_cast<int32_t>(Below(partitions_));
      Trace(absl::StrCat(process->name, " is to rebuild partition ", partition));
      const absl::Status begun = process->processor->Rebuild({partition});
      if (begun.ok()) ++tally_.rebuilds;
      if (absl::IsNotFound(begun) && process->committed->Rebuild(partition).ok()) {
        ++tally_.rebuilds_elsewhere;
      }
    } else if (trouble == 10 && process != nullptr) {
      Trace(absl::StrCat(process->name, " leaves"));
      process->processor->Close();
      Crash(*process);
      if (Percent(30)) {
        ++code_version_;
        ++tally_.new_code_versions;
        Trace(absl::StrCat("code version ", code_version_));
      }
    }
  }
}

void World::GoBack(size_t changes) {
  Trace(absl::StrCat("the cache goes back to its first ", changes, " changes"));
  ++tally_.cache_losses;
  cache_.GoBackTo(changes);
}

void World::AppendFacts() {
  const int count = 1 + static_cast<int>(Below(25));
  for (int i = 0; i < count; ++i) {
    const std::string key = absl::StrCat("account-", Below(kKeys));
    int32_t partition = PartitionOf(key, partitions_);
    bus::Message message{key, {{bus::kHeaderType, "bellwether.fact.sim.v1"}}, ""};
    // A duplicate, or the id of an earlier fact with another content, now and then.
    const int64_t id = Percent(25) ? 1 + static_cast<int64_t>(Below(next_fact_)) : next_fact_++;
    const int64_t content = Percent(5) ? 1 : 0;
    message.value = absl::StrCat(id, "|", content, "|",
                                 static_cast<int64_t>(Fingerprint64(absl::StrCat(id)) % 1'000));
    absl::Time recorded_at = journal_now_ + absl::Milliseconds(Below(2'000)) - absl::Seconds(1);
    if (Percent(3)) recorded_at += absl::Hours(Below(5));  // a clock that is ahead
    std::string stamp = absl::StrCat(absl::ToUnixMicros(recorded_at));
    const uint64_t oddity = Below(100);
    if (oddity == 0) stamp = "soon";
    if (oddity != 1) message.headers.push_back({bus::kHeaderRecordedAt, stamp});
    if (oddity == 2) partition = static_cast<int32_t>(Below(partitions_));
    if (oddity == 3) message.value = "not a fact";
    if (oddity == 4) message.key.clear();
    if (backfilling_) message.headers.push_back({bus::kHeaderBackfill, "1"});
    bus_.Append(kInputTopic, partition, std::move(message));
    ++tally_.records;
  }
  Trace(absl::StrCat(count, " facts"));
}

void World::Tick(absl::Duration since_last) {
  journal_now_ += since_last;
  if (backfilling_ && Percent(15)) backfilling_ = false;
  for (int32_t partition = 0; partition < partitions_; ++partition) {
    bus::Message tick{absl::StrCat("partition-", partition),
                      {{bus::kHeaderType, bus::kTypeTick},
                       {bus::kHeaderRecordedAt, absl::StrCat(absl::ToUnixMicros(journal_now_))}},
                      ""};
    if (backfilling_) tick.headers.push_back({bus::kHeaderBackfill, "1"});
    bus_.Append(kInputTopic, partition, std::move(tick));
  }
}

void World::StartProcess() {
  processes_.push_back(std::make_unique<Process>(*this, next_process_++, code_version_));
  Trace(absl::StrCat(processes_.back()->name, " starts with code version ", code_version_));
}

void World::Act(Process& process) {
  if (!process.open) {
    const absl::Status opened = process.processor->Open();
    process.open = opened.ok();
    Trace(absl::StrCat(process.name, " opens: ", opened.ToString()));
    return;
  }
  const absl::Status ran = process.processor->RunOnce(absl::ZeroDuration());
  if (!trace_) return;
  std::string line = absl::StrCat(process.name, " runs: ", ran.ToString());
  for (const stream::PartitionStatus& status : process.processor->Status()) {
    absl::StrAppend(&line, "; ", status.partition, " ", std::string(NameOf(status.state)), " g",
                    status.generation, " ", status.next_offset, "/", status.committed_offset);
  }
  Trace(line);
}

void World::Crash(Process& process) {
  Trace(absl::StrCat(process.name, " dies"));
  ++tally_.crashes;
  const stream::Counters counters = process.processor->counters();
  tally_.fenced += counters.fenced;
  for (const auto& [reason, count] : counters.reloads) tally_.reloads += count;
  process.client.Crash([this] { return Percent(50); });
  std::erase_if(processes_, [&](const auto& one) { return one.get() == &process; });
}

void World::RemoveDead() {
  while (true) {
    const auto found = std::find_if(processes_.begin(), processes_.end(),
                                    [](const auto& process) { return process->dead; });
    if (found == processes_.end()) return;
    ++tally_.crashes_in_calls;
    Crash(**found);
  }
}

void World::MoveMessages(size_t messages_max) {
  for (size_t i = 0; i < messages_max; ++i) {
    const auto writable = bus_.Writable();
    const auto answerable = bus_.Answerable();
    const size_t all = writable.size() + answerable.size();
    if (all == 0) return;
    const size_t chosen = Below(all);
    if (chosen >= writable.size()) {
      bus_.Answer(answerable[chosen - writable.size()]);
    } else if (!draining_ && Below(1'000) < delivery_fault_) {
      ++tally_.failed_deliveries;
      Trace("a delivery fails");
      bus_.Write(writable[chosen], Percent(50) ? Delivery::kFailed : Delivery::kFailedButWritten);
    } else {
      bus_.Write(writable[chosen], Delivery::kAcknowledged);
    }
  }
}

bool World::Dies(Process& process) {
  if (!process.dead && !draining_ && Below(2'000) < death_) {
    Trace(absl::StrCat(process.name, " dies in the middle of a call"));
    process.dead = true;
  }
  return process.dead;
}

absl::Status World::FaultOfBus(Process& process, absl::string_view call) {
  if (Dies(process)) return absl::UnavailableError("the process is dead");
  if (draining_ || Below(100) >= bus_fault_) return absl::OkStatus();
  if (call == "Produce") return absl::OkStatus();  // fails by its delivery
  return absl::UnavailableError(absl::StrCat("the bus fails at ", call));
}

absl::Status World::FaultOfStore(Process& process, absl::string_view call) {
  if (Dies(process)) return absl::UnavailableError("the process is dead");
  if (draining_) return absl::OkStatus();
  if (store_away_) return absl::UnavailableError("the store is away");
  if (Below(100) >= store_fault_) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("the store fails at ", call));
}

CommitFate World::FateOfCommit(Process& process) {
  if (draining_ || Below(100) >= commit_fault_) return CommitFate::kCommitted;
  const CommitFate fate = static_cast<CommitFate>(1 + Below(5));
  if (fate == CommitFate::kUnknownCommitted || fate == CommitFate::kUnknownRolledBack) {
    ++tally_.unknown_commits;
  }
  if (fate == CommitFate::kCrashAfterCommit) process.dead = true;
  Trace(absl::StrCat(process.name, ": a commit ends with fate ", static_cast<int>(fate)));
  return fate;
}

std::vector<std::optional<stream::OffsetsRow>> World::ReadOffsets() {
  std::vector<std::optional<stream::OffsetsRow>> rows(partitions_);
  const absl::StatusOr<std::unique_ptr<store::Transaction>> transaction = store_.BeginRead();
  if (!transaction.ok()) {
    Wrong(absl::StrCat("the real store fails: ", transaction.status().ToString()));
    return rows;
  }
  for (int32_t partition = 0; partition < partitions_; ++partition) {
    auto row = offsets_.Read(store_, **transaction, partition, /*lock=*/false);
    if (row.ok()) {
      rows[partition] = *row;
    } else {
      Wrong(absl::StrCat("the offsets row cannot be read: ", row.status().ToString()));
    }
  }
  return rows;
}

void World::OnCommitted(Process& process) {
  ++tally_.commits;
  std::vector<std::optional<stream::OffsetsRow>> rows = ReadOffsets();
  for (int32_t partition = 0; partition < partitions_; ++partition) {
    const auto& before = last_offsets_[partition];
    const auto& now = rows[partition];
    if (now == before || !now.has_value()) continue;
    code_versions_[{partition, now->generation}] = now->code_version;
    const std::string where = absl::StrCat(process.name, ", partition ", partition, ": ");
    if (before.has_value()) {
      if (now->epoch < before->epoch) Wrong(where + "the epoch fell");
      if (now->generation < before->generation) Wrong(where + "the generation fell");
      if (now->generation == before->generation && now->next_offset < before->next_offset) {
        Wrong(where + "the offset fell within a generation");
      }
      if (now->generation == before->generation && now->time.now < before->time.now) {
        Wrong(where + "stream time fell within a generation");
      }
    }
    const auto offset_of = [partition](const bus::Message& message) {
      const auto [of, offset] = InputPlaceOf(message);
      return of == partition ? offset : INT64_MAX;
    };
    for (const int64_t offset : process.client.Unanswered(offset_of)) {
      if (offset < now->next_offset) {
        Wrong(absl::StrCat(where, "offset ", now->next_offset, " is committed before an effect of ",
                           offset, " is acknowledged"));
      }
    }
  }
  last_offsets_ = std::move(rows);
}

bool World::Drain() {
  Trace("drain");
  draining_ = true;
  store_away_ = false;
  cache_.away = false;
  while (!processes_.empty()) Crash(*processes_.front());
  StartProcess();
  Process& last = *processes_.front();
  std::optional<int> went_back;
  for (int round = 0; round < kDrainRoundsMax && !wrong_.has_value(); ++round) {
    Act(last);
    MoveMessages(1'000'000);
    last.processor->StepCommitter();
    clock_.Advance(absl::Seconds(1));
    if (!went_back && Caught(/*committed=*/false)) {
      // An owner that has nothing more to write notices too.
      GoBack(cache_.changes() - Below(std::min(cache_.changes(), kRecentChanges) + 1));
      went_back = round;
    }
    if (!Caught(/*committed=*/true) || round < *went_back + kRoundsToNotice) continue;
    last.processor->Close();
    Crash(last);
    return true;
  }
  return wrong_.has_value();
}

bool World::Caught(bool committed) {
  const std::vector<stream::PartitionStatus> all = processes_.front()->processor->Status();
  return static_cast<int32_t>(all.size()) == partitions_ &&
         std::all_of(all.begin(), all.end(), [&](const stream::PartitionStatus& status) {
           const auto end = static_cast<int64_t>(bus_.Log(kInputTopic, status.partition).size());
           return status.state == stream::PartitionState::kLive && status.next_offset == end &&
                  (!committed || status.committed_offset == end) && !status.cache_stale;
         });
}

void World::LookIntoCache() {
  for (int32_t partition = 0; partition < partitions_; ++partition) {
    for (int i = 0; i < kKeys; ++i) {
      const std::string key = absl::StrCat("account-", i);
      const auto entry = cache_.Get(SimFold::CacheKey(partition, key));
      if (!entry.ok() || !entry->has_value()) continue;
      cached_.push_back({partition, key, (*entry)->version, (*entry)->value});
    }
  }
}

void World::Compare() {
  LookIntoCache();
  Judge judge({bus_, store_, cache_, partitions_, code_version_, code_versions_, cached_,
               mutations_.receiver_takes_everything},
              [this](absl::string_view what) { Wrong(what); });
  judge.Compare();
  tally_.timers += judge.timers();
  tally_.dead_letters += judge.dead_letters();
  tally_.dropped_by_receivers += judge.dropped_by_receivers();
}

}  // namespace bellwether::simulation
