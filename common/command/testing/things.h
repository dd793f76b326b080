// A kind of entity with nothing but a text, for tests of commands.
#ifndef BELLWETHER_COMMON_COMMAND_TESTING_THINGS_H_
#define BELLWETHER_COMMON_COMMAND_TESTING_THINGS_H_

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/bus/topics.h"
#include "common/command/audit_table.h"
#include "common/command/entity_commands.h"
#include "common/outbox/journal_phase.h"
#include "common/store/store.h"
#include "common/testing/fake_clock.h"
#include "common/testing/memory_bus.h"
#include "gtest/gtest.h"

namespace bellwether::command::testing {

struct Thing {
  std::string id;
  std::string text;
  int64_t version = 0;
  absl::Time created;
  absl::Time updated;
  friend bool operator==(const Thing&, const Thing&) = default;
};

class Things final : public Entities<Thing> {
 public:
  explicit Things(const store::Store& store) : for_update_(store.ForUpdate()) {}

  static absl::Status CreateTable(store::Store& store) {
    return store::Migrate(
        store, {{"things/0001", "CREATE TABLE things (id TEXT PRIMARY KEY, body TEXT NOT NULL);"}});
  }

  absl::StatusOr<std::optional<Thing>> FindForUpdate(store::Transaction& transaction,
                                                     const std::string& id) override {
    ASSIGN_OR_RETURN(const store::Rows rows,
                     transaction.Query(
                         absl::StrCat("SELECT body FROM things WHERE id = $1", for_update_), {id}));
    if (rows.empty()) return std::nullopt;
    ASSIGN_OR_RETURN(Thing thing, Decode(rows[0].Text(0)));
    return thing;
  }
  absl::Status Insert(store::Transaction& transaction, Thing& thing) override {
    return transaction
        .Execute("INSERT INTO things (id, body) VALUES ($1, $2)", {thing.id, Encode(thing)})
        .status();
  }
  absl::Status Update(store::Transaction& transaction, const Thing&, const Thing& after) override {
    return transaction
        .Execute("UPDATE things SET body = $2 WHERE id = $1", {after.id, Encode(after)})
        .status();
  }
  std::vector<outbox::OutboxRow> Outgoing(const Thing*, const Thing& after,
                                          const Moment& moment) const override {
    return {{.subject = after.id,
             .entity_version = after.version,
             .topic = bus::kJournalTopic,
             .change_time = moment.at}};
  }
  std::vector<audit::v1::FieldChange> Difference(const Thing* before,
                                                 const Thing& after) const override {
    audit::v1::FieldChange change;
    change.set_field("text");
    if (before != nullptr) change.set_before(before->text);
    change.set_after(after.text);
    return {change};
  }
  // "id|text|version|created|updated"
  std::string Encode(const Thing& thing) const override {
    return absl::StrCat(thing.id, "|", thing.text, "|", thing.version, "|",
                        absl::ToUnixMicros(thing.created), "|", absl::ToUnixMicros(thing.updated));
  }
  absl::StatusOr<Thing> Decode(const std::string& bytes) const override {
    const std::vector<std::string> parts = absl::StrSplit(bytes, '|');
    int64_t version = 0, created = 0, updated = 0;
    if (parts.size() != 5 || !absl::SimpleAtoi(parts[2], &version) ||
        !absl::SimpleAtoi(parts[3], &created) || !absl::SimpleAtoi(parts[4], &updated)) {
      return absl::DataLossError(bytes);
    }
    return Thing{parts[0], parts[1], version, absl::FromUnixMicros(created),
                 absl::FromUnixMicros(updated)};
  }

 private:
  const std::string for_update_;
};

// Commands on things in `store`.
class ThingService {
 public:
  // `real` is what `store` passes calls on to, where it does.
  ThingService(store::Store& store, store::Store& real)
      : things_(store),
        runner_({store, clock, phase_, [this] { ++committed; }}),
        commands(runner_, things_,
                 {.type = "thing",
                  .not_found = {"THING_NOT_FOUND", "name", ""},
                  .exists = {"THING_EXISTS", "id", ""}}) {
    EXPECT_TRUE(Things::CreateTable(real).ok());
    EXPECT_TRUE(outbox::CreateTables(real).ok());
    EXPECT_TRUE(CreateTables(real).ok());
  }

  absl::StatusOr<Thing> Create(const Command& command, const std::string& id) {
    return commands.Create(command, {.id = id, .text = "new"});
  }
  absl::StatusOr<Thing> Write(const Command& command, const std::string& id,
                              const std::string& text) {
    return commands.Change(command, id,
                           [&](const Thing& present, const Moment&) -> absl::StatusOr<Thing> {
                             Thing wanted = present;
                             wanted.text = text;
                             return wanted;
                           });
  }

  bellwether::testing::FakeClock clock{absl::FromUnixSeconds(1'800'000'000)};
  std::atomic<int> committed = 0;

 private:
  const std::unique_ptr<bus::Bus> bus_ = bellwether::testing::NewMemoryBus(/*partitions=*/1);
  outbox::JournalPhase phase_{*bus_};
  Things things_;
  Runner runner_;

 public:
  EntityCommands<Thing> commands;
  bus::Bus& bus() { return *bus_; }
};

}  // namespace bellwether::command::testing

#endif  // BELLWETHER_COMMON_COMMAND_TESTING_THINGS_H_
