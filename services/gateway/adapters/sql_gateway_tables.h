// The gateway's tables.
#ifndef BELLWETHER_SERVICES_GATEWAY_ADAPTERS_SQL_GATEWAY_TABLES_H_
#define BELLWETHER_SERVICES_GATEWAY_ADAPTERS_SQL_GATEWAY_TABLES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/store/store.h"
#include "services/gateway/application/dead_letters.h"
#include "services/gateway/application/facts_topic.h"
#include "services/gateway/application/journal_state.h"

namespace bellwether::gateway {

// Once per store, at start.
absl::Status CreateTables(store::Store& store);

// All are thread-safe, block, and pass the store's failures on.
class SqlJournalRow final : public JournalRow {
 public:
  explicit SqlJournalRow(store::Store& store) : store_(store) {}

  absl::StatusOr<Values> Load() override;
  absl::StatusOr<Values> MoveTo(JournalPhase phase, JournalPhase from_max) override;
  absl::Status SetBackfilledUntil(absl::Time time) override;
  absl::Status SetSemantics(journal::Semantics semantics) override;

 private:
  store::Store& store_;
};

class SqlReplayedLetters final : public ReplayedLetters {
 public:
  explicit SqlReplayedLetters(store::Store& store) : store_(store) {}

  absl::StatusOr<Attempts> Among(const std::vector<std::string>& names) override;
  absl::Status Add(const std::string& name, const ingest::v1::LetterReplay& attempt) override;

 private:
  store::Store& store_;
};

class SqlFactsOffsets final : public FactsOffsets {
 public:
  explicit SqlFactsOffsets(store::Store& store) : store_(store) {}

  absl::StatusOr<std::optional<Place>> Load(int32_t partition) override;
  absl::Status Begin(int32_t partition, const Place& place) override;
  absl::Status BeginAgain(int32_t partition, const Place& place) override;
  absl::Status Advance(absl::string_view log_id,
                       const std::map<int32_t, int64_t>& next_offsets) override;

 private:
  absl::Status Store(int32_t partition, const Place& place, absl::string_view replaced_where);

  store::Store& store_;
};

}  // namespace bellwether::gateway

#endif  // BELLWETHER_SERVICES_GATEWAY_ADAPTERS_SQL_GATEWAY_TABLES_H_
