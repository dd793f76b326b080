#include "common/bus/kafka_url.h"

#include <librdkafka/rdkafka.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/hash.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/bus/kafka_client.h"
#include "common/bus/open_bus.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::bus::kafka_url_test {

void PrintTo(const KafkaProperty& property, std::ostream* out) {
  *out << property.name << "=" << property.value;
}

}  // namespace bellwether::bus::kafka_url_test

namespace bellwether::bus::kafka_url_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::map<std::string, std::string> AsMap(const std::vector<KafkaProperty>& properties) {
  std::map<std::string, std::string> map;
  for (const KafkaProperty& property : properties) map[property.name] = property.value;
  return map;
}

absl::StatusOr<KafkaSettings> Parse(absl::string_view url,
                                    const std::map<std::string, std::string>& environment = {}) {
  return ParseKafkaUrl(url, [&](const char* name) -> std::optional<std::string> {
    const auto found = environment.find(name);
    if (found == environment.end()) return std::nullopt;
    return found->second;
  });
}

class SecretFile {
 public:
  explicit SecretFile(absl::string_view text)
      : path_(std::filesystem::path(::testing::TempDir()) / NewUuid()) {
    std::ofstream(path_) << text;
  }
  ~SecretFile() { std::filesystem::remove(path_); }
  std::string path() const { return path_.string(); }

 private:
  const std::filesystem::path path_;
};

TEST(KafkaUrl, NamesBrokersAndNothingElse) {
  const auto settings = Parse("kafka://localhost:9092,[::1]:9093/");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->brokers, "localhost:9092,[::1]:9093");
  EXPECT_EQ(settings->topic_prefix, "");
  EXPECT_EQ(settings->replication_factor, -1);
  EXPECT_EQ(settings->min_insync_replicas, std::nullopt);
  EXPECT_EQ(settings->message_timeout, absl::Minutes(5));
  EXPECT_THAT(settings->all, IsEmpty());
  EXPECT_THAT(settings->producer, IsEmpty());
  EXPECT_THAT(settings->member, IsEmpty());
}

TEST(KafkaUrl, CarriesWhatADeploymentMayChoose) {
  const auto settings = Parse(
      "kafka://b:1?compression=zstd&replication.factor=3&min.insync.replicas=2&topic.prefix=prod."
      "&message.timeout.ms=60000&security.protocol=sasl_ssl&sasl.mechanism=SCRAM-SHA-512"
      "&sasl.username=bellwether&ssl.ca.location=%2Fetc%2Fca%20bundle.pem&session.timeout.ms=6000"
      "&statistics.interval.ms=60000");
  ASSERT_TRUE(settings.ok()) << settings.status();
  EXPECT_EQ(settings->topic_prefix, "prod.");
  EXPECT_EQ(settings->replication_factor, 3);
  EXPECT_EQ(settings->min_insync_replicas, 2);
  EXPECT_EQ(settings->message_timeout, absl::Minutes(1));
  EXPECT_EQ(AsMap(settings->producer)["compression.codec"], "zstd");
  EXPECT_EQ(AsMap(settings->member)["session.timeout.ms"], "6000");
  EXPECT_EQ(AsMap(settings->all)["ssl.ca.location"], "/etc/ca bundle.pem");
  EXPECT_EQ(AsMap(settings->all)["sasl.mechanism"], "SCRAM-SHA-512");
  EXPECT_EQ(AsMap(settings->producer)["statistics.interval.ms"], "60000");
  EXPECT_EQ(AsMap(settings->member)["statistics.interval.ms"], "60000");
}

TEST(KafkaUrl, SaysWhatIsWrong) {
  const std::pair<const char*, const char*> wrong[] = {
      {"kafka:/b:1", "begins with kafka://"},
      {"kafka://", "names no broker"},
      {"kafka://?compression=lz4", "names no broker"},
      {"kafka://host", "'host' is no host:port"},
      {"kafka://host:0", "is no host:port"},
      {"kafka://host:65536", "is no host:port"},
      {"kafka://:9092", "is no host:port"},
      {"kafka://a:1,,b:2", "'' is no host:port"},
      {"kafka://user:secret@host:9092", "users and passwords do not stand in it"},
      {"kafka://h:1?acks=0", "there is no parameter 'acks'"},
      {"kafka://h:1?compression", "compression has no value"},
      {"kafka://h:1?compression=", "compression has no value"},
      {"kafka://h:1?compression=lz4&compression=zstd", "compression stands in it twice"},
      {"kafka://h:1?topic.prefix=a%2", "topic.prefix is not percent-encoded"},
      {"kafka://h:1?topic.prefix=a/b", "topic.prefix has at most"},
      {"kafka://h:1?replication.factor=0", "replication.factor is a number from 1 to 32"},
      {"kafka://h:1?message.timeout.ms=999", "message.timeout.ms is a number from 1000"},
      {"kafka://h:1?message.timeout.ms=soon", "not 'soon'"},
      {"kafka://h:1?sasl.password.file=/no/such/file", "file of sasl.password.file cannot be read"},
  };
  for (const auto& [url, why] : wrong) {
    const absl::Status status = Parse(url).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << url;
    EXPECT_THAT(std::string(status.message()), HasSubstr(why)) << url;
    EXPECT_EQ(DetailOf(status)->reason, "KAFKA_URL");
  }
}

TEST(KafkaUrl, ConnectsToOtherHostsThroughTlsOnly) {
  for (const char* url :
       {"kafka://broker.example:9092", "kafka://10.0.0.7:9092?security.protocol=plaintext",
        "kafka://broker.example:9092?security.protocol=sasl_plaintext&sasl.mechanism=PLAIN",
        "kafka://127.0.0.1:9092,broker.example:9092", "kafka://127.broker.example:9092",
        "kafka://[fe80::1]:9092"}) {
    const absl::Status status = Parse(url).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << url;
    EXPECT_EQ(DetailOf(status)->reason, "BUS_NEEDS_TLS") << url;
  }
  for (const char* url :
       {"kafka://broker.example:9092?security.protocol=SSL",
        "kafka://broker.example:9092?security.protocol=sasl_ssl&sasl.mechanism=PLAIN",
        "kafka://localhost:1,127.0.0.1:2,[::1]:3?security.protocol=sasl_plaintext"}) {
    EXPECT_TRUE(Parse(url).ok()) << url;
  }
}

TEST(KafkaUrl, TakesSecretsFromFilesAndTheEnvironmentOnly) {
  const absl::Status in_url = Parse("kafka://h:1?sasl.password=hunter2").status();
  EXPECT_THAT(std::string(in_url.message()), HasSubstr("sasl.password.file"));
  EXPECT_THAT(std::string(in_url.message()), Not(HasSubstr("hunter2")));

  const SecretFile file("hunter2\n");
  const auto from_file =
      Parse(absl::StrCat("kafka://localhost:1?sasl.password.file=", file.path()));
  ASSERT_TRUE(from_file.ok()) << from_file.status();
  EXPECT_EQ(AsMap(from_file->all)["sasl.password"], "hunter2");

  const auto from_environment =
      Parse("kafka://localhost:1", {{"BELLWETHER_KAFKA_SSL_KEY_PASSWORD", "opensesame"}});
  ASSERT_TRUE(from_environment.ok());
  EXPECT_EQ(AsMap(from_environment->all)["ssl.key.password"], "opensesame");

  // The file is the more explicit of the two.
  const auto both = Parse(absl::StrCat("kafka://localhost:1?sasl.password.file=", file.path()),
                          {{"BELLWETHER_KAFKA_SASL_PASSWORD", "other"}});
  EXPECT_EQ(AsMap(both->all)["sasl.password"], "hunter2");
}

TEST(KafkaUrl, IsCheckedWholeWhenTheBusIsOpened) {
  EXPECT_TRUE(OpenBus("kafka://127.0.0.1:1").ok()) << "a broker need not be there";
  for (const char* url :
       {"kafka://127.0.0.1:1?compression=lz5", "kafka://127.0.0.1:1?session.timeout.ms=-1",
        "kafka://127.0.0.1:1?security.protocol=none"}) {
    const auto bus = OpenBus(url);
    ASSERT_FALSE(bus.ok()) << url;
    EXPECT_EQ(DetailOf(bus.status())->reason, "KAFKA_URL") << bus.status();
  }
}

TEST(KafkaLibrary, HasEveryCodecAndMechanismWePromise) {
  KafkaOwned<rd_kafka_conf_t> conf(rd_kafka_conf_new());
  char features[512];
  size_t size = sizeof features;
  ASSERT_EQ(rd_kafka_conf_get(conf.get(), "builtin.features", features, &size), RD_KAFKA_CONF_OK);
  for (const char* feature : {"lz4", "zstd", "ssl", "sasl_plain", "sasl_scram"}) {
    EXPECT_THAT(std::string(features), HasSubstr(feature));
  }
}

// A CRM that produces to `facts` by itself finds the partition by its own library.
TEST(KafkaLibrary, PutsAKeyWhereWeDo) {
  for (int i = 0; i < 1'000; ++i) {
    const std::string key(static_cast<size_t>(i % 37), static_cast<char>('a' + i % 26));
    const std::string account = absl::StrCat("account-", i, key);
    for (const int32_t partitions : {1, 7, 12, 1'000}) {
      EXPECT_EQ(PartitionOf(account, partitions),
                rd_kafka_msg_partitioner_murmur2(nullptr, account.data(), account.size(),
                                                 partitions, nullptr, nullptr));
    }
  }
}

}  // namespace
}  // namespace bellwether::bus::kafka_url_test
