#include "services/imports/application/import_run.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/hash.h"
#include "common/base/status.h"
#include "common/journal/timestamps.h"

namespace bellwether::imports {
namespace {

class Run {
 public:
  Run(ImportPlan& plan, const ImportOptions& options, ImportTarget& target,
      ImportObserver& observer)
      : plan_(plan), options_(options), target_(target), observer_(observer) {
    result_.import_run = options.import_run;
  }

  absl::StatusOr<ImportResult> Carry() {
    if (!options_.backfill) return CarryLive();
    RETURN_IF_ERROR(SendFacts());
    RETURN_IF_ERROR(target_.GoLive());
    RETURN_IF_ERROR(Create());
    RETURN_IF_ERROR(AwaitOutcomes());
    return std::move(result_);
  }

 private:
  absl::StatusOr<ImportResult> CarryLive() {
    // Ends the run on every way out.
    std::unique_ptr<ImportLease> lease;
    if (!plan_.facts.empty() || !plan_.opportunities.empty()) {
      ASSIGN_OR_RETURN(lease, ImportLease::Begin(target_, options_.import_run, options_.source));
    }
    RETURN_IF_ERROR(Create());
    RETURN_IF_ERROR(SendFacts());
    RETURN_IF_ERROR(AwaitOutcomes());
    return std::move(result_);
  }

  absl::Status Create() {
    RETURN_IF_ERROR(CreateAccounts());
    return CreateOpportunities();
  }

  absl::Status CreateAccounts() {
    observer_.OnStage("accounts", plan_.accounts.size());
    plan_.accounts.Rewind();
    std::vector<accounts::v1::CreateAccountRequest> requests;
    std::vector<RowPlace> places;
    while (NextCall(plan_.accounts, requests, places, [] { return true; })) {
      RETURN_IF_ERROR(target_.CreateAccounts(requests, [&](const CreateAnswer& answer) {
        const std::string& id = requests[answer.index].account_id();
        if (answer.state == CreateState::kRefused) refused_accounts_.insert(id);
        Count(answer, result_.accounts, absl::StrCat("accounts/", id), places[answer.index]);
      }));
    }
    return plan_.accounts.status();
  }

  absl::Status CreateOpportunities() {
    observer_.OnStage("opportunities", plan_.opportunities.size());
    plan_.opportunities.Rewind();
    std::vector<opportunities::v1::CreateOpportunityRequest> requests;
    std::vector<RowPlace> places;
    auto is_left = [&, index = size_t{0}]() mutable {
      const size_t each = index++;
      return each >= opened_in_past_.size() || !opened_in_past_[each];
    };
    while (NextCall(plan_.opportunities, requests, places, is_left)) {
      for (auto& request : requests) NameRun(request);
      RETURN_IF_ERROR(target_.CreateOpportunities(requests, [&](const CreateAnswer& answer) {
        Count(answer, result_.opportunities,
              absl::StrCat("opportunities/", requests[answer.index].opportunity_id()),
              places[answer.index]);
      }));
    }
    return plan_.opportunities.status();
  }

  // The requests of the next call, of those that are wanted; false at the end.
  template <typename Planned, typename Request, typename Wanted>
  bool NextCall(Planned& planned, std::vector<Request>& requests, std::vector<RowPlace>& places,
                Wanted&& wanted) {
    requests.clear();
    places.clear();
    Request request;
    RowPlace place;
    while (requests.size() < kCreatesOfCallMax && planned.Next(request, &place)) {
      if (!wanted()) continue;
      requests.push_back(std::move(request));
      places.push_back(place);
    }
    return !requests.empty();
  }

  // What was engaged or closed up to that instant of the past.
  absl::Status OpenUntil(absl::Time until) {
    std::vector<opportunities::v1::CreateOpportunityRequest> requests;
    std::vector<absl::Time> times;
    do {
      requests.clear();
      times.clear();
      while (requests.size() < kCreatesOfCallMax && NextInPast()) {
        const std::optional<absl::Time> time = HappenedAt(in_past_->opportunity());
        if (!time.has_value() || *time > until) break;
        times.push_back(*time);
        requests.push_back(*std::exchange(in_past_, std::nullopt));
        opened_in_past_.push_back(false);
      }
      if (requests.empty()) break;
      const size_t first = opened_in_past_.size() - requests.size();
      // What is refused now is judged with those that are created afterwards.
      RETURN_IF_ERROR(target_.CreatePastOpportunities(
          requests, times, [&](size_t index, const absl::Status& status) {
            if (!status.ok()) return;
            opened_in_past_[first + index] = true;
            ++result_.opportunities.created;
          }));
    } while (requests.size() == kCreatesOfCallMax);
    return plan_.opportunities.status();
  }

  // Whether there is one that was not taken yet: in_past_.
  bool NextInPast() {
    if (in_past_.has_value()) return true;
    opportunities::v1::CreateOpportunityRequest request;
    if (!plan_.opportunities.Next(request)) return false;
    NameRun(request);
    in_past_ = std::move(request);
    return true;
  }

  // The request is one of the run: what another one opened is not what this one opens.
  void NameRun(opportunities::v1::CreateOpportunityRequest& request) const {
    request.set_import_run(options_.import_run);
    request.set_request_id(absl::StrCat(
        absl::Hex(Fingerprint64(absl::StrCat(request.request_id(), "@", options_.import_run)))));
  }

  void Count(const CreateAnswer& answer, CreateCounts& counts, std::string what,
             const RowPlace& place) {
    switch (answer.state) {
      case CreateState::kCreated:
        ++counts.created;
        break;
      case CreateState::kUnchanged:
        ++counts.unchanged;
        break;
      case CreateState::kUpdated:
        ++counts.updated;
        break;
      case CreateState::kDiffers:
        ++counts.differing;
        Keep({std::move(what), answer.status, place});
        break;
      case CreateState::kRefused:
        ++counts.refused;
        Keep({std::move(what), answer.status, place});
        break;
    }
    observer_.OnDone(counts.created + counts.unchanged + counts.differing + counts.refused +
                     counts.updated);
  }

  absl::Status SendFacts() {
    if (plan_.facts.empty()) return absl::OkStatus();
    observer_.OnStage("facts", plan_.facts.size());
    plan_.facts.Rewind();
    if (!options_.backfill) return SendInCalls();
    ASSIGN_OR_RETURN(FactsAnswer answer, target_.Backfill(
                                             plan_.facts, options_.import_run,
                                             [&](int64_t done) { observer_.OnDone(done); },
                                             [&](absl::Time time) { return OpenUntil(time); }));
    Take(answer, RejectedOf(answer));
    return plan_.facts.status();
  }

  // A call at a time. Facts follow their account: of one that was refused none are sent.
  absl::Status SendInCalls() {
    std::vector<events::v1::FactEvent> facts;
    std::vector<RowPlace> places;
    int64_t sent = 0;
    bool more = true;
    while (more) {
      events::v1::FactEvent event;
      RowPlace place;
      more = plan_.facts.Next(event, &place);
      if (more && refused_accounts_.contains(event.account_id())) {
        ++result_.facts_withheld;
        continue;
      }
      if (more) {
        facts.push_back(std::move(event));
        places.push_back(place);
      }
      if (facts.empty() || (more && facts.size() < kFactsOfCallMax)) continue;
      ASSIGN_OR_RETURN(FactsAnswer answer,
                       target_.SendFacts(facts, options_.import_run,
                                         [&](int64_t done) { observer_.OnDone(sent + done); }));
      std::map<int64_t, Named> rejected;
      for (const FactsAnswer::Rejected& each : answer.rejections) {
        const auto index = static_cast<size_t>(each.index);
        if (index < facts.size()) rejected[each.index] = {facts[index].id(), places[index]};
      }
      Take(answer, rejected);
      sent += static_cast<int64_t>(facts.size());
      facts.clear();
      places.clear();
    }
    return plan_.facts.status();
  }

  // Id and place of a fact.
  struct Named {
    std::string id;
    RowPlace place;
  };

  // Of those that a backfill names by their number.
  std::map<int64_t, Named> RejectedOf(const FactsAnswer& answer) {
    std::map<int64_t, Named> rejected;
    for (const FactsAnswer::Rejected& each : answer.rejections) rejected[each.index];
    plan_.facts.Rewind();
    events::v1::FactEvent event;
    RowPlace place;
    int64_t index = 0;
    for (auto next = rejected.begin(); next != rejected.end() && plan_.facts.Next(event, &place);
         ++index) {
      if (index == next->first) (next++)->second = {event.id(), place};
    }
    return rejected;
  }

  void Take(const FactsAnswer& answer, const std::map<int64_t, Named>& rejected) {
    result_.facts_accepted += answer.accepted;
    result_.facts_rejected += answer.rejected;
    for (const FactsAnswer::Rejected& each : answer.rejections) {
      const auto named = rejected.find(each.index);
      const auto& r = each.rejection;
      Refusal refusal{"facts/", InvalidArgument(r.reason(), r.field(), r.message(), r.rule())};
      if (named != rejected.end()) {
        absl::StrAppend(&refusal.what, named->second.id);
        refusal.place = named->second.place;
      }
      Keep(std::move(refusal));
    }
    for (const health::v1::PartitionOffset& offset : answer.up_to) {
      const auto same = std::find_if(up_to_.begin(), up_to_.end(), [&](const auto& before) {
        return before.partition() == offset.partition();
      });
      if (same == up_to_.end()) {
        up_to_.push_back(offset);
      } else {
        same->set_offset(std::max(same->offset(), offset.offset()));
      }
    }
  }

  // Waits until the fold has passed the last fact. A report counts as complete when it says so for
  // the offsets sent or when it accounts for every accepted fact.
  absl::Status AwaitOutcomes() {
    if (result_.facts_accepted == 0) return absl::OkStatus();
    observer_.OnStage("outcomes", result_.facts_accepted);
    const absl::Time deadline = options_.clock->Now() + options_.outcome_wait_max;
    while (true) {
      const auto report = target_.Report(options_.import_run, up_to_);
      // A fold that is busy with a long past may be slow to answer: everything is in by now.
      if (!report.ok() && !IsRetryable(report.status())) return report.status();
      if (report.ok()) {
        const int64_t folded = report->counted() + report->duplicates() + report->conflicts() +
                               report->late() + report->too_old() + report->retracted();
        observer_.OnDone(folded);
        if (folded >= result_.facts_accepted || (report->complete() && !up_to_.empty())) {
          result_.outcomes = *report;
          return absl::OkStatus();
        }
      }
      if (options_.clock->Now() + options_.outcome_poll_interval > deadline) {
        return absl::OkStatus();
      }
      // STYLE(sleep): the server is asked again until the deadline
      absl::SleepFor(options_.outcome_poll_interval);
    }
  }

  void Keep(Refusal refusal) {
    if (result_.refusals.size() < kRefusalsKeptMax) result_.refusals.push_back(std::move(refusal));
  }

  ImportPlan& plan_;
  const ImportOptions& options_;
  ImportTarget& target_;
  ImportObserver& observer_;
  ImportResult result_;
  // Of the opportunities in the plan's order: the first that was not taken while the past was
  // built, and which of those before it are opened.
  std::optional<opportunities::v1::CreateOpportunityRequest> in_past_;
  std::vector<bool> opened_in_past_;
  absl::flat_hash_set<std::string> refused_accounts_;
  std::vector<health::v1::PartitionOffset> up_to_;
};

}  // namespace

absl::StatusOr<ImportResult> RunImport(ImportPlan& plan, const ImportOptions& options,
                                       ImportTarget& target, ImportObserver& observer) {
  return Run(plan, options, target, observer).Carry();
}

}  // namespace bellwether::imports
