#include "common/config/settings.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/check.h"
#include "common/base/status.h"
#include "common/cli/lenient_flags.h"
#include "common/config/duration.h"
#include "common/config/yaml_message.h"
#include "common/log/log.h"
#include "unistd.h"
#include "yaml-cpp/yaml.h"

namespace bellwether::config {
namespace {

constexpr absl::string_view kSecretFilePrefix = "file:";
constexpr char kMask[] = "********";

absl::Status Refuse(absl::string_view message) { return absl::InvalidArgumentError(message); }

template <typename Integer>
std::function<absl::Status(absl::string_view)> SetInteger(Integer& value, Bounds<Integer> bounds) {
  return [&value, bounds](absl::string_view text) {
    Integer parsed = 0;
    if (!absl::SimpleAtoi(text, &parsed)) {
      return Refuse(absl::StrCat("\"", text, "\" is not an integer"));
    }
    if (parsed < bounds.least || parsed > bounds.most) {
      return Refuse(absl::StrCat(parsed, " is not within ", bounds.least, " to ", bounds.most));
    }
    value = parsed;
    return absl::OkStatus();
  };
}

// Leaves of the document by dotted key, with their lines.
struct Leaf {
  std::string key;
  std::string text;
  int line;
};

void Flatten(const YAML::Node& node, const std::string& prefix, int depth, const std::string& file,
             std::vector<Leaf>& leaves, Problems& problems) {
  for (const auto& entry : node) {
    const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "";
    const std::string key = prefix.empty() ? name : absl::StrCat(prefix, ".", name);
    const int line = entry.first.Mark().line + 1;
    if (entry.second.IsScalar()) {
      leaves.push_back({key, entry.second.Scalar(), line});
    } else if (entry.second.IsMap() && depth < kYamlDepthMax) {
      Flatten(entry.second, key, depth + 1, file, leaves, problems);
    } else {
      problems.Add({absl::StrCat(file, ":", line), key, "must be a single value"});
    }
  }
}

}  // namespace

Settings::Settings(absl::string_view service, absl::string_view description)
    : service_(service), description_(description) {
  Choice("log.level", log_level_, {"debug", "info", "warning", "error"},
         "least level of the lines that are logged");
}

void Settings::Bind(Setting setting) {
  setting.key = prefix_ + setting.key;
  BELLWETHER_CHECK(absl::c_none_of(settings_,
                                   [&](const Setting& other) {
                                     return FlagName(other.key) == FlagName(setting.key);
                                   }),
                   "two settings have the same flag");
  settings_.push_back(std::move(setting));
}

void Settings::Text(absl::string_view key, std::string& value, absl::string_view meaning) {
  Bind({std::string(key), std::string(meaning), false,
        [&value](absl::string_view text) {
          value = std::string(text);
          return absl::OkStatus();
        },
        [&value] { return value; }});
}

void Settings::Choice(absl::string_view key, std::string& value, std::vector<std::string> choices,
                      absl::string_view meaning) {
  const std::string listed = absl::StrJoin(choices, ", ");
  Bind({std::string(key), absl::StrCat(meaning, " (", listed, ")"), false,
        [&value, listed, choices = std::move(choices)](absl::string_view text) {
          if (!absl::c_linear_search(choices, text)) {
            return Refuse(absl::StrCat("\"", text, "\" is none of ", listed));
          }
          value = std::string(text);
          return absl::OkStatus();
        },
        [&value] { return value; }});
}

void Settings::Secret(absl::string_view key, std::string& value, absl::string_view meaning) {
  Bind({std::string(key), absl::StrCat(meaning, " (text, or file:<path>)"), true,
        [&value](absl::string_view text) -> absl::Status {
          if (!absl::ConsumePrefix(&text, kSecretFilePrefix)) {
            value = std::string(text);
            return absl::OkStatus();
          }
          ASSIGN_OR_RETURN(const std::string content, ReadFile(std::string(text)));
          const std::vector<std::string> lines = absl::StrSplit(content, '\n');
          value = std::string(absl::StripAsciiWhitespace(lines.front()));
          return value.empty() ? Refuse(absl::StrCat(text, " is empty")) : absl::OkStatus();
        },
        [&value] { return std::string(value.empty() ? "" : kMask); }});
}

void Settings::Flag(absl::string_view key, bool& value, absl::string_view meaning) {
  Bind({std::string(key), std::string(meaning), false,
        [&value](absl::string_view text) {
          if (text != "true" && text != "false") {
            return Refuse(absl::StrCat("\"", text, "\" is neither true nor false"));
          }
          value = text == "true";
          return absl::OkStatus();
        },
        [&value] { return std::string(value ? "true" : "false"); },
        /*alone=*/"true"});
}

void Settings::Integer(absl::string_view key, int64_t& value, Bounds<int64_t> bounds,
                       absl::string_view meaning) {
  Bind({std::string(key), absl::StrCat(meaning, " (", bounds.least, " to ", bounds.most, ")"),
        false, SetInteger<int64_t>(value, bounds), [&value] { return absl::StrCat(value); }});
}

void Settings::Integer(absl::string_view key, int& value, Bounds<int> bounds,
                       absl::string_view meaning) {
  Bind({std::string(key), absl::StrCat(meaning, " (", bounds.least, " to ", bounds.most, ")"),
        false, SetInteger<int>(value, bounds), [&value] { return absl::StrCat(value); }});
}

void Settings::Duration(absl::string_view key, absl::Duration& value, Bounds<absl::Duration> bounds,
                        absl::string_view meaning) {
  const std::string range =
      absl::StrCat(DurationText(bounds.least), " to ", DurationText(bounds.most));
  Bind({std::string(key), absl::StrCat(meaning, " (", range, ")"), false,
        [&value, bounds, range](absl::string_view text) -> absl::Status {
          ASSIGN_OR_RETURN(const absl::Duration parsed, ParseDuration(text));
          if (parsed < bounds.least || parsed > bounds.most) {
            return Refuse(absl::StrCat(text, " is not within ", range));
          }
          value = parsed;
          return absl::OkStatus();
        },
        [&value] { return DurationText(value); }});
}

void Settings::Section(absl::string_view name, const std::function<void(Settings&)>& bind) {
  const std::string outer = prefix_;
  absl::StrAppend(&prefix_, name, ".");
  bind(*this);
  prefix_ = outer;
}

void Settings::Check(absl::string_view key, std::function<absl::Status()> check) {
  checks_.emplace_back(absl::StrCat(prefix_, key), std::move(check));
}

Settings::Setting* Settings::Find(absl::string_view key) {
  // Spelled with dots or dashes, as the flag has it.
  const auto found = absl::c_find_if(
      settings_, [&](const Setting& setting) { return FlagName(setting.key) == FlagName(key); });
  return found == settings_.end() ? nullptr : &*found;
}

std::string Settings::EnvironmentName(absl::string_view key) const {
  return absl::AsciiStrToUpper(absl::StrCat("BELLWETHER_", service_, "_",
                                            absl::StrReplaceAll(key, {{".", "_"}, {"-", "_"}})));
}

std::string Settings::FlagName(absl::string_view key) {
  return absl::StrCat("--", absl::StrReplaceAll(key, {{".", "-"}, {"_", "-"}}));
}

void Settings::Set(absl::string_view key, absl::string_view text, const std::string& place,
                   Problems& problems) {
  Setting* setting = Find(key);
  if (setting == nullptr) {
    problems.Add({place, std::string(key), "unknown key"});
    return;
  }
  setting->place = place;
  if (const absl::Status status = setting->set(text); !status.ok()) {
    // What was written for a secret stays out of problems, which are logged.
    problems.Add({place, setting->key,
                  setting->secret ? "the secret cannot be read" : std::string(status.message())});
  }
}

void Settings::ApplyFile(const std::string& path, Problems& problems) {
  const absl::StatusOr<std::string> text = ReadFile(path);
  if (!text.ok()) {
    problems.Add({path, "", std::string(text.status().message())});
    return;
  }
  try {
    const YAML::Node root = YAML::Load(*text);
    if (root.IsNull()) return;  // all comments
    if (!root.IsMap()) {
      problems.Add({absl::StrCat(path, ":1"), "", "must be a mapping of keys"});
      return;
    }
    std::vector<Leaf> leaves;
    Flatten(root, "", 0, path, leaves, problems);
    for (size_t i = 0; i < leaves.size(); ++i) {
      const std::string place = absl::StrCat(path, ":", leaves[i].line);
      const bool repeated = std::any_of(leaves.begin(), leaves.begin() + i, [&](const Leaf& leaf) {
        return FlagName(leaf.key) == FlagName(leaves[i].key);
      });
      if (repeated) {
        problems.Add({place, leaves[i].key, "is given twice"});
      } else {
        Set(leaves[i].key, leaves[i].text, place, problems);
      }
    }
  } catch (const YAML::Exception& error) {
    problems.Add({absl::StrCat(path, ":", error.mark.line + 1), "",
                  absl::StrCat("is not YAML: ", error.msg)});
  }
}

absl::Status Settings::Apply(const std::vector<std::string>& arguments,
                             const std::vector<std::string>& environment) {
  Problems problems;
  cli::LenientFlags flags(description_, absl::StrCat("bellwether-", service_));
  bool help = false;
  flags.AddSwitch("--help,-h", help, "print this and leave");
  flags.AddSwitch("--check-config", check_only_, "check the configuration, print it and leave");
  flags.AddOption("--config", absl::StrCat("the YAML file, or ", EnvironmentName("config")));
  for (const Setting& setting : settings_) {
    flags.AddOption(
        FlagName(setting.key),
        setting.secret ? setting.meaning : absl::StrCat(setting.meaning, " [", setting.get(), "]"));
  }
  if (const std::string wrong = flags.Parse(arguments); !wrong.empty()) {
    problems.Add({"command line", "", wrong});
  }
  if (help) {
    help_ = flags.Help();
    return absl::OkStatus();
  }
  for (const std::string& extra : flags.Unknown()) {
    problems.Add({extra, "", "unknown flag or argument"});
  }

  // The environment, by name; one variable may name the file.
  std::string file;
  std::vector<std::pair<const Setting*, std::string>> variables;
  const std::string prefix = EnvironmentName("");
  for (const std::string& variable : environment) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(variable, absl::MaxSplits('=', 1));
    if (!absl::StartsWith(parts.first, prefix)) continue;
    if (parts.first == EnvironmentName("config")) {
      file = parts.second;
      continue;
    }
    const auto setting = absl::c_find_if(settings_, [&](const Setting& candidate) {
      return EnvironmentName(candidate.key) == parts.first;
    });
    if (setting == settings_.end()) {
      problems.Add({parts.first, "", "unknown variable"});
    } else {
      variables.emplace_back(&*setting, parts.second);
    }
  }
  const auto value_of = [&](const std::vector<std::string>& values, const std::string& flag,
                            const std::string& alone) {
    if (values.size() > 1) problems.Add({flag, "", "is given twice"});
    if (!values.back().empty()) return values.back();
    if (alone.empty()) problems.Add({flag, "", "needs a value"});
    return alone;
  };
  if (const auto given = flags.Values("--config"); !given.empty()) {
    file = value_of(given, "--config", "");
  }

  if (!file.empty()) ApplyFile(file, problems);
  for (const auto& [setting, text] : variables) {
    Set(setting->key, text, EnvironmentName(setting->key), problems);
  }
  for (const Setting& setting : settings_) {
    const std::string flag = FlagName(setting.key);
    const std::vector<std::string> given = flags.Values(flag);
    if (given.empty()) continue;
    const std::string text = value_of(given, flag, setting.alone);
    if (!text.empty()) Set(setting.key, text, flag, problems);
  }
  if (problems.empty()) {
    for (const auto& [key, check] : checks_) {
      if (const absl::Status status = check(); !status.ok()) {
        const Setting* const setting = Find(key);
        const bool placed = setting != nullptr && !setting->place.empty();
        problems.Add(
            {placed ? setting->place : "configuration", key, std::string(status.message())});
      }
    }
  }
  return problems.ToStatus();
}

std::string Settings::Effective() const {
  std::string text;
  for (const Setting& setting : settings_) {
    absl::StrAppend(&text, setting.key, ": ", setting.get(), "\n");
  }
  return text;
}

Outcome Settings::Load(int argc, const char* const* argv) {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    environment.emplace_back(*variable);
  }
  const absl::Status status =
      Apply(std::vector<std::string>(argv + std::min(argc, 1), argv + argc), environment);
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
    return {kExitConfigInvalid};
  }
  if (!help_.empty()) {
    std::fputs(help_.c_str(), stdout);
    return {kExitOk};
  }
  if (check_only_) {
    std::fputs(Effective().c_str(), stdout);
    return {kExitOk};
  }
  LogLevel level = LogLevel::kInfo;
  ParseLogLevel(log_level_, level);
  ConfigureLog(service_, level);
  std::vector<LogField> fields;
  for (const Setting& setting : settings_) {
    fields.emplace_back(setting.key, setting.get());
  }
  LogLine(LogLevel::kInfo, "effective configuration", fields);
  return {};
}

}  // namespace bellwether::config
