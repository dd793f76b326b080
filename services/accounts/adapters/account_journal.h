// Account changes on their way into the journal.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_JOURNAL_H_
#define BELLWETHER_SERVICES_ACCOUNTS_ADAPTERS_ACCOUNT_JOURNAL_H_

#include "common/outbox/relay.h"
#include "services/accounts/application/account_repository.h"

namespace bellwether::accounts {

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
