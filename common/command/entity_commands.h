// Commands on one kind of entity: open one, and change one.
#ifndef BELLWETHER_COMMON_COMMAND_ENTITY_COMMANDS_H_
#define BELLWETHER_COMMON_COMMAND_ENTITY_COMMANDS_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/command/command.h"
#include "common/command/runner.h"
#include "common/outbox/outbox.h"
#include "common/rpc/paging.h"
#include "common/store/store.h"

namespace bellwether::command {

// What is said of a kind of entity, whichever command is given.
struct EntityKind {
  std::string type;       // of audit entries: "opportunity"
  ErrorDetail not_found;  // NOT_FOUND, of a command on one that is not there
  ErrorDetail exists;     // ALREADY_EXISTS, of a command that opens one
};

// Port: the entities of one kind as they are stored. An Entity has `id`, `version` (from 1, one
// more with every change), `created` and `updated`, and is comparable. Thread-safe; works in the
// transaction it is given.
template <typename Entity>
class Entities {
 public:
  virtual ~Entities() = default;

  // Nobody else changes the entity until the transaction ends.
  virtual absl::StatusOr<std::optional<Entity>> FindForUpdate(store::Transaction& transaction,
                                                              const std::string& id) = 0;
  // Completes what a change has decided by what it sees in the transaction.
  virtual absl::Status Complete(store::Transaction&, const Entity& /*before*/, Entity& /*wanted*/) {
    return absl::OkStatus();
  }
  // Both check first what needs a look at the clock (`updated`) or at the other entities; Insert
  // may complete the entity by what it sees there. With a version above 1 it stands in the place of
  // one that is gone.
  virtual absl::Status Insert(store::Transaction& transaction, Entity& entity) = 0;
  virtual absl::Status Update(store::Transaction& transaction, const Entity& before,
                              const Entity& after) = 0;

  // For callers there is none any more, though its versions go on where one is opened anew.
  virtual bool IsGone(const Entity& /*entity*/) const { return false; }

  // What leaves because of a change; null: the entity is new.
  virtual std::vector<outbox::OutboxRow> Outgoing(const Entity* before, const Entity& after,
                                                  const Moment& moment) const = 0;
  // For the audit entry: the fields that differ in the form that callers see.
  virtual std::vector<audit::v1::FieldChange> Difference(const Entity* before,
                                                         const Entity& after) const = 0;
  // The entity as bytes, for answers that are kept.
  virtual std::string Encode(const Entity& entity) const = 0;
  virtual absl::StatusOr<Entity> Decode(const std::string& bytes) const = 0;
};

// Thread-safe; outlived by what it refers to. Errors as Runner::Run, of the port and of decisions.
template <typename Entity>
class EntityCommands {
 public:
  EntityCommands(Runner& runner, Entities<Entity>& entities, EntityKind kind)
      : runner_(runner), entities_(entities), kind_(std::move(kind)) {}

  // `opened` is valid by itself: found out before, so that what can never be disturbs nobody's
  // group.
  absl::StatusOr<Entity> Create(const Command& command, Entity opened) {
    return Run(
        command,
        [&](store::Transaction& transaction, const Moment& moment) -> absl::StatusOr<Outcome> {
          ASSIGN_OR_RETURN(const std::optional<Entity> present,
                           entities_.FindForUpdate(transaction, opened.id));
          if (present.has_value() && !entities_.IsGone(*present)) {
            return Error(absl::StatusCode::kAlreadyExists, kind_.exists, "one of that id exists");
          }
          Entity entity = opened;
          entity.version = present.has_value() ? present->version + 1 : 1;
          entity.created = entity.updated = moment.at;
          RETURN_IF_ERROR(entities_.Insert(transaction, entity));
          return OutcomeOf(nullptr, entity, moment);
        });
  }

  // `decide` turns the present entity into the wanted one, or refuses; it may run more than once. A
  // decision that changes nothing writes nothing.
  using Decide =
      absl::FunctionRef<absl::StatusOr<Entity>(const Entity& present, const Moment& moment)>;
  absl::StatusOr<Entity> Change(const Command& command, const std::string& id, Decide decide) {
    return Run(
        command,
        [&](store::Transaction& transaction, const Moment& moment) -> absl::StatusOr<Outcome> {
          ASSIGN_OR_RETURN(const std::optional<Entity> present,
                           entities_.FindForUpdate(transaction, id));
          if (!present.has_value() || entities_.IsGone(*present)) {
            return Error(absl::StatusCode::kNotFound, kind_.not_found,
                         "there is none of that name");
          }
          RETURN_IF_ERROR(rpc::CheckEtag(command.etag, present->version));
          if (moment.past && moment.at < present->updated) {
            return FailedPrecondition("EFFECTIVE_TIME_NOT_ALLOWED", rpc::kEffectiveTimeMetadata,
                                      "lies before the last change");
          }
          ASSIGN_OR_RETURN(Entity wanted, decide(*present, moment));
          RETURN_IF_ERROR(entities_.Complete(transaction, *present, wanted));
          wanted.version = present->version;
          wanted.created = present->created;
          wanted.updated = present->updated;
          if (wanted == *present) return Outcome{.answer = entities_.Encode(wanted)};
          ++wanted.version;
          wanted.updated = moment.at;
          RETURN_IF_ERROR(entities_.Update(transaction, *present, wanted));
          return OutcomeOf(&*present, wanted, moment);
        });
  }

 private:
  absl::StatusOr<Entity> Run(const Command& command, Runner::Change change) {
    ASSIGN_OR_RETURN(const std::string answer, runner_.Run(command, change));
    return entities_.Decode(answer);
  }

  Outcome OutcomeOf(const Entity* before, const Entity& after, const Moment& moment) const {
    return {.answer = entities_.Encode(after),
            .changed = true,
            .subject_type = kind_.type,
            .subject_id = after.id,
            .subject_version = after.version,
            .changes = entities_.Difference(before, after),
            .outgoing = entities_.Outgoing(before, after, moment)};
  }

  Runner& runner_;
  Entities<Entity>& entities_;
  const EntityKind kind_;
};

}  // namespace bellwether::command

#endif  // BELLWETHER_COMMON_COMMAND_ENTITY_COMMANDS_H_
