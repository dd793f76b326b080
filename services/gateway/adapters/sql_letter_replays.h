// Bulk replays of dead letters in the gateway's own tables.
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_SQL_LETTER_REPLAYS_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_SQL_LETTER_REPLAYS_H_

#include <optional>
#include <string>
#include <vector>

#include "common/store/store.h"
#include "services/gateway/application/letter_replays.h"

namespace bellwether::gateway {

// Thread-safe, blocks, and passes the store's failures on.
class SqlReplayRows final : public ReplayRows {
 public:
  explicit SqlReplayRows(store::Store& store) : store_(store) {}

  absl::Status Insert(const ingest::v1::StoredReplay& replay,
                      const std::string& request_id) override;
  absl::StatusOr<std::optional<KeptReplay>> Find(const std::string& name) override;
  absl::StatusOr<std::optional<KeptReplay>> FindByRequest(const std::string& request_id) override;
  absl::StatusOr<std::optional<KeptReplay>> Running() override;
  absl::StatusOr<std::vector<ingest::v1::DeadLetterReplay>> List(const std::string& after,
                                                                 int rows_max) override;
  absl::StatusOr<bool> Advance(const KeptReplay& replay, absl::Span<const Result> results) override;
  absl::Status AskToCancel(const std::string& name) override;
  absl::StatusOr<bool> Prune(absl::Time ended_before) override;
  absl::StatusOr<std::vector<Result>> Results(const std::string& name,
                                              ingest::v1::LetterReplayState state,
                                              int64_t after_position, int rows_max) override;

 private:
  absl::StatusOr<std::optional<KeptReplay>> FindWhere(absl::string_view condition,
                                                      absl::Span<const store::Value> parameters);

  store::Store& store_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_SQL_LETTER_REPLAYS_H_
