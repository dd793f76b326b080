#include "services/health/domain/daily_series.h"

#include <algorithm>
#include <vector>

#include "services/health/domain/saturating_add.h"

namespace bellwether::health {
namespace {

// Days and instants of stored entries; wide enough for every local zone and century.
constexpr int64_t kSeriesDayMax = 1 << 20;
// What allocators round up to.
constexpr size_t kGrain = 16;

}  // namespace

void DailySeries::Merge(DailyEntry& entry, int64_t value, int64_t time_micros) const {
  ++entry.count;
  if (shape_ == SeriesShape::kSum) {
    entry.value = SaturatingAdd(entry.value, value);
  } else if (entry.count == 1 || time_micros > entry.last_micros ||
             (time_micros == entry.last_micros && value > entry.value)) {
    entry.value = value;
    entry.last_micros = time_micros;
  }
}

bool DailySeries::Add(Day day, int64_t value, int64_t time_micros) {
  bool first_of_day = false;
  ChangeDay(day, [&](DailyEntry& entry) {
    first_of_day = entry.count == 0;
    Merge(entry, value, time_micros);
  });
  return first_of_day;
}

void DailySeries::AddToSum(Day day, int64_t value) {
  ChangeDay(day, [&](DailyEntry& entry) { entry.value = SaturatingAdd(entry.value, value); });
}

template <typename Change>
void DailySeries::ChangeDay(Day day, Change change) {
  NoteFact(day);
  if (empty()) {
    has_tail_ = true;
    tail_ = DailyEntry{.day = day};
    oldest_day_ = day;
  } else if (day > tail_.day) {
    Pack(tail_);
    tail_ = DailyEntry{.day = day};
  } else if (day < tail_.day) {
    return ChangeEarlier(day, change);
  }
  change(tail_);
}

template <typename Change>
void DailySeries::ChangeEarlier(Day day, Change change) {
  std::vector<DailyEntry> entries;
  ForEach([&](const DailyEntry& entry) { entries.push_back(entry); });
  auto at =
      std::lower_bound(entries.begin(), entries.end(), day,
                       [](const DailyEntry& entry, Day wanted) { return entry.day < wanted; });
  // The newest entry is later, so `at` is never the end.
  if (at->day != day) at = entries.insert(at, DailyEntry{.day = day});
  change(*at);
  packed_.clear();
  packed_until_ = 0;
  oldest_day_ = entries.front().day;
  for (size_t i = 0; i + 1 < entries.size(); ++i) Pack(entries[i]);
}

void DailySeries::Pack(const DailyEntry& entry) {
  char bytes[4 * kVarintBytesMax];
  char* end = WriteVarint(bytes, static_cast<uint64_t>(entry.day - packed_until_));
  end = WriteVarint(end, static_cast<uint64_t>(entry.count));
  end = WriteVarint(end, ZigZag(entry.value));
  if (shape_ == SeriesShape::kLevel) {
    end = WriteVarint(end, ZigZag(entry.last_micros - entry.day * kMicrosPerDay));
  }
  const auto size = static_cast<size_t>(end - bytes);
  // Grown by an eighth, not doubled: most accounts are idle and keep what they grew to.
  if (packed_.capacity() - packed_.size() < size) {
    packed_.reserve((packed_.size() + packed_.size() / 8 + size + kGrain - 1) / kGrain * kGrain);
  }
  packed_.insert(packed_.end(), bytes, end);
  packed_until_ = entry.day;
}

void DailySeries::ReadEntry(PackedReader& reader, DailyEntry& entry) const {
  entry.day += static_cast<Day>(reader.VarintUpTo(kSeriesDayMax));
  entry.count = static_cast<int64_t>(reader.Varint());
  entry.value = reader.Signed();
  if (shape_ == SeriesShape::kLevel) {
    entry.last_micros = entry.day * kMicrosPerDay + reader.Signed();
  }
}

std::optional<DailyEntry> DailySeries::LatestUpTo(Day day) const {
  if (empty() || day < oldest_day_) return std::nullopt;
  if (tail_.day <= day && tail_.count > 0) return tail_;
  std::optional<DailyEntry> latest;
  ForEach([&](const DailyEntry& entry) {
    if (entry.day <= day && entry.count > 0) latest = entry;
  });
  return latest;
}

void DailySeries::Trim(Day oldest_kept) {
  if (empty() || oldest_day_ >= oldest_kept) return;
  if (tail_.day < oldest_kept) {
    packed_.clear();
    packed_.shrink_to_fit();
    packed_until_ = 0;
    has_tail_ = false;
    tail_ = DailyEntry{};
    oldest_day_ = 0;
    return;
  }
  PackedReader reader(Packed());
  DailyEntry entry;
  while (!reader.AtEnd()) {
    ReadEntry(reader, entry);
    if (entry.day < oldest_kept) continue;
    const std::vector<char> rest(reader.position(), reader.position() + reader.remaining());
    const Day until = packed_until_;
    packed_.clear();
    packed_until_ = 0;
    oldest_day_ = entry.day;
    Pack(entry);
    packed_.insert(packed_.end(), rest.begin(), rest.end());
    packed_until_ = until;
    return;
  }
  packed_.clear();
  packed_until_ = 0;
  oldest_day_ = tail_.day;
}

void DailySeries::TrimButLatest(Day oldest_kept) {
  if (empty() || oldest_day_ >= oldest_kept) return;
  const auto before = LatestUpTo(oldest_kept - 1);
  Trim(before ? before->day : oldest_kept);
}

void DailySeries::AppendTo(std::string& out) const {
  // A series that never had a fact is not stored, so the first day is always there.
  PutVarint(out, static_cast<uint64_t>(first_day_));
  PutBytes(out, Packed());
  PutVarint(out, empty() ? 0 : static_cast<uint64_t>(tail_.count) + 1);
  if (empty()) return;
  PutVarint(out, static_cast<uint64_t>(tail_.day - packed_until_));
  PutSigned(out, tail_.value);
  if (shape_ == SeriesShape::kLevel) PutSigned(out, tail_.last_micros - tail_.day * kMicrosPerDay);
}

std::optional<DailySeries> DailySeries::Parse(PackedReader& reader, SeriesShape shape, Form form) {
  DailySeries series(shape);
  series.first_day_ = static_cast<Day>(reader.VarintUpTo(kSeriesDayMax));
  series.has_first_day_ = true;
  const absl::string_view packed = reader.Bytes();
  const uint64_t coded_count = reader.Varint();
  const uint64_t without_tail = form == Form::kNewest ? 1 : 0;
  series.has_tail_ = coded_count > 0;
  if (series.has_tail_) series.tail_.count = static_cast<int64_t>(coded_count - without_tail);
  if (!reader.ok() || series.tail_.count < 0) return std::nullopt;

  PackedReader entries(packed);
  DailyEntry entry;
  bool first = true;
  while (!entries.AtEnd()) {
    const Day before = entry.day;
    series.ReadEntry(entries, entry);
    const bool ascends = first ? entry.day >= series.first_day_ : entry.day > before;
    if (!entries.ok() || !ascends || entry.day > kSeriesDayMax || entry.count < 0) {
      return std::nullopt;
    }
    if (first) series.oldest_day_ = entry.day;
    first = false;
  }
  series.packed_.assign(packed.begin(), packed.end());
  series.packed_until_ = entry.day;
  if (series.empty()) return first ? std::optional(series) : std::nullopt;

  series.tail_.day = entry.day + static_cast<Day>(reader.VarintUpTo(kSeriesDayMax));
  series.tail_.value = reader.Signed();
  if (shape == SeriesShape::kLevel) {
    series.tail_.last_micros = series.tail_.day * kMicrosPerDay + reader.Signed();
  }
  const bool ascends = first ? series.tail_.day >= series.first_day_ : series.tail_.day > entry.day;
  if (!reader.ok() || !ascends || series.tail_.day > kSeriesDayMax) return std::nullopt;
  if (first) series.oldest_day_ = series.tail_.day;
  return series;
}

}  // namespace bellwether::health
