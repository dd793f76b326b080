// The examples of a page of docs/, for a test that runs them.
#ifndef BELLWETHER_TESTS_SUPPORT_DOCUMENTED_EXAMPLES_H_
#define BELLWETHER_TESTS_SUPPORT_DOCUMENTED_EXAMPLES_H_

#include <string>
#include <vector>

namespace bellwether::testing {

struct DocumentedExample {
  std::string command;
  std::string printed;
};

// From the page's ```console blocks: what stands after "$ ", and below it what that prints.
std::vector<DocumentedExample> ReadExamples(const std::string& page);

// What the command prints to standard output.
std::string OutputOf(const std::string& command);

}  // namespace bellwether::testing

#endif  // BELLWETHER_TESTS_SUPPORT_DOCUMENTED_EXAMPLES_H_
