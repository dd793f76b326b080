bellwether_test(kafka_bus_test
  SRCS kafka_bus_test.cc kafka_limits_test.cc kafka_topics_test.cc
  DEPS common.bus common.testing tests.kafka_admin tests.kafka_broker
  LABELS integration
  TIMEOUT 300)

bellwether_library(tests.ledger_fold
  SRCS ledger_fold.cc DEPS common.base common.bus common.store common.stream absl::strings)
bellwether_program(ledger_member SRCS ledger_member.cc DEPS tests.ledger_fold)
bellwether_test(kafka_processor_test
  SRCS kafka_processor_test.cc
  DEPS common.stream.testing common.testing tests.child_process tests.kafka_broker
       tests.ledger_fold
  LABELS integration
  TIMEOUT 300)
add_dependencies(kafka_processor_test ledger_member)
bellwether_test(kafka_security_test
  SRCS kafka_security_test.cc
  DEPS common.bus common.testing tests.kafka_broker
  LABELS integration)

bellwether_test(kafka_facts_test
  SRCS kafka_facts_test.cc
  DEPS common.bus common.store common.testing gateway.app common.store.testing tests.child_process
       tests.kafka_broker
  LABELS integration
  TIMEOUT 300)
add_dependencies(kafka_facts_test bellwether-gateway)

bellwether_test(kafka_documentation_test
  SRCS kafka_documentation_test.cc
  DEPS common.bus common.journal proto.messages tests.documented_examples tests.kafka_broker
  LABELS integration)
