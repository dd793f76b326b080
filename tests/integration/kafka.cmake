bellwether_test(kafka_bus_test
  SRCS kafka_bus_test.cc
  DEPS common.bus common.testing tests.kafka_broker
  LABELS integration
  TIMEOUT 300)
