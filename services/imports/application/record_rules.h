// What the server would refuse of a record, judged before anything is sent, by the same rules: the
// bounds that the messages declare, and the forms of names and ids that all services share.
#ifndef BELLWETHER_SERVICES_IMPORTS_APPLICATION_RECORD_RULES_H_
#define BELLWETHER_SERVICES_IMPORTS_APPLICATION_RECORD_RULES_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "bellwether/accounts/v1/accounts_service.pb.h"
#include "bellwether/events/v1/fact.pb.h"
#include "bellwether/imports/v1/mapping.pb.h"
#include "bellwether/opportunities/v1/opportunities_service.pb.h"
#include "common/bounds/message_rules.h"

namespace bellwether::imports {

// Of a text of an account or opportunity.
inline constexpr size_t kRecordTextBytesMax = 256;
// How far ahead of the clock a fact may lie; what servers do by default.
inline constexpr absl::Duration kAheadMax = absl::Minutes(5);

// Immutable.
class RecordRules {
 public:
  RecordRules(const imports::v1::Mapping& mapping, absl::Time now);

  // Each INVALID_ARGUMENT with the reason, field and rule that the server would name.
  absl::Status Check(const events::v1::FactEvent& event) const;
  absl::Status Check(const accounts::v1::CreateAccountRequest& request) const;
  absl::Status Check(const opportunities::v1::CreateOpportunityRequest& request) const;

  // What only the server can judge, in sentences.
  static std::vector<std::string> OnlyServerJudges();

 private:
  absl::Status CheckTexts(const google::protobuf::Message& message, absl::string_view rule) const;
  absl::Status CheckCurrencies(const google::protobuf::Message& message, const std::string& path,
                               absl::string_view rule) const;

  const absl::Time now_;
  absl::flat_hash_set<std::string> own_currencies_;
  absl::flat_hash_map<int, bounds::MessageRules> facts_;  // by field number of the kind
};

}  // namespace bellwether::imports

#endif  // BELLWETHER_SERVICES_IMPORTS_APPLICATION_RECORD_RULES_H_
