#include "common/store/postgres_options.h"

#include "common/base/status.h"
#include "gtest/gtest.h"

namespace bellwether::store::postgres_options_test {
namespace {

std::string ReasonOf(absl::string_view url) {
  const auto options = ParsePostgresUrl(url, "accounts");
  if (options.ok()) return "OK";
  return DetailOf(options.status())->reason;
}

TEST(PostgresUrl, NamesUserAndSchemaAfterTheServiceUnlessSaid) {
  const auto plain = ParsePostgresUrl("postgres://localhost/bellwether", "accounts");
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_EQ(plain->user, "accounts");
  EXPECT_EQ(plain->schema, "accounts");
  EXPECT_EQ(plain->hosts, "localhost");
  EXPECT_EQ(plain->ports, "5432");
  EXPECT_EQ(plain->database, "bellwether");
  const auto said = ParsePostgresUrl("postgres://me@localhost:6000/b?schema=mine", "accounts");
  ASSERT_TRUE(said.ok()) << said.status();
  EXPECT_EQ(said->user, "me");
  EXPECT_EQ(said->schema, "mine");
  EXPECT_EQ(said->ports, "6000");
}

TEST(PostgresUrl, OneUrlServesManyServices) {
  const auto options = ParsePostgresUrl(
      "postgres://u_{service}@[::1]/b?schema=s_{service}&password-file=run/{service}.password",
      "alerts");
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->user, "u_alerts");
  EXPECT_EQ(options->schema, "s_alerts");
  EXPECT_EQ(options->password_file, "run/alerts.password");
  EXPECT_EQ(options->hosts, "::1");
}

TEST(PostgresUrl, TakesLimitsAndSeveralHosts) {
  const auto options = ParsePostgresUrl(
      "postgres://a.example:1,b.example/b?pool=3&lock-timeout=2s&statement-timeout=1m&"
      "idle-timeout=3s&connect-timeout=4s&wait=50ms&sslmode=require&sslrootcert=ca.pem",
      "health");
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->hosts, "a.example,b.example");
  EXPECT_EQ(options->ports, "1,5432");
  EXPECT_EQ(options->connections_max, 3u);
  EXPECT_EQ(options->lock_timeout, absl::Seconds(2));
  EXPECT_EQ(options->statement_timeout, absl::Minutes(1));
  EXPECT_EQ(options->idle_in_transaction_timeout, absl::Seconds(3));
  EXPECT_EQ(options->connect_timeout, absl::Seconds(4));
  EXPECT_EQ(options->wait, absl::Milliseconds(50));
  EXPECT_EQ(options->tls_mode, "require");
  EXPECT_EQ(options->tls_root_certificate, "ca.pem");
}

TEST(PostgresUrl, ConnectsToOtherHostsThroughVerifiedTlsUnlessConfiguredOtherwise) {
  EXPECT_EQ(ParsePostgresUrl("postgres://db.example/b", "a")->tls_mode, "verify-full");
  EXPECT_EQ(ParsePostgresUrl("postgres://127.0.0.1/b", "a")->tls_mode, "prefer");
  EXPECT_EQ(ReasonOf("postgres://db.example/b?sslmode=prefer"), "STORE_NEEDS_TLS");
  EXPECT_EQ(ReasonOf("postgres://127.0.0.1,db.example/b?sslmode=disable"), "STORE_NEEDS_TLS");
  EXPECT_EQ(ReasonOf("postgres://127.db.example/b?sslmode=disable"), "STORE_NEEDS_TLS");
}

TEST(PostgresUrl, RefusesWhatItDoesNotKnow) {
  for (const char* url : {"postgres:/x",
                          "postgres://",
                          "postgres://host",
                          "postgres://host/",
                          "postgres://host/a/b",
                          "postgres://host/Upper",
                          "postgres:///b",
                          "postgres://host:0/b",
                          "postgres://host:x/b",
                          "postgres://[::1/b",
                          "postgres://me:secret@localhost/b",
                          "postgres://localhost/b?what=1",
                          "postgres://localhost/b?pool=0",
                          "postgres://localhost/b?pool=65",
                          "postgres://localhost/b?wait=1",
                          "postgres://localhost/b?wait=2h",
                          "postgres://localhost/b?sslmode=no",
                          "postgres://localhost/b?schema=a;b",
                          "postgres://1x@localhost/b",
                          "postgres://localhost/b?schema="}) {
    EXPECT_EQ(ReasonOf(url), "STORE_URL_INVALID") << url;
  }
}

}  // namespace
}  // namespace bellwether::store::postgres_options_test
