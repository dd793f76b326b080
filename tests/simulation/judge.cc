#include "tests/simulation/judge.h"

#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "common/base/check.h"
#include "common/bus/topics.h"
#include "common/journal/dead_letter.h"

namespace bellwether::simulation {
namespace {

constexpr int64_t kOffsetMask = (int64_t{1} << stream::kGenerationShift) - 1;

int64_t VersionIn(const bus::Message& signal) {
  int64_t version = 0;
  BELLWETHER_CHECK(absl::SimpleAtoi(HeaderOf(signal, kHeaderVersion), &version),
                   "every signal has a version");
  return version;
}

}  // namespace

void Judge::Compare() {
  for (int32_t partition = 0; partition < evidence_.partitions; ++partition) {
    const Reference& reference = ReferenceOf(partition, evidence_.code_version);
    timers_ += reference.timers;
    dead_letters_ += static_cast<int64_t>(reference.dead_letters.size());
    CompareState(partition, reference);
    CompareSignals(partition, reference);
    CompareDeadLetters(partition, reference);
    CompareCache(partition, reference);
  }
  CheckCached();
}

const Reference& Judge::ReferenceOf(int32_t partition, int64_t code_version) {
  const auto [found, is_new] = references_.try_emplace({partition, code_version});
  if (is_new) {
    found->second = FoldSequentially(evidence_.bus.Log(kInputTopic, partition), partition,
                                     evidence_.partitions, code_version);
  }
  return found->second;
}

void Judge::CompareState(int32_t partition, const Reference& reference) {
  const std::string where = absl::StrCat("partition ", partition, ": ");
  const absl::StatusOr<std::unique_ptr<store::Transaction>> transaction =
      evidence_.store.BeginRead();
  const std::vector<store::Value> of = {store::Value(int64_t{partition})};
  const auto states =
      (*transaction)->Query("SELECT key, row FROM sim_state WHERE partition_number = $1", of);
  std::map<std::string, std::string> rows;
  for (const store::Row& row : *states) rows[row.Text(0)] = row.Text(1);
  for (const auto& [key, row] : reference.rows) {
    if (rows[key] != row) {
      wrong_(absl::StrCat(where, key, " is ", rows[key], " and should be ", row));
    }
  }
  if (rows.size() != reference.rows.size()) wrong_(where + "keys that should not be there");
  const auto counted =
      (*transaction)
          ->Query("SELECT record_offset FROM sim_counted WHERE partition_number = $1", of);
  std::set<int64_t> offsets;
  for (const store::Row& row : *counted) offsets.insert(row.Int(0));
  if (offsets != reference.counted) wrong_(where + "not every fact counted once");
}

void Judge::CheckSignal(int32_t partition, const bus::Message& signal, int64_t previous_version) {
  const int64_t version = VersionIn(signal);
  const int64_t generation = version >> stream::kGenerationShift;
  const int64_t offset = version & kOffsetMask;
  const std::string what =
      absl::StrCat("partition ", partition, ": ", signal.key, " at ", generation, ":", offset, " ");
  if (version <= previous_version) wrong_(what + "goes back");
  if (HeaderOf(signal, kHeaderAll) == "1") return;
  const auto code_version = evidence_.code_versions.find({partition, generation});
  if (code_version == evidence_.code_versions.end()) {
    wrong_(what + "was emitted before its generation was committed");
    return;
  }
  const auto& signals = ReferenceOf(partition, code_version->second).signals;
  const auto subject = signals.find(signal.key);
  if (subject == signals.end() || subject->second.count(offset) == 0) {
    wrong_(what + "should not have been emitted");
    return;
  }
  const auto expected = subject->second.find(offset);
  if (expected->second != signal.value) {
    wrong_(absl::StrCat(what, "is ", signal.value, " and should be ", expected->second));
  }
  if (previous_version >> stream::kGenerationShift == generation &&
      expected != subject->second.begin() &&
      std::prev(expected)->first > (previous_version & kOffsetMask)) {
    wrong_(absl::StrCat(what, "comes without the one of offset ", std::prev(expected)->first));
  }
}

void Judge::CompareSignals(int32_t partition, const Reference& reference) {
  const std::string where = absl::StrCat("partition ", partition, ": ");
  struct Seen {
    int64_t value = 0;
    int64_t version = 0;
    bool all = false;
  };
  std::map<std::string, std::map<std::string, Seen>> view;
  std::map<std::string, int64_t> newest;
  std::map<std::pair<std::string, int64_t>, std::string> content;
  for (const bus::Message& signal : evidence_.bus.Log(kSignalsTopic, partition)) {
    const int64_t version = VersionIn(signal);
    const auto [same, first] = content.emplace(std::make_pair(signal.key, version), signal.value);
    if (!first && same->second != signal.value) {
      wrong_(absl::StrCat(where, signal.key, " was emitted as ", same->second, " and as ",
                          signal.value, " under one version"));
    }
    int64_t& newest_version = newest[signal.key];
    if (version <= newest_version && !evidence_.receiver_takes_everything) {
      ++dropped_by_receivers_;
      continue;
    }
    CheckSignal(partition, signal, newest_version);
    newest_version = version;
    for (const auto& [name, value] : ParseSteps(signal.value)) {
      if (name == "at") continue;
      view[signal.key][name] = {value, version, HeaderOf(signal, kHeaderAll) == "1"};
    }
  }
  // What a receiver has in the end.
  for (const auto& [subject, names] : reference.last_emitted) {
    for (const auto& [name, emitted] : names) {
      const Seen seen = view[subject][name];
      const int64_t offset = seen.version & kOffsetMask;
      const std::string what =
          absl::StrCat(where, subject, " ", name, " is seen as ", seen.value, " of offset ", offset,
                       seen.all ? " (all)" : "", " and was last emitted as ", emitted.value,
                       " at offset ", emitted.offset);
      if (!seen.all) {
        if (seen.value != emitted.value || offset != emitted.offset) wrong_(what);
        continue;
      }
      // EmitAll emits the exact value as of its offset; nothing later may be missing.
      const auto& exact = reference.exact.at(subject);
      auto as_of = exact.upper_bound(offset);
      if (as_of == exact.begin() || offset < emitted.offset) {
        wrong_(what);
      } else if ((--as_of)->second.at(name) != seen.value) {
        wrong_(absl::StrCat(what, ", was exactly ", as_of->second.at(name)));
      }
    }
  }
  if (view.size() != reference.last_emitted.size()) wrong_(where + "signals of unknown subjects");
}

void Judge::CompareDeadLetters(int32_t partition, const Reference& reference) {
  std::set<std::pair<int64_t, std::string>> letters;
  for (int32_t of = 0; of < kDeadLetterPartitions; ++of) {
    for (const bus::Message& letter : evidence_.bus.Log(bus::kDeadLetterTopic, of)) {
      const auto [from, offset] = InputPlaceOf(letter);
      if (from != partition) continue;
      letters.emplace(offset, std::string(HeaderOf(letter, journal::kHeaderDeadReason)));
    }
  }
  if (letters != reference.dead_letters) {
    wrong_(absl::StrCat("partition ", partition, ": ", letters.size(), " dead letters instead of ",
                        reference.dead_letters.size()));
  }
}

void Judge::CheckCached() {
  for (const Evidence::Cached& cached : evidence_.cached) {
    const int64_t generation = cached.version >> stream::kGenerationShift;
    const int64_t offset = cached.version & kOffsetMask;
    const auto& exact =
        ReferenceOf(cached.partition, evidence_.code_versions.at({cached.partition, generation}))
            .exact.at(cached.key);
    auto as_of = exact.upper_bound(offset);
    Values values;
    for (const auto& [name, value] : ParseSteps(cached.value)) values[name] = value;
    if (as_of == exact.begin() || std::prev(as_of)->second != values) {
      wrong_(absl::StrCat("partition ", cached.partition, ": the cache had ", cached.value, " for ",
                          cached.key, " at ", generation, ":", offset));
    }
  }
}

void Judge::CompareCache(int32_t partition, const Reference& reference) {
  for (const auto& [key, value] : reference.cache) {
    const auto entry = evidence_.cache.Get(key);
    const std::string cached = entry.ok() && entry->has_value() ? (*entry)->value : "nothing";
    if (cached != value) {
      wrong_(absl::StrCat("partition ", partition, ": the cache has ", cached, " for ", key,
                          " instead of ", value));
    }
  }
}

}  // namespace bellwether::simulation
