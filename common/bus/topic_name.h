// What a topic may be called: Kafka's rule, on every bus, so that a deployment can move there.
#ifndef BELLWETHER_COMMON_BUS_TOPIC_NAME_H_
#define BELLWETHER_COMMON_BUS_TOPIC_NAME_H_

#include "absl/strings/string_view.h"

namespace bellwether::bus {

// Nothing but what a topic's name is made of: [A-Za-z0-9._-].
bool HasOnlyTopicCharacters(absl::string_view text);

bool IsTopicName(absl::string_view name);

}  // namespace bellwether::bus

#endif  // BELLWETHER_COMMON_BUS_TOPIC_NAME_H_
