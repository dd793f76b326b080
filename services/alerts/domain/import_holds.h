// The accounts whose judgement waits for an import to end. Pure.
//
// Facts of an import come one by one, and the conditions in between never held: so an account that
// a running import touches is not judged until no run that has touched it is under way, and then
// once, against the whole. A run ends by its own word or by its lease, in stream time, whichever is
// first. News of the account that no import brought does not wait for ever: `wait_max` after the
// first of it the account is judged although the run goes on, and the run's next fact holds it
// anew.
#ifndef BELLWETHER_SERVICES_ALERTS_DOMAIN_IMPORT_HOLDS_H_
#define BELLWETHER_SERVICES_ALERTS_DOMAIN_IMPORT_HOLDS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace bellwether::alerts {

inline constexpr absl::Duration kImportHoldMaxDefault = absl::Minutes(15);

// What the store keeps of a held account.
struct AccountHold {
  absl::Time since;
  // When the first news came that no import under way brought; infinite future while there is none.
  absl::Time news_since = absl::InfiniteFuture();
  // Those under way that have touched it.
  std::vector<std::string> runs;

  friend bool operator==(const AccountHold&, const AccountHold&) = default;
};

// Of one partition. One thread.
class ImportHolds {
 public:
  // An account that is to be judged now, and since when it was not.
  struct Released {
    std::string account;
    absl::Time held_since;

    friend bool operator==(const Released&, const Released&) = default;
  };

  explicit ImportHolds(absl::Duration wait_max) : wait_max_(wait_max) {}

  // Nothing is imported: what the fold asks before anything else.
  bool idle() const { return runs_.empty() && holds_.empty(); }

  // A run begins, or goes on until `lease_end` at least. One whose lease had run out is under way
  // again.
  void Extend(absl::string_view run, absl::Time lease_end);
  // The accounts that are held no more, in order of their ids; none for a run that is not under
  // way.
  std::vector<Released> End(absl::string_view run);
  // The same for leases that end at or before `now`, and for news that has waited `wait_max`.
  std::vector<Released> Expire(absl::Time now);

  // The run has touched the account. True if it is under way: then the account is held.
  bool Touch(absl::string_view account, absl::string_view run, absl::Time now);
  // Something else has been said of the account.
  void NoteNews(absl::string_view account, absl::Time now);
  // Infinite future where the account is not held.
  absl::Time HeldSince(absl::string_view account) const;
  bool IsHeld(absl::string_view account) const {
    return HeldSince(account) != absl::InfiniteFuture();
  }

  size_t runs() const { return runs_.size(); }
  size_t held() const { return holds_.size(); }
  // Leases that ran out since this object was made.
  int64_t leases_expired() const { return leases_expired_; }

  // As the store had them; runs before the accounts that they hold.
  void LoadRun(absl::string_view run, absl::Time lease_end);
  void LoadHold(absl::string_view account, const AccountHold& hold);
  // What has changed since the last call, by run and by account; nothing for what is over.
  struct Changes {
    absl::btree_map<std::string, std::optional<absl::Time>> lease_ends;
    absl::btree_map<std::string, std::optional<AccountHold>> holds;
  };
  Changes TakeChanges();

 private:
  // Nodes stay where they are: holds refer to the names of runs, waits to those of accounts.
  using Runs = std::map<std::string, absl::Time, std::less<>>;
  struct Hold {
    absl::Time since;
    absl::Time news_since = absl::InfiniteFuture();
    absl::InlinedVector<const std::string*, 1> runs;
  };
  using Holds = std::map<std::string, Hold, std::less<>>;

  void DropRun(const std::string& run);
  Holds::iterator Release(Holds::iterator hold, std::vector<Released>& released);
  std::vector<Released> ReleaseWithoutRuns();
  absl::Time DueOf(const Hold& hold) const { return hold.news_since + wait_max_; }

  const absl::Duration wait_max_;
  Runs runs_;  // until when each is under way
  Holds holds_;
  // (due, account) of those about which there is news.
  absl::btree_set<std::pair<absl::Time, absl::string_view>> waits_;
  absl::btree_set<std::string> changed_runs_;
  absl::btree_set<std::string> changed_holds_;
  int64_t leases_expired_ = 0;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_DOMAIN_IMPORT_HOLDS_H_
