// What follows from an RFM level, by the scheme that it is a class of.
#ifndef BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_RFM_CLASSES_H_
#define BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_RFM_CLASSES_H_

#include <string>

#include "common/scheme/scheme.h"
#include "services/accounts/domain/rfm.h"

namespace bellwether::accounts {

// The effect that is an account's tier (A10).
inline constexpr char kTierEffect[] = "tier";

// Empty where no tier follows from the level. `classes` has one class per level, best first.
inline std::string TierOf(const scheme::Scheme& classes, RfmLevel level) {
  return classes.EffectOf(classes.classes[static_cast<size_t>(level)].name, kTierEffect)
      .value_or("");
}

}  // namespace bellwether::accounts

#endif  // BELLWETHER_SERVICES_ACCOUNTS_APPLICATION_RFM_CLASSES_H_
