#include "services/gateway/application/semantics.h"

#include "common/base/status.h"
#include "common/journal/semantics.h"
#include "common/log/log.h"

namespace bellwether::gateway {

absl::Status BringSemanticsUp(JournalRow& row, JournalWriter& writer, absl::Duration wait_max) {
  ASSIGN_OR_RETURN(const JournalRow::Values values, row.Load());
  if (values.semantics >= journal::kNewestSemantics) return absl::OkStatus();
  RETURN_IF_ERROR(writer
                      .AppendToAll(
                          [](int32_t partition) {
                            return journal::EncodeSemantics(partition, journal::kNewestSemantics);
                          },
                          wait_max)
                      .status());
  LogInfo("the journal has come to newer semantics",
          {{"semantics", static_cast<int64_t>(journal::kNewestSemantics)}});
  return row.SetSemantics(journal::kNewestSemantics);
}

}  // namespace bellwether::gateway
