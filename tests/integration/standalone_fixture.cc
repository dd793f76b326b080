#include "tests/integration/standalone_fixture.h"

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "common/base/ids.h"
#include "common/testing/await.h"
#include "services/ctl/adapters/command_line.h"

namespace bellwether {
namespace {

// Some tests bring in a year and more.
constexpr absl::Duration kReadyMax = absl::Minutes(3);
constexpr absl::Duration kDrain = absl::Seconds(30);

}  // namespace

StandaloneTest::StandaloneTest()
    : folder(absl::StrCat(std::filesystem::temp_directory_path().string(), "/bellwether-",
                          NewUuid())) {
  std::filesystem::create_directories(folder);
  // What imports remember is the test's own.
  setenv("BELLWETHER_LEDGER", (folder + "/ledger").c_str(), /*overwrite=*/1);
  config.data = folder + "/data";
  config.grpc = "127.0.0.1:0";
  config.http = "127.0.0.1:0";
  config.partitions = 4;
  config.gateway.live_at_start = false;
  config.gateway.tick_interval = absl::Milliseconds(100);
  // Snapshots can be read once a checkpoint has stored them.
  config.health.checkpoint_interval = absl::Seconds(1);
}

StandaloneTest::~StandaloneTest() {
  std::error_code ignored;
  std::filesystem::remove_all(folder, ignored);
}

void StandaloneTest::Boot() {
  auto app = standalone::App::Create(config, clock());
  ASSERT_TRUE(app.ok()) << app.status();
  app_ = *std::move(app);
  const absl::Status started = app_->Start();
  ASSERT_TRUE(started.ok()) << started;
  auto channel = rpc::Connect(app_->grpc_target());
  ASSERT_TRUE(channel.ok()) << channel.status();
  channel_ = *std::move(channel);
  ASSERT_TRUE(testing::Await([&] { return app_->Ready().ok(); }, kReadyMax)) << app_->Ready();
}

void StandaloneTest::Shutdown() {
  channel_.reset();
  if (app_ == nullptr) return;
  app_->Stop(absl::Now() + kDrain);
  app_.reset();
}

CtlRun StandaloneTest::Ctl(std::vector<std::string> arguments, const std::string& input) {
  arguments.insert(arguments.begin(), {"--server", app_->grpc_target(), "--timeout", "60"});
  std::istringstream in(input);
  std::ostringstream out;
  std::ostringstream err;
  const int exit_code = ctl::RunCommandLine(std::move(arguments), in, out, err);
  return {exit_code, out.str(), err.str()};
}

void StandaloneTest::GoLive() {
  const auto ingest = Stub<ingest::v1::IngestService>();
  const auto live =
      Call(*ingest, &ingest::v1::IngestService::Stub::GoLive, ingest::v1::GoLiveRequest());
  ASSERT_TRUE(live.ok()) << live.status();
}

void StandaloneTest::Send(const events::v1::FactEvent& fact) {
  ingest::v1::IngestFactsRequest request;
  *request.add_events()->mutable_fact() = fact;
  const auto ingest = Stub<ingest::v1::IngestService>();
  const auto response = Call(*ingest, &ingest::v1::IngestService::Stub::IngestFacts, request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->answers_size(), 1);
  EXPECT_EQ(response->answers(0).state(), ingest::v1::ANSWER_STATE_ACCEPTED)
      << response->DebugString();
}

health::v1::Outcome StandaloneTest::OutcomeOf(const events::v1::FactEvent& fact) {
  health::v1::GetFactOutcomeRequest request;
  request.set_account_id(fact.account_id());
  request.set_source(fact.source());
  request.set_id(fact.id());
  const auto health = Stub<health::v1::HealthService>();
  health::v1::Outcome outcome = health::v1::OUTCOME_UNSPECIFIED;
  EXPECT_TRUE(testing::Await([&] {
    const auto found = Call(*health, &health::v1::HealthService::Stub::GetFactOutcome, request);
    if (found.ok()) outcome = found->outcome();
    return found.ok();
  }));
  return outcome;
}

events::v1::FactEvent StandaloneTest::Fact(const std::string& account, const std::string& id,
                                           absl::Time time) {
  events::v1::FactEvent fact;
  fact.set_account_id(account);
  fact.set_source("test");
  fact.set_id(id);
  fact.mutable_time()->set_seconds(absl::ToUnixSeconds(time));
  return fact;
}

std::string StandaloneTest::WriteFile(const std::string& name, const std::string& content) {
  const std::string path = absl::StrCat(folder, "/", name);
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

std::string SharedDataFolder() {
  const char* named = std::getenv("BELLWETHER_SHARED_DATA");
  const std::string shared = named != nullptr ? named : "../shared/data";
  return std::filesystem::is_directory(shared) ? shared : "";
}

}  // namespace bellwether
