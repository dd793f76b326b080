#include "common/cli/command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <utility>

namespace bellwether::cli {
namespace {

template <typename Value>
Option Add(CLI::App* app, const std::string& name, Value& value, const std::string& meaning) {
  return Option(app->add_option(name, value, meaning));
}

}  // namespace

Option Option::Required() { return Option(option_->required()); }
Option Option::Needs(Option other) { return Option(option_->needs(other.option_)); }
Option Option::Excludes(Option other) { return Option(option_->excludes(other.option_)); }
Option Option::Between(int64_t least, int64_t most) {
  return Option(option_->check(CLI::Range(least, most)));
}
Option Option::Positive() { return Option(option_->check(CLI::PositiveNumber)); }
Option Option::NotNegative() { return Option(option_->check(CLI::NonNegativeNumber)); }
Option Option::OneOf(std::vector<std::string> values) {
  return Option(option_->check(CLI::IsMember(std::move(values))));
}
Option Option::ExistingFolder() { return Option(option_->check(CLI::ExistingDirectory)); }
Option Option::Environment(const std::string& variable) {
  return Option(option_->envname(variable));
}
Option Option::ShowDefault() { return Option(option_->capture_default_str()); }

Command Command::AddCommand(const std::string& name, const std::string& meaning) {
  return Command(app_->add_subcommand(name, meaning));
}
Command Command::AddGroup(const std::string& name) { return Command(app_->add_option_group(name)); }

Option Command::AddOption(const std::string& name, std::string& value, const std::string& meaning) {
  return Add(app_, name, value, meaning);
}
Option Command::AddOption(const std::string& name, int32_t& value, const std::string& meaning) {
  return Add(app_, name, value, meaning);
}
Option Command::AddOption(const std::string& name, int64_t& value, const std::string& meaning) {
  return Add(app_, name, value, meaning);
}
Option Command::AddOption(const std::string& name, uint64_t& value, const std::string& meaning) {
  return Add(app_, name, value, meaning);
}
Option Command::AddOption(const std::string& name, double& value, const std::string& meaning) {
  return Add(app_, name, value, meaning);
}
Option Command::AddOption(const std::string& name, std::vector<std::string>& value,
                          const std::string& meaning) {
  return Add(app_, name, value, meaning);
}
Option Command::AddOption(const std::string& name, std::vector<int32_t>& value,
                          const std::string& meaning) {
  return Add(app_, name, value, meaning);
}
Option Command::AddFlag(const std::string& name, bool& value, const std::string& meaning) {
  return Option(app_->add_flag(name, value, meaning));
}

void Command::RequireCommand() { app_->require_subcommand(1); }
void Command::RequireOptions(size_t least, size_t most) { app_->require_option(least, most); }
void Command::OnChosen(std::function<void()> callback) { app_->callback(std::move(callback)); }

void RefuseOption(const std::string& name, const std::string& problem) {
  throw CLI::ValidationError(name, problem);
}
void RefuseMissing(const std::string& names) { throw CLI::RequiredError(names); }

Program::Program(const std::string& meaning, const std::string& name)
    : Program(std::make_unique<CLI::App>(meaning, name)) {}
Program::Program(std::unique_ptr<CLI::App> app) : Command(app.get()), owned_(std::move(app)) {}
Program::~Program() = default;

void Program::TakeOptionsAnywhere() { app_->fallthrough(); }

std::optional<int> Program::Parse(std::vector<std::string> arguments, std::ostream& out,
                                  std::ostream& err) {
  // CLI11 takes them last first.
  std::reverse(arguments.begin(), arguments.end());
  try {
    app_->parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    return app_->exit(error, out, err);
  }
  return std::nullopt;
}

std::optional<int> Program::Parse(int argc, const char* const* argv) {
  std::ostream& out = std::cout;  // STYLE(stdout): help goes to whoever asked for it
  std::ostream& err = std::cerr;  // STYLE(stdout): and wrong usage to whoever typed it
  return Parse(std::vector<std::string>(argv + std::min(argc, 1), argv + argc), out, err);
}

}  // namespace bellwether::cli
