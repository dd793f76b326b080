#include "services/health/application/correction.h"

#include <algorithm>
#include <utility>

#include "common/base/status.h"

namespace bellwether::health {

void Standing::Add(const JournalItem& item) {
  if (item.kind == ItemKind::kFactRetracted) {
    Correction& correction = corrections_[item.retraction.fact_id];
    correction.retracted = std::max(correction.retracted, item.retraction.up_to);
  } else if (item.kind == ItemKind::kImportRunWithdrawn) {
    withdrawn_.insert(std::string(item.withdrawn_run));
  } else if (item.kind == ItemKind::kFact && item.fact.revision > 0) {
    said_.push_back(
        {item.fact.identity.id(), item.fact.revision, std::string(item.origin.import_run)});
  }
}

void Standing::Settle() {
  for (const Said& said : said_) {
    if (IsWithdrawn(said.import_run)) continue;
    Correction& correction = corrections_[said.id];
    correction.said = std::max(correction.said, said.revision);
  }
}

bool Standing::Counts(const JournalItem& fact) const {
  if (IsWithdrawn(fact.origin.import_run)) return false;
  const auto correction = corrections_.find(fact.fact.identity.id());
  return correction == corrections_.end() || !correction->second.Excludes(fact.fact.revision);
}

bool Concerns(const JournalItem& correcting, const JournalItem& fact) {
  switch (correcting.kind) {
    case ItemKind::kFact:
      return fact.fact.identity.id() == correcting.fact.identity.id();
    case ItemKind::kFactRetracted:
      return fact.fact.identity.id() == correcting.retraction.fact_id;
    case ItemKind::kImportRunWithdrawn:
      return fact.origin.import_run == correcting.withdrawn_run;
    default:
      return false;
  }
}

bool TakesBack(const JournalItem& item, const FactSaid& fact) {
  switch (item.kind) {
    case ItemKind::kFact:
      return item.fact.revision > 0 && item.origin.source == fact.source &&
             item.origin.id == fact.id;
    case ItemKind::kFactRetracted:
      return item.retracted.source == fact.source && item.retracted.id == fact.id;
    case ItemKind::kImportRunWithdrawn:
      return item.withdrawn_run == fact.import_run;
    default:
      return false;
  }
}

absl::StatusOr<std::optional<FactOutcome>> ApplyToAccount(const JournalItem& item,
                                                          const ActiveModel* model, FoldDay now,
                                                          FoldAgain again, Account& account,
                                                          Changes& changes) {
  switch (item.kind) {
    case ItemKind::kFact: {
      if (!account.MustFoldAgain(model, item.fact)) {
        return account.ApplyFact(model, item.fact, now, changes);
      }
      ASSIGN_OR_RETURN(Corrected corrected, again());
      account.TakeCorrected(model, std::move(corrected.account),
                            corrected.from.value_or(item.fact.day), now, changes);
      return item.fact.day < now.today ? FactOutcome::kLate : FactOutcome::kCounted;
    }
    case ItemKind::kFactRetracted: {
      if (account.MustFoldAgain(model, item.retraction)) {
        ASSIGN_OR_RETURN(Corrected corrected, again());
        if (corrected.from) {
          account.TakeCorrected(model, std::move(corrected.account), *corrected.from, now, changes);
          return FactOutcome::kCounted;
        }
      }
      return account.Retract(model, item.retraction, now) ? FactOutcome::kCounted
                                                          : FactOutcome::kDuplicate;
    }
    case ItemKind::kAccountChanged:
      account.ChangeAttributes(model, item.change.attributes, item.change.deleted,
                               item.change.entity_version, now, changes);
      return std::nullopt;
    default:
      return std::nullopt;
  }
}

absl::Status ApplyWithdrawal(const ActiveModel* model, FoldDay now, FoldAgain again,
                             Account& account, Changes& changes) {
  ASSIGN_OR_RETURN(Corrected corrected, again());
  if (!corrected.from) return absl::OkStatus();
  account.TakeCorrected(model, std::move(corrected.account), *corrected.from, now, changes);
  return absl::OkStatus();
}

}  // namespace bellwether::health
