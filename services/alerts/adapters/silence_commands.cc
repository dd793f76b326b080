#include "services/alerts/adapters/silence_commands.h"

#include <utility>

#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/command/field_changes.h"
#include "services/alerts/adapters/silence_messages.h"
#include "services/alerts/adapters/sql_silences.h"

namespace bellwether::alerts {

absl::StatusOr<std::optional<Silence>> SilenceEntities::FindForUpdate(
    store::Transaction& transaction, const std::string& id) {
  return FindSilence(transaction, id, rows_.for_update);
}

absl::Status SilenceEntities::Insert(store::Transaction& transaction, Silence& silence) {
  ASSIGN_OR_RETURN(const int64_t present, CountSilencesFrom(transaction, silence.created));
  if (present >= kSilencesMax) {
    return FailedPrecondition("TOO_MANY_SILENCES", "silence",
                              "1 000 silences are in force or to come; end some of them", "L3");
  }
  return InsertSilence(transaction, silence);
}

absl::Status SilenceEntities::Update(store::Transaction& transaction, const Silence&,
                                     const Silence& after) {
  return UpdateSilence(transaction, after);
}

std::vector<outbox::OutboxRow> SilenceEntities::Outgoing(const Silence*, const Silence&,
                                                         const command::Moment&) const {
  return {};
}

std::vector<audit::v1::FieldChange> SilenceEntities::Difference(const Silence* before,
                                                                const Silence& after) const {
  if (before == nullptr) return command::FieldChanges(nullptr, ToProto(after));
  const v1::Silence was = ToProto(*before);
  return command::FieldChanges(&was, ToProto(after));
}

std::string SilenceEntities::Encode(const Silence& silence) const { return EncodeSilence(silence); }

absl::StatusOr<Silence> SilenceEntities::Decode(const std::string& bytes) const {
  return DecodeSilence(bytes);
}

SilenceCommands::SilenceCommands(command::Runner& runner, const CaseRowsContext& rows,
                                 store::Store& store, const Clock& clock)
    : entities_(rows),
      commands_(runner, entities_,
                {.type = "silence",
                 .not_found = {"SILENCE_NOT_FOUND", "name", "L3"},
                 .exists = {"SILENCE_EXISTS", "silence", "L3"}}),
      store_(store),
      clock_(clock) {}

absl::StatusOr<v1::Silence> SilenceCommands::Create(const v1::CreateSilenceRequest& request,
                                                    const rpc::Call& call) {
  ASSIGN_OR_RETURN(Silence wanted, FromProto(request.silence()));
  ASSIGN_OR_RETURN(Silence opened, OpenSilence(std::move(wanted), clock_.Now()));
  opened.id = NewUuid();
  opened.author = call.principal;
  ASSIGN_OR_RETURN(const Silence created,
                   commands_.Create(command::Of(request, call), std::move(opened)));
  return Show(created);
}

absl::StatusOr<v1::Silence> SilenceCommands::End(const v1::EndSilenceRequest& request,
                                                 const rpc::Call& call) {
  ASSIGN_OR_RETURN(const std::string id, SilenceIdOf(request.name()));
  ASSIGN_OR_RETURN(const Silence ended,
                   commands_.Change(command::Of(request, call), id,
                                    [&](const Silence& present, const command::Moment& moment) {
                                      return EndSilence(present, call.principal, moment.at);
                                    }));
  return Show(ended);
}

absl::StatusOr<v1::Silence> SilenceCommands::Show(const Silence& silence) const {
  ASSIGN_OR_RETURN(const auto transaction, store_.BeginRead());
  ASSIGN_OR_RETURN(const int64_t matching, CountMatching(*transaction, silence.matchers));
  return ToProto(silence, clock_.Now(), matching);
}

}  // namespace bellwether::alerts
