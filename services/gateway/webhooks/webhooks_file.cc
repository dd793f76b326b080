#include "services/gateway/webhooks/webhooks_file.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/ids.h"
#include "common/base/status.h"
#include "common/config/document.h"
#include "common/config/yaml_message.h"
#include "common/http/url.h"
#include "common/signature/hmac.h"
#include "services/gateway/domain/event_rules.h"

namespace bellwether::gateway {
namespace {

namespace v1 = webhooks::v1;

constexpr absl::string_view kFilesField = "files[";
constexpr absl::string_view kRecordsField = ".records[";

// The mapping that the source's rules are, one file each.
imports::v1::Mapping MappingOf(const v1::WebhookSource& spec) {
  imports::v1::Mapping mapping;
  mapping.set_mapping_id(spec.name());
  mapping.set_source(spec.source());
  mapping.set_time_zone(spec.time_zone().empty() ? "UTC" : spec.time_zone());
  mapping.set_time_of_day(spec.time_of_day());
  *mapping.mutable_missing() = spec.missing();
  *mapping.mutable_own_currencies() = spec.own_currencies();
  for (int i = 0; i < spec.rules_size(); ++i) {
    imports::v1::SourceFile& file = *mapping.add_files();
    file.set_file_id(absl::StrCat("rule-", i));
    file.set_path("event");
    file.set_layout(imports::v1::LAYOUT_CSV);
    *file.mutable_columns() = spec.rules(i).columns();
    *file.mutable_when() = spec.rules(i).when();
    *file.mutable_records() = spec.rules(i).facts();
    for (imports::v1::Record& record : *file.mutable_records()) {
      record.set_kind(imports::v1::RECORD_KIND_FACT);
    }
  }
  return mapping;
}

// The field of the mapping as the file of sources has it.
std::string FieldOf(absl::string_view source, absl::string_view field) {
  if (field == "mapping_id") return absl::StrCat(source, ".name");
  if (!absl::ConsumePrefix(&field, kFilesField)) return absl::StrCat(source, ".", field);
  const size_t records = field.find(kRecordsField);
  if (records == absl::string_view::npos) return absl::StrCat(source, ".rules[", field);
  return absl::StrCat(source, ".rules[", field.substr(0, records), ".facts[",
                      field.substr(records + kRecordsField.size()));
}

// Checks a document, and gathers every problem on the way.
class Reader {
 public:
  explicit Reader(const config::Document<v1::WebhookSources>& document) : document_(document) {}

  absl::StatusOr<WebhookSources> Read() {
    const auto& specs = document_.message.sources();
    if (specs.size() > kWebhookSourcesMax) {
      Add("sources", absl::StrCat("at most ", kWebhookSourcesMax, " sources"));
    }
    for (int i = 0; i < specs.size(); ++i) {
      const std::string field = absl::StrCat("sources[", i, "]");
      if (sources_.contains(specs[i].name())) {
        Add(absl::StrCat(field, ".name"), "another source has that name");
      }
      sources_[specs[i].name()] = ReadSource(specs[i], field);
    }
    if (const absl::Status status = problems_.ToStatus(); !status.ok()) return status;
    return std::move(sources_);
  }

 private:
  void Add(const std::string& field, absl::string_view message) {
    problems_.Add({document_.lines.PlaceOf(field), field, std::string(message)});
  }
  void Take(const std::string& field, const absl::Status& status) {
    if (!status.ok()) Add(field, status.message());
  }

  WebhookSource ReadSource(const v1::WebhookSource& spec, const std::string& field) {
    WebhookSource source{.spec = spec};
    if (spec.format() == v1::WEBHOOK_FORMAT_UNSPECIFIED) {
      Add(absl::StrCat(field, ".format"), "format must be given");
    }
    Take(absl::StrCat(field, ".source"), CheckSource(spec.source()));
    source.secrets = ReadSecrets(spec.authentication(), absl::StrCat(field, ".authentication"));
    CheckAuthentication(spec, absl::StrCat(field, ".authentication"));
    if (!spec.events().empty() && spec.format() != v1::WEBHOOK_FORMAT_GENERIC_JSON) {
      Add(absl::StrCat(field, ".events"), "events is for generic_json: this format says it itself");
    }
    source.events = ReadPath(spec.events(), absl::StrCat(field, ".events"));
    if (spec.rules().empty() || spec.rules_size() > kRulesOfSourceMax) {
      Add(absl::StrCat(field, ".rules"), absl::StrCat("1 to ", kRulesOfSourceMax, " rules"));
      return source;
    }
    for (int i = 0; i < spec.rules_size(); ++i) {
      source.paths.push_back(CheckRule(spec.rules(i), absl::StrCat(field, ".rules[", i, "]")));
    }
    imports::MappingFaults faults;
    source.mapping = imports::Compile(MappingOf(spec), faults);
    for (const auto& [place, message] : faults.all()) Add(FieldOf(field, place), message);
    return source;
  }

  // What a mapping may say and an event cannot mean.
  std::vector<DocumentPath> CheckRule(const v1::WebhookRule& rule, const std::string& field) {
    std::vector<DocumentPath> paths;
    for (int i = 0; i < rule.columns_size(); ++i) {
      const imports::v1::Column& column = rule.columns(i);
      const std::string where = absl::StrCat(field, ".columns[", i, "]");
      const bool made =
          !column.from().empty() || column.made_case() != imports::v1::Column::MADE_NOT_SET;
      paths.push_back(made ? DocumentPath() : ReadPath(column.name(), where + ".name"));
      if (!column.references().empty()) Add(where + ".references", "an event has no other tables");
      if (column.has_look_up()) Add(where + ".look_up", "an event has no other tables");
    }
    if (rule.facts().empty()) Add(field + ".facts", "facts must not be empty");
    for (int i = 0; i < rule.facts_size(); ++i) {
      const imports::v1::Record& fact = rule.facts(i);
      const std::string where = absl::StrCat(field, ".facts[", i, "]");
      if (fact.kind() != imports::v1::RECORD_KIND_UNSPECIFIED &&
          fact.kind() != imports::v1::RECORD_KIND_FACT) {
        Add(where + ".kind", "events become facts only");
      }
      if (fact.id().empty()) {
        Add(where + ".id", "id must be given: by it what is delivered twice is one fact");
      }
      if (fact.first_of_id() || fact.last_of_id()) {
        Add(where, "first_of_id and last_of_id are for tables");
      }
    }
    return paths;
  }

  DocumentPath ReadPath(absl::string_view text, const std::string& field) {
    absl::StatusOr<DocumentPath> path = DocumentPath::Parse(text);
    Take(field, path.status());
    return path.ok() ? *std::move(path) : DocumentPath();
  }

  std::vector<std::string> ReadSecrets(const v1::WebhookAuthentication& spec,
                                       const std::string& field) {
    const std::string where = absl::StrCat(field, ".secret_file");
    std::vector<std::string> secrets;
    if (spec.secret_file().empty()) {
      Add(where, "secret_file must be given");
      return secrets;
    }
    const absl::StatusOr<std::string> text = config::ReadFile(spec.secret_file());
    Take(where, text.status());
    if (!text.ok()) return secrets;
    for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
      const absl::string_view secret = absl::StripAsciiWhitespace(line);
      if (secret.empty()) continue;
      secrets.emplace_back(secret);
      if (secret.size() >= signature::kSecretBytesMin) continue;
      Add(where, absl::StrCat("a secret has at least ", signature::kSecretBytesMin, " characters"));
    }
    if (secrets.empty() || secrets.size() > kSecretsOfSourceMax) {
      Add(where, absl::StrCat("the file holds 1 to ", kSecretsOfSourceMax, " secrets, one a line"));
    }
    return secrets;
  }

  void CheckAuthentication(const v1::WebhookSource& source, const std::string& field) {
    const v1::WebhookAuthentication& spec = source.authentication();
    const bool shared = spec.scheme() == v1::WEBHOOK_SCHEME_SHARED_SECRET;
    const bool hubspot = spec.scheme() == v1::WEBHOOK_SCHEME_HUBSPOT_V3;
    const bool outbound = source.format() == v1::WEBHOOK_FORMAT_SALESFORCE_OUTBOUND_MESSAGE;
    if (spec.scheme() == v1::WEBHOOK_SCHEME_UNSPECIFIED) {
      Add(field + ".scheme", "scheme must be given");
    }
    if (shared == (spec.header().empty() == spec.parameter().empty())) {
      Add(field, "shared_secret needs a header or a parameter, and no other scheme has one");
    }
    if (hubspot == spec.public_url().empty()) {
      Add(field + ".public_url", "public_url is for hubspot_v3, and needed there");
    } else if (hubspot) {
      Take(field + ".public_url", http::ParseUrl(spec.public_url()).status());
    }
    const size_t digits = spec.organization_id().size();
    if (outbound ? digits != 15 && digits != 18 : digits != 0) {
      Add(field + ".organization_id",
          "organization_id is for salesforce_outbound_message, and needed there: 15 or 18 "
          "characters");
    }
  }

  const config::Document<v1::WebhookSources>& document_;
  config::Problems problems_;
  WebhookSources sources_;
};

}  // namespace

absl::StatusOr<WebhookSources> ReadWebhookSources(absl::string_view text, absl::string_view file) {
  ASSIGN_OR_RETURN(const auto document, config::ParseDocument<v1::WebhookSources>(text, file));
  return Reader(document).Read();
}

absl::StatusOr<WebhookSources> LoadWebhookSources(const std::string& path) {
  if (path.empty()) return WebhookSources();
  ASSIGN_OR_RETURN(const std::string text, config::ReadFile(path));
  return ReadWebhookSources(text, path);
}

}  // namespace bellwether::gateway
