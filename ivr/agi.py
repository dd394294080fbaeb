"""The AGI side of a call: pyst2's verbs on a socket of our own.

pyst2's `AGI` has sound verbs and an unsound way to the wire: its constructor installs a signal handler (which raises in
a thread), it prints every line with the caller's number to stderr, escapes nothing, and takes the unsolicited line
HANGUP for a reply. The subclass below replaces exactly that.
"""

from __future__ import annotations

import logging
import re
import secrets
import select
import socket
import time
from collections.abc import Callable, Mapping

from asterisk.agi import AGI, AGIAppError, AGIHangup, AGIInvalidCommand, AGIUsageError

from dialplans import names
from dialplans.escaping import Where, escape
from ivr.listener import Listener

log = logging.getLogger(__name__)

LINE_LIMIT = 2048
"""Bytes of one AGI command line, Asterisk's own buffer: longer lines are split into two commands there."""

REPLY_LIMIT = 2.0
"""Seconds for one reply. Asterisk answers in 0.2 ms; the dialplan's deadman ends the call's AGI after 4 s anyway."""

SILENT_LIMIT = 3.0
"""Seconds for the answer to whether it lives; it takes a millisecond."""

_ENV_LINES = 128
_MSET_LIMIT = 1500
_MSET_PAIRS = 24
"""Asterisk takes what comes after so many for a part of the last one."""
_PLAIN_PAIR = re.compile(r"(\w+|SHARED\(\w+\))=[A-Za-z0-9_./&+@:-]*", re.ASCII)
"""A variable that MSet takes as it is; any other is set by a command of its own, which takes every text."""
_REPLY = re.compile(r"(\d{3})([ -]?)(.*)", re.DOTALL)
_RESULT = re.compile(r"result=(-?\w*)(?: \((.*)\))?(?: endpos=(\d+))?", re.DOTALL)


class AgiGone(AGIHangup):
    """The other side is gone, dead or silent: the caller hung up, Asterisk stopped, or the deadman took the call."""


class Agi(AGI):
    """One AGI request. Used by one thread at a time; every read has a deadline; raises AgiGone once it is over."""

    def __init__(self, connection: socket.socket, *, limit: float = REPLY_LIMIT, token: str = "") -> None:
        # Deliberately not AGI.__init__: see the module's docstring.
        self.env: dict[str, str] = {}
        self._got_sighup = False
        self._connection = connection
        self._limit = limit
        self._received = b""
        self.hung_up = False
        self._get_agi_env()
        self._path = self.env.get("agi_network_script", "").strip("/").split("/")
        if token and not secrets.compare_digest(self._path.pop(0).encode(), token.encode()):
            raise AgiGone("a request without our token")

    @property
    def request(self) -> tuple[str, ...]:
        """The path asked for, split: `agi://host:port/next/<uuid>` is ("next", "<uuid>")."""
        return tuple(part for part in self._path if part)

    @property
    def left(self) -> bool:
        """Whether the dialplan has gone on without us, whatever is still unread."""
        look = select.poll()
        look.register(self._connection, select.POLLRDHUP)
        return bool(look.poll(0))

    def close(self) -> None:
        """End the request: the dialplan goes on. May be called twice."""
        self._connection.close()

    def _get_agi_env(self) -> None:
        for _ in range(_ENV_LINES):
            line = self._read_line()
            if not line:
                return
            name, _, value = line.partition(":")
            self.env[name.strip()] = value.strip()
        raise AgiGone(f"more than {_ENV_LINES} header lines")

    def _quote(self, string: object) -> str:
        return '"' + escape(str(string), Where.AGI) + '"'

    def set_variables(self, values: Mapping[str, str]) -> None:
        """Set many, in this order: what is plain goes in few MSet, since each command costs both sides a round trip.

        Raises as `set_variable`, Unescapable for a control character.
        """
        pairs: list[str] = []
        for name, value in values.items():
            plain = _PLAIN_PAIR.fullmatch(pair := f"{name}={value}")
            if pairs and not (plain and len(pairs) < _MSET_PAIRS and sum(map(len, pairs)) + len(pair) < _MSET_LIMIT):
                self.appexec("MSet", ",".join(pairs))
                pairs = []
            if plain and len(pair) < _MSET_LIMIT:
                pairs.append(pair)
            else:
                self.set_variable(name, value)
        if pairs:
            self.appexec("MSet", ",".join(pairs))

    def send_command(self, command: str, *args: object) -> None:
        """Write one line. Raises ValueError for one that Asterisk would read as two, AgiGone when nobody reads."""
        line = " ".join([command.strip(), *map(str, args)]).strip()
        data = line.encode("utf-8") + b"\n"
        if b"\n" in data[:-1] or b"\r" in data or len(data) >= LINE_LIMIT:
            raise ValueError(
                f"AGI command refused ({len(data)} bytes, limit {LINE_LIMIT}, one line): {line.split()[:3]}"
            )
        try:
            self._connection.settimeout(self._limit)
            self._connection.sendall(data)
        except OSError as error:
            raise AgiGone(str(error)) from error

    def get_result(self, stdin: object = None) -> dict[str, tuple[str, str]]:
        """Read one reply as pyst2's verbs expect it: {"result": (value, data)}."""
        line = self._read_line()
        while line == "HANGUP":
            self.hung_up = True
            line = self._read_line()
        match = _REPLY.match(line)
        if match is None:
            raise AgiGone(f"not an AGI reply: {line[:40]!r}")
        code, sign, rest = match.groups()
        if code == "520":
            while sign == "-" and not line.startswith("520 "):
                line = self._read_line()
            raise AGIUsageError(rest)
        if code == "511":
            self.hung_up = True
            raise AgiGone("the channel is dead")
        if code == "510":
            raise AGIInvalidCommand(rest)
        found = _RESULT.match(rest) if code == "200" else None
        if found is None:
            raise AgiGone(f"not an AGI reply: {line[:40]!r}")
        value, data, endpos = found.groups()
        if value == "-1":
            raise AGIAppError("refused, or hung up")
        result = {"result": (value, data or "")}
        if endpos:
            result["endpos"] = (endpos, "")
        return result

    def _read_line(self) -> str:
        until = time.monotonic() + self._limit
        while b"\n" not in self._received:
            left = until - time.monotonic()
            if left <= 0:
                raise AgiGone(f"no line within {self._limit} s")
            try:
                self._connection.settimeout(left)
                data = self._connection.recv(8192)
            except OSError as error:
                raise AgiGone(str(error)) from error
            if not data:
                raise AgiGone("closed")
            self._received += data
            if len(self._received) > 64 * 1024:
                raise AgiGone("a line without end")
        line, _, self._received = self._received.partition(b"\n")
        return line.decode("utf-8", errors="replace").strip("\r")


def agi_server(
    on_request: Callable[[Agi], None], *, limit: int = 512, host: str = "127.0.0.1", port: int = 0, token: str = ""
) -> Listener:
    """A FastAGI server that calls `on_request` on the connection's own thread; the request's owner closes it.

    token: what every path must begin with, so that nobody but our Asterisk is served; it is not in `Agi.request`.
    A connection that says nothing (a probe, a port scan) costs one thread for at most two seconds.
    """

    def serve(connection: socket.socket) -> None:
        try:
            request = Agi(connection, token=token)
        except AgiGone as gone:
            log.debug("AGI connection without a request: %s", gone)
            connection.close()
            return
        try:
            on_request(request)
        except AgiGone as gone:
            log.info("AGI %s: %s", "/".join(request.request[:1]), gone)
            request.close()

    return Listener(name="agi", serve=serve, limit=limit, host=host, port=port)


def is_silent(*, port: int, token: str, limit: float = SILENT_LIMIT, host: str = "127.0.0.1") -> bool:
    """Whether a server there takes our question whether it lives, and says nothing for so many seconds: it hangs.

    Where nobody listens nobody hangs: that one has not started yet, or has ended. The dialplan's watchman asks so, too.
    """
    until = time.monotonic() + limit
    try:
        with socket.create_connection((host, port), timeout=limit) as connection:
            connection.sendall(f"agi_network_script: {token}/{names.AGI_ALIVE}\n\n".encode())
            while (left := until - time.monotonic()) > 0:
                connection.settimeout(left)
                if not connection.recv(4096):
                    return False
    except TimeoutError:
        return True
    except OSError:
        return False
    return True
