"""The recognizer's own process: `python -m recognizer.decoder_process --control FD --model PATH …`.

Started and watched by recognizer.decoder. It holds one control connection (an inherited packet socket) and one packet
socket per stream, handed over the control connection. Everything it knows dies with it, and nothing else does.

Control, to us: `ping`; `open` with the stream's socket attached. From us: `ready`, `pong <seconds>` (how long the
slowest stream has been decoding one piece of sound), `failed <why>`.
What goes over a stream stands in recognizer.packets.
"""

import argparse
import ctypes
import os
import re
import resource
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from recognizer.packets import FINISH, PACKET, packed
from recognizer.transcript import Partial
from recognizer.vosk_recognizer import SAMPLE_RATE, VoskRecognizer, load

PIECE = SAMPLE_RATE * 2 // 10
"""Sound is decoded in pieces of at least 100 ms: small ones cost more than they tell."""
_PR_SET_PDEATHSIG = 1
_STREAM_NICE = 5
"""Streams give way to the control connection, so that a busy process still answers pings in time."""


class Streams:
    """All streams of this process and how long each has been busy with one piece of sound."""

    def __init__(self, model: Any) -> None:
        self._model = model
        # More threads inside Vosk than cores gain nothing, and each would take a work buffer of 32 MB of its own.
        self._turns = threading.BoundedSemaphore(os.cpu_count() or 1)
        self._busy_since: dict[int, float] = {}
        self._lock = threading.Lock()

    def slowest(self) -> float:
        """Seconds for which the slowest stream has been decoding its present piece; 0 when all wait for sound."""
        with self._lock:
            since = min(self._busy_since.values(), default=None)
        return 0.0 if since is None else time.monotonic() - since

    def begin(self, connection: socket.socket) -> None:
        """Serve a stream on a thread of its own until its other end closes."""
        threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _STREAM_NICE)
        with connection:
            try:
                self._decode(connection)
            except OSError:
                return  # the other end is gone: the call is over

    def _decode(self, connection: socket.socket) -> None:
        recognizer = VoskRecognizer(self._model)
        # A reader that never reads fills its buffer; this thread then waits in send, harmlessly, until the call ends.
        connection.send(packed("open"))
        sound, last = bytearray(), Partial(text="")
        while packet := connection.recv(PACKET):
            finish = packet[:1] == FINISH
            sound += packet[1:]
            if len(sound) < PIECE and not finish:
                continue
            with self._turns, self._busy():
                ended = recognizer.accept(bytes(sound)) if sound else None
                final = recognizer.finish() if finish else None
                partial = Partial(text="") if finish or ended else recognizer.partial()
            sound.clear()
            for utterance in (ended, final):
                if utterance is not None:
                    connection.send(packed(utterance))
            if partial != last and not (finish or ended):
                connection.send(packed(partial))
            last = partial
            if finish:
                connection.send(packed("done"))

    @contextmanager
    def _busy(self) -> Iterator[None]:
        me = threading.get_native_id()
        with self._lock:
            self._busy_since[me] = time.monotonic()
        try:
            yield
        finally:
            with self._lock:
                del self._busy_since[me]


@contextmanager
def _overheard(said: list[str]) -> Iterator[None]:
    """What the library writes of errors to standard error, which its exceptions do not tell: which file, and what."""
    sys.stderr.flush()
    real = os.dup(2)
    with tempfile.TemporaryFile() as kept:
        os.dup2(kept.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(real, 2)
            os.close(real)
            kept.seek(0)
            text = kept.read(1 << 16).decode(errors="replace")
            sys.stderr.write(text)
            found = re.findall(r"(?m)^ERROR(?: \([^)]*\)+)?:? *(?:\S+\) )?(.*)", text)
            said += dict.fromkeys(filter(None, (line.strip() for line in found)))


def _die_with(parent: int) -> None:
    """Be killed when the starting thread ends, however it ends; leave at once if it ended before this took hold."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        sys.exit(0)


def main(arguments: list[str] | None = None) -> int:
    """Serve until the control connection closes. Returns the exit status: 0 in the end, 3 when the model fails."""
    parser = argparse.ArgumentParser(prog="recognizer.decoder_process")
    parser.add_argument("--control", type=int, required=True, help="inherited file number of the control connection")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--parent", type=int, required=True, help="process id of the starter")
    parser.add_argument("--data-limit", type=int, required=True, help="bytes of private memory, the last resort")
    given = parser.parse_args(arguments)
    _die_with(given.parent)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the starter's business; it closes the control connection
    resource.setrlimit(resource.RLIMIT_DATA, (given.data_limit, given.data_limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    threading.stack_size(1 << 20)
    with socket.socket(fileno=given.control) as control:
        said = list[str]()
        try:
            with _overheard(said):
                model = load(given.model)
                VoskRecognizer(model)  # half a graph may load, and fail here: better now than in every call
            streams = Streams(model)
        except Exception as error:  # vosk raises bare Exceptions; whatever it is, the starter must hear why
            control.send(f"failed {'；'.join(said) or error}".encode()[:1000])
            return 3
        control.send(b"ready")
        while True:
            try:
                packet, handed, _, _ = socket.recv_fds(control, 64, 1)
            except ConnectionResetError:
                return 0  # the starter has gone with a pong unread
            if packet == b"open" and not handed:
                continue  # out of file numbers: the other end of that stream sees it closed
            if packet == b"open":
                streams.begin(socket.socket(fileno=handed[0]))
            elif packet == b"ping":
                control.send(f"pong {streams.slowest():.3f}".encode())
            else:
                return 0  # closed: the starter is gone or has done with us


if __name__ == "__main__":
    status = main()
    # Stream threads may still be inside Vosk: no orderly end for them, nothing in them is worth keeping.
    os._exit(status)
