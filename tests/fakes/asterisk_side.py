"""Asterisk's side of a call without Asterisk: its AGI requests, its AudioSocket connections, its events."""

from __future__ import annotations

import contextlib
import socket
import threading
import uuid as uuids
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from dialplans import names
from ivr.agi import agi_server
from ivr.audio import audio_server
from ivr.inbox import Event
from ivr.ports import CallPorts
from ivr.switchboard import Switchboard
from tests.fakes.recorded_agi import play, variables_set

CALL_ID = "1795289158.10"
"""The call of the recorded dialogues."""
LIMIT = 5.0


class Sound:
    """One AudioSocket connection as Asterisk opens it: silence comes in all the time, what is sent is kept."""

    def __init__(self, port: int, uuid: str, *, voice: bytes = b"") -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=LIMIT)
        self._socket.sendall(b"\x01\x00\x10" + uuids.UUID(uuid).bytes)
        self._over = threading.Event()
        self._pressed: list[str] = []
        self._lock = threading.Lock()
        self.heard = b""
        self.ended = False
        self._speaking = ThreadPoolExecutor(2)
        self._speaking.submit(self._listen)
        self._speaking.submit(self._speak, voice)

    def press(self, key: str) -> None:
        with self._lock:
            self._socket.sendall(b"\x03\x00\x01" + key.encode())

    def hang_up(self) -> None:
        """The caller leaves, or the sound breaks: TCP closes without a word."""
        self._over.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # close() alone waits for the thread that listens
        self._socket.close()

    def wait_ended(self, limit: float = LIMIT) -> bool:
        """Whether the controller ended it properly, with 0x00, within the limit."""
        return self._over.wait(limit) and self.ended

    def _listen(self) -> None:
        try:
            while data := self._socket.recv(65536):
                self.heard += data
        except OSError:
            pass
        self.ended = self._last_kind() == 0
        self._over.set()
        self._socket.shutdown(socket.SHUT_RDWR)  # else it stays open for as long as a thread reads from it
        self._socket.close()

    def _last_kind(self) -> int | None:
        """The kind of the last whole frame that came."""
        at, kind = 0, None
        while at + 3 <= len(self.heard):
            kind, at = self.heard[at], at + 3 + int.from_bytes(self.heard[at + 1 : at + 3], "big")
        return kind

    def _speak(self, voice: bytes) -> None:
        at = 0
        while not self._over.wait(0.02):
            piece = voice[at : at + 320].ljust(320, b"\0")
            at += 320
            try:
                with self._lock:
                    self._socket.sendall(b"\x10\x01\x40" + piece)
            except OSError:
                return


class AsteriskSide:
    """Real servers with a real switchboard behind them, and what Asterisk would do to them."""

    def __init__(self, ports: CallPorts) -> None:
        self.strangers: list[Event] = []
        self.switchboard = Switchboard(ports, stranger=self.strangers.append)
        self._agi = agi_server(self.switchboard.on_request)
        self._audio = audio_server(self.switchboard.on_audio)
        self._pool = ThreadPoolExecutor(8)
        self.base = ""

    def __enter__(self) -> Self:
        self._agi.start()
        self._audio.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, it: BaseException | None, trace: TracebackType | None) -> None:
        self._agi.stop()
        self._audio.stop()
        self._pool.shutdown(wait=False)

    def request(self, name: str) -> str:
        """Play a recorded request to its end; the call's base is taken from it. Raises Mismatch."""
        with socket.create_connection(("127.0.0.1", self._agi.port), timeout=LIMIT) as connection:
            self.base = play(connection, name, base=self.base)
        return self.base

    def begin(self, name: str) -> Future[str]:
        """The same, on a thread of its own."""
        return self._pool.submit(self.request, name)

    def raw_request(self, path: str, *arguments: str) -> dict[str, str]:
        """Any request, every command answered with success; what was set, by name."""
        with socket.create_connection(("127.0.0.1", self._agi.port), timeout=LIMIT) as connection:
            header = [f"agi_network_script: {path}", "agi_channel: PJSIP/trunk-00000004"]
            header += [f"agi_arg_{n}: {argument}" for n, argument in enumerate(arguments, 1)]
            connection.sendall(("\n".join(header) + "\n\n").encode())
            told: dict[str, str] = {}
            for line in connection.makefile("r", encoding="utf-8"):
                told |= variables_set(line)
                connection.sendall(b"200 result=1\n")
        base = told.get(f"SHARED({names.UBASE})")
        self.base = base.rstrip("-") + "-" if base else self.base
        self.base = self.base.rstrip("-")
        return told

    def sound(self, side: str = "a", number: int = 1, *, voice: bytes = b"") -> Sound:
        """The caller's ("a") or a leg's ("b") AudioSocket connection."""
        return Sound(self._audio.port, f"{self.base}-{side}{number:011d}", voice=voice)

    def tell(self, kind: str, **headers: str) -> None:
        """A UserEvent of the recorded call."""
        self.switchboard.on_event(
            {names.EVENT_KIND: kind, names.EVENT_CALL: CALL_ID, names.EVENT_BASE: f"{self.base}-", **headers}
        )
