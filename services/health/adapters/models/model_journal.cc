#include "services/health/adapters/models/model_journal.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/config/document.h"
#include "common/journal/entry.h"
#include "common/outbox/outbox.h"
#include "services/health/adapters/models/model_messages.h"
#include "services/health/shipped_files.h"

namespace bellwether::health {
namespace {

constexpr char kSource[] = "bellwether/health";

bool IsPath(const std::string& model) {
  return absl::StrContains(model, '/') || absl::EndsWith(model, ".yaml");
}

}  // namespace

absl::StatusOr<events::v1::ModelActivated> LoadModel(const std::string& model,
                                                     const std::string& metrics_file,
                                                     const std::string& feeds) {
  events::v1::ModelActivated activated;
  config::SourceMap metrics_lines;
  RETURN_IF_ERROR(config::ReadShipped(metrics_file, "metrics.yaml", ShippedFiles(),
                                      *activated.mutable_catalogue(), metrics_lines));
  config::SourceMap model_lines;
  const absl::Status read =
      config::ReadShipped(IsPath(model) ? model : "", absl::StrCat(model, ".yaml"), ShippedFiles(),
                          *activated.mutable_model(), model_lines);
  if (absl::IsNotFound(read) && !IsPath(model)) {
    return InvalidArgument("MODEL_UNKNOWN", "model", read.message(), "H3");
  }
  RETURN_IF_ERROR(read);
  for (const absl::string_view feed : absl::StrSplit(feeds, ',', absl::SkipWhitespace())) {
    activated.mutable_model()->add_feeds(std::string(absl::StripAsciiWhitespace(feed)));
  }
  config::Problems problems;
  for (ModelProblem& problem : ProblemsOf(activated.catalogue(), activated.model())) {
    const config::SourceMap& lines = problem.in_catalogue ? metrics_lines : model_lines;
    problems.Add({lines.PlaceOf(problem.field), problem.field, std::move(problem.message)});
  }
  RETURN_IF_ERROR(problems.ToStatus());
  return activated;
}

absl::StatusOr<bool> ShipModel(store::Store& store, const events::v1::ModelActivated& model,
                               int32_t partitions, absl::Time now) {
  events::v1::JournalEntry entry;
  *entry.mutable_model_activated() = model;
  const auto fingerprint = static_cast<int64_t>(Fingerprint64(entry.SerializeAsString()));
  ASSIGN_OR_RETURN(const auto transaction, store.Begin());
  // Written before anything else, so that of replicas that start together one is the first.
  ASSIGN_OR_RETURN(
      const int64_t first,
      transaction->Execute("INSERT INTO health_shipped_model (singleton, fingerprint, "
                           "activated_at) VALUES (1, $1, $2) ON CONFLICT (singleton) DO NOTHING",
                           {fingerprint, absl::ToUnixMicros(absl::UnixEpoch())}));
  if (first == 0) {
    ASSIGN_OR_RETURN(const store::Rows shipped,
                     transaction->Query(absl::StrCat("SELECT fingerprint FROM health_shipped_model "
                                                     "WHERE singleton = 1",
                                                     store.ForUpdate())));
    if (shipped[0].Int(0) == fingerprint) return false;
  }
  const absl::Time change_time = first == 1 ? absl::UnixEpoch() : now;
  const std::string id = absl::StrCat(model.model().model_id(), "-", model.model().version(), "-",
                                      absl::ToUnixMicros(change_time));
  std::vector<outbox::OutboxRow> rows;
  for (int32_t p = 0; p < partitions; ++p) {
    journal::Envelope envelope;
    envelope.id = id;
    envelope.source = kSource;
    envelope.time = change_time;
    const std::string key = journal::PartitionKey(p);
    bus::Message message = journal::EncodeEntry(envelope, key, entry);
    // When it is recorded is the relay's to say.
    std::erase_if(message.headers,
                  [](const bus::Header& header) { return header.name == bus::kHeaderRecordedAt; });
    rows.push_back({.subject = key,
                    .entity_version = absl::ToUnixMicros(now),
                    .topic = bus::kJournalTopic,
                    .partition = p,
                    .message = std::move(message),
                    .change_time = change_time});
  }
  RETURN_IF_ERROR(outbox::Append(*transaction, rows, now));
  RETURN_IF_ERROR(
      transaction
          ->Execute("UPDATE health_shipped_model SET fingerprint = $1, activated_at = $2 "
                    "WHERE singleton = 1",
                    {fingerprint, absl::ToUnixMicros(change_time)})
          .status());
  RETURN_IF_ERROR(transaction->Commit());
  return true;
}

outbox::Stamp ModelStamp::StampOf(absl::Time now, absl::Time change_time) const {
  if (change_time == absl::UnixEpoch()) return {.recorded_at = change_time};
  outbox::Stamp stamp = JournalStamp::StampOf(now, change_time);
  if (stamp.backfill) stamp.recorded_at = absl::UnixEpoch();
  return stamp;
}

}  // namespace bellwether::health
