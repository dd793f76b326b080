#include "services/health/adapters/rpc/portfolio_queries.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"
#include "common/levels/service_level.h"
#include "common/rpc/paging.h"
#include "services/health/adapters/history/sql_state.h"
#include "services/health/adapters/live/health_messages.h"
#include "services/health/adapters/rpc/rank_filter.h"

namespace bellwether::health {
namespace {

constexpr size_t kClosingsAtOnce = 5'000;
// Of one account's span; more are summed up without naming the greatest of all.
constexpr int kChangesMax = static_cast<int>(kExplainedChangesMax);

std::vector<Band> BandsOf(const v1::HealthModel& model) {
  std::vector<Band> bands;
  for (const v1::Band& band : model.bands()) {
    bands.push_back({band.band_id(), band.from_points_micros()});
  }
  return bands;
}

absl::StatusOr<Day> DayOfText(const std::string& text, absl::string_view field) {
  absl::CivilDay day;
  // Other years are no instants that can be answered with.
  if (!absl::ParseCivilTime(text, &day) || day.year() < 1 || day.year() > 9999) {
    return InvalidArgument("DAY_INVALID", field, "is no local day like 2026-11-20", "H9");
  }
  return Calendar::DayOf(day);
}

absl::StatusOr<MoveOrder> OrderOf(v1::MoverOrder order) {
  switch (order) {
    case v1::MOVER_ORDER_UNSPECIFIED:
    case v1::MOVER_ORDER_GREATEST:
      return MoveOrder::kGreatest;
    case v1::MOVER_ORDER_FALLEN:
      return MoveOrder::kFallen;
    case v1::MOVER_ORDER_RISEN:
      return MoveOrder::kRisen;
    default:
      return InvalidArgument("ORDER_INVALID", "order", "is no order of movers", "H9");
  }
}

// The score of a stored close; nothing for none, or one of low confidence.
std::optional<int64_t> ScoreOf(const std::string& snapshot, int64_t minimum_confidence_micros) {
  v1::HealthSnapshot closed;
  if (snapshot.empty() || !closed.ParseFromString(snapshot) || closed.confidence_micros() == 0 ||
      closed.confidence_micros() < minimum_confidence_micros) {
    return std::nullopt;
  }
  return closed.score_micros();
}

// Where a page ended: the move's size and its account.
absl::StatusOr<std::optional<Move>> MovePlaceOf(const std::string& cursor) {
  if (cursor.empty()) return std::nullopt;
  const std::pair<std::string, std::string> parts = absl::StrSplit(cursor, absl::MaxSplits('|', 1));
  Move place{.account = parts.second};
  if (!absl::SimpleAtoi(parts.first, &place.after_micros)) {
    return InvalidArgument("PAGE_TOKEN_INVALID", "page_token", "is not a page of this list");
  }
  return std::optional<Move>(std::move(place));
}

bool Further(int64_t points, int64_t than, bool up) { return up ? points > than : points < than; }

}  // namespace

const std::string& PortfolioQueries::BandOf(int64_t score_micros) const {
  return ports_.model.bands(static_cast<int>(BandIndexOf(BandsOf(ports_.model), score_micros)))
      .band_id();
}

absl::StatusOr<v1::HealthSummary> PortfolioQueries::Summarize(
    const v1::SummarizeHealthRequest& request) const {
  const int points = request.bin_points() == 0 ? kBinPointsDefault : request.bin_points();
  if (points < 1 || points > kBinPointsMax) {
    return InvalidArgument("BIN_POINTS_INVALID", "bin_points", "must be 1 to 50", "H9");
  }
  v1::HealthSummary summary;
  *summary.mutable_count_time() = journal::ToTimestamp(ports_.clock.Now());
  ScoreBins bins(points);
  int64_t scored = 0;
  int64_t low_confidence = 0;
  ASSIGN_OR_RETURN(bool from_store,
                   ports_.live.ForEachPlace(kRankingAll, [&](absl::string_view, int64_t score) {
                     ++scored;
                     if (score >= kUnsureFrom) {
                       ++low_confidence;
                     } else {
                       bins.Add(score);
                     }
                   }));
  summary.set_scored_count(scored);
  summary.set_low_confidence_count(low_confidence);
  for (size_t bin = 0; bin < bins.size(); ++bin) {
    v1::ScoreBin& shown = *summary.add_bins();
    shown.set_from_micros(bins.from_micros(bin));
    shown.set_below_micros(bins.below_micros(bin));
    shown.set_count(bins.count(bin));
  }

  const std::vector<Band> bands = BandsOf(ports_.model);
  for (const Band& band : bands) summary.add_band_ids(band.id);
  std::vector<absl::string_view> tiers(ServiceLevels().begin(), ServiceLevels().end());
  tiers.emplace_back();
  for (const absl::string_view tier : tiers) {
    BandCounts counts(bands);
    ASSIGN_OR_RETURN(
        const bool tier_from_store,
        ports_.live.ForEachPlace(RankingOfTier(tier), [&](absl::string_view, int64_t score) {
          if (score >= kUnsureFrom) {
            counts.AddLowConfidence();
          } else {
            counts.Add(score);
          }
        }));
    from_store = from_store || tier_from_store;
    for (size_t band = 0; band <= bands.size(); ++band) {
      v1::HealthCell& cell = *summary.add_cells();
      cell.set_tier(std::string(tier));
      if (band < bands.size()) cell.set_band_id(bands[band].id);
      cell.set_count(band < bands.size() ? counts.count(band) : counts.low_confidence());
    }
  }
  summary.set_as_of_checkpoint(from_store);
  return summary;
}

absl::StatusOr<PortfolioQueries::Days> PortfolioQueries::DaysOf(
    const v1::ListHealthMoversRequest& request) const {
  const Day today = ports_.calendar.LocalDayOf(ports_.clock.Now());
  Days days{.from = today - 1};
  if (!request.from_day().empty()) {
    ASSIGN_OR_RETURN(days.from, DayOfText(request.from_day(), "from_day"));
  }
  if (!request.to_day().empty()) {
    ASSIGN_OR_RETURN(days.to, DayOfText(request.to_day(), "to_day"));
  }
  if (days.from >= today) {
    return InvalidArgument("DAY_NOT_CLOSED", "from_day", "must be a day that is over", "H9");
  }
  if (days.to.has_value() && (*days.to >= today || *days.to <= days.from)) {
    return InvalidArgument("DAY_NOT_CLOSED", "to_day",
                           "must be a day that is over, and later than from_day", "H9");
  }
  return days;
}

absl::StatusOr<std::vector<Move>> PortfolioQueries::MovesOf(const std::string& ranking,
                                                            const Days& days) const {
  absl::flat_hash_map<std::string, int64_t> now;
  RETURN_IF_ERROR(ports_.live
                      .ForEachPlace(ranking,
                                    [&](absl::string_view account, int64_t score) {
                                      if (score < kUnsureFrom) now.emplace(account, score);
                                    })
                      .status());
  const int64_t sure = ports_.model.minimum_confidence_micros();
  std::vector<Move> moves;
  ASSIGN_OR_RETURN(const auto transaction, ports_.store.BeginRead());
  for (int32_t partition = 0; partition < ports_.partitions; ++partition) {
    std::string after;
    while (true) {
      ASSIGN_OR_RETURN(const std::vector<ClosingRow> rows,
                       ReadClosings(*transaction, partition, after, days.from,
                                    days.to.value_or(days.from), kClosingsAtOnce));
      for (const ClosingRow& row : rows) {
        const auto live = now.find(row.account);
        if (live == now.end()) continue;  // of another ranking, or without a sure score
        const std::optional<int64_t> before = ScoreOf(row.first, sure);
        const std::optional<int64_t> then =
            days.to.has_value() ? ScoreOf(row.second, sure) : std::optional<int64_t>(live->second);
        if (before.has_value() && then.has_value()) moves.push_back({row.account, *before, *then});
      }
      if (rows.size() < kClosingsAtOnce) break;
      after = rows.back().account;
    }
  }
  return moves;
}

absl::StatusOr<v1::ListHealthMoversResponse> PortfolioQueries::ListMovers(
    const v1::ListHealthMoversRequest& request) const {
  ASSIGN_OR_RETURN(const std::string ranking,
                   RankingOf(request.tier(), request.owner(), "", /*without_tier=*/false));
  ASSIGN_OR_RETURN(const Days days, DaysOf(request));
  ASSIGN_OR_RETURN(const MoveOrder order, OrderOf(request.order()));
  ASSIGN_OR_RETURN(const int size, rpc::PageSize(request.page_size(), {.otherwise = kMoversDefault,
                                                                       .most = kMoversMax}));
  ASSIGN_OR_RETURN(const std::string cursor, rpc::PageCursor(request));
  ASSIGN_OR_RETURN(const std::optional<Move> after, MovePlaceOf(cursor));

  ASSIGN_OR_RETURN(std::vector<Move> moves, MovesOf(ranking, days));
  std::erase_if(moves, [&](const Move& move) {
    return !IsListed(move, order, request.minimum_points_micros()) ||
           (after.has_value() && !MovesBefore(*after, move));
  });
  v1::ListHealthMoversResponse response;
  const size_t shown = std::min(moves.size(), static_cast<size_t>(size));
  std::partial_sort(moves.begin(), moves.begin() + static_cast<std::ptrdiff_t>(shown), moves.end(),
                    MovesBefore);
  if (moves.size() > shown) {
    moves.resize(shown);
    response.set_next_page_token(rpc::NextPageToken(
        request, absl::StrCat(moves.back().points_micros(), "|", moves.back().account)));
  }
  RETURN_IF_ERROR(Describe(moves, days, response));
  return response;
}

absl::Status PortfolioQueries::Describe(absl::Span<const Move> moves, const Days& days,
                                        v1::ListHealthMoversResponse& response) const {
  const absl::Time from = ports_.calendar.StartOfDay(days.from + 1);
  const absl::Time to =
      days.to.has_value() ? ports_.calendar.StartOfDay(*days.to + 1) : ports_.clock.Now();
  *response.mutable_from_time() = journal::ToTimestamp(from);
  *response.mutable_to_time() = journal::ToTimestamp(to);
  std::vector<std::string> ids;
  for (const Move& move : moves) ids.push_back(move.account);
  ASSIGN_OR_RETURN(const auto healths, ports_.live.GetMany(ids));
  for (size_t i = 0; i < moves.size(); ++i) {
    const Move& move = moves[i];
    v1::HealthMover& mover = *response.add_movers();
    mover.set_account(absl::StrCat(kAccountPrefix, move.account));
    if (healths[i].has_value()) {
      mover.set_display_name(healths[i]->display_name());
      mover.set_tier(healths[i]->attributes().tier());
      mover.set_owner(healths[i]->attributes().owner());
    }
    mover.set_score_before_micros(move.before_micros);
    mover.set_score_after_micros(move.after_micros);
    mover.set_points_micros(move.points_micros());
    mover.set_band_before_id(BandOf(move.before_micros));
    mover.set_band_after_id(BandOf(move.after_micros));
    RETURN_IF_ERROR(Explain(move, mover, from, to));
  }
  return absl::OkStatus();
}

absl::Status PortfolioQueries::Explain(const Move& move, v1::HealthMover& mover, absl::Time from,
                                       absl::Time to) const {
  v1::ExplainHealthRequest request;
  request.set_account(mover.account());
  // What happens at that midnight is the close of the day before.
  *request.mutable_from_time() = journal::ToTimestamp(from);
  *request.mutable_to_time() = journal::ToTimestamp(to);
  request.set_limit(kChangesMax);
  const absl::StatusOr<v1::ExplainHealthResponse> explained =
      ports_.queries.ExplainChanges(request);
  // An account that is gone meanwhile has moved all the same.
  if (absl::IsNotFound(explained.status())) return absl::OkStatus();
  RETURN_IF_ERROR(explained.status());
  const bool up = move.points_micros() > 0;
  std::map<std::string, int64_t> by_metric;
  const v1::ScoreChange* main = nullptr;
  int64_t main_points = 0;
  for (const v1::ScoreChange& change : explained->changes()) {
    const int64_t points = change.score_after_micros() - change.score_before_micros();
    if (Further(points, main_points, up)) {
      main = &change;
      main_points = points;
    }
    for (const v1::PointChange& metric : change.points()) {
      by_metric[metric.metric()] += metric.points_micros();
    }
  }
  if (main != nullptr) *mover.mutable_main_change() = *main;
  for (const auto& [metric, points] : by_metric) {
    if (!Further(points, mover.main_metric_points_micros(), up)) continue;
    mover.set_main_metric(metric);
    mover.set_main_metric_points_micros(points);
  }
  return absl::OkStatus();
}

}  // namespace bellwether::health
