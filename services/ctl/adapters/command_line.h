// The program `bellwetherctl`, callable: main and tests run the same.
#ifndef BELLWETHER_SERVICES_CTL_ADAPTERS_COMMAND_LINE_H_
#define BELLWETHER_SERVICES_CTL_ADAPTERS_COMMAND_LINE_H_

#include <istream>
#include <ostream>
#include <string>
#include <vector>

namespace bellwether::ctl {

// Runs one command. `arguments` without the program's name. The exit code: see README.md.
int RunCommandLine(std::vector<std::string> arguments, std::istream& in, std::ostream& out,
                   std::ostream& err);

}  // namespace bellwether::ctl

#endif  // BELLWETHER_SERVICES_CTL_ADAPTERS_COMMAND_LINE_H_
