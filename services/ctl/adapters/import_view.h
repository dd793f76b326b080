// Shows an import: how it moves on and what came of it.
#ifndef BELLWETHER_SERVICES_CTL_ADAPTERS_IMPORT_VIEW_H_
#define BELLWETHER_SERVICES_CTL_ADAPTERS_IMPORT_VIEW_H_

#include <string>

#include "absl/time/time.h"
#include "bellwether/imports/v1/summary.pb.h"
#include "services/ctl/adapters/session.h"
#include "services/imports/application/import_run.h"

namespace bellwether::ctl {

// Progress on the error stream: a line rewritten in place on a terminal, a line per stage
// elsewhere.
class ImportProgress : public imports::ImportObserver {
 public:
  explicit ImportProgress(std::ostream& err);
  ~ImportProgress() override { EndStage(); }

  void OnStage(absl::string_view stage, int64_t total) override;
  void OnDone(int64_t done) override;
  // Ends the line of the stage.
  void EndStage();

 private:
  std::string Line(absl::Time now) const;

  std::ostream& err_;
  const bool terminal_;
  std::string stage_;
  int64_t total_ = 0;
  int64_t done_ = 0;
  absl::Time stage_begin_;
  absl::Time last_shown_;
};

void ShowSummary(Session& session, const imports::v1::ImportSummary& summary);

}  // namespace bellwether::ctl

#endif  // BELLWETHER_SERVICES_CTL_ADAPTERS_IMPORT_VIEW_H_
