bellwether_test(store_contract_test
  SRCS store_contract.cc store_contract_test.cc
  DEPS common.store common.store.testing LABELS contract TIMEOUT 300)
bellwether_test(postgres_faults_test
  SRCS postgres_faults_test.cc
  DEPS common.store common.store.testing common.stream common.stream.testing common.testing
  LABELS contract TIMEOUT 300)
bellwether_python_test(test_postgres_server.py LABELS contract TIMEOUT 300)
