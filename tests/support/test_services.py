"""deploy/services.txt names every service there is, and what reads it agrees on the order."""

import unittest

from full_stack import SERVICES, STARTED, STORES, script
from server_process import ROOT


class Services(unittest.TestCase):
    def test_every_service_of_its_own_process_is_registered(self):
        # Standalone is made of the others; tools have no app.
        apps = {path.parent.name for path in ROOT.glob("services/*/app.h")} - {"standalone"}
        self.assertEqual(set(STORES), apps)

    def test_the_front_door_starts_the_same_processes_as_tests_the_gateway_last(self):
        started = script("eval", 'printf "%s\\n" "${FULL_SERVICES[@]}"').split()
        self.assertEqual(tuple(started), STARTED)
        self.assertEqual(script("eval", 'printf "%s\\n" "${FULL_STORES[@]}"').split(), list(STORES))
        for names in (STARTED, SERVICES):
            self.assertTrue(names[-1].startswith("gateway-"))


if __name__ == "__main__":
    unittest.main()
