"""A gateway for notices on loopback: a web server that takes JSON, and misbehaves when told to."""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(slots=True)
class NoticeGateway:
    """What it was sent, and what it answers."""

    status: int = 200
    taken: "queue.SimpleQueue[dict[str, Any]]" = field(default_factory=queue.SimpleQueue)
    port: int = 0

    @property
    def address(self) -> str:
        """As apprise knows it."""
        return f"json://127.0.0.1:{self.port}/"


@contextmanager
def receiving(gateway: NoticeGateway) -> Iterator[NoticeGateway]:
    """Take what is sent until the block ends, on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            gateway.taken.put(json.loads(body))
            self.send_response(gateway.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    gateway.port = web.server_address[1]
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        web.shutdown()
        web.server_close()
        thread.join(5)
