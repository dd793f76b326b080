// The daily series of an account, and which kinds of facts feed them (H1).
#ifndef BELLWETHER_SERVICES_HEALTH_DOMAIN_SERIES_H_
#define BELLWETHER_SERVICES_HEALTH_DOMAIN_SERIES_H_

#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/health/domain/daily_series.h"

namespace bellwether::health {

// Numbers are part of stored state: never reused.
enum class SeriesId : uint8_t {
  kOrderValue = 0,
  kOrderCrossSell = 1,
  kOrderNewBusiness = 2,
  kPaymentDue = 3,
  kPaymentReceived = 4,
  kPaymentOverdue = 5,
  kUsageLogins = 6,
  kUsageActiveUsers = 7,
  kUsageSeatShare = 8,
  kUsageFeatureShare = 9,
  kValueCostReduction = 10,
  kValueEfficiencyGain = 11,
  kValueRoi = 12,
  kValueMarketShareGain = 13,
  kCaseUrgent = 14,
  kCaseResponse = 15,
  kCaseResolution = 16,
  kCaseFirstContact = 17,
  kSurveyCsat = 18,
  kSurveyNps = 19,
  kInteraction = 20,
  kInteractionExecutive = 21,
  kInteractionCustomerInitiated = 22,
  kCompetitorMention = 23,
  kDecisionChainMove = 24,
  kDecisionChainPersonAdded = 25,
  kDecisionChainPersonLeft = 26,
  kDecisionChainKeyContact = 27,
  kDecisionChainVerified = 28,
  kDecisionChainCoverage = 29,
  kBudgetChange = 30,
  kCompetitorContact = 31,
  kCompetitorStrength = 32,
  kResourceCost = 33,
  kResourceMinutes = 34,
  kSentiment = 35,
  kDeviceActive = 36,
  kDeviceMinutes = 37,
  kDeviceFaults = 38,
  kJointProjects = 39,
  kDataSharingLevel = 40,
  kSupplyChainIntegration = 41,
  kJointPatents = 42,
  kRevenueGrowth = 43,
  kManagerChanged = 44,
  kManagerLeft = 45,
  kMeetingInvited = 46,
  kMeetingAttended = 47,
};
inline constexpr int kSeriesCount = 48;

// What a stored figure is in; metrics come in 10⁻⁶ of a unit.
enum class Unit : uint8_t { kCount, kDays, kHours, kMoney, kRatio, kPoints, kInstant };

struct SeriesDefinition {
  SeriesId id;
  absl::string_view name;
  SeriesShape shape;
  Unit unit;
  // One stored figure is micros_numerator / micros_denominator millionths of the unit. Stored
  // figures stay as small as the fact gives them, so that they pack well.
  int64_t micros_numerator;
  int64_t micros_denominator;
};

// By number.
absl::Span<const SeriesDefinition> AllSeries();
inline const SeriesDefinition& DefinitionOf(SeriesId id) {
  return AllSeries()[static_cast<size_t>(id)];
}
std::optional<SeriesId> SeriesByName(absl::string_view name);

// The kinds of H1. Numbers are those of events.v1.Fact.
enum class FactKind : uint8_t {
  kOrderPlaced = 1,
  kPaymentDue = 2,
  kPaymentReceived = 3,
  kPaymentOverdue = 4,
  kUsageReported = 5,
  kBusinessValueMeasured = 6,
  kCaseOpened = 7,
  kCaseFirstResponded = 8,
  kCaseResolved = 9,
  kSurveyAnswered = 10,
  kInteractionHeld = 11,
  kDecisionChainChanged = 12,
  kBudgetChanged = 13,
  kCompetitorActivityObserved = 14,
  kResourceSpent = 15,
  kSentimentObserved = 16,
  kDeviceUsageReported = 17,
  kCooperationChanged = 18,
  kRevenueGrowthReported = 19,
  kAccountManagerChanged = 20,
  kStrategicMeetingHeld = 21,
};
inline constexpr int kFactKindCount = 21;

struct FactKindDefinition {
  FactKind kind;
  absl::string_view name;  // as in events.v1.Fact and in `ce_type`
  // All series a fact of this kind can feed; one fact may feed fewer.
  std::vector<SeriesId> feeds;
};

// By number, starting with kOrderPlaced.
absl::Span<const FactKindDefinition> AllFactKinds();
inline const FactKindDefinition& DefinitionOf(FactKind kind) {
  return AllFactKinds()[static_cast<size_t>(kind) - 1];
}

// What one fact gives one series.
struct Observation {
  SeriesId series;
  int64_t value;
};

// The observations of one fact, without allocation.
class Observations {
 public:
  static constexpr size_t kSizeMax = 8;

  void Add(SeriesId series, int64_t value) {
    if (size_ < kSizeMax) items_[size_++] = {series, value};
  }
  void clear() { size_ = 0; }
  size_t size() const { return size_; }
  const Observation* begin() const { return items_.data(); }
  const Observation* end() const { return items_.data() + size_; }

 private:
  std::array<Observation, kSizeMax> items_;
  size_t size_ = 0;
};

// The series of one account that ever had a fact, by id.
class SeriesSet {
 public:
  const DailySeries* Find(SeriesId id) const { return Has(id) ? &series_[Slot(id)] : nullptr; }
  DailySeries& FindOrAdd(SeriesId id);
  // Takes a stored series; false when it is there already.
  bool Insert(SeriesId id, DailySeries series);

  // Calls visit(SeriesId, const DailySeries&) in the order of ids.
  template <typename Visit>
  void ForEach(Visit visit) const {
    size_t slot = 0;
    for (uint64_t left = present_; left != 0; left &= left - 1) {
      visit(static_cast<SeriesId>(std::countr_zero(left)), series_[slot++]);
    }
  }
  template <typename Visit>
  void ForEachMutable(Visit visit) {
    size_t slot = 0;
    for (uint64_t left = present_; left != 0; left &= left - 1) {
      visit(static_cast<SeriesId>(std::countr_zero(left)), series_[slot++]);
    }
  }

  size_t size() const { return series_.size(); }
  // True while any series has an entry: only then does time alone move a value.
  bool HasEntries() const;
  size_t bytes() const;

  friend bool operator==(const SeriesSet&, const SeriesSet&) = default;

 private:
  static uint64_t Bit(SeriesId id) { return uint64_t{1} << static_cast<int>(id); }
  bool Has(SeriesId id) const { return (present_ & Bit(id)) != 0; }
  size_t Slot(SeriesId id) const {
    return static_cast<size_t>(std::popcount(present_ & (Bit(id) - 1)));
  }

  uint64_t present_ = 0;
  std::vector<DailySeries> series_;  // one per bit of present_, in their order
};
static_assert(kSeriesCount <= 64);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_DOMAIN_SERIES_H_
