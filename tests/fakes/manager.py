"""A manager interface that speaks the real protocol, and misbehaves as told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

Action = dict[str, str]


class FakeManager:
    """Accepts logins and answers actions by `answer`; keeps what it was asked. `say` sends raw lines to everybody.

    `tear`: send byte by byte. `mute`: accept and read, but answer nothing (a stopped Asterisk).
    """

    def __init__(self, answer: Callable[[Action], list[Action]] | None = None, *, tear: bool = False) -> None:
        self._answer = answer or (lambda action: [])
        self._tear = tear
        self.mute = threading.Event()
        self.asked: list[Action] = []
        self._changed = threading.Condition()
        self._clients: list[socket.socket] = []
        self._sending = threading.Lock()
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._server.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, it: BaseException | None, trace: TracebackType | None) -> None:
        self._server.close()
        self.drop()

    def drop(self) -> None:
        """Close every connection, as a restart does."""
        with self._changed:
            clients, self._clients = self._clients, []
        for client in clients:
            try:
                client.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue
            client.close()

    def say(self, *packs: Action) -> None:
        """Send these events to all who are logged in."""
        with self._changed:
            clients = list(self._clients)
        for client in clients:
            self._send(client, packs)

    def wait_asked(self, name: str, *, count: int = 1, limit: float = 5.0) -> Action:
        """The `count`-th action of this name. Raises AssertionError."""

        def found() -> list[Action]:
            return [action for action in self.asked if action["Action"] == name]

        with self._changed:
            assert self._changed.wait_for(lambda: len(found()) >= count, limit), f"no {name}: {self.asked}"
            return found()[count - 1]

    def count(self, name: str) -> int:
        """How often an action was asked for."""
        with self._changed:
            return sum(action["Action"] == name for action in self.asked)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        buffer = b""
        try:
            client.sendall(b"Asterisk Call Manager/11.0.0\r\n")
            while data := client.recv(4096):
                buffer += data
                while b"\r\n\r\n" in buffer:
                    pack, _, buffer = buffer.partition(b"\r\n\r\n")
                    self._asked(client, pack.decode())
        except OSError:
            return

    def _asked(self, client: socket.socket, pack: str) -> None:
        action: Action = {}
        for line in pack.split("\r\n"):
            name, _, value = line.partition(": ")
            action[name] = f"{action[name]},{value}" if name in action else value  # several variables
        with self._changed:
            self.asked.append(action)
            if action["Action"] == "Login" and client not in self._clients:
                self._clients.append(client)
            self._changed.notify_all()
        if self.mute.is_set():
            return
        answers = self._answer(action)
        if not answers:
            answers = [{"Response": "Success", "Message": "done"}]
            if action["Action"] == "CoreShowChannels":
                answers += [{"Event": "CoreShowChannelsComplete", "EventList": "Complete", "ListItems": "0"}]
        self._send(client, [{**answer, "ActionID": action["ActionID"]} for answer in answers])

    def _send(self, client: socket.socket, packs: object) -> None:
        data = "".join(
            "".join(f"{key}: {value}\r\n" for key, value in pack.items()) + "\r\n"
            for pack in packs  # type: ignore[attr-defined]
        ).encode()
        with self._sending, suppress(OSError):
            for piece in (data[at : at + 1] for at in range(len(data))) if self._tear else (data,):
                client.sendall(piece)
