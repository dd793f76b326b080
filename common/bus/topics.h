// The topics of a deployment and the headers of their records, by name, in one place.
#ifndef BELLWETHER_COMMON_BUS_TOPICS_H_
#define BELLWETHER_COMMON_BUS_TOPICS_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace bellwether::bus {

inline constexpr char kFactsTopic[] = "bellwether.facts.v1";
inline constexpr char kJournalTopic[] = "bellwether.journal.v1";
inline constexpr char kSignalsTopic[] = "bellwether.signals.v1";
inline constexpr char kClockTopic[] = "bellwether.clock.v1";  // one partition
inline constexpr char kAlertsTopic[] = "bellwether.alerts.v1";
inline constexpr char kDeadLetterTopic[] = "bellwether.deadletter.v1";

inline constexpr int32_t kPartitionsDefault = 12;

// CloudEvents 1.0 attributes in binary mode.
inline constexpr char kHeaderSpecVersion[] = "ce_specversion";
inline constexpr char kHeaderId[] = "ce_id";
inline constexpr char kHeaderSource[] = "ce_source";
inline constexpr char kHeaderType[] = "ce_type";
inline constexpr char kHeaderTime[] = "ce_time";  // RFC 3339, UTC, microseconds
inline constexpr char kHeaderSubject[] = "ce_subject";
inline constexpr char kHeaderContentType[] = "content-type";
inline constexpr char kHeaderTraceParent[] = "traceparent";
// When the record was accepted: decimal microseconds since the epoch.
inline constexpr char kHeaderRecordedAt[] = "recorded_at";
// The import run or merge a record belongs to; absent for live facts.
inline constexpr char kHeaderOrigin[] = "origin";
// "1" on records that build a past: what they decide is stored, never notified.
inline constexpr char kHeaderBackfill[] = "backfill";

inline constexpr char kContentTypeProtobuf[] = "application/protobuf";
inline constexpr char kContentTypeJson[] = "application/json";

// ce_type values of journal records. Facts are "bellwether.fact.<kind>.v1", changes of subjects
// "bellwether.<subject type>.changed.v1" (journal::SubjectRecordType).
inline constexpr char kTypeTick[] = "bellwether.tick.v1";
inline constexpr char kTypeAccountChanged[] = "bellwether.account.changed.v1";
inline constexpr char kTypeOpportunityChanged[] = "bellwether.opportunity.changed.v1";
inline constexpr char kTypeModelActivated[] = "bellwether.model.activated.v1";
inline constexpr char kTypeImportRunStarted[] = "bellwether.import_run.started.v1";
inline constexpr char kTypeImportRunRenewed[] = "bellwether.import_run.renewed.v1";
inline constexpr char kTypeImportRunEnded[] = "bellwether.import_run.ended.v1";
inline constexpr char kTypeSemanticsChanged[] = "bellwether.semantics.changed.v1";
inline constexpr char kTypeImportRunWithdrawn[] = "bellwether.import_run.withdrawn.v1";
inline constexpr char kTypeClockRound[] = "bellwether.clock.round.v1";
inline constexpr char kTypeSignal[] = "bellwether.signal.v1";
inline constexpr char kTypeAlertChanged[] = "bellwether.alert.changed.v1";

constexpr bool IsImportRunType(absl::string_view type) {
  return type == kTypeImportRunStarted || type == kTypeImportRunRenewed ||
         type == kTypeImportRunEnded;
}
// Records of these types belong to a partition, not to an account: their key is "partition-<n>".
constexpr bool BelongsToPartition(absl::string_view type) {
  return type == kTypeTick || type == kTypeModelActivated || type == kTypeSemanticsChanged ||
         type == kTypeImportRunWithdrawn || IsImportRunType(type);
}

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_TOPICS_H_
