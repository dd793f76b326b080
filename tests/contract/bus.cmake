bellwether_test(bus_contract_test
  SRCS bus_contract.cc bus_contract_test.cc bus_group_contract.cc
  DEPS common.bus common.testing
  LABELS contract)
bellwether_test(kafka_bus_contract_test
  SRCS bus_contract.cc bus_group_contract.cc kafka_bus_contract_test.cc
  DEPS common.bus common.testing tests.kafka_admin tests.kafka_broker
  LABELS contract
  TIMEOUT 300)
