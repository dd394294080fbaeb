"""A controller that says what a test tells it to: a FastAGI and an AudioSocket server of a few lines."""

import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from dialplans import names

Answer = Callable[["AgiRequest"], None]


class AgiRequest:
    """One AGI connection: its path, its arguments, and the variables a test sets on the channel."""

    def __init__(self, connection: socket.socket) -> None:
        self._file = connection.makefile("rwb")
        self.env: dict[str, str] = {}
        while line := self._file.readline().decode().strip():
            key, _, value = line.partition(":")
            self.env[key] = value.strip()

    @property
    def path(self) -> str:
        """What was asked for, such as `next/<uuid>`."""
        return self.env.get("agi_network_script", "")

    @property
    def arguments(self) -> list[str]:
        """agi_arg_1 and the following."""
        return [self.env[f"agi_arg_{n}"] for n in range(1, 9) if f"agi_arg_{n}" in self.env]

    def command(self, line: str) -> str:
        """Send one line; the reply."""
        self._file.write(line.encode() + b"\n")
        self._file.flush()
        return self._file.readline().decode().strip()

    def close(self) -> None:
        """Close the file; with the connection closed too, the dialplan goes on."""
        with contextlib.suppress(OSError):
            self._file.close()

    def set(self, **variables: str) -> None:
        """Set channel variables in the order given; a name in upper case without HL_ is a SHARED variable."""
        for name, value in variables.items():
            whole = name if name.startswith("HL_") or "(" in name else f"SHARED({name})"
            self.command(f'SET VARIABLE "{whole}" "{value}"')


class Audio:
    """One AudioSocket connection: sends silence until the test ends it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        header = self._exactly(19)
        self.uuid = header[3:].hex()
        self._digits: queue.Queue[str] = queue.Queue()
        self._over = threading.Event()
        self.ended = threading.Event()
        threading.Thread(target=self._hear, daemon=True).start()
        threading.Thread(target=self._send, daemon=True).start()

    def wait_digit(self, limit: float) -> str:
        """The next key the caller pressed."""
        return self._digits.get(timeout=limit)

    def end(self) -> None:
        """End it as a controller does that is done."""
        self._over.set()
        self._connection.sendall(b"\0\0\0")

    def break_off(self) -> None:
        """Close the connection without a word, as a killed controller does."""
        self._over.set()
        self._connection.shutdown(socket.SHUT_RDWR)
        self._connection.close()

    def fall_silent(self) -> None:
        """Stay connected and send nothing more, as a stopped controller does."""
        self._over.set()

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = self._connection.recv(size - len(data))
            if not more:
                raise ConnectionError
            data += more
        return data

    def _hear(self) -> None:
        try:
            while True:
                kind, high, low = self._exactly(3)
                payload = self._exactly(high * 256 + low)
                if kind == 3:
                    self._digits.put(payload.decode())
        except OSError:
            self.ended.set()

    def _send(self) -> None:
        frame = b"\x10\x01\x40" + bytes(320)
        try:
            while not self._over.wait(0.02):
                self._connection.sendall(frame)
        except OSError:
            pass  # the channel has gone; _hear sees it too


class ScriptedController:
    """Answers AGI requests by `answers[first part of the path]`; a request without an answer is kept hanging."""

    def __init__(self, agi_port: int, audio_port: int) -> None:
        self.answers: dict[str, Answer] = {names.AGI_ALIVE: lambda agi: None}
        self.requests: queue.Queue[AgiRequest] = queue.Queue()
        self.audio: queue.Queue[Audio] = queue.Queue()
        self._hanging: list[socket.socket] = []
        self._servers = [self._serve(agi_port, self._agi), self._serve(audio_port, self._talk)]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, it: BaseException | None, trace: TracebackType | None) -> None:
        for one in (*self._servers, *self._hanging):
            # A thread blocked in accept() keeps the port open until this.
            with contextlib.suppress(OSError):  # the other side was faster
                one.shutdown(socket.SHUT_RDWR)
            one.close()

    def wait_request(self, start: str, limit: float) -> AgiRequest:
        """The next request whose path starts so; others before it are dropped."""
        until = time.monotonic() + limit
        while True:
            request = self.requests.get(timeout=max(0.01, until - time.monotonic()))
            if request.path.startswith(start):
                return request

    def _serve(self, port: int, handle: Callable[[socket.socket], None]) -> socket.socket:
        server = socket.create_server(("127.0.0.1", port), backlog=64)

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        return server

    def _agi(self, connection: socket.socket) -> None:
        request = AgiRequest(connection)
        answer = self.answers.get(request.path.split("/")[0])
        if answer is None:
            self._hanging.append(connection)
            self.requests.put(request)
            return
        with contextlib.suppress(OSError):  # the deadman was faster
            answer(request)
        request.close()
        connection.close()
        if request.path != names.AGI_ALIVE:
            self.requests.put(request)

    def _talk(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):  # gone before it said who it is
            self.audio.put(Audio(connection))
