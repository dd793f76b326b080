// Changes of accounts and opportunities as changes of subjects: how their services write them, and
// how records from before SubjectChanged are read.
#ifndef BELLWETHER_COMMON_JOURNAL_SUBJECT_ENTRIES_H_
#define BELLWETHER_COMMON_JOURNAL_SUBJECT_ENTRIES_H_

#include "absl/strings/string_view.h"
#include "bellwether/events/v1/journal.pb.h"

namespace bellwether::journal {

// Values of an opportunity. Its amount is in the reporting currency's minor unit.
inline constexpr char kOpportunityAmount[] = "opportunity.amount";
inline constexpr char kOpportunityEngaged[] = "opportunity.engaged";
inline constexpr char kOpportunityClosed[] = "opportunity.closed";
inline constexpr char kOpportunityState[] = "opportunity.state";

// Without a snapshot. A won or lost opportunity is closed.
events::v1::SubjectChanged SubjectOf(const events::v1::OpportunityChanged& changed);
// A deleted account is closed.
events::v1::SubjectChanged SubjectOf(const events::v1::AccountChanged& changed);

// The key of the record: the account, or the subject's own id.
absl::string_view KeyOf(const events::v1::SubjectChanged& changed);

}  // namespace bellwether::journal

#endif  // BELLWETHER_COMMON_JOURNAL_SUBJECT_ENTRIES_H_
