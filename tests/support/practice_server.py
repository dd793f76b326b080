"""What test_server_process.py practises on: a server that is ready, slow, stubborn, or dies."""

import argparse
import signal
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path


class Answers(BaseHTTPRequestHandler):
    asked = 0
    ready_after = 0

    def do_GET(self):
        Answers.asked += 1
        ready = self.path == "/readyz" and Answers.asked > Answers.ready_after
        self.send_response(200 if ready else 503)
        self.end_headers()

    def log_message(self, *args):
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path)
    parser.add_argument("--http")
    parser.add_argument("--grpc")
    parser.add_argument("--ready-after", type=int, default=0, help="answers 503 this often first")
    parser.add_argument("--fail", action="store_true")
    parser.add_argument("--stubborn", action="store_true")
    parser.add_argument("--exit-code", type=int, default=0)
    options = parser.parse_args()
    with open(options.data / "starts", "a") as starts:
        starts.write("started\n")
    if options.fail:
        print("the journal's log id is another", file=sys.stderr)
        return 4
    Answers.ready_after = options.ready_after
    host, port = options.http.rsplit(":", 1)
    server = HTTPServer((host, int(port)), Answers)
    if options.stubborn:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    else:
        signal.signal(signal.SIGTERM,
                      lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    return options.exit_code


if __name__ == "__main__":
    sys.exit(main())
