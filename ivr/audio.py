"""AudioSocket: the live sound of a channel as a TCP connection that Asterisk opens to us.

Frame: one byte kind, two bytes length (big-endian), payload. 0x00 ends, 0x01 the uuid (16 bytes, first), 0x03 a digit
(one ASCII byte), 0x10 sound: signed linear, 16 bit, 8 kHz, mono. Asterisk ends the application after 2 s in which
nothing was sent either way, so whoever talks on a connection keeps sending, silence if need be.
"""

from __future__ import annotations

import logging
import select
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass

from ivr.listener import Listener

log = logging.getLogger(__name__)

FRAME_SECONDS = 0.02
FRAME_BYTES = 320
"""Bytes of 20 ms of sound: 8000 samples a second of two bytes."""
WIRE_BYTES = 3 + FRAME_BYTES

_END, _UUID, _DIGIT, _SOUND = 0x00, 0x01, 0x03, 0x10
_SOUND_HEADER = b"\x10" + FRAME_BYTES.to_bytes(2, "big")
SILENCE_FRAME = _SOUND_HEADER + bytes(FRAME_BYTES)

FIRST_FRAME_LIMIT = 2.0
"""Seconds for the uuid to arrive; Asterisk sends it at once."""
STUCK_LIMIT = 2.0
"""Seconds for which a send may find the other side's buffers full: then it is gone (a stopped Asterisk)."""


def framed(pcm: bytes) -> bytes:
    """Sound as it goes over the wire, the last frame filled with silence. Made once per prompt, sent in slices."""
    count = -(-len(pcm) // FRAME_BYTES)
    padded = pcm.ljust(count * FRAME_BYTES, b"\0")
    return b"".join(_SOUND_HEADER + padded[n : n + FRAME_BYTES] for n in range(0, len(padded), FRAME_BYTES))


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """What came in since the last look: sound, pressed keys, and whether the other side is still there."""

    pcm: bytes = b""
    digits: str = ""
    open: bool = True


class AudioGone(Exception):
    """The connection carries no uuid, or is not AudioSocket at all."""


class AudioConnection:
    """One AudioSocket connection, used by one thread."""

    def __init__(self, connection: socket.socket, *, limit: float = FIRST_FRAME_LIMIT) -> None:
        """Reads the uuid frame. Raises AudioGone when it does not come within `limit` seconds."""
        self._connection = connection
        self._buffer = b""
        self._unsent = b""
        self._stuck_since: float | None = None
        self._open = True
        self.uuid = self._read_uuid(limit)
        connection.setblocking(False)

    def _read_uuid(self, limit: float) -> str:
        until = time.monotonic() + limit
        while len(self._buffer) < 19:
            left = until - time.monotonic()
            if left <= 0:
                raise AudioGone(f"no uuid within {limit} s")
            try:
                self._connection.settimeout(left)
                data = self._connection.recv(4096)
            except OSError as error:
                raise AudioGone(str(error)) from error
            if not data:
                raise AudioGone("closed before the uuid")
            self._buffer += data
        head, self._buffer = self._buffer[:19], self._buffer[19:]
        if head[0] != _UUID or int.from_bytes(head[1:3], "big") != 16:
            raise AudioGone("the first frame is not a uuid")
        return str(uuid.UUID(bytes=head[3:]))

    def receive(self) -> Received:
        """Everything that arrived since the last call; never blocks."""
        if not self._open:
            return Received(open=False)
        data = b""
        try:
            data = self._connection.recv(65536)
            if not data:
                self._open = False
        except (BlockingIOError, InterruptedError):
            pass
        except OSError as error:
            log.debug("audio connection: %s", error)
            self._open = False
        return self._parse(data) if data else Received(open=self._open)

    def _parse(self, data: bytes) -> Received:
        buffer = self._buffer + data if self._buffer else data
        sound: list[bytes] = []
        digits = ""
        at, size = 0, len(buffer)
        while size - at >= 3:
            kind = buffer[at]
            end = at + 3 + (buffer[at + 1] << 8 | buffer[at + 2])
            if end > size:
                break
            if kind == _SOUND:
                sound.append(buffer[at + 3 : end])
            elif kind == _DIGIT and end - at == 4:
                digits += chr(buffer[at + 3])
            elif kind == _END or kind == 0xFF:
                self._open = False
            at = end
        self._buffer = buffer[at:]
        return Received(pcm=b"".join(sound), digits=digits, open=self._open)

    def wait(self, limit: float) -> None:
        """Wait until something comes in, at most so many seconds."""
        if self._open:
            select.select([self._connection], [], [], limit)

    def send(self, frames: bytes) -> bool:
        """Send frames made by `framed`; never blocks. False once the other side is gone or takes nothing for 2 s."""
        if not self._open:
            return False
        if self._unsent:
            # Whole frames are dropped rather than queued: late sound is of no use, torn frames would be noise.
            frames = self._unsent
        try:
            sent = self._connection.send(frames)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError as error:
            log.debug("audio connection: %s", error)
            self._open = False
            return False
        rest = len(frames) - sent
        if rest == 0:
            self._unsent, self._stuck_since = b"", None
            return True
        torn = rest % WIRE_BYTES
        self._unsent = frames[sent : sent + torn] if torn else b""
        now = time.monotonic()
        if self._stuck_since is None or sent:
            self._stuck_since = now
        elif now - self._stuck_since > STUCK_LIMIT:
            self._open = False
        return self._open

    def end(self, *, limit: float = 0.5) -> None:
        """End the application; the dialplan goes on with the channel up. Waits until Asterisk has closed.

        Closing with unread sound would reset the connection and could swallow the frame that ends it.
        """
        if self._open:
            self._open = False
            try:
                self._connection.setblocking(True)
                self._connection.settimeout(limit)
                self._connection.sendall(self._unsent + b"\x00\x00\x00")
                self._connection.shutdown(socket.SHUT_WR)
                until = time.monotonic() + limit
                while (left := until - time.monotonic()) > 0 and select.select([self._connection], [], [], left)[0]:
                    if not self._connection.recv(65536):
                        break
            except OSError as error:
                log.debug("audio connection at its end: %s", error)
        self._connection.close()

    def close(self) -> None:
        """Close without ceremony: the other side is gone."""
        self._open = False
        self._connection.close()


def audio_server(
    on_connection: Callable[[AudioConnection], None], *, limit: int = 512, host: str = "127.0.0.1", port: int = 0
) -> Listener:
    """An AudioSocket server that calls `on_connection` on the connection's own thread; the callee closes it."""

    def serve(connection: socket.socket) -> None:
        try:
            audio = AudioConnection(connection)
        except AudioGone as gone:
            log.debug("audio connection without a uuid: %s", gone)
            connection.close()
            return
        on_connection(audio)

    return Listener(name="audio", serve=serve, limit=limit, host=host, port=port)
