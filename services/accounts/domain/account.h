// The account record (A1) and what makes one valid.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_DOMAIN_ACCOUNT_H_
#define BELLWETHER_SERVICES_ACCOUNTS_DOMAIN_ACCOUNT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"

namespace bellwether::accounts {

inline constexpr size_t kTextLengthMax = 256;  // bytes of one text field
inline constexpr size_t kTagsMax = 64;
inline constexpr size_t kExternalIdsMax = 32;
inline constexpr size_t kTeamMax = 64;
inline constexpr size_t kHierarchyDepthMax = 16;
inline constexpr absl::Duration kAheadMaxDefault = absl::Minutes(5);

struct Money {
  std::string currency_code;
  int64_t amount_minor = 0;
  friend bool operator==(const Money&, const Money&) = default;
};

// How the account stands in its market; grades read it (A2).
enum class Standing { kUnspecified, kIndustryBenchmark, kRegionalLeader, kLongTail };

// The iron triangle.
enum class TeamRole { kUnspecified, kAccountManager, kSolutionExpert, kCustomerSuccessManager };

struct TeamMember {
  std::string person;
  TeamRole role = TeamRole::kUnspecified;
  absl::Time from;
  std::optional<absl::Time> to;  // none while the role is held
  friend bool operator==(const TeamMember&, const TeamMember&) = default;
};

enum class TagKind { kUnspecified, kIndustry, kSize, kNeed, kPainPoint, kScenario };

struct Tag {
  TagKind kind = TagKind::kUnspecified;
  std::string value;
  friend bool operator==(const Tag&, const Tag&) = default;
};

// The account's id in another system; unique over all accounts.
struct ExternalId {
  std::string source;
  std::string id;
  friend bool operator==(const ExternalId&, const ExternalId&) = default;
};

struct Account {
  std::string id;
  std::string legal_name;
  std::string short_name;
  std::string industry;
  std::string region;
  std::optional<Money> annual_revenue;
  int64_t headcount = 0;
  std::string parent_id;  // empty: no parent company
  Standing standing = Standing::kUnspecified;
  std::vector<Tag> tags;
  std::vector<ExternalId> external_ids;
  std::string owner;
  std::vector<TeamMember> team;
  std::optional<Money> annual_purchasing_budget;
  std::optional<Money> annual_sales_budget;
  std::string tier;  // service level (A10); follows the RFM level unless pinned
  bool tier_pinned = false;
  std::optional<absl::Time> customer_since;
  std::string domain;

  // Rises by one with every change, from 1.
  int64_t version = 0;
  absl::Time created;
  absl::Time updated;

  friend bool operator==(const Account&, const Account&) = default;
};

// The name people know the account by: the short name where there is one.
const std::string& DisplayName(const Account& account);

// Names and other texts in their one form (text::Tidied). External ids are another system's and
// stay as they are.
Account Tidied(Account account);

// Checks the record by itself: names, lengths, counts, roles and their dates, tags, ids, budgets.
// Texts that stand in `before` (null: a new account) pass: a name stored before names had to show
// what they are keeps nobody from changing the rest. INVALID_ARGUMENT with the field at fault, as
// the API names it, and rule A1.
absl::Status Validate(const Account& account, const Account* before = nullptr);

// Checks that what lies in the past does not lie after `latest`, unless it did so `before` (null:
// a new account). Roles of the team may: a hand-over is planned. INVALID_ARGUMENT / TIME_AHEAD.
absl::Status CheckNotAhead(const Account* before, const Account& account, absl::Time latest);

// Checks the place in the hierarchy. `ancestors` are the parent, its parent, and so on up to the
// top (or as far as was read: kHierarchyDepthMax + 1 of them are enough). FAILED_PRECONDITION /
// HIERARCHY_CYCLE, HIERARCHY_TOO_DEEP.
absl::Status ValidateHierarchy(absl::string_view account_id,
                               absl::Span<const std::string> ancestors);

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_DOMAIN_ACCOUNT_H_
