#include "services/gateway/webhooks/webhooks_file.h"

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace bellwether::gateway::webhooks_file_test {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

std::string SecretFile(absl::string_view text) {
  const std::string path = absl::StrCat(::testing::TempDir(), "webhooks_file_test_secret");
  std::ofstream(path) << text;
  return path;
}

// A source with these lines of rules, and of what stands before them.
std::string Yaml(absl::string_view rules, absl::string_view head = "format: generic_json") {
  return absl::StrCat("sources:\n  - name: shop\n    ", head, "\n    source: erp/shop\n",
                      "    authentication: {scheme: bellwether_signature, secret_file: ",
                      SecretFile("0123456789abcdef\n"), "}\n    rules:\n", rules);
}

constexpr char kRule[] = R"(      - columns:
          - {name: id, kind: text}
          - {name: at, kind: time}
        facts:
          - id: "{id}"
            account_id: acme
            time_column: at
            set: {usage_reported.logins: "1"}
)";

std::string ProblemsOf(const std::string& yaml) {
  const auto sources = ReadWebhookSources(yaml, "webhooks.yaml");
  return sources.ok() ? "none" : std::string(sources.status().message());
}

TEST(WebhooksFile, IsRead) {
  const auto sources = ReadWebhookSources(Yaml(kRule), "webhooks.yaml");
  ASSERT_TRUE(sources.ok()) << sources.status();
  EXPECT_THAT(sources->at("shop").secrets, SizeIs(1));
  EXPECT_THAT(sources->at("shop").mapping.files, SizeIs(1));
}

TEST(WebhooksFile, NamesThePlaceOfEachProblem) {
  const std::string problems = ProblemsOf(Yaml(R"(      - columns:
          - {name: a..b, kind: text}
          - {name: amount, kind: number, scale: 99}
        facts:
          - account_id: acme
            time_column: amount
            set: {order_placed.price: "{cost}"}
)"));
  EXPECT_THAT(problems, HasSubstr("webhooks.yaml:8:14: sources[0].rules[0].columns[0].name"));
  EXPECT_THAT(problems, HasSubstr("webhooks.yaml:9:42: sources[0].rules[0].columns[1].scale"));
  EXPECT_THAT(problems, HasSubstr("sources[0].rules[0].facts[0].id: id must be given"));
  EXPECT_THAT(problems, HasSubstr("sources[0].rules[0].facts[0].time_column"));
  EXPECT_THAT(problems, HasSubstr("sources[0].rules[0].facts[0].set.order_placed.price"));
}

TEST(WebhooksFile, RefusesWhatAnEventCannotMean) {
  const std::string problems = ProblemsOf(Yaml(R"(      - columns:
          - {name: id, kind: text, references: shop.id}
          - {name: at, kind: time, look_up: {table: x, by: [id], take: y}}
        facts:
          - kind: account
            id: "{id}"
            account_id: acme
            time_column: at
            first_of_id: true
            set: {usage_reported.logins: "1"}
)"));
  EXPECT_THAT(problems, HasSubstr("columns[0].references: an event has no other tables"));
  EXPECT_THAT(problems, HasSubstr("columns[1].look_up: an event has no other tables"));
  EXPECT_THAT(problems, HasSubstr("facts[0].kind: events become facts only"));
  EXPECT_THAT(problems, HasSubstr("first_of_id and last_of_id are for tables"));
}

TEST(WebhooksFile, FitsAuthenticationToTheFormat) {
  EXPECT_THAT(ProblemsOf(Yaml(kRule, "format: salesforce_outbound_message")),
              HasSubstr("authentication.organization_id: organization_id is for"));
  EXPECT_THAT(ProblemsOf(Yaml(kRule, "format: hubspot_v3\n    events: list")),
              HasSubstr("events is for generic_json"));
  std::string yaml = Yaml(kRule);
  yaml.replace(yaml.find("bellwether_signature"), 20, "hubspot_v3");
  EXPECT_THAT(ProblemsOf(yaml), HasSubstr("public_url is for hubspot_v3, and needed there"));
  yaml.replace(yaml.find("hubspot_v3"), 10, "shared_secret");
  EXPECT_THAT(ProblemsOf(yaml), HasSubstr("shared_secret needs a header or a parameter"));
}

TEST(WebhooksFile, WantsSecretsThatCannotBeGuessedAndDoesNotShowThem) {
  std::string yaml = Yaml(kRule);
  SecretFile("short\n");
  EXPECT_THAT(ProblemsOf(yaml), HasSubstr("a secret has at least 16 characters"));
  EXPECT_THAT(ProblemsOf(yaml), ::testing::Not(HasSubstr("short")));
  SecretFile("\n\n");
  EXPECT_THAT(ProblemsOf(yaml), HasSubstr("holds 1 to 4 secrets"));
}

TEST(WebhooksFile, HasNoTwoSourcesOfOneName) {
  const std::string one = Yaml(kRule);
  EXPECT_THAT(ProblemsOf(one + one.substr(one.find('\n') + 1)),
              HasSubstr("sources[1].name: another source has that name"));
}

}  // namespace
}  // namespace bellwether::gateway::webhooks_file_test
