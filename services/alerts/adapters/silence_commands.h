// Making silences and ending them (L3).
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_SILENCE_COMMANDS_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_SILENCE_COMMANDS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bellwether/alerts/v1/alerts_service.pb.h"
#include "common/base/clock.h"
#include "common/command/entity_commands.h"
#include "common/rpc/call.h"
#include "services/alerts/adapters/sql_case_rows.h"
#include "services/alerts/domain/silence.h"

namespace bellwether::alerts {

// Silences as commands see them. Thread-safe.
class SilenceEntities final : public command::Entities<Silence> {
 public:
  explicit SilenceEntities(const CaseRowsContext& rows) : rows_(rows) {}

  absl::StatusOr<std::optional<Silence>> FindForUpdate(store::Transaction& transaction,
                                                       const std::string& id) override;
  // FAILED_PRECONDITION / TOO_MANY_SILENCES.
  absl::Status Insert(store::Transaction& transaction, Silence& silence) override;
  absl::Status Update(store::Transaction& transaction, const Silence& before,
                      const Silence& after) override;
  std::vector<outbox::OutboxRow> Outgoing(const Silence* before, const Silence& after,
                                          const command::Moment& moment) const override;
  std::vector<audit::v1::FieldChange> Difference(const Silence* before,
                                                 const Silence& after) const override;
  std::string Encode(const Silence& silence) const override;
  absl::StatusOr<Silence> Decode(const std::string& bytes) const override;

 private:
  const CaseRowsContext& rows_;
};

// Thread-safe; outlived by what it refers to. Errors as command::Runner and the domain.
class SilenceCommands {
 public:
  SilenceCommands(command::Runner& runner, const CaseRowsContext& rows, store::Store& store,
                  const Clock& clock);

  absl::StatusOr<v1::Silence> Create(const v1::CreateSilenceRequest& request,
                                     const rpc::Call& call);
  absl::StatusOr<v1::Silence> End(const v1::EndSilenceRequest& request, const rpc::Call& call);

 private:
  // As it is seen now.
  absl::StatusOr<v1::Silence> Show(const Silence& silence) const;

  SilenceEntities entities_;
  command::EntityCommands<Silence> commands_;
  store::Store& store_;
  const Clock& clock_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_SILENCE_COMMANDS_H_
