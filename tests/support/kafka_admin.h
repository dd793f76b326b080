// What an operator does to the topics of a test's broker. `topic` is the name as Kafka knows it.
#ifndef BELLWETHER_TESTS_SUPPORT_KAFKA_ADMIN_H_
#define BELLWETHER_TESTS_SUPPORT_KAFKA_ADMIN_H_

#include <map>
#include <string>

#include "tests/support/kafka_broker.h"

namespace bellwether::testing {

// Sets one setting of the topic, and all others back to Kafka's defaults. Returns once it holds.
void ConfigureTopic(const KafkaBroker& broker, const std::string& topic, const std::string& name,
                    const std::string& value);
std::map<std::string, std::string> SettingsOfTopic(const KafkaBroker& broker,
                                                   const std::string& topic);
void DeleteTopic(const KafkaBroker& broker, const std::string& topic);

}  // namespace bellwether::testing

#endif  // BELLWETHER_TESTS_SUPPORT_KAFKA_ADMIN_H_
