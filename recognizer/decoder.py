"""Vosk in a process (or a few) of its own: its kill -9, hang or bloat never takes a call along.

One supervising thread starts the processes, pings them, watches their memory, kills the one that does not answer or
grows too big, and starts another. A call opens a stream and uses it from its own thread; when the process behind it
dies, the stream says so at once (DecoderGone) and the call goes on without recognition.
Why processes, packet sockets and no paths: docs/adr/0020-recognizer-process.md.
"""

import logging
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from recognizer.errors import DecoderBusy, DecoderGone, ModelError
from recognizer.packets import FINISH, PACKET, SOUND, unpacked
from recognizer.transcript import Partial, Utterance

log = logging.getLogger(__name__)

_BYTES_PER_SECOND = 16000
_TICK = 0.2
"""Seconds between two looks of the supervisor; a process that ends wakes it at once."""
_PING_EVERY = 0.25
"""Seconds from an answered ping to the next."""
_MEND = "请看它是不是完整、配套：官方的删掉整个文件夹，再下载一次；自己的检查设置 decoder.model"
_DATA_MARGIN = 1 << 30
"""Bytes above the memory limit at which the kernel itself refuses memory, should the watch come too late.

Wide, because it counts reserved memory too: 1 MB a thread, 32 MB a work buffer. Vosk's algebra library (OpenBLAS) does
not fail when it is refused, it tries again for ever; the heartbeat then ends the process.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class DecoderSettings:
    """How the recognizer's processes are run."""

    model: Path
    """Folder of a Vosk model."""
    processes: int = 1
    streams: int = 40
    """Streams of one process at a time; more are refused (about 40 live speakers fill a core with the small model)."""
    memory: int = 1 << 30
    """Bytes of resident memory of one process; above it is killed and another started. The big model needs some GB."""
    ping_limit: float = 1.0
    """Seconds a process has for answering a ping; then it hangs and is killed."""
    piece_limit: float = 5.0
    """Seconds one stream may take for one piece of sound; then the process hangs and is killed."""
    load_limit: float = 120.0
    """Seconds for loading the model."""
    backlog: float = 10.0
    """Seconds of sound that may wait for a slow process in one stream; then the stream gives up."""
    program: tuple[str, ...] = (sys.executable, "-m", "recognizer.decoder_process")


def restart_pause(failures: int) -> float:
    """Seconds to wait before a process is started after `failures` deaths in a row: 0, 0.5, 1, 2 … 30."""
    return 0.0 if failures <= 1 else min(30.0, 0.5 * 2.0 ** min(failures - 2, 10))


_STEADY = 30.0
"""Seconds a process must have lived for its death to count as a first one."""


class Decoder:
    """The recognizer's processes. `start` and `stop` once; `open` from any thread."""

    def __init__(self, settings: DecoderSettings) -> None:
        self._settings = settings
        self._processes = [_Process(settings, n) for n in range(settings.processes)]
        self._changed = threading.Condition()
        self._stopping = threading.Event()
        self._wake, self._waker = socket.socketpair()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the supervising thread, which starts the processes. Returns at once; `open` waits for them."""
        self._thread = threading.Thread(target=self._supervise, name="decoder", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Kill the processes and end the supervising thread; open streams see DecoderGone."""
        self._stopping.set()
        self._waker.send(b"x")
        if self._thread is not None:
            self._thread.join(10.0)

    @property
    def alive(self) -> bool:
        """Whether a process is ready for a stream now."""
        return any(p.ready for p in self._processes)

    @property
    def process_ids(self) -> tuple[int, ...]:
        """Ids of the processes that are ready, for supervision and tests."""
        return tuple(p.pid for p in self._processes if p.ready)

    @property
    def trouble(self) -> str:
        """Why the last process ended, empty if none did: for health pages and logs."""
        return next((p.trouble for p in self._processes if p.trouble), "")

    def open(self, *, deadline: float) -> "DecoderStream":
        """A stream for one speaker, ready within `deadline` seconds (0 to 60).

        Waits for a process that is being started. Raises DecoderBusy when all places are taken, DecoderGone when no
        process got ready in time.
        """
        until = time.monotonic() + _seconds(deadline)
        while True:
            process = self._wait_for_process(until)
            ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            stream = DecoderStream(ours, backlog=self._settings.backlog)
            with theirs:
                taken = process.hand_over(theirs, stream)
            try:
                if taken and stream.wait_open(until - time.monotonic()):
                    return stream
            except DecoderGone:
                pass  # that process has just died: another may be ready in time
            stream.close()
            if time.monotonic() >= until:
                raise DecoderGone(f"语音识别 {deadline:g} 秒内没有准备好")
            with self._changed:
                self._changed.wait(_TICK)

    def _wait_for_process(self, until: float) -> "_Process":
        with self._changed:
            while True:
                ready = [p for p in self._processes if p.ready]
                free = [p for p in ready if p.streams() < self._settings.streams]
                if free:
                    return min(free, key=lambda p: p.streams())
                if ready:
                    raise DecoderBusy(
                        f"语音识别已满：{len(ready)} 个进程，每个 {self._settings.streams} 路。"
                        "可加大 decoder.processes 或 decoder.streams。"
                    )
                left = until - time.monotonic()
                if self._stopping.is_set() or left <= 0 or not self._changed.wait(left):
                    raise DecoderGone(f"语音识别没有运行{':' + self.trouble if self.trouble else ''}")

    def _supervise(self) -> None:
        try:
            while not self._stopping.is_set():
                now = time.monotonic()
                for process in self._processes:
                    process.look(now)
                with self._changed:
                    self._changed.notify_all()
                watched = [c for p in self._processes if (c := p.control) is not None]
                select.select([self._wake, *watched], [], [], _TICK)
        finally:
            for process in self._processes:
                process.end("stopped")
            with self._changed:
                self._changed.notify_all()


def try_model(model: Path, *, memory: int = 1 << 30, deadline: float = 60.0) -> None:
    """Load the model in a process of its own, and end that again. Raises ModelError with what the library says of it.

    One that is not loaded in time is taken for a large one, not for a broken one.
    """
    decoder = Decoder(DecoderSettings(model=model, memory=memory))
    decoder.start()
    until = time.monotonic() + _seconds(deadline)
    try:
        while not decoder.alive and not decoder.trouble and time.monotonic() < until:
            time.sleep(_TICK / 4)
        if decoder.trouble:
            raise ModelError(decoder.trouble)
    finally:
        decoder.stop()


class _Process:
    """One recognizer process as its supervisor sees it. `look` and `end` are called by the supervising thread only."""

    def __init__(self, settings: DecoderSettings, number: int) -> None:
        self._settings = settings
        self._name = f"recognizer process {number}"
        self._child: subprocess.Popen[bytes] | None = None
        self.control: socket.socket | None = None
        self.ready = False
        self.trouble = ""
        self._last_words = ""
        self._started = self._pinged = 0.0
        self._waiting = False
        self._failures = 0
        self._start_at = 0.0
        self._lock = threading.Lock()
        self._streams: set[DecoderStream] = set()

    @property
    def pid(self) -> int:
        return self._child.pid if self._child else 0

    def streams(self) -> int:
        """Streams open now."""
        with self._lock:
            self._streams = {s for s in self._streams if not s.closed}
            return len(self._streams)

    def hand_over(self, connection: socket.socket, stream: "DecoderStream") -> bool:
        """Give the process its end of a stream; False when it cannot take it (gone, or too stuck to listen)."""
        with self._lock:
            if not self.ready or self.control is None:
                return False
            try:
                socket.send_fds(self.control, [b"open"], [connection.fileno()], socket.MSG_DONTWAIT)
            except OSError:
                return False
            self._streams.add(stream)
            return True

    def look(self, now: float) -> None:
        """Start it if it is due, read what it said, kill it if it hangs or is too big."""
        if self._child is None:
            if now >= self._start_at:
                self._start(now)
            return
        # First what it said, then the deadlines: after a stop of this process (SIGSTOP, suspend) the pong is waiting.
        if not self._listen(now):
            self.end(self._last_words or "识别进程自己退出了")
        elif not self.ready and now - self._started > self._settings.load_limit:
            self.end(f"{self._settings.load_limit:g} 秒没有装好模型 {self._settings.model}")
        elif self.ready and self._waiting and now - self._pinged > self._settings.ping_limit:
            self.end(f"识别进程 {self._settings.ping_limit:g} 秒没有回应")
        elif (used := _resident(self.pid)) > self._settings.memory:
            most = f"上限 {self._settings.memory >> 20} MB（设置 decoder.memory_mb）"
            self.end(f"识别进程用了 {used >> 20} MB 内存，{most}")
        elif self.ready and not self._waiting and now - self._pinged >= _PING_EVERY:
            self._ping(now)

    def end(self, why: str) -> None:
        """Kill it, so that all its streams end now, and set the time of the next start."""
        if self._child is None:
            return
        with self._lock:
            self.ready = False
            if self.control is not None:
                self.control.close()
            self.control = None
        self._child.kill()
        try:
            status: int | None = self._child.wait(5.0)
        except subprocess.TimeoutExpired:
            status = None  # the kernel cannot end it now (stuck in I/O); it is cut off from us all the same
        lived = time.monotonic() - self._started
        self._failures = 1 if lived >= _STEADY else self._failures + 1
        self._start_at = time.monotonic() + restart_pause(self._failures)
        self._child = None
        if why != "stopped":
            self.trouble = why
            log.error("%s (pid gone, status %s): %s; it lived %.1f s", self._name, status, why, lived)

    def _start(self, now: float) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        home = str(Path(__file__).resolve().parent.parent)
        command = [
            *self._settings.program,
            *("--control", str(theirs.fileno())),
            *("--model", str(self._settings.model)),
            *("--parent", str(os.getpid())),
            *("--data-limit", str(self._settings.memory + _DATA_MARGIN)),
        ]
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, (home, os.environ.get("PYTHONPATH")))),
            "MALLOC_ARENA_MAX": "2",  # else every stream's thread may keep an arena of its own
            "OPENBLAS_NUM_THREADS": "1",
        }
        with theirs:
            try:
                self._child = subprocess.Popen(
                    command, pass_fds=(theirs.fileno(),), env=environment, stdin=subprocess.DEVNULL
                )
            except OSError as error:
                ours.close()
                self._failures += 1
                self._start_at = now + restart_pause(self._failures)
                self.trouble = f"识别进程起不来：{error}"
                log.error("%s: %s", self._name, self.trouble)
                return
        ours.setblocking(False)
        self._started, self._waiting, self._last_words = now, False, ""
        self.control = ours

    def _listen(self, now: float) -> bool:
        """Read what the process said; False when it is gone."""
        assert self.control is not None
        while True:
            try:
                said = self.control.recv(2048).decode(errors="replace")
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not said:
                return False
            kind, _, rest = said.partition(" ")
            if kind == "ready":
                self.ready = True
                log.info("%s ready after %.2f s", self._name, now - self._started)
            elif kind == "pong":
                self._waiting = False
                if float(rest) > self._settings.piece_limit:
                    self._last_words = f"一小段声音识别了 {rest} 秒还没完"
                    return False
            else:
                self._last_words = f"模型 {self._settings.model} 装不上：{rest.rstrip('。.')}。{_MEND}"

    def _ping(self, now: float) -> None:
        assert self.control is not None
        try:
            self.control.send(b"ping")
        except BlockingIOError:
            pass  # as good as sent: nobody reads there, the deadline runs
        except OSError:
            return  # gone: the next look sees it
        self._pinged, self._waiting = now, True


class DecoderStream:
    """One speaker's way to the recognizer, used by one thread. Every call but `close` may raise DecoderGone."""

    def __init__(self, connection: socket.socket, *, backlog: float) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._unsent = bytearray()
        self._backlog = int(backlog * _BYTES_PER_SECOND)
        self._heard: deque[Partial | Utterance] = deque()
        self._open = self._done = False
        self.closed = False

    def fileno(self) -> int:
        """For select: readable when `poll` has something to say (or to raise)."""
        return self._connection.fileno()

    @property
    def waiting(self) -> float:
        """Seconds of sound that the process has not taken yet."""
        return len(self._unsent) / _BYTES_PER_SECOND

    def send(self, pcm: bytes) -> None:
        """Pass sound on (16 bit, 8 kHz, mono, any length). Never blocks; sound that cannot go yet waits here.

        Raises DecoderGone when more than the set backlog waits: then the process is too slow to be of use.
        """
        self._unsent += pcm
        self._flush()
        if len(self._unsent) > self._backlog:
            raise self._gone(f"more than {self._backlog / _BYTES_PER_SECOND:g} s of sound wait")

    def poll(self) -> list[Partial | Utterance]:
        """What was heard since the last call, in order; never blocks."""
        self._flush()
        self._read()
        found = list(self._heard)
        self._heard.clear()
        return found

    def finish(self, deadline: float) -> Utterance | None:
        """End the utterance now: everything heard since the last `poll` as one utterance, None if nothing was.

        Waits at most `deadline` seconds (0 to 60), then raises DecoderGone. The stream may go on with more sound.
        """
        until = time.monotonic() + _seconds(deadline)
        self._done = False
        asked = False
        while not self._done:
            if not asked and self._flush():
                asked = self._put(FINISH)
            left = until - time.monotonic()
            if left <= 0:
                raise self._gone(f"no last word within {deadline:g} s")
            writers = [] if asked else [self._connection]
            select.select([self._connection], writers, [], left)
            self._read()
        utterances = [u for u in self._heard if isinstance(u, Utterance)]
        self._heard.clear()
        return _joined(utterances) if utterances else None

    def close(self) -> None:
        """End the stream and free its place. Any number of times."""
        self.closed = True
        self._connection.close()

    def wait_open(self, seconds: float) -> bool:
        """Whether the process has taken the stream up within `seconds`."""
        until = time.monotonic() + seconds
        while not self._open:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._connection], [], [], left)[0]:
                return False
            self._read()
        return True

    def _flush(self) -> bool:
        """Send what waits, as far as it goes; True when nothing waits any more."""
        while self._unsent:
            piece = bytes(self._unsent[: PACKET // 4])
            if not self._put(SOUND + piece):
                return False
            del self._unsent[: len(piece)]
        return True

    def _put(self, packet: bytes) -> bool:
        if self.closed:
            raise self._gone("closed")
        try:
            self._connection.send(packet)
        except BlockingIOError:
            return False
        except OSError as error:
            raise self._gone(str(error)) from error
        return True

    def _read(self) -> None:
        while True:
            if self.closed:
                raise self._gone("closed")
            try:
                packet = self._connection.recv(PACKET)
            except BlockingIOError:
                return
            except OSError as error:
                raise self._gone(str(error)) from error
            if not packet:
                raise self._gone("the process ended")
            said = unpacked(packet)
            if said == "open":
                self._open = True
            elif said == "done":
                self._done = True
            else:
                self._heard.append(said)

    def _gone(self, why: str) -> DecoderGone:
        self.close()
        return DecoderGone(f"语音识别断了：{why}")


def _joined(utterances: list[Utterance]) -> Utterance:
    if len(utterances) == 1:
        return utterances[0]
    sizes = [max(1.0, len(u.text)) for u in utterances]
    return Utterance(
        text="，".join(u.text for u in utterances if u.text),
        started_at=utterances[0].started_at,
        ended_at=utterances[-1].ended_at,
        unknown_share=sum(u.unknown_share * s for u, s in zip(utterances, sizes, strict=True)) / sum(sizes),
    )


def _seconds(deadline: float) -> float:
    if not 0 < deadline <= 60:
        raise ValueError(f"deadline={deadline}: seconds from now, above 0 and at most 60")
    return deadline


def _resident(pid: int) -> int:
    """Bytes of resident memory of a process; 0 when it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")
