// Journals recorded by commit 6101360 come to the same scores, histories, alerts and timelines.
//
// golden/NAME.journal are the records, golden/NAME.txt is what that commit made of them. A change
// that is meant to come to something else names the difference and writes the text anew:
//   GOLDEN_RECORD=1 build/bin/golden_replay_test
// The records of a data folder of two partitions, and what this code makes of them:
//   GOLDEN_RECORD=1 GOLDEN_BUS=embedded:DATA/bus build/bin/golden_replay_test --gtest_filter=…
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "bellwether/alerts/v1/alert.pb.h"
#include "common/base/hash.h"
#include "common/base/packing.h"
#include "common/bus/open_bus.h"
#include "common/bus/topics.h"
#include "gtest/gtest.h"
#include "services/alerts/adapters/state_codec.h"
#include "services/alerts/testing/folded_alerts.h"
#include "services/alerts/testing/rules.h"
#include "services/health/testing/fold_rig.h"

namespace bellwether::golden_replay_test {
namespace {

using health::FoldRig;

std::string PathOf(absl::string_view name, absl::string_view ending) {
  return absl::StrCat(GOLDEN_FOLDER, "/", name, ending);
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.is_open()) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Recorded {
  int32_t partition = 0;
  bus::Message message;
};

// The records of a bus in the form that ReadJournal reads.
void CopyJournal(const std::string& url, const std::string& path) {
  const auto bus = *bus::OpenBus(url);
  std::string bytes;
  for (int32_t partition = 0; partition < FoldRig::kPartitions; ++partition) {
    const auto reader = *bus->NewReader(bus::kJournalTopic, partition, 0);
    while (true) {
      const bus::RecordBatch batch = *reader->Read(1'000, absl::ZeroDuration());
      if (batch.empty()) break;
      for (const bus::Record& record : batch.records) {
        PutVarint(bytes, static_cast<uint64_t>(partition));
        PutBytes(bytes, record.key);
        PutVarint(bytes, record.headers.size());
        for (const bus::HeaderView& header : record.headers) {
          PutBytes(bytes, header.name);
          PutBytes(bytes, header.value);
        }
        PutBytes(bytes, record.value);
      }
    }
  }
  std::ofstream(path, std::ios::binary) << bytes;
}

std::vector<Recorded> ReadJournal(const std::string& path) {
  const std::string bytes = ReadAll(path);
  PackedReader reader(bytes);
  std::vector<Recorded> journal;
  while (reader.ok() && !reader.AtEnd()) {
    Recorded& record = journal.emplace_back();
    record.partition = static_cast<int32_t>(reader.Varint());
    record.message.key = std::string(reader.Bytes());
    for (uint64_t left = reader.Varint(); left > 0; --left) {
      std::string name(reader.Bytes());
      record.message.headers.push_back({std::move(name), std::string(reader.Bytes())});
    }
    record.message.value = std::string(reader.Bytes());
  }
  EXPECT_TRUE(reader.ok());
  return journal;
}

std::string Instant(std::optional<absl::Time> time) {
  return time.has_value() ? absl::FormatTime(absl::RFC3339_full, *time, absl::UTCTimeZone()) : "-";
}

std::string Digest(const std::string& bytes) {
  return absl::StrCat(absl::Hex(Fingerprint64(bytes), absl::kZeroPad16));
}

void DumpHealth(FoldRig& rig, std::string& out) {
  const auto transaction = *rig.store->BeginRead();
  const store::Rows accounts =
      *transaction->Query("SELECT account FROM health_account ORDER BY account");
  for (const store::Row& row : accounts) {
    const auto live = rig.Cached(row.Text(0));
    absl::StrAppend(&out, "live ", row.Text(0), "\n", live ? live->DebugString() : "gone\n");
  }
  const store::Rows days = *transaction->Query(
      "SELECT account, day, known_at, restated, fold_version, snapshot FROM health_snapshot "
      "ORDER BY account, day, known_at");
  for (const store::Row& row : days) {
    health::v1::HealthSnapshot snapshot;
    EXPECT_TRUE(snapshot.ParseFromString(row.Bytes(5)));
    absl::StrAppend(&out, "day ", row.Text(0), " ", row.Int(1), " known ", row.Int(2),
                    row.Int(3) != 0 ? " restated" : "", " version ", row.Int(4), " score ",
                    snapshot.score_micros(), " ", Digest(row.Bytes(5)), "\n");
  }
}

// What the journal made health say goes to the alerts as it stands.
void PassSignals(FoldRig& rig, alerts::testing::FoldedAlerts& alerts) {
  for (int32_t partition = 0; partition < FoldRig::kPartitions; ++partition) {
    std::string in_partition = "a";
    while (PartitionOf(in_partition, FoldRig::kPartitions) != partition) in_partition += "a";
    const auto reader = *rig.bus->NewReader(bus::kSignalsTopic, partition, 0);
    while (true) {
      const bus::RecordBatch batch = *reader->Read(1'000, absl::ZeroDuration());
      if (batch.empty()) break;
      for (const bus::Record& record : batch.records) {
        bus::Message message{.key = std::string(record.key), .value = std::string(record.value)};
        for (const bus::HeaderView& header : record.headers) {
          message.headers.push_back({std::string(header.name), std::string(header.value)});
        }
        alerts.Append(in_partition, std::move(message));
      }
    }
  }
}

void DumpAlerts(const alerts::testing::Seen& seen, std::string& out) {
  for (const alerts::Case& alert : seen.cases) {
    absl::StrAppend(&out, "alert ", alert.alert_id, " v", alert.entity_version, " state ",
                    static_cast<int>(alert.state), " level ", static_cast<int>(alert.level),
                    " priority ", alert.priority, " value ", alert.value_micros, " pending ",
                    Instant(alert.pending_time), " fired ", Instant(alert.fire_time), " resolved ",
                    Instant(alert.resolve_time), " ", alert.resolve_reason, " assignee ",
                    alert.assignee, " escalates ", Instant(alert.escalate_at),
                    alert.backfill ? " backfill" : "", alert.restated ? " restated" : "", "\n  ",
                    alert.text, "\n  ", alert.cause.type, " ", alert.cause.id, "\n");
  }
  for (const std::string& entry : seen.timeline) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(entry, absl::MaxSplits(' ', 1));
    alerts::v1::TimelineEntry line;
    EXPECT_TRUE(line.ParseFromString(parts.second));
    absl::StrAppend(&out, "entry ", parts.first, " ", line.ShortDebugString(), "\n");
  }
  for (const std::string& delivery : seen.deliveries) {
    absl::StrAppend(&out, "delivery ", delivery, "\n");
  }
}

alerts::Rule WaitingR13() {
  alerts::Rule rule = alerts::for_tests::R13();
  rule.id = "R13w";
  rule.for_duration = absl::Hours(36);
  return rule;
}

alerts::Rule R45() {
  alerts::Rule rule = alerts::for_tests::R39();
  rule.id = "R45";
  auto& condition = std::get<alerts::PercentageChange>(rule.condition);
  condition.value = "orders.value_90d";
  condition.baseline = "orders.value_90d_before";
  condition.levels = {{.level = alerts::Level::kRed,
                       .fire_micros = -200'000,
                       .inclusive = true,
                       .clear_micros = -150'000}};
  return rule;
}

void ExpectTheSame(absl::string_view name, std::vector<alerts::Rule> rules) {
  const bool record = std::getenv("GOLDEN_RECORD") != nullptr;
  if (const char* url = std::getenv("GOLDEN_BUS"); record && url != nullptr) {
    CopyJournal(url, PathOf(name, ".journal"));
  }
  FoldRig rig;
  for (Recorded& recorded : ReadJournal(PathOf(name, ".journal"))) {
    rig.Send(std::move(recorded.message), recorded.partition);
  }
  rig.Drain();
  rig.Stop();  // commits, so that the store has the snapshots
  std::string actual;
  DumpHealth(rig, actual);

  alerts::testing::FoldedAlerts alerts(std::move(rules));
  PassSignals(rig, alerts);
  alerts.Boot();
  alerts.CatchUp();
  DumpAlerts(alerts.Look(), actual);

  if (record) {
    std::ofstream(PathOf(name, ".txt"), std::ios::binary) << actual;
    GTEST_SKIP() << "recorded";
  }
  const std::string expected = ReadAll(PathOf(name, ".txt"));
  if (actual == expected) return;
  const std::vector<std::string> want = absl::StrSplit(expected, '\n');
  const std::vector<std::string> have = absl::StrSplit(actual, '\n');
  for (size_t i = 0; i < std::max(want.size(), have.size()); ++i) {
    ASSERT_EQ(i < have.size() ? have[i] : "(no more)", i < want.size() ? want[i] : "(no more)")
        << "line " << i + 1;
  }
}

using alerts::for_tests::R02, alerts::for_tests::R13, alerts::for_tests::R39;

TEST(GoldenReplay, AQuietJournalOfBeforeComesToTheSame) {
  ExpectTheSame("quiet", {R02(), R13(), WaitingR13(), R39()});
}

TEST(GoldenReplay, ABusyJournalOfBeforeComesToTheSame) {
  ExpectTheSame("busy", {R02(), R13(), WaitingR13(), R39(), R45()});
}

}  // namespace
}  // namespace bellwether::golden_replay_test
