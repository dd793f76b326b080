// Facts that do not count: the account folded again without them, as a step in journal order (H1).
#ifndef BELLWETHER_SERVICES_HEALTH_APPLICATION_CORRECTION_H_
#define BELLWETHER_SERVICES_HEALTH_APPLICATION_CORRECTION_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/health/application/journal_item.h"
#include "services/health/domain/account.h"

namespace bellwether::health {

// Which facts of an account count, as of some place in its history.
class Standing {
 public:
  // Every item up to that place, in order; then Settle.
  void Add(const JournalItem& item);
  void Settle();

  bool Counts(const JournalItem& fact) const;

 private:
  struct Said {
    uint64_t id = 0;
    int64_t revision = 0;
    std::string import_run;
  };
  bool IsWithdrawn(absl::string_view import_run) const {
    return !import_run.empty() && withdrawn_.contains(import_run);
  }

  absl::flat_hash_map<uint64_t, Correction> corrections_;
  absl::flat_hash_set<std::string> withdrawn_;
  std::vector<Said> said_;  // revisions above the first
};

// What an item takes out of the account: all copies of one fact, or all facts of an import run.
bool Concerns(const JournalItem& correcting, const JournalItem& fact);

// A fact by the words of its record.
struct FactSaid {
  absl::string_view source;
  absl::string_view id;
  absl::string_view import_run;
};
// The item, which comes after the fact and has an effect, takes it back.
bool TakesBack(const JournalItem& item, const FactSaid& fact);

// The account as its history has it up to the item being applied, without what does not count then.
struct Corrected {
  Account account;
  std::optional<Day> from;  // the earliest day of a fact that the item concerns; none in history
};
using FoldAgain = absl::FunctionRef<absl::StatusOr<Corrected>()>;

// Applies an item of the account to it. The outcome of a fact or a retraction. Fails only as
// `again` does, the account being as it was.
absl::StatusOr<std::optional<FactOutcome>> ApplyToAccount(const JournalItem& item,
                                                          const ActiveModel* model, FoldDay now,
                                                          FoldAgain again, Account& account,
                                                          Changes& changes);
// The import run of some of its facts is withdrawn.
absl::Status ApplyWithdrawal(const ActiveModel* model, FoldDay now, FoldAgain again,
                             Account& account, Changes& changes);

}  // namespace bellwether::health

#endif  // BELLWETHER_SERVICES_HEALTH_APPLICATION_CORRECTION_H_
