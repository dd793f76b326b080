// Checks of filters whose values are a closed list: what is no value of it is wrong usage.
#ifndef BELLWETHER_SERVICES_CTL_ADAPTERS_FILTERS_H_
#define BELLWETHER_SERVICES_CTL_ADAPTERS_FILTERS_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "common/levels/service_level.h"

namespace bellwether::ctl {

inline CLI::IsMember KnownServiceLevel() {
  return CLI::IsMember(std::vector<std::string>(ServiceLevels().begin(), ServiceLevels().end()));
}

}  // namespace bellwether::ctl

#endif  // BELLWETHER_SERVICES_CTL_ADAPTERS_FILTERS_H_
