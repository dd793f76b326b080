// A journal record in the terms of the domain: what the live fold and the re-fold apply.
#ifndef BELLWETHER_SERVICES_HEALTH_APPLICATION_JOURNAL_ITEM_H_
#define BELLWETHER_SERVICES_HEALTH_APPLICATION_JOURNAL_ITEM_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/health/domain/account.h"

namespace bellwether::health {

enum class ItemKind : uint8_t {
  kFact,
  kAccountChanged,
  kSubjectChanged,  // of another subject than an account: passes through
  kModelActivated,
  kImportRun,  // of a partition: passes through
};

// What a change of the score is put down to (H4). Views into the record.
struct ItemOrigin {
  absl::string_view source;
  absl::string_view id;
  absl::string_view import_run;  // empty for what is not imported
};

struct AccountChange {
  Attributes attributes;
  bool deleted = false;
  int64_t entity_version = 0;
};

struct JournalItem {
  ItemKind kind = ItemKind::kFact;
  absl::Time time;  // when it happened
  ItemOrigin origin;
  FactRecord fact;                           // kFact
  AccountChange change;                      // kAccountChanged
  absl::string_view subject_type;            // kSubjectChanged
  std::shared_ptr<const ActiveModel> model;  // kModelActivated
};

// Applies a fact or a change of the account record. The outcome of a fact.
inline std::optional<FactOutcome> ApplyToAccount(const JournalItem& item, const ActiveModel* model,
                                                 FoldDay now, Account& account, Changes& changes) {
  if (item.kind == ItemKind::kFact) return account.ApplyFact(model, item.fact, now, changes);
  if (item.kind == ItemKind::kAccountChanged) {
    account.ChangeAttributes(model, item.change.attributes, item.change.deleted,
                             item.change.entity_version, now, changes);
  }
  return std::nullopt;
}

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_APPLICATION_JOURNAL_ITEM_H_
