bellwether_test(store_contract_test
  SRCS store_contract.cc store_contract_test.cc
  DEPS common.store common.store.testing LABELS contract TIMEOUT 300)
