// The portfolio as a whole (H9): how it stands, and what moved in it.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_PORTFOLIO_QUERIES_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_PORTFOLIO_QUERIES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "bellwether/health/v1/model.pb.h"
#include "common/base/clock.h"
#include "common/calendar/calendar.h"
#include "common/store/store.h"
#include "services/health/adapters/live/live_health.h"
#include "services/health/adapters/rpc/health_queries.h"
#include "services/health/domain/portfolio.h"

namespace bellwether::health {

inline constexpr int kMoversMax = 100;
inline constexpr int kMoversDefault = 20;

// Thread-safe; outlived by everything it refers to.
class PortfolioQueries {
 public:
  struct Ports {
    LiveHealth& live;
    store::Store& store;
    const Clock& clock;
    const Calendar& calendar;
    int32_t partitions;
    const v1::HealthModel& model;  // as configured
    const HealthQueries& queries;
  };

  explicit PortfolioQueries(const Ports& ports) : ports_(ports) {}

  absl::StatusOr<v1::HealthSummary> Summarize(const v1::SummarizeHealthRequest& request) const;
  absl::StatusOr<v1::ListHealthMoversResponse> ListMovers(
      const v1::ListHealthMoversRequest& request) const;

 private:
  // The days whose closes are compared; without `to` it is the score now.
  struct Days {
    Day from = 0;
    std::optional<Day> to;
  };
  absl::StatusOr<Days> DaysOf(const v1::ListHealthMoversRequest& request) const;
  // The moves of the accounts in that ranking between the two, in no order.
  absl::StatusOr<std::vector<Move>> MovesOf(const std::string& ranking, const Days& days) const;
  // Names and causes of the moves that are shown.
  absl::Status Describe(absl::Span<const Move> moves, const Days& days,
                        v1::ListHealthMoversResponse& response) const;
  absl::Status Explain(const Move& move, v1::HealthMover& mover, absl::Time from,
                       absl::Time to) const;
  const std::string& BandOf(int64_t score_micros) const;

  const Ports ports_;
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_RPC_PORTFOLIO_QUERIES_H_
