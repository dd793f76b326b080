#include "services/accounts/domain/account.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/levels/service_level.h"
#include "common/text/readable.h"

namespace bellwether::accounts {
namespace {

constexpr char kRule[] = "A1";
constexpr size_t kCurrencyCodeLength = 3;

absl::Status Refuse(absl::string_view reason, absl::string_view field, absl::string_view message) {
  return InvalidArgument(reason, field, message, kRule);
}

std::string Indexed(absl::string_view list, size_t index, absl::string_view member) {
  return absl::StrCat(list, "[", index, "].", member);
}

// The texts of a record as it was: what stands there already is not the caller's to mend now.
class TextsBefore {
 public:
  explicit TextsBefore(const Account* before) {
    if (before == nullptr) return;
    for (const auto& [field, text] : TextsOf(*before)) texts_.emplace(field, text);
  }

  // `list` is the field as it stands in the record: without the place in a list.
  absl::Status Check(absl::string_view list, absl::string_view field, absl::string_view text,
                     bool needed = false) const {
    if (texts_.contains({list, text})) return absl::OkStatus();
    return text::CheckReadable(
        {.field = field, .rule = kRule, .bytes_max = kTextLengthMax, .needed = needed}, text);
  }
  absl::Status Check(absl::string_view field, absl::string_view text, bool needed = false) const {
    return Check(field, field, text, needed);
  }

 private:
  using Text = std::pair<absl::string_view, absl::string_view>;

  static std::vector<Text> TextsOf(const Account& account) {
    std::vector<Text> texts = {
        {"legal_name", account.legal_name}, {"short_name", account.short_name},
        {"industry", account.industry},     {"region", account.region},
        {"owner", account.owner},           {"domain", account.domain}};
    for (const Tag& tag : account.tags) texts.emplace_back("tags", tag.value);
    for (const TeamMember& member : account.team) texts.emplace_back("team", member.person);
    for (const ExternalId& id : account.external_ids) {
      texts.emplace_back("external_ids.source", id.source);
      texts.emplace_back("external_ids.id", id.id);
    }
    return texts;
  }

  absl::flat_hash_set<Text> texts_;
};

absl::Status CheckBudget(absl::string_view field, const std::optional<Money>& money) {
  if (!money.has_value()) return absl::OkStatus();
  if (money->amount_minor < 0) {
    return Refuse("AMOUNT_NEGATIVE", absl::StrCat(field, ".amount_minor"),
                  "an annual figure is not negative");
  }
  const std::string& code = money->currency_code;
  const bool is_code =
      code.size() == kCurrencyCodeLength &&
      std::all_of(code.begin(), code.end(), [](unsigned char c) { return absl::ascii_isupper(c); });
  if (!code.empty() && !is_code) {
    return Refuse("CURRENCY_CODE_INVALID", absl::StrCat(field, ".currency_code"),
                  "an ISO 4217 code has three capital letters");
  }
  return absl::OkStatus();
}

template <typename List>
absl::Status CheckCount(absl::string_view field, const List& list, size_t count_max) {
  if (list.size() <= count_max) return absl::OkStatus();
  return Refuse("TOO_MANY", field, absl::StrCat("at most ", count_max));
}

absl::Status CheckTags(const std::vector<Tag>& tags, const TextsBefore& texts) {
  RETURN_IF_ERROR(CheckCount("tags", tags, kTagsMax));
  absl::flat_hash_set<std::pair<TagKind, absl::string_view>> seen;
  for (size_t i = 0; i < tags.size(); ++i) {
    if (tags[i].kind == TagKind::kUnspecified) {
      return Refuse("TAG_KIND_MISSING", Indexed("tags", i, "kind"), "a tag has a kind");
    }
    RETURN_IF_ERROR(
        texts.Check("tags", Indexed("tags", i, "value"), tags[i].value, /*needed=*/true));
    if (!seen.insert({tags[i].kind, tags[i].value}).second) {
      return Refuse("TAG_TWICE", Indexed("tags", i, "value"), "the account has that tag already");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckExternalIds(const std::vector<ExternalId>& ids, const TextsBefore& texts) {
  RETURN_IF_ERROR(CheckCount("external_ids", ids, kExternalIdsMax));
  absl::flat_hash_set<std::pair<absl::string_view, absl::string_view>> seen;
  for (size_t i = 0; i < ids.size(); ++i) {
    RETURN_IF_ERROR(texts.Check("external_ids.source", Indexed("external_ids", i, "source"),
                                ids[i].source, /*needed=*/true));
    RETURN_IF_ERROR(texts.Check("external_ids.id", Indexed("external_ids", i, "id"), ids[i].id,
                                /*needed=*/true));
    if (!seen.insert({ids[i].source, ids[i].id}).second) {
      return Refuse("EXTERNAL_ID_TWICE", Indexed("external_ids", i, "id"),
                    "the account has that external id already");
    }
  }
  return absl::OkStatus();
}

bool Overlap(const TeamMember& a, const TeamMember& b) {
  return a.from < b.to.value_or(absl::InfiniteFuture()) &&
         b.from < a.to.value_or(absl::InfiniteFuture());
}

absl::Status CheckTeam(const std::vector<TeamMember>& team, const TextsBefore& texts) {
  RETURN_IF_ERROR(CheckCount("team", team, kTeamMax));
  for (size_t i = 0; i < team.size(); ++i) {
    const TeamMember& member = team[i];
    RETURN_IF_ERROR(
        texts.Check("team", Indexed("team", i, "person"), member.person, /*needed=*/true));
    if (member.role == TeamRole::kUnspecified) {
      return Refuse("ROLE_MISSING", Indexed("team", i, "role"), "a team member has a role");
    }
    if (member.to.has_value() && *member.to <= member.from) {
      return Refuse("ROLE_ENDS_BEFORE_IT_BEGINS", Indexed("team", i, "to_time"),
                    "a role ends after it began");
    }
    for (size_t j = 0; j < i; ++j) {
      if (team[j].person == member.person && team[j].role == member.role &&
          Overlap(team[j], member)) {
        return Refuse("ROLE_HELD_TWICE", Indexed("team", i, "from_time"),
                      "the same person holds the same role at the same time already");
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

const std::string& DisplayName(const Account& account) {
  return account.short_name.empty() ? account.legal_name : account.short_name;
}

Account Tidied(Account account) {
  for (std::string* text : {&account.legal_name, &account.short_name, &account.industry,
                            &account.region, &account.owner, &account.domain}) {
    *text = text::Tidied(*text);
  }
  for (Tag& tag : account.tags) tag.value = text::Tidied(tag.value);
  for (TeamMember& member : account.team) member.person = text::Tidied(member.person);
  return account;
}

absl::Status Validate(const Account& account, const Account* before) {
  const TextsBefore texts(before);
  if (!IsValidId(account.id)) {
    return Refuse("ACCOUNT_ID_INVALID", "account_id", "1-64 characters of A-Z a-z 0-9 . _ -");
  }
  RETURN_IF_ERROR(texts.Check("legal_name", account.legal_name, /*needed=*/true));
  RETURN_IF_ERROR(texts.Check("short_name", account.short_name));
  RETURN_IF_ERROR(texts.Check("industry", account.industry));
  RETURN_IF_ERROR(texts.Check("region", account.region));
  RETURN_IF_ERROR(texts.Check("owner", account.owner));
  RETURN_IF_ERROR(texts.Check("domain", account.domain));
  if (account.headcount < 0) {
    return Refuse("HEADCOUNT_NEGATIVE", "headcount", "a headcount is not negative");
  }
  if (!account.parent_id.empty() && !IsValidId(account.parent_id)) {
    return Refuse("PARENT_INVALID", "parent", "not the name of an account");
  }
  RETURN_IF_ERROR(CheckTags(account.tags, texts));
  RETURN_IF_ERROR(CheckExternalIds(account.external_ids, texts));
  RETURN_IF_ERROR(CheckTeam(account.team, texts));
  RETURN_IF_ERROR(CheckBudget("annual_revenue", account.annual_revenue));
  RETURN_IF_ERROR(CheckBudget("annual_purchasing_budget", account.annual_purchasing_budget));
  RETURN_IF_ERROR(CheckBudget("annual_sales_budget", account.annual_sales_budget));
  RETURN_IF_ERROR(CheckServiceLevel("tier", account.tier));
  if (account.tier_pinned && account.tier.empty()) {
    return InvalidArgument("TIER_MISSING", "tier", "a pinned tier must be given", "A10");
  }
  return absl::OkStatus();
}

absl::Status CheckNotAhead(const Account* before, const Account& account, absl::Time latest) {
  if (!account.customer_since.has_value() || *account.customer_since <= latest ||
      (before != nullptr && before->customer_since == account.customer_since)) {
    return absl::OkStatus();
  }
  return Refuse("TIME_AHEAD", "customer_since", "lies ahead of our clock: it is a past instant");
}

absl::Status ValidateHierarchy(absl::string_view account_id,
                               absl::Span<const std::string> ancestors) {
  if (std::find(ancestors.begin(), ancestors.end(), account_id) != ancestors.end()) {
    return FailedPrecondition("HIERARCHY_CYCLE", "parent",
                              "the account would be above itself in its hierarchy", kRule);
  }
  if (ancestors.size() > kHierarchyDepthMax) {
    return FailedPrecondition("HIERARCHY_TOO_DEEP", "parent",
                              absl::StrCat("at most ", kHierarchyDepthMax, " levels above"), kRule);
  }
  return absl::OkStatus();
}

}  // namespace bellwether::accounts
