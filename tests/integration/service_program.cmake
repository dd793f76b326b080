bellwether_python_test(test_drain.py LABELS integration TIMEOUT 300)
bellwether_python_test(test_lost_servers.py LABELS integration TIMEOUT 600)
bellwether_python_test(test_service_program.py LABELS integration TIMEOUT 300)
