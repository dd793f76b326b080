#include <iostream>
#include <string>
#include <vector>

#include "services/ctl/adapters/command_line.h"

int main(int argc, char** argv) {
  return bellwether::ctl::RunCommandLine(std::vector<std::string>(argv + 1, argv + argc), std::cin,
                                         std::cout, std::cerr);
}
