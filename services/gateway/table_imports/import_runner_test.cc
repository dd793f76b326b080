#include "services/gateway/table_imports/import_runner.h"

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/metrics/metrics.h"
#include "common/store/testing/test_database.h"
#include "common/testing/await.h"
#include "common/testing/fake_clock.h"
#include "gtest/gtest.h"
#include "services/gateway/adapters/sql_gateway_tables.h"
#include "services/gateway/table_imports/upload_names.h"

namespace bellwether::gateway::import_runner_test {
namespace {

using imports::v1::TableImport;
using imports::v1::TableImportState;

// Takes nothing while it is away.
class LeavingStore final : public store::Store {
 public:
  explicit LeavingStore(store::Store& store) : store_(store) {}
  absl::StatusOr<std::unique_ptr<store::Transaction>> Begin() override {
    if (away) return absl::UnavailableError("away");
    return store_.Begin();
  }
  absl::StatusOr<std::unique_ptr<store::Transaction>> BeginRead() override {
    return store_.BeginRead();
  }
  absl::string_view ForUpdate() const override { return store_.ForUpdate(); }

  std::atomic<bool> away = false;

 private:
  store::Store& store_;
};

// Imports that get no further than to the server, and not there before `release_`.
class ImportRunnerTest : public ::testing::Test {
 protected:
  ImportRunnerTest() : path_(absl::StrCat(::testing::TempDir(), "/runner-", NewUuid())) {
    EXPECT_TRUE(CreateTables(*store_).ok());
    uploads_ = UploadFolder::Open(path_, UploadLimits(), clock_).value();
    runner_ = std::make_unique<ImportRunner>(
        *uploads_, rows_,
        JobPorts{.clock = clock_,
                 .channel =
                     [this](const std::string&) -> absl::StatusOr<std::shared_ptr<grpc::Channel>> {
                   ++begun_;
                   release_.WaitForNotification();
                   return absl::UnavailableError("no server");
                 },
                 .ledger_folder = uploads_->ledger_folder()},
        metrics_);
    imports::v1::CreateUploadRequest request;
    request.set_request_id("r1");
    upload_ = uploads_->Create(request, "li")->name();
    EXPECT_TRUE(runner_->Start().ok());
  }
  ~ImportRunnerTest() override {
    if (!release_.HasBeenNotified()) release_.Notify();
    runner_.reset();
    uploads_.reset();
    std::filesystem::remove_all(path_);
  }

  // Its name, or the reason.
  std::string Queue() {
    TableImport import;
    import.set_name("tableImports/" + *IdOfRequest("li", NewUuid()));
    import.set_upload(upload_);
    import.set_shipped_mapping("mappings/orders");
    import.set_mode(imports::v1::TABLE_IMPORT_MODE_CHECK);
    const auto queued = runner_->Queue(import);
    return queued.ok() ? queued->name() : DetailOf(queued.status())->reason;
  }
  TableImportState StateOf(const std::string& name) { return runner_->Get(name)->state(); }

  const std::string path_;
  testing::FakeClock clock_{absl::FromUnixSeconds(1'800'000'000)};
  const std::unique_ptr<store::Store> store_ = store::testing::NewScratchStore();
  LeavingStore leaving_{*store_};
  SqlTableImports rows_{leaving_};
  metrics::Registry metrics_;
  std::atomic<int> begun_ = 0;
  absl::Notification release_;
  std::unique_ptr<UploadFolder> uploads_;
  std::string upload_;
  std::unique_ptr<ImportRunner> runner_;
};

TEST_F(ImportRunnerTest, KeepsAnImportWhoseEndTheStoreDoesNotTake) {
  const std::string first = Queue();
  ASSERT_TRUE(testing::Await([&] { return begun_ == 1; }));
  const std::string second = Queue();
  const std::string third = Queue();
  leaving_.away = true;
  for (const std::string& name : {second, third}) {
    EXPECT_TRUE(absl::IsUnavailable(runner_->Cancel(name).status()));
    EXPECT_EQ(StateOf(name), imports::v1::TABLE_IMPORT_STATE_QUEUED);
    EXPECT_FALSE(runner_->Get(name)->cancelling());
  }
  leaving_.away = false;
  EXPECT_EQ(runner_->Cancel(second)->state(), imports::v1::TABLE_IMPORT_STATE_CANCELLED);
  EXPECT_EQ(runner_->Cancel(second)->state(), imports::v1::TABLE_IMPORT_STATE_CANCELLED);
  EXPECT_EQ(rows_.Find(second).value()->state(), imports::v1::TABLE_IMPORT_STATE_CANCELLED);
  release_.Notify();
  EXPECT_TRUE(testing::Await([&] {
    return StateOf(third) == imports::v1::TABLE_IMPORT_STATE_INTERRUPTED;
  })) << "it had its turn";
  EXPECT_EQ(begun_, 2) << "the cancelled one had none";
  EXPECT_EQ(StateOf(second), imports::v1::TABLE_IMPORT_STATE_CANCELLED);
  EXPECT_TRUE(uploads_->Delete(upload_).ok()) << "nobody holds it any more";
}

TEST_F(ImportRunnerTest, TakesNothingWhileItStops) {
  release_.Notify();
  runner_->Stop();
  EXPECT_EQ(Queue(), "STOPPING");
}

}  // namespace
}  // namespace bellwether::gateway::import_runner_test
