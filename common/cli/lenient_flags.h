// Flags of which every one may lack its value, be repeated or be unknown, so that whoever reads
// them can report all such mistakes.
#ifndef BELLWETHER_COMMON_CLI_LENIENT_FLAGS_H_
#define BELLWETHER_COMMON_CLI_LENIENT_FLAGS_H_

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace bellwether::cli {

class LenientFlags {
 public:
  LenientFlags(const std::string& meaning, const std::string& program);
  ~LenientFlags();
  LenientFlags(const LenientFlags&) = delete;
  LenientFlags& operator=(const LenientFlags&) = delete;

  void AddSwitch(const std::string& names, bool& value, const std::string& meaning);
  void AddOption(const std::string& name, const std::string& meaning);

  // What is wrong with the arguments as a whole; empty when they could be read.
  std::string Parse(const std::vector<std::string>& arguments);
  // One for each time the option was given, empty where the value is lacking.
  std::vector<std::string> Values(const std::string& name) const;
  // What is no flag that was added.
  std::vector<std::string> Unknown() const;
  std::string Help() const;

 private:
  const std::unique_ptr<CLI::App> app_;
};

}  // namespace bellwether::cli

#endif  // BELLWETHER_COMMON_CLI_LENIENT_FLAGS_H_
