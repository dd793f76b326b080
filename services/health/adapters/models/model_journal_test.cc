#include "services/health/adapters/models/model_journal.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <latch>
#include <memory>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/base/embedded_file.h"
#include "common/base/ids.h"
#include "common/outbox/outbox.h"
#include "common/store/testing/test_database.h"
#include "gmock/gmock.h"
#include "services/health/adapters/history/sql_state.h"
#include "services/health/domain/fact_kinds.h"
#include "services/health/shipped_files.h"
#include "services/health/testing/fold_rig.h"

namespace bellwether::health::model_journal_test {
namespace {

constexpr int32_t kPartitions = 3;

class ModelShipment : public ::testing::Test {
 protected:
  ModelShipment() {
    EXPECT_TRUE(CreateTables(*store_).ok());
    EXPECT_TRUE(outbox::CreateTables(*store_).ok());
  }

  absl::StatusOr<bool> Ship(store::Store& store, const std::string& version, int day) {
    return ShipModel(store, SmallActivation(version), kPartitions, FoldRig::Noon(day));
  }
  std::vector<outbox::UnsentRow> Rows() {
    return outbox::ReadUnsent(**store_->BeginRead(), 100).value();
  }

  const store::testing::TestDatabase database_;
  const std::unique_ptr<store::Store> store_ = database_.Open();
};

TEST_F(ModelShipment, GoesToEveryPartitionOnceAndTheFirstPrecedesEveryBackfill) {
  EXPECT_TRUE(*Ship(*store_, "1", 0));
  EXPECT_FALSE(*Ship(*store_, "1", 1));
  ASSERT_EQ(Rows().size(), size_t{kPartitions});
  for (const outbox::UnsentRow& row : Rows()) {
    EXPECT_EQ(row.row.change_time, absl::UnixEpoch());
  }
  EXPECT_TRUE(*Ship(*store_, "2", 2));
  ASSERT_EQ(Rows().size(), size_t{2 * kPartitions});
  EXPECT_EQ(Rows().back().row.change_time, FoldRig::Noon(2));
}

TEST_F(ModelShipment, OfReplicasThatStartTogetherOneShipsIt) {
  for (const char* version : {"1", "2"}) {
    const auto other_store = database_.Open();
    std::latch start(2);
    absl::StatusOr<bool> other;
    std::thread thread([&] {
      start.arrive_and_wait();
      other = Ship(*other_store, version, 1);
    });
    start.arrive_and_wait();
    const absl::StatusOr<bool> shipped = Ship(*store_, version, 1);
    thread.join();
    ASSERT_TRUE(shipped.ok() && other.ok()) << shipped.status() << other.status();
    EXPECT_NE(*shipped, *other);
  }
  EXPECT_EQ(Rows().size(), size_t{2 * kPartitions});
}

TEST(LoadedModel, TakesTheFeedsOfTheDeployment) {  // H3
  EXPECT_EQ(LoadModel("six-dimension", "")->model().feeds_size(), 0);
  const auto fed = LoadModel("six-dimension", "", "case_opened, payment_overdue");
  ASSERT_TRUE(fed.ok()) << fed.status();
  EXPECT_THAT(fed->model().feeds(), ::testing::ElementsAre("case_opened", "payment_overdue"));
  EXPECT_EQ(LoadModel("six-dimension", "", "case_opened,letters").status().code(),
            absl::StatusCode::kInvalidArgument);
  std::string every;
  for (const FactKindDefinition& kind : AllFactKinds()) absl::StrAppend(&every, kind.name, ",");
  for (const char* model : {"orders-only", "six-dimension", "three-dimension"}) {
    EXPECT_TRUE(LoadModel(model, "", every).ok()) << LoadModel(model, "", every).status();
  }
}

// A shipped file with one line of it changed, and which line that is.
struct ChangedFile {
  ChangedFile(absl::string_view name, absl::string_view from, absl::string_view to) {
    for (const EmbeddedFile& file : ShippedFiles()) {
      if (file.name != name) continue;
      const size_t at = file.content.find(from);
      EXPECT_NE(at, absl::string_view::npos) << from;
      line = 1 + std::count(file.content.begin(), file.content.begin() + at, '\n');
      path = absl::StrCat(::testing::TempDir(), "/", NewUuid(), ".yaml");
      std::ofstream(path) << file.content.substr(0, at) << to
                          << file.content.substr(at + from.size());
    }
  }
  ~ChangedFile() { std::remove(path.c_str()); }

  std::string path;
  int64_t line = 0;
};

TEST(LoadedModel, NamesFileAndLineOfEveryProblem) {  // H3
  const auto problems = [](const absl::StatusOr<events::v1::ModelActivated>& loaded) {
    return std::string(loaded.status().message());
  };
  const ChangedFile metrics("metrics.yaml", "    window_days: 365\n", "    window_days: 999\n");
  EXPECT_THAT(problems(LoadModel("six-dimension", metrics.path)),
              ::testing::HasSubstr(absl::StrCat(metrics.path, ":", metrics.line, ":5: metrics[")));
  const ChangedFile unit("metrics.yaml", "    unit: money\n", "    unit: unspecified\n");
  EXPECT_THAT(problems(LoadModel("six-dimension", unit.path)),
              ::testing::HasSubstr(absl::StrCat(unit.path, ":", unit.line, ":11: ")));
  const ChangedFile model("six-dimension.yaml", "metric: orders.recency_days_365d",
                          "metric: orders.recency_days_9999d");
  const std::string both = problems(LoadModel(model.path, metrics.path));
  EXPECT_THAT(both, ::testing::HasSubstr(absl::StrCat(metrics.path, ":", metrics.line, ":5: ")));
  EXPECT_THAT(both, ::testing::HasSubstr(absl::StrCat(model.path, ":", model.line, ":9: ")));
}

}  // namespace
}  // namespace bellwether::health::model_journal_test
