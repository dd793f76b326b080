// The signal step and the live health of an account as bytes, for the path every fact takes.
#ifndef BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_LIVE_ENCODER_H_
#define BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_LIVE_ENCODER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "bellwether/health/v1/health_service.pb.h"
#include "services/health/domain/account.h"

namespace bellwether::health {

// One step of a signal. Messages come serialised; empty means not set.
struct StepParts {
  absl::Time time;
  bool backfill = false;
  absl::string_view cause;
  absl::string_view attributes;
  absl::string_view fields;  // any others of events.v1.SignalStep, whole
};

// What the live health says beside the values.
struct HealthParts {
  absl::string_view account_id;
  absl::Time as_of;
  int64_t version = 0;
  absl::string_view cause;  // serialised; empty where nothing moved the score just now
  int64_t score_before = kAbsent;
  bool previous_absent = false;  // there is a cause, and no score before it
};

// Bound to one model, whose names it holds encoded. Uses its memory again; one thread.
class LiveEncoder {
 public:
  // Null: no model is active.
  explicit LiveEncoder(std::shared_ptr<const ActiveModel> model);

  // Appends a step of events.v1.Signal: the field with its tag.
  void AppendStep(const StepParts& parts, const Changes& changes, std::string& out) const;
  // The same with every value.
  void AppendFullStep(const StepParts& parts, const std::vector<int64_t>& values,
                      std::string& out) const;

  // Sets `out` to a health.v1.AccountHealth.
  void EncodeHealth(const HealthParts& parts, const Account& account, std::string& out);

 private:
  // What of a dimension or metric with data is to be written.
  struct Entry {
    const std::string* head;
    int64_t value;
    int64_t points;
    int64_t contribution;
    size_t size;
  };
  void AppendScores(const Account& account, std::string& out);

  std::shared_ptr<const ActiveModel> model_;
  std::vector<std::string> value_heads_;      // NamedValue.name, by value
  std::vector<std::string> metric_heads_;     // MetricValue.metric, by metric
  std::vector<std::string> dimension_heads_;  // DimensionScore.dimension_id
  std::vector<std::string> absent_metrics_;   // AccountHealth.metrics without data, whole
  Breakdown breakdown_;
  std::vector<Entry> entries_;
  size_t health_bytes_ = 0;                               // the largest so far
  std::vector<const MetricContribution*> contributions_;  // by metric; null for the others
  v1::AccountHealth head_;  // everything but dimensions, metrics and cause
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_ADAPTERS_FOLD_LIVE_ENCODER_H_
