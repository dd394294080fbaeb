"""A gateway for notices and texts on loopback: a web server that takes JSON or forms, and misbehaves when told to."""

import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl


@dataclass(slots=True)
class NoticeGateway:
    """What it was sent, and what it answers. taken: each body, with its path and headers under `_path`, `_headers`."""

    status: int = 200
    answer: str = ""
    location: str = ""
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
            form = self.headers["Content-Type"] == "application/x-www-form-urlencoded"
            told = dict(parse_qsl(body.decode())) if form else json.loads(body)
            gateway.taken.put(told | {"_path": self.path, "_headers": dict(self.headers)})
            answer = gateway.answer.encode()
            self.send_response(gateway.status)
            if gateway.location:
                self.send_header("Location", gateway.location)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

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
