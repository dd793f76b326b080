// One daily series of one account: what its facts came to, a packed entry per day that has facts.
#ifndef BELLWETHER_SERVICES_HEALTH_DOMAIN_DAILY_SERIES_H_
#define BELLWETHER_SERVICES_HEALTH_DOMAIN_DAILY_SERIES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/base/packing.h"

namespace bellwether::health {

// A local day, counted from 1970-01-01.
using Day = int32_t;

inline constexpr int64_t kMicrosPerDay = int64_t{86'400} * 1'000'000;

enum class SeriesShape : uint8_t {
  kSum,    // the day's value is the sum of its facts
  kLevel,  // the day's value is that of its latest fact, whose instant is kept
};

struct DailyEntry {
  Day day = 0;
  // Facts but for those that only lessen or add to others (AddToSum): 0 where a day has only these.
  int64_t count = 0;
  // kSum: the sum. kLevel: the value of the day's latest fact; of two at the same instant, the
  // greater, so that the order of arrival does not matter.
  int64_t value = 0;
  // kLevel: the instant of the latest fact, microseconds since the epoch. kSum: 0.
  int64_t last_micros = 0;

  friend bool operator==(const DailyEntry&, const DailyEntry&) = default;
};

// Entries ascend strictly by day. All but the newest are packed (day delta, count, value and, for a
// level, the instant within the day: four bytes for a usual day), since facts mostly touch the
// newest; a fact of an earlier day repacks the series. Values saturate instead of overflowing.
class DailySeries {
 public:
  DailySeries() = default;
  explicit DailySeries(SeriesShape shape) : shape_(shape) {}

  SeriesShape shape() const { return shape_; }
  bool empty() const { return !has_tail_; }
  // Meaningful unless empty().
  Day oldest_day() const { return oldest_day_; }
  const DailyEntry& newest() const { return tail_; }
  // The earliest day that ever had a fact, also after that entry was dropped.
  std::optional<Day> first_day() const {
    return has_first_day_ ? std::optional<Day>(first_day_) : std::nullopt;
  }
  size_t bytes() const { return sizeof(DailySeries) + packed_.capacity(); }

  // Adds a fact; true when it is the first of its day.
  bool Add(Day day, int64_t value, int64_t time_micros);

  // kSum: adds to the sum of a day what is no fact of this series by itself (a refund of an order):
  // neither counted nor the latest of anything.
  void AddToSum(Day day, int64_t value);

  // Remembers that `day` had a fact without keeping its entry, which no window would read.
  void NoteFact(Day day) {
    if (!has_first_day_ || day < first_day_) first_day_ = day;
    has_first_day_ = true;
  }

  // Drops entries before `oldest_kept`. That there once were facts is remembered.
  void Trim(Day oldest_kept);
  // The same but for the latest of them, so that LatestUpTo stays right for every day kept.
  void TrimButLatest(Day oldest_kept);

  // Calls visit(const DailyEntry&) for each entry, oldest first.
  template <typename Visit>
  void ForEach(Visit visit) const {
    PackedReader reader(Packed());
    DailyEntry entry;
    while (!reader.AtEnd()) {
      ReadEntry(reader, entry);
      visit(entry);
    }
    if (!empty()) visit(tail_);
  }

  // The newest entry with a fact, of a day not after `day`.
  std::optional<DailyEntry> LatestUpTo(Day day) const;

  // As stored. In the older form each day had a fact, and a count of none meant an empty series.
  enum class Form : uint8_t { kEachDayHasFacts, kNewest };
  void AppendTo(std::string& out) const;
  // Nothing when the bytes are not what AppendTo writes, or wrote in that form.
  static std::optional<DailySeries> Parse(PackedReader& reader, SeriesShape shape, Form form);

  friend bool operator==(const DailySeries&, const DailySeries&) = default;

 private:
  absl::string_view Packed() const { return {packed_.data(), packed_.size()}; }
  void ReadEntry(PackedReader& reader, DailyEntry& entry) const;
  void Pack(const DailyEntry& entry);
  void Merge(DailyEntry& entry, int64_t value, int64_t time_micros) const;
  // Calls change(DailyEntry&) with the entry of `day`, which is made if need be.
  template <typename Change>
  void ChangeDay(Day day, Change change);
  template <typename Change>
  void ChangeEarlier(Day day, Change change);

  SeriesShape shape_ = SeriesShape::kSum;
  bool has_first_day_ = false;
  bool has_tail_ = false;
  Day first_day_ = 0;
  Day oldest_day_ = 0;
  Day packed_until_ = 0;  // day of the last packed entry; 0 when none is packed
  std::vector<char> packed_;
  DailyEntry tail_;  // the newest entry, when there is one
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_DOMAIN_DAILY_SERIES_H_
