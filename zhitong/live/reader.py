"""The console's end of the live link: keeps the calls that are up as the hotline tells them, and connects again."""

import logging
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from zhitong.errors import HotlineAway, LiveRefused
from zhitong.live.calls import (
    BEAT_SECONDS,
    LONGEST_LINE,
    WATCH,
    BadLine,
    Calls,
    Command,
    after,
    command_line,
    read_answer,
)

log = logging.getLogger(__name__)

RETRY_SECONDS = 1.0
SILENT_SECONDS = 3 * BEAT_SECONDS
COMMAND_SECONDS = 8.0
_LONGEST_SNAPSHOT = 16 << 20


class Live:
    """`calls` and `up` may be read from any thread. One that was not started is as if the hotline was away."""

    def __init__(self, path: Path | None = None) -> None:
        """path: of the hotline's socket; None: there is none."""
        self._path = path
        self._state: tuple[bool, Calls] = (False, {})
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._socket: socket.socket | None = None

    def start(self) -> None:
        """Begin to listen; returns at once."""
        self._thread = threading.Thread(target=self._run, name="live", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Listen no more."""
        self._stopping.set()
        if self._socket is not None:
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError as error:
                log.debug("the live link was closed already: %s", error)
        if self._thread is not None:
            self._thread.join(3)

    @property
    def state(self) -> tuple[bool, Calls]:
        """Whether the hotline tells of its calls, and the calls; none while it does not."""
        return self._state

    def wait_until(self, true: Callable[[bool, Calls], bool], limit: float) -> bool:
        """Wait until this is true of the state, or so many seconds; whether it is."""
        with self._changed:
            return self._changed.wait_for(lambda: true(*self._state), limit)

    def order(self, command: Command) -> None:
        """Have it done. Raises LiveRefused with why not, HotlineAway where nobody answers."""
        if self._path is None:
            raise HotlineAway
        try:
            with _connected(self._path) as link:
                link.settimeout(COMMAND_SECONDS)
                link.sendall(command_line(command))
                why = read_answer(next(_lines(link, LONGEST_LINE), b""))
        except (OSError, BadLine) as error:
            log.warning("a command for a live call was not answered: %s", error)
            raise HotlineAway from error
        if why:
            raise LiveRefused(why)

    def _run(self) -> None:
        while not self._stopping.is_set():
            began = time.monotonic()
            try:
                assert self._path is not None
                with _connected(self._path) as self._socket:
                    self._socket.settimeout(SILENT_SECONDS)
                    self._socket.sendall(WATCH)
                    calls: Calls = {}
                    for line in _lines(self._socket, _LONGEST_SNAPSHOT):
                        calls = after(calls, line)
                        self._set(True, calls)
            except (OSError, BadLine) as error:
                log.debug("the hotline tells nothing of its calls: %s", error)
            finally:
                self._socket = None
            if self._state[0]:
                log.warning("the hotline tells nothing of its calls any more")
            self._set(False, {})
            self._stopping.wait(max(0.0, RETRY_SECONDS - (time.monotonic() - began)))

    def _set(self, up: bool, calls: Calls) -> None:
        with self._changed:
            if up != self._state[0] or calls is not self._state[1]:
                self._state = (up, calls)
                self._changed.notify_all()


@contextmanager
def _connected(path: Path) -> Iterator[socket.socket]:
    """A connection to the socket there, however long its path. Raises OSError."""
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as link:
            link.settimeout(2.0)
            link.connect(f"/proc/self/fd/{folder}/{path.name}")
            yield link
    finally:
        os.close(folder)


def _lines(link: socket.socket, longest: int) -> Iterator[bytes]:
    """Whole lines until the other side closes. Raises OSError, BadLine for one that is too long."""
    buffer = b""
    while piece := link.recv(64 << 10):
        *lines, buffer = (buffer + piece).split(b"\n")
        yield from lines
        if len(buffer) > longest:
            raise BadLine(f"a line of more than {longest} bytes")
