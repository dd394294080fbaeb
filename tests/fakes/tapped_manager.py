"""A wire tap between a controller and Asterisk's manager interface: sees a call placed before Asterisk does."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self


class TappedManager:
    """Listens on `port` and passes everything on to `behind`.

    `before`, `after`: called at each Originate. What `before` returns False for never reaches Asterisk.
    """

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self.before: Callable[[], bool] = lambda: True
        self.after: Callable[[], None] = lambda: None
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, it: BaseException | None, trace: TracebackType | None) -> None:
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                try:
                    asterisk = socket.create_connection(("127.0.0.1", self._behind), 2)
                except OSError:  # Asterisk is away
                    client.close()
                    continue
                asterisk.settimeout(None)
                threading.Thread(target=self._asked, args=(client, asterisk), daemon=True).start()
                threading.Thread(target=self._answered, args=(asterisk, client), daemon=True).start()

    def _asked(self, client: socket.socket, asterisk: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                dials = b"Action: Originate" in data
                if dials and not self.before():
                    break
                asterisk.sendall(data)
                if dials:
                    self.after()
        _end(asterisk)

    def _answered(self, asterisk: socket.socket, client: socket.socket) -> None:
        with suppress(OSError):
            while data := asterisk.recv(65536):
                client.sendall(data)
        _end(client)


def _end(connection: socket.socket) -> None:
    with suppress(OSError):
        connection.shutdown(socket.SHUT_RDWR)
