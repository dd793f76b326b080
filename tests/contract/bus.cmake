bellwether_test(bus_contract_test
  SRCS bus_contract.cc bus_contract_test.cc DEPS common.bus LABELS contract)
