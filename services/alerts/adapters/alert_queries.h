// The queries of AlertsService (L3, L7).
#ifndef BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERT_QUERIES_H_
#define BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERT_QUERIES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "bellwether/alerts/v1/alerts_service.pb.h"
#include "common/rpc/call.h"
#include "common/store/store.h"
#include "services/alerts/adapters/watch_resume.h"
#include "services/alerts/domain/case.h"

namespace bellwether::alerts {

// Thread-safe; outlived by what it refers to.
class AlertQueries {
 public:
  // `rules` as configured, disabled ones too.
  AlertQueries(store::Store& store, const CasePolicy& policy, const v1::RuleSet& rules)
      : store_(store), policy_(policy), rules_(rules) {}

  absl::StatusOr<v1::ListAlertsResponse> List(const v1::ListAlertsRequest& request,
                                              const rpc::Call& call) const;
  absl::StatusOr<v1::CountAlertsResponse> Count(const v1::CountAlertsRequest& request,
                                                const rpc::Call& call) const;
  absl::StatusOr<v1::Alert> Get(const v1::GetAlertRequest& request) const;
  // Asks no store.
  absl::StatusOr<v1::ListRulesResponse> Rules(const v1::ListRulesRequest& request) const;

  // What a watch opens with: every open alert, or every change stored at `since` or later.
  absl::StatusOr<std::vector<v1::AlertChanged>> Open() const;
  absl::StatusOr<std::vector<v1::AlertChanged>> ChangedSince(absl::Time since) const;
  // What a watch of that level, which broke off, has heard of and has not ended.
  absl::StatusOr<std::vector<SeenAlert>> OpenSince(Level minimum_level) const;

 private:
  absl::Status CheckRule(store::Transaction& transaction, const std::string& rule_id) const;

  store::Store& store_;
  const CasePolicy& policy_;
  const v1::RuleSet& rules_;
};

}  // namespace bellwether::alerts

#endif  // BELLWETHER_SERVICES_ALERTS_ADAPTERS_ALERT_QUERIES_H_
