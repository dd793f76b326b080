#include "common/cli/lenient_flags.h"

#include <CLI/CLI.hpp>

namespace bellwether::cli {

LenientFlags::LenientFlags(const std::string& meaning, const std::string& program)
    : app_(std::make_unique<CLI::App>(meaning, program)) {
  app_->set_help_flag();  // it would leave by an exception
  app_->allow_extras();
}
LenientFlags::~LenientFlags() = default;

void LenientFlags::AddSwitch(const std::string& names, bool& value, const std::string& meaning) {
  app_->add_flag(names, value, meaning);
}

void LenientFlags::AddOption(const std::string& name, const std::string& meaning) {
  app_->add_option(name, meaning)
      ->expected(0, 1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

std::string LenientFlags::Parse(const std::vector<std::string>& arguments) {
  try {
    app_->parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::Error& error) {
    return error.what();
  }
  return "";
}

std::vector<std::string> LenientFlags::Values(const std::string& name) const {
  const CLI::Option* option = app_->get_option(name);
  return option->count() > 0 ? option->results() : std::vector<std::string>();
}

std::vector<std::string> LenientFlags::Unknown() const { return app_->remaining(); }

std::string LenientFlags::Help() const { return app_->help(); }

}  // namespace bellwether::cli
