import json
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

SECRET = "secret-of-the-hook"


class Receiver:
    """A bot's webhook: answers with the scripted statuses, then 200, and remembers what it took."""

    def __init__(self):
        self.script = []
        self.taken = []
        self.refused = 0
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, headers = receiver.script.pop(0) if receiver.script else (200, {})
                if status == 200:
                    receiver.taken.append((self.headers["X-Telegram-Bot-Api-Secret-Token"], body))
                else:
                    receiver.refused += 1
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def wait(self, count):
        deadline = time.monotonic() + 10
        while len(self.taken) < count:
            assert time.monotonic() < deadline, self.taken
            time.sleep(0.01)
        return [body for _, body in self.taken]


@pytest.fixture
def receiver():
    one = Receiver()
    thread = Thread(target=one.server.serve_forever, args=(0.02,))
    thread.start()
    yield one
    one.server.shutdown()
    thread.join()
    one.server.server_close()


def test_updates_are_posted_with_the_secret_and_confirmed_by_200(stand, ann, receiver):
    stand.do(stand.world.send_text, ann, "before")
    answer = stand.call("setWebhook", url=receiver.url, secret_token=SECRET)
    stand.do(stand.world.send_text, ann, "after")

    bodies = receiver.wait(2)

    assert answer == {"ok": True, "result": True, "description": "Webhook was set"}
    assert [body["message"]["text"] for body in bodies] == ["before", "after"]
    assert {secret for secret, _ in receiver.taken} == {SECRET}
    assert stand.ok("getWebhookInfo") == {
        "url": receiver.url,
        "has_custom_certificate": False,
        "pending_update_count": 0,
        "max_connections": 40,
    }
    assert stand.world.counted()["stored"] == 2


def test_a_chat_is_served_in_order_over_failures_and_holds_up_no_other(stand, ann, receiver):
    bob = stand.do(stand.world.user, 8, "Bob")
    receiver.script = [(503, {"Retry-After": "1"})]
    stand.ok("setWebhook", url=receiver.url)
    for line in ("1", "2"):
        stand.do(stand.world.send_text, ann, line)
    while not receiver.refused:
        time.sleep(0.01)
    stand.do(stand.world.send_text, bob, "b")
    started = time.monotonic()

    texts = [body["message"]["text"] for body in receiver.wait(3)]

    assert texts == ["b", "1", "2"]
    assert time.monotonic() - started > 0.5
    assert stand.ok("getWebhookInfo")["last_error_message"] == (
        "Wrong response from the webhook: 503 Service Unavailable"
    )
    assert stand.world.counted()["lost"] == 0


def test_a_failed_post_is_repeated_at_once(stand, ann, receiver):
    receiver.script = [(500, {})]
    stand.ok("setWebhook", url=receiver.url)
    started = time.monotonic()
    stand.do(stand.world.send_text, ann, "1")

    receiver.wait(1)

    assert time.monotonic() - started < 1


def test_while_a_webhook_is_set_nobody_polls(stand, receiver):
    stand.ok("setWebhook", url=receiver.url)
    assert stand.call("getUpdates") == {
        "ok": False,
        "error_code": 409,
        "description": "Conflict: can't use getUpdates method while webhook is active; "
        "use deleteWebhook to delete the webhook first",
    }

    assert stand.call("deleteWebhook")["description"] == "Webhook was deleted"
    assert stand.call("deleteWebhook")["description"] == "Webhook is already deleted"

    assert stand.ok("getUpdates") == []


def test_pending_updates_can_be_dropped_and_are_then_lost(stand, ann):
    stand.do(stand.world.send_text, ann, "x")

    stand.ok("deleteWebhook", drop_pending_updates=True)

    assert (stand.ok("getUpdates"), stand.world.counted()["lost"]) == ([], 1)


@pytest.mark.parametrize(
    ("params", "description"),
    [
        ({"url": "nonsense"}, "bad webhook: an HTTP URL must be provided for webhook"),
        ({"url": "https://example.com/x"}, "bad webhook: this stand-in delivers on this machine only"),
        (
            {"url": "http://127.0.0.1:1/", "secret_token": "a b"},
            "secret token contains unallowed characters",
        ),
        ({"url": "http://127.0.0.1:1/", "secret_token": "a" * 257}, "secret token is too long"),
    ],
)
def test_a_wrong_webhook_is_refused(stand, params, description):
    assert stand.refusal("setWebhook", **params) == f"Bad Request: {description}"
    assert stand.ok("getWebhookInfo")["url"] == ""
