// What a program takes on its command line, read by CLI11, which is known to this folder's sources
// alone: its header costs as much to compile as ten of ours.
#ifndef BELLWETHER_COMMON_CLI_COMMAND_H_
#define BELLWETHER_COMMON_CLI_COMMAND_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace bellwether::cli {

// One option, flag or argument of a command; valid as long as the program. Each of its methods
// narrows what may be given and returns the option.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}

  Option Required();
  Option Needs(Option other);
  Option Excludes(Option other);
  Option Between(int64_t least, int64_t most);
  Option Positive();
  Option NotNegative();
  Option OneOf(std::vector<std::string> values);
  Option ExistingFolder();
  // Taken from there when it is not given.
  Option Environment(const std::string& variable);
  // Help shows the value that stands for what is not given.
  Option ShowDefault();

 private:
  CLI::Option* option_;
};

// A command or the program itself; valid as long as the program. What an option is bound to keeps
// its value until something is given, and outlives Parse.
class Command {
 public:
  explicit Command(CLI::App* app) : app_(app) {}

  Command AddCommand(const std::string& name, const std::string& meaning);
  // Of several commands or options, in help under one heading.
  Command AddGroup(const std::string& name);

  // A name without "--" is an argument in its place.
  Option AddOption(const std::string& name, std::string& value, const std::string& meaning = "");
  Option AddOption(const std::string& name, int32_t& value, const std::string& meaning = "");
  Option AddOption(const std::string& name, int64_t& value, const std::string& meaning = "");
  Option AddOption(const std::string& name, uint64_t& value, const std::string& meaning = "");
  Option AddOption(const std::string& name, double& value, const std::string& meaning = "");
  // Any number of them.
  Option AddOption(const std::string& name, std::vector<std::string>& value,
                   const std::string& meaning = "");
  Option AddOption(const std::string& name, std::vector<int32_t>& value,
                   const std::string& meaning = "");
  Option AddFlag(const std::string& name, bool& value, const std::string& meaning = "");

  void RequireCommand();
  // Between so many of its own options are given.
  void RequireOptions(size_t least, size_t most);
  // Called when the command is chosen and its options are in place.
  void OnChosen(std::function<void()> callback);

 protected:
  CLI::App* app_;
};

// From OnChosen: wrong usage, as if Parse had found it.
[[noreturn]] void RefuseOption(const std::string& name, const std::string& problem);
[[noreturn]] void RefuseMissing(const std::string& names);

class Program : public Command {
 public:
  explicit Program(const std::string& meaning, const std::string& name = "");
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Options of the program may also stand behind a command.
  void TakeOptionsAnywhere();

  // Nothing when the program is to go on; else its exit code, with what there is to say printed: 0
  // for help that was asked for.
  std::optional<int> Parse(std::vector<std::string> arguments, std::ostream& out,
                           std::ostream& err);
  std::optional<int> Parse(int argc, const char* const* argv);

 private:
  explicit Program(std::unique_ptr<CLI::App> app);

  const std::unique_ptr<CLI::App> owned_;
};

}  // namespace bellwether::cli

#endif  // BELLWETHER_COMMON_CLI_COMMAND_H_
