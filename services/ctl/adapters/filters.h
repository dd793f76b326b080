// Checks of filters whose values are a closed list: what is no value of it is wrong usage.
#ifndef BELLWETHER_SERVICES_CTL_ADAPTERS_FILTERS_H_
#define BELLWETHER_SERVICES_CTL_ADAPTERS_FILTERS_H_

#include <string>
#include <vector>

#include "common/levels/service_level.h"

namespace bellwether::ctl {

inline std::vector<std::string> KnownServiceLevels() {
  return {ServiceLevels().begin(), ServiceLevels().end()};
}

}  // namespace bellwether::ctl

#endif  // BELLWETHER_SERVICES_CTL_ADAPTERS_FILTERS_H_
