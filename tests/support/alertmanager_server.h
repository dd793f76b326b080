// A real Alertmanager of a test's own.
#ifndef BELLWETHER_TESTS_SUPPORT_ALERTMANAGER_SERVER_H_
#define BELLWETHER_TESTS_SUPPORT_ALERTMANAGER_SERVER_H_

#include <map>
#include <string>
#include <vector>

#include "tests/support/child_server.h"

namespace bellwether::testing {

// As ChildServer; nobody is notified.
class AlertmanagerServer : public ChildServer {
 public:
  AlertmanagerServer();

  std::string url() const;

  struct Listed {
    std::map<std::string, std::string> labels;
    std::map<std::string, std::string> annotations;
    std::string starts_at;
    std::string ends_at;
  };
  // The alerts it takes for current; empty also while it cannot be asked.
  std::vector<Listed> Alerts() const;
};

}  // namespace bellwether::testing

#endif  // BELLWETHER_TESTS_SUPPORT_ALERTMANAGER_SERVER_H_
