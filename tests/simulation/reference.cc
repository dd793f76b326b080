#include "tests/simulation/reference.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "common/base/check.h"
#include "common/base/hash.h"
#include "common/bus/topics.h"
#include "common/journal/dead_letter.h"

namespace bellwether::simulation {
namespace {

using stream::Effects;
using stream::Moment;
using stream::Timer;

// "<partition>/<offset>".
std::pair<int64_t, int64_t> ParsePlace(absl::string_view text) {
  const std::pair<std::string, std::string> parts = absl::StrSplit(std::string(text), '/');
  std::pair<int64_t, int64_t> place;
  BELLWETHER_CHECK(
      absl::SimpleAtoi(parts.first, &place.first) && absl::SimpleAtoi(parts.second, &place.second),
      "a place is <partition>/<offset>");
  return place;
}

constexpr int64_t kLeadMaxMicros = 60'000'000;

// Why the library must not let the record into the fold; empty for a good one.
std::string FaultOf(const bus::Message& message, int32_t partition, int32_t partitions,
                    int64_t& recorded_at) {
  const absl::string_view type = HeaderOf(message, bus::kHeaderType);
  if (!bus::BelongsToPartition(type)) {
    if (message.key.empty()) return "KEY_MISSING";
    if (PartitionOf(message.key, partitions) != partition) return "WRONG_PARTITION";
  }
  const absl::string_view text = HeaderOf(message, bus::kHeaderRecordedAt);
  if (text.empty()) return "RECORDED_AT_MISSING";
  if (text[0] == '-' || !absl::SimpleAtoi(text, &recorded_at)) return "RECORDED_AT_INVALID";
  return "";
}

void Collect(const Effects& effects, int64_t offset, Reference& reference) {
  for (const Effects::Rejection& rejection : effects.rejections) {
    reference.dead_letters.emplace(offset, rejection.reason);
  }
  for (const cache::Write& write : effects.cache_writes) {
    reference.cache[write.entry.key] = write.entry.value;
    const std::string subject = write.entry.key.substr(write.entry.key.find('/') + 1);
    Values& exact = reference.exact[subject][offset];
    for (const auto& [name, value] : ParseSteps(write.entry.value)) exact[name] = value;
  }
  for (const Effects::BusEffect& effect : effects.bus_effects) {
    reference.signals[effect.message.key][offset] = effect.message.value;
    for (const auto& [name, value] : ParseSteps(effect.message.value)) {
      if (name != "at") reference.last_emitted[effect.message.key][name] = {offset, value};
    }
  }
}

}  // namespace

Reference FoldSequentially(const std::deque<bus::Message>& log, int32_t partition,
                           int32_t partitions, int64_t code_version) {
  Reference reference;
  SimFold fold(partition, code_version, {});
  std::optional<int64_t> stream_micros, newest_tick_micros;
  for (int64_t offset = 0; offset < static_cast<int64_t>(log.size()); ++offset) {
    const bus::Message& message = log[offset];
    int64_t recorded_at = 0;
    if (std::string fault = FaultOf(message, partition, partitions, recorded_at); !fault.empty()) {
      reference.dead_letters.emplace(offset, std::move(fault));
      continue;
    }
    const bool tick = HeaderOf(message, bus::kHeaderType) == bus::kTypeTick;
    const bool backfill = HeaderOf(message, bus::kHeaderBackfill) == "1";
    if (tick) {
      newest_tick_micros = std::max(newest_tick_micros.value_or(recorded_at), recorded_at);
    } else if (!backfill && newest_tick_micros.has_value()) {
      recorded_at = std::min(recorded_at, *newest_tick_micros + kLeadMaxMicros);
    }
    stream_micros = std::max(stream_micros.value_or(recorded_at), recorded_at);

    Moment moment;
    moment.version = (int64_t{1} << 40) + offset;
    moment.offset = offset;
    moment.backfill = backfill;
    Effects effects;
    for (std::optional<Timer> timer = fold.NextTimer();
         timer.has_value() && absl::ToUnixMicros(timer->due) <= *stream_micros;
         timer = fold.NextTimer()) {
      moment.time = timer->due;
      fold.Fire(*timer, moment, effects);
      ++reference.timers;
    }
    moment.time = absl::FromUnixMicros(*stream_micros);
    if (tick) {
      fold.OnTick(moment, effects);
    } else {
      std::vector<bus::HeaderView> headers;
      for (const bus::Header& header : message.headers) {
        headers.push_back({header.name, header.value});
      }
      bus::Record record;
      record.partition = partition;
      record.offset = offset;
      record.key = message.key;
      record.value = message.value;
      record.headers = headers;
      const auto facts_before = fold.counted();
      fold.Apply(record, moment, effects);
      if (fold.counted() > facts_before) reference.counted.insert(offset);
    }
    Collect(effects, offset, reference);
  }
  reference.rows = fold.Rows();
  return reference;
}

std::vector<std::pair<std::string, int64_t>> ParseSteps(absl::string_view steps) {
  std::vector<std::pair<std::string, int64_t>> values;
  for (const absl::string_view part : absl::StrSplit(steps, ',', absl::SkipEmpty())) {
    const size_t equals = part.find('=');
    int64_t value = 0;
    BELLWETHER_CHECK(
        equals != absl::string_view::npos && absl::SimpleAtoi(part.substr(equals + 1), &value),
        "steps are name=number, separated by commas");
    values.emplace_back(std::string(part.substr(0, equals)), value);
  }
  return values;
}

absl::string_view HeaderOf(const bus::Message& message, absl::string_view name) {
  for (const bus::Header& header : message.headers) {
    if (header.name == name) return header.value;
  }
  return "";
}

std::pair<int64_t, int64_t> InputPlaceOf(const bus::Message& effect) {
  absl::string_view place = HeaderOf(effect, kHeaderInput);
  if (place.empty()) {
    place = HeaderOf(effect, journal::kHeaderDeadPlace);
    place.remove_prefix(place.find('/') + 1);
  }
  return ParsePlace(place);
}

}  // namespace bellwether::simulation
