#include "common/stream/testing/faulty_store.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "common/base/status.h"

namespace bellwether::stream::testing {

class FaultyTransaction final : public store::Transaction {
 public:
  FaultyTransaction(FaultyStore& store, std::unique_ptr<store::Transaction> real)
      : store_(store), real_(std::move(real)) {}

  absl::StatusOr<store::Rows> Query(absl::string_view sql,
                                    absl::Span<const store::Value> parameters) override {
    RETURN_IF_ERROR(Failing("Query"));
    return real_->Query(sql, parameters);
  }
  absl::StatusOr<int64_t> Execute(absl::string_view sql,
                                  absl::Span<const store::Value> parameters) override {
    RETURN_IF_ERROR(Failing("Execute"));
    if (store_.mutations.ignore_epochs) {
      return real_->Execute(absl::StrReplaceAll(sql, {{"AND epoch = $12 AND next_offset = $13",
                                                       "AND $12 >= 0 AND $13 >= 0"}}),
                            parameters);
    }
    return real_->Execute(sql, parameters);
  }
  absl::Status ExecuteMany(absl::string_view sql,
                           absl::Span<const std::vector<store::Value>> rows) override {
    RETURN_IF_ERROR(Failing("ExecuteMany"));
    return real_->ExecuteMany(sql, rows);
  }
  absl::Status Commit() override {
    RETURN_IF_ERROR(Failing("Commit"));
    const CommitFate fate = store_.fate ? store_.fate() : CommitFate::kCommitted;
    switch (fate) {
      case CommitFate::kAborted:
        real_.reset();
        return absl::AbortedError("serialisation");
      case CommitFate::kUnavailable:
        real_.reset();
        return absl::UnavailableError("server away");
      case CommitFate::kUnknownRolledBack:
        real_.reset();
        return Unknown();
      case CommitFate::kCommitted:
      case CommitFate::kUnknownCommitted:
      case CommitFate::kCrashAfterCommit:
        break;
    }
    RETURN_IF_ERROR(real_->Commit());
    real_.reset();
    if (store_.committed) store_.committed();
    return fate == CommitFate::kCommitted ? absl::OkStatus() : Unknown();
  }

 private:
  absl::Status Failing(absl::string_view call) {
    if (real_ == nullptr) return absl::FailedPreconditionError("the transaction is over");
    if (!store_.fault) return absl::OkStatus();
    absl::Status status = store_.fault(call);
    if (!status.ok()) real_.reset();
    return status;
  }
  static absl::Status Unknown() { return absl::UnknownError("the answer was lost"); }

  FaultyStore& store_;
  std::unique_ptr<store::Transaction> real_;
};

absl::StatusOr<std::unique_ptr<store::Transaction>> FaultyStore::Begin() {
  if (fault) RETURN_IF_ERROR(fault("Begin"));
  ASSIGN_OR_RETURN(std::unique_ptr<store::Transaction> real, real_.Begin());
  return std::make_unique<FaultyTransaction>(*this, std::move(real));
}

absl::StatusOr<std::unique_ptr<store::Transaction>> FaultyStore::BeginRead() {
  if (fault) RETURN_IF_ERROR(fault("BeginRead"));
  ASSIGN_OR_RETURN(std::unique_ptr<store::Transaction> real, real_.BeginRead());
  return std::make_unique<FaultyTransaction>(*this, std::move(real));
}

}  // namespace bellwether::stream::testing
