// Account changes on their way into the journal.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_JOURNAL_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_JOURNAL_H_

#include "common/outbox/outbox.h"
#include "common/outbox/relay.h"
#include "services/accounts/application/account_changes.h"
#include "services/accounts/domain/account.h"

namespace bellwether::accounts {

// An events.v1.SubjectChanged, keyed by account. `past` is when it takes effect in a journal that
// builds a past.
outbox::OutboxRow JournalRow(const Account& account, absl::Time past, absl::Time now);

// Writes events.v1.SubjectChanged entries into the outbox, keyed by account. Thread-safe; outlived
// by the relay.
class AccountJournal final : public AccountChanges {
 public:
  explicit AccountJournal(outbox::Relay& relay) : relay_(relay) {}

  absl::Status Record(store::Transaction& transaction, const Account& account, absl::Time past,
                      absl::Time now) override;
  void Committed() override { relay_.Wake(); }

 private:
  outbox::Relay& relay_;
};

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_JOURNAL_H_
