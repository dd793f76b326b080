// A journal record in the terms of the domain: what the live fold and the re-fold apply.
#ifndef BELLWETHER_SERVICES_HEALTH_APPLICATION_JOURNAL_ITEM_H_
#define BELLWETHER_SERVICES_HEALTH_APPLICATION_JOURNAL_ITEM_H_

#include <cstdint>
#include <memory>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/health/domain/account.h"

namespace bellwether::health {

enum class ItemKind : uint8_t {
  kFact,
  kFactRetracted,
  kAccountChanged,
  kSubjectChanged,  // of another subject than an account: passes through
  kModelActivated,
  kImportRun,         // of a partition: passes through
  kSemanticsChanged,  // of what comes after it; the reader of journal items knows
  kImportRunWithdrawn,
};

// What a change of the score is put down to (H4). Views into the record.
struct ItemOrigin {
  absl::string_view source;
  absl::string_view id;
  absl::string_view import_run;  // empty for what is not imported
};

// Views into the record, or into what read it.
struct FactName {
  absl::string_view source;
  absl::string_view id;
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
  Retraction retraction;                     // kFactRetracted
  FactName retracted;                        // kFactRetracted
  absl::string_view withdrawn_run;           // kImportRunWithdrawn
  AccountChange change;                      // kAccountChanged
  absl::string_view subject_type;            // kSubjectChanged
  std::shared_ptr<const ActiveModel> model;  // kModelActivated
};

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_APPLICATION_JOURNAL_ITEM_H_
