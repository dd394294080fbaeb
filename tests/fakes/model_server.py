"""A web server on loopback that serves one file, and misbehaves when told to."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class ModelServer:
    """What it serves, how it misbehaves, and what it was asked."""

    content: bytes = b""
    cut_after: list[int] = field(default_factory=list)
    """Bytes after which the connection breaks, one entry per request; then none breaks any more."""
    can_resume: bool = True
    status: int = 200
    ranges: list[str] = field(default_factory=list)
    """The Range header of each request, empty if it had none."""
    port: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/model.zip"


@contextmanager
def serving(server: ModelServer) -> Iterator[ModelServer]:
    """Serve until the block ends, on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range", "")
            server.ranges.append(wanted)
            if server.status != 200:
                self.send_error(server.status)
                return
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and server.can_resume else 0
            if start >= len(server.content) and wanted and server.can_resume:
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(server.content)}")
                self.end_headers()
                return
            body = server.content[start:]
            self.send_response(206 if wanted and server.can_resume else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: server.cut_after.pop(0)] if server.cut_after else body)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.port = web.server_address[1]
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        web.shutdown()
        web.server_close()
        thread.join(5)
