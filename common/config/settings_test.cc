#include "common/config/settings.h"

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::config::settings_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct ExampleConfig {
  std::string listen = "127.0.0.1:7304";
  std::string password;
  std::string bus = "embedded";
  bool verbose = false;
  int threads = 4;
  int64_t records = 200'000;
  absl::Duration interval = absl::Seconds(30);

  void Bind(Settings& settings) {
    settings.Text("listen", listen, "address of the endpoint");
    settings.Secret("store.password", password, "password of the store");
    settings.Choice("bus", bus, {"embedded", "kafka"}, "kind of bus");
    settings.Flag("verbose", verbose, "say more");
    settings.Integer("threads", threads, {1, 64}, "threads");
    settings.Integer("checkpoint.records", records, {1, 1'000'000}, "records between checkpoints");
    settings.Duration("checkpoint.interval", interval, {absl::Seconds(1), absl::Minutes(10)},
                      "time between checkpoints");
  }
};

class SettingsTest : public ::testing::Test {
 protected:
  SettingsTest() { config_.Bind(settings_); }

  std::string WriteFile(absl::string_view name, absl::string_view text) {
    const std::string path = absl::StrCat(::testing::TempDir(), "/", name);
    std::ofstream(path) << text;
    return path;
  }
  std::string ProblemsOf(const std::vector<std::string>& arguments,
                         const std::vector<std::string>& environment) {
    return std::string(settings_.Apply(arguments, environment).message());
  }

  ExampleConfig config_;
  Settings settings_{"example", "An example."};
};

TEST_F(SettingsTest, KeepDefaultsWhereNothingIsGiven) {
  ASSERT_TRUE(settings_.Apply({}, {"PATH=/bin", "BELLWETHER_OTHER_LISTEN=x"}).ok());
  EXPECT_EQ(config_.listen, "127.0.0.1:7304");
  EXPECT_EQ(config_.interval, absl::Seconds(30));
}

TEST_F(SettingsTest, PreferFlagsToTheEnvironmentAndThatToTheFile) {
  const std::string path =
      WriteFile("order.yaml", "threads: 5\nlisten: a:1\ncheckpoint: {interval: 1m, records: 7}\n");
  const absl::Status status =
      settings_.Apply({"--threads=7", "--config", path},
                      {"BELLWETHER_EXAMPLE_THREADS=6", "BELLWETHER_EXAMPLE_LISTEN=b:2",
                       "BELLWETHER_EXAMPLE_CHECKPOINT_INTERVAL=90s"});
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(config_.threads, 7);
  EXPECT_EQ(config_.listen, "b:2");
  EXPECT_EQ(config_.interval, absl::Seconds(90));
  EXPECT_EQ(config_.records, 7);
}

TEST_F(SettingsTest, TakeTheFileFromTheEnvironment) {
  const std::string path = WriteFile("env.yaml", "verbose: true\n");
  ASSERT_TRUE(settings_.Apply({}, {absl::StrCat("BELLWETHER_EXAMPLE_CONFIG=", path)}).ok());
  EXPECT_TRUE(config_.verbose);
}

TEST_F(SettingsTest, ReportAllProblemsOfAllSourcesAtOnce) {
  const std::string path = WriteFile("bad.yaml",
                                     "threads: 65\nlissten: x\ncheckpoint:\n  interval: 11m\n"
                                     "bus: [a]\nverbose: yes\n");
  const std::string text =
      ProblemsOf({"--config", path, "--checkpoint-records=0", "--unknown=1", "stray", "--bus"},
                 {"BELLWETHER_EXAMPLE_LISSTEN=x", "BELLWETHER_EXAMPLE_BUS=rabbit"});
  EXPECT_THAT(text, HasSubstr("bad.yaml:1: threads: 65 is not within 1 to 64"));
  EXPECT_THAT(text, HasSubstr("bad.yaml:2: lissten: unknown key"));
  EXPECT_THAT(text, HasSubstr("bad.yaml:4: checkpoint.interval: 11m is not within 1s to 10m"));
  EXPECT_THAT(text, HasSubstr("bad.yaml:5: bus: must be a single value"));
  EXPECT_THAT(text, HasSubstr("bad.yaml:6: verbose: \"yes\" is neither true nor false"));
  EXPECT_THAT(text, HasSubstr("BELLWETHER_EXAMPLE_LISSTEN: unknown variable"));
  EXPECT_THAT(text,
              HasSubstr("BELLWETHER_EXAMPLE_BUS: bus: \"rabbit\" is none of embedded, kafka"));
  EXPECT_THAT(text, HasSubstr("--checkpoint-records: checkpoint.records: 0 is not within"));
  EXPECT_THAT(text, HasSubstr("--unknown=1: unknown flag or argument"));
  EXPECT_THAT(text, HasSubstr("stray: unknown flag or argument"));
  EXPECT_THAT(text, HasSubstr("--bus: needs a value"));
}

TEST_F(SettingsTest, AcceptBothEndsOfBounds) {
  EXPECT_TRUE(settings_.Apply({"--threads=1", "--checkpoint-interval=10m"}, {}).ok());
  EXPECT_TRUE(settings_.Apply({"--threads=64", "--checkpoint-interval=1s"}, {}).ok());
  EXPECT_FALSE(settings_.Apply({"--threads=65"}, {}).ok());
}

TEST_F(SettingsTest, AFlagAloneMeansTrue) {
  EXPECT_TRUE(settings_.Apply({"--verbose", "--threads=1"}, {}).ok());
  EXPECT_THAT(settings_.Effective(), HasSubstr("verbose: true"));
  EXPECT_TRUE(settings_.Apply({"--verbose=false"}, {}).ok());
  EXPECT_THAT(settings_.Effective(), HasSubstr("verbose: false"));
}

TEST_F(SettingsTest, RefuseAKeyOrFlagGivenTwice) {
  const std::string path = WriteFile("twice.yaml", "threads: 1\nthreads: 2\n");
  EXPECT_THAT(ProblemsOf({"--config", path}, {}),
              HasSubstr("twice.yaml:2: threads: is given twice"));
  EXPECT_THAT(ProblemsOf({"--threads=1", "--threads=2"}, {}),
              HasSubstr("--threads: is given twice"));
}

TEST_F(SettingsTest, NeverShowASecret) {
  const std::string path = WriteFile("secret", "hunter2\n");
  ASSERT_TRUE(settings_.Apply({absl::StrCat("--store-password=file:", path)}, {}).ok());
  EXPECT_EQ(config_.password, "hunter2");
  EXPECT_THAT(settings_.Effective(), HasSubstr("store.password: ********"));
  EXPECT_THAT(settings_.Effective(), Not(HasSubstr("hunter2")));
  EXPECT_THAT(ProblemsOf({"--store-password=file:/absent/hunter3"}, {}), Not(HasSubstr("hunter3")));
}

TEST_F(SettingsTest, RunChecksOverSeveralValuesOnceEachIsWellFormed) {
  settings_.Check("bus", [&] {
    return config_.bus == "kafka" && config_.threads < 2
               ? absl::InvalidArgumentError("kafka needs two threads")
               : absl::OkStatus();
  });
  EXPECT_THAT(ProblemsOf({"--bus=kafka", "--threads=1"}, {}),
              HasSubstr("configuration: bus: kafka needs two threads"));
  EXPECT_TRUE(settings_.Apply({"--bus=kafka", "--threads=2"}, {}).ok());
}

TEST_F(SettingsTest, HostAServiceAsASection) {
  Settings outer("standalone", "All services.");
  ExampleConfig inner;
  outer.Section("example", [&](Settings& settings) { inner.Bind(settings); });
  ASSERT_TRUE(
      outer.Apply({"--example-threads=9"}, {"BELLWETHER_STANDALONE_EXAMPLE_CHECKPOINT_RECORDS=11"})
          .ok());
  EXPECT_EQ(inner.threads, 9);
  EXPECT_EQ(inner.records, 11);
}

TEST_F(SettingsTest, CheckConfigPrintsTheEffectiveValuesAndLeaves) {
  const char* arguments[] = {"example", "--check-config", "--threads=3",
                             "--store-password=hunter2"};
  ::testing::internal::CaptureStdout();
  const Outcome outcome = settings_.Load(4, arguments);
  const std::string printed = ::testing::internal::GetCapturedStdout();
  EXPECT_EQ(outcome.exit_code, kExitOk);
  EXPECT_THAT(printed, HasSubstr("threads: 3\n"));
  EXPECT_THAT(printed, Not(HasSubstr("hunter2")));
}

TEST_F(SettingsTest, LeaveWithTwoWhereTheConfigurationIsInvalid) {
  const char* arguments[] = {"example", "--check-config", "--threads=0"};
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(settings_.Load(3, arguments).exit_code, kExitConfigInvalid);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("--threads"));
}

TEST_F(SettingsTest, HelpNamesEveryFlagWithItsBoundsAndDefault) {
  const char* arguments[] = {"example", "--help"};
  ::testing::internal::CaptureStdout();
  EXPECT_EQ(settings_.Load(2, arguments).exit_code, kExitOk);
  const std::string printed = ::testing::internal::GetCapturedStdout();
  EXPECT_THAT(printed, HasSubstr("--checkpoint-interval"));
  EXPECT_THAT(printed, HasSubstr("1s to 10m"));
  EXPECT_THAT(printed, HasSubstr("[30s]"));
}

}  // namespace
}  // namespace bellwether::config::settings_test
