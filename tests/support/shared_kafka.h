// One Kafka broker for all cases of a test program.
#ifndef BELLWETHER_TESTS_SUPPORT_SHARED_KAFKA_H_
#define BELLWETHER_TESTS_SUPPORT_SHARED_KAFKA_H_

#include "tests/support/kafka_broker.h"

namespace bellwether::testing {

// Started before the first case and stopped after the last; cases keep apart by topic.prefix, and
// leave it running.
KafkaBroker& SharedKafka();

}  // namespace bellwether::testing

#endif  // BELLWETHER_TESTS_SUPPORT_SHARED_KAFKA_H_
