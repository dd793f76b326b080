#include "common/stream/processor_metrics.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

namespace bellwether::stream {
namespace {

constexpr PartitionState kStates[] = {PartitionState::kLoading, PartitionState::kFoldingBack,
                                      PartitionState::kLive,    PartitionState::kPaused,
                                      PartitionState::kRefused, PartitionState::kFenced};

void Add(metrics::Counter& counter, int64_t before, int64_t now) {
  counter.Increment(static_cast<double>(now - before));
}

int64_t CountOf(const std::map<std::string, int64_t>& counts, const std::string& name) {
  const auto found = counts.find(name);
  return found == counts.end() ? 0 : found->second;
}

}  // namespace

ProcessorMetrics::ProcessorMetrics(metrics::Registry& registry, absl::string_view processor)
    : processor_(processor),
      lag_records_(registry.Gauges("bellwether_stream_lag_records", "Records not applied yet.",
                                   {"processor", "partition"})),
      lag_seconds_(registry.Gauges("bellwether_stream_lag_seconds",
                                   "Age of the last applied record while others wait.",
                                   {"processor", "partition"})),
      checkpoint_age_seconds_(registry.Gauges("bellwether_stream_checkpoint_age_seconds",
                                              "Time since the last commit.",
                                              {"processor", "partition"})),
      outstanding_effects_(registry.Gauges("bellwether_stream_outstanding_effects",
                                           "Effects the bus has not acknowledged.",
                                           {"processor", "partition"})),
      state_(registry.Gauges("bellwether_stream_partition_state",
                             "1 for the state the partition is in.",
                             {"processor", "partition", "state"})),
      records_(
          registry.Counters("bellwether_stream_records_total", "Records applied.", {"processor"})
              .With({processor})),
      ticks_(registry.Counters("bellwether_stream_ticks_total", "Ticks applied.", {"processor"})
                 .With({processor})),
      muted_(registry
                 .Counters("bellwether_stream_muted_records_total",
                           "Records and ticks folded again without effects.", {"processor"})
                 .With({processor})),
      timers_(registry.Counters("bellwether_stream_timers_total", "Timers fired.", {"processor"})
                  .With({processor})),
      effects_(registry
                   .Counters("bellwether_stream_effects_total", "Messages handed to the bus.",
                             {"processor"})
                   .With({processor})),
      checkpoints_(registry
                       .Counters("bellwether_stream_checkpoints_total", "Checkpoints committed.",
                                 {"processor"})
                       .With({processor})),
      fenced_(registry
                  .Counters("bellwether_stream_fenced_total",
                            "Commits refused because another member has the partition.",
                            {"processor"})
                  .With({processor})),
      poll_errors_(
          registry.Counters("bellwether_stream_poll_errors_total", "Failed polls.", {"processor"})
              .With({processor})),
      cache_failures_(registry
                          .Counters("bellwether_stream_cache_failures_total",
                                    "Failed writes to the live cache.", {"processor"})
                          .With({processor})),
      cache_losses_(registry
                        .Counters("bellwether_stream_cache_losses_total",
                                  "Times the live cache had forgotten a partition.", {"processor"})
                        .With({processor})),
      cache_refills_(registry
                         .Counters("bellwether_stream_cache_refills_total",
                                   "Partitions put whole into the live cache.", {"processor"})
                         .With({processor})),
      dead_letters_(registry.Counters("bellwether_stream_dead_letters_total",
                                      "Records sent to the dead letter.", {"processor", "reason"})),
      reloads_(registry.Counters("bellwether_stream_reloads_total",
                                 "Partitions dropped to be loaded again.",
                                 {"processor", "reason"})) {}

void ProcessorMetrics::Observe(const std::vector<PartitionStatus>& partitions,
                               const std::vector<Counters>& counters) {
  std::set<int32_t> gone = observed_;
  for (const PartitionStatus& status : partitions) {
    ObservePartition(status);
    gone.erase(status.partition);
  }
  // Another process has them now and reports them.
  for (const int32_t partition : gone) {
    PartitionStatus nothing;
    nothing.partition = partition;
    ObservePartition(nothing);
    state_.With({processor_, absl::StrCat(partition), NameOf(nothing.state)}).Set(0);
  }
  last_.resize(counters.size());
  for (size_t i = 0; i < counters.size(); ++i) {
    CountSince(last_[i], counters[i]);
    last_[i] = counters[i];
  }
}

void ProcessorMetrics::ObservePartition(const PartitionStatus& status) {
  observed_.insert(status.partition);
  const std::string partition = absl::StrCat(status.partition);
  lag_records_.With({processor_, partition})
      .Set(static_cast<double>(status.lag_records.value_or(0)));
  lag_seconds_.With({processor_, partition}).Set(absl::ToDoubleSeconds(status.lag));
  checkpoint_age_seconds_.With({processor_, partition})
      .Set(absl::ToDoubleSeconds(status.checkpoint_age));
  outstanding_effects_.With({processor_, partition})
      .Set(static_cast<double>(status.effects_outstanding));
  for (const PartitionState state : kStates) {
    state_.With({processor_, partition, NameOf(state)}).Set(state == status.state ? 1 : 0);
  }
}

void ProcessorMetrics::CountSince(const Counters& before, const Counters& now) {
  Add(records_, before.records, now.records);
  Add(ticks_, before.ticks, now.ticks);
  Add(muted_, before.records_muted, now.records_muted);
  Add(timers_, before.timers, now.timers);
  Add(effects_, before.effects, now.effects);
  Add(checkpoints_, before.checkpoints, now.checkpoints);
  Add(fenced_, before.fenced, now.fenced);
  Add(poll_errors_, before.poll_errors, now.poll_errors);
  Add(cache_failures_, before.cache_failures, now.cache_failures);
  Add(cache_losses_, before.cache_losses, now.cache_losses);
  Add(cache_refills_, before.cache_refills, now.cache_refills);
  for (const auto& [reason, count] : now.dead_letters) {
    Add(dead_letters_.With({processor_, reason}), CountOf(before.dead_letters, reason), count);
  }
  for (const auto& [reason, count] : now.reloads) {
    Add(reloads_.With({processor_, reason}), CountOf(before.reloads, reason), count);
  }
}

}  // namespace bellwether::stream
