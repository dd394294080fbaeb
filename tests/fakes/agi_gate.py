"""A gate between Asterisk and the AGI port of the controller: makes something happen at a precise moment of a call."""

import contextlib
import re
import socket
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

Act = Callable[[], None]


class AgiGate:
    """Listens on `port` (where Asterisk asks) and passes everything to `target` (where the controller listens).

    before: what happens when this is asked for (`next`, `nobody` …), before the controller hears of it.
    after: what happens once the controller has set this variable.
    """

    def __init__(self, port: int, target: int) -> None:
        self.before: dict[str, Act] = {}
        self.after: dict[str, Act] = {}
        self._target = target
        self._server = socket.create_server(("127.0.0.1", port), backlog=64)
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, it: BaseException | None, trace: TracebackType | None) -> None:
        with contextlib.suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # a thread blocked in accept() keeps the port open until this
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                asterisk, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._pass, args=(asterisk,), daemon=True).start()

    def _pass(self, asterisk: socket.socket) -> None:
        with asterisk, asterisk.makefile("rb") as lines:
            asked = b""
            while (line := lines.readline()) not in (b"", b"\n"):
                asked += line
                if line.startswith(b"agi_network_script:"):
                    # token/next/uuid, or without a token
                    for part in line.split(b":")[1].strip().decode().split("/")[:2]:
                        if act := self.before.pop(part, None):
                            act()
            try:
                controller = socket.create_connection(("127.0.0.1", self._target), timeout=2)
            except OSError:
                return  # nobody there: Asterisk sees its request closed
            controller.settimeout(None)
            with controller:
                controller.sendall(asked + b"\n")
                threading.Thread(target=self._back, args=(controller, asterisk), daemon=True).start()
                with contextlib.suppress(OSError):
                    while line := lines.readline():
                        controller.sendall(line)
                    controller.shutdown(socket.SHUT_RDWR)

    def _back(self, controller: socket.socket, asterisk: socket.socket) -> None:
        with contextlib.suppress(OSError), controller.makefile("rb") as lines:
            while line := lines.readline():
                asterisk.sendall(line)
                for name in [name for name in self.after if re.search(rf'[",]{re.escape(name)}[",=]'.encode(), line)]:
                    self.after.pop(name)()
        with contextlib.suppress(OSError):
            asterisk.shutdown(socket.SHUT_RDWR)
