"""A TCP server for the two things Asterisk connects to: AGI and AudioSocket. One thread a connection, bounded."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

BACKLOG = 256
"""Connections the kernel keeps while the accept thread is busy: a burst of calls, or the moment after a restart."""


class Listener:
    """Accepts on one loopback port and gives each connection a thread of its own.

    `serve` owns the socket it is given: it closes it, or hands it to somebody who does. More than `limit` connections
    at once are closed at the door; the dialplan then goes on without us, which is what its fallback is for.
    """

    def __init__(
        self, *, name: str, serve: Callable[[socket.socket], None], limit: int, host: str = "127.0.0.1", port: int = 0
    ) -> None:
        self._name = name
        self._serve = serve
        self._seats = threading.BoundedSemaphore(limit)
        self._address = (host, port)
        self._socket: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Event()

    @property
    def port(self) -> int:
        """The port in use, also when 0 was asked for. Only while started."""
        if self._socket is None:
            raise RuntimeError(f"{self._name} listener: start() it before asking for its port")
        return int(self._socket.getsockname()[1])

    def start(self) -> None:
        """Bind and accept. Raises OSError when the port is taken."""
        server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind(self._address)
            server.listen(BACKLOG)
        except OSError:
            server.close()
            raise
        self._socket = server
        self._stopping.clear()
        self._thread = threading.Thread(target=self._accept, name=f"{self._name}-accept", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting. Connections already served are not touched."""
        self._stopping.set()
        if self._socket is not None:
            # close() alone leaves a blocked accept() waiting; shutdown wakes it.
            try:
                self._socket.shutdown(socket.SHUT_RDWR)
            except OSError as error:
                log.debug("%s listener: shutdown: %s", self._name, error)
            self._socket.close()
        if self._thread is not None:
            self._thread.join(timeout=2)

    def _accept(self) -> None:
        server = self._socket
        assert server is not None
        while not self._stopping.is_set():
            try:
                connection, _ = server.accept()
            except OSError as error:
                if self._stopping.is_set():
                    return
                # Out of file descriptors, or a connection that died in the queue: neither may end the listener.
                log.error("%s listener: accept failed: %s", self._name, error)
                self._stopping.wait(0.05)
                continue
            if not self._seats.acquire(blocking=False):
                log.error("%s listener: full, connection refused", self._name)
                connection.close()
                continue
            try:
                threading.Thread(target=self._run, args=(connection,), name=self._name, daemon=True).start()
            except RuntimeError as error:  # no more threads
                log.error("%s listener: no thread for a connection: %s", self._name, error)
                self._seats.release()
                connection.close()

    def _run(self, connection: socket.socket) -> None:
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._serve(connection)
        except OSError as error:
            log.warning("%s connection ended: %s", self._name, error)
            connection.close()
        except Exception:
            # The thread's outermost edge: the socket closes, so the dialplan goes on alone and the caller is served.
            log.exception("%s connection failed", self._name)
            connection.close()
        finally:
            self._seats.release()
