"""A receiver of the alerts service's webhooks, as its README describes one."""

import hashlib
import hmac
import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WAIT_SECONDS_MAX = 30
SECRET = "sixteen characters at least"
SIGNATURE_AGE_SECONDS_MAX = 300
# The entries of a timeline that are notified.
NOTIFIED = {"TIMELINE_KIND_FIRED", "TIMELINE_KIND_REOPENED", "TIMELINE_KIND_LEVEL_RAISED",
        "TIMELINE_KIND_LEVEL_LOWERED", "TIMELINE_KIND_ACKNOWLEDGED", "TIMELINE_KIND_ESCALATED",
        "TIMELINE_KIND_RESOLVED"}


class WebhookReceiver:
    """Takes webhooks, checks each signature as services/alerts/README.md has receivers do, and
    remembers what came."""

    def __init__(self, held=()):
        self._held = frozenset(held)  # the numbers of those it does not answer before `answer`
        self._changed = threading.Condition()
        self._answers = 0
        self.came = []  # (key, possible repeat, entry), in order
        self.faults = []
        receiver = self

        class Hook(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver._take(self.headers, body)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *args):
                pass

        class Server(ThreadingHTTPServer):
            def handle_error(self, *_):
                pass  # a sender that was killed does not wait for its answer

        self._server = Server(("127.0.0.1", 0), Hook)
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def configure(self, folder):
        """Writes the alerts service's file of webhooks, which names this receiver; its path."""
        secret = folder / "secret"
        secret.write_text(f"{SECRET}\n")
        webhooks = folder / "webhooks.yaml"
        webhooks.write_text(f"targets:\n  - {{name: e2e, url: \"{self.url}\", "
                            f"secret_file: {secret}}}\n")
        return webhooks

    def close(self):
        self.answer()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _take(self, headers, body):
        key = headers.get("Idempotency-Key")
        fault = self._fault(headers.get("Bellwether-Signature", ""), body)
        with self._changed:
            if fault:
                self.faults.append(f"{key}: {fault}")
            repeat = headers.get("Bellwether-Possible-Repeat")
            self.came.append((key, repeat, json.loads(body)["entry"]["kind"]))
            self._changed.notify_all()
            if len(self.came) in self._held:
                answers = self._answers
                self._changed.wait_for(lambda: self._answers > answers, WAIT_SECONDS_MAX)

    @staticmethod
    def _fault(signature, body):
        parts = dict(part.split("=", 1) for part in signature.split(",") if "=" in part)
        expected = hmac.new(SECRET.encode(), parts.get("t", "").encode() + b"." + body,
                            hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, parts.get("v1", "")):
            return f"signed otherwise: {signature!r}"
        if abs(time.time() - int(parts["t"])) > SIGNATURE_AGE_SECONDS_MAX:
            return f"not fresh: {signature!r}"
        return None

    def wait_for(self, count):
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.came) >= count, WAIT_SECONDS_MAX):
                raise AssertionError(f"{len(self.came)} webhooks came, not {count}")

    def answer(self):
        with self._changed:
            self._answers += 1
            self._changed.notify_all()
