"""The hotline's end of the live link: tells whoever listens on a UNIX socket of the calls that are up, takes commands.

No call waits for it. What is heard only marks a call as changed; each reader is told, at most ten times a second, how
the changed calls stand now: what waits for a reader is bounded by the calls there are, and one that does not read is
dropped. Without the socket (a folder that cannot be written) calls are served all the same.
"""

import asyncio
import logging
import os
import threading
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from ivr.facts import Fact
from zhitong.live.board import Called, heard, without
from zhitong.live.calls import (
    BEAT,
    BEAT_SECONDS,
    LONGEST_COMMAND,
    BadLine,
    Calls,
    Command,
    answer_line,
    change,
    over,
    read_command,
    snapshot,
)

log = logging.getLogger(__name__)

READERS = 8
TELL_EVERY = 0.1
SLOW_SECONDS = 5.0
"""So long a reader may leave unread what it was told."""
FIRST_SECONDS = 2.0
"""So long a reader may take to say what it wants."""
_UNREAD = 64 << 10
"""Bytes that may wait for one reader beside what the system holds."""


class LiveLink:
    """`hear` is told every fact that may be shown, on one thread; `start` opens the socket, `stop` closes it."""

    def __init__(
        self,
        path: Path,
        *,
        called: Called,
        command: Callable[[Command], str],
        alive: Callable[[], Collection[str]],
        slow: float = SLOW_SECONDS,
    ) -> None:
        """command: does it and tells why not, in Chinese; may take seconds. alive: the ids of the calls that are up.

        slow: seconds.
        """
        self._path, self._called, self._command, self._alive, self._slow = path, called, command, alive, slow
        self._lock = threading.Lock()
        self._calls: Calls = {}
        self._missing: frozenset[str] = frozenset()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._told: set[asyncio.Event] = set()
        self._pending = False
        self._readers: set[asyncio.Task[None]] = set()
        self._commands = ThreadPoolExecutor(2, thread_name_prefix="live-command")

    def start(self) -> None:
        """Open the socket; returns at once."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=[self._loop], name="live", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Tell nobody any more."""
        if self._thread is not None and self._loop is not None:
            with suppress(RuntimeError):  # it could not open the socket
                self._loop.call_soon_threadsafe(self._end, self._loop)
            self._thread.join(2)
        self._commands.shutdown(wait=False, cancel_futures=True)

    def hear(self, fact: Fact) -> None:
        """Take in a fact. Never blocks."""
        with self._lock:
            calls = heard(self._calls, fact, self._called)
            changed = calls is not self._calls
            self._calls = calls
        if changed:
            self._wake()

    @property
    def calls(self) -> Calls:
        """The calls that are up, as they are told."""
        with self._lock:
            return self._calls

    def _wake(self) -> None:
        if self._loop is None or self._pending:
            return
        self._pending = True
        with suppress(RuntimeError):  # the loop is closed: we are stopping
            self._loop.call_soon_threadsafe(self._changed)

    def _changed(self) -> None:
        self._pending = False
        for told in self._told:
            told.set()

    # --- on the loop's thread -----------------------------------------------------------------------------------------

    def _run(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            loop.run_until_complete(self._serve())
        except OSError as error:
            log.error("nobody can watch the live calls: %s", error)
        except asyncio.CancelledError:
            pass
        finally:
            loop.close()

    @staticmethod
    def _end(loop: asyncio.AbstractEventLoop) -> None:
        for task in asyncio.all_tasks(loop):
            task.cancel()

    async def _serve(self) -> None:
        folder = self._path.parent
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._path.unlink(missing_ok=True)
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            # By this name, since a socket's own may have 107 characters only.
            place = f"/proc/self/fd/{opened}/{self._path.name}"
            server = await asyncio.start_unix_server(self._met, place, limit=LONGEST_COMMAND)
        finally:
            os.close(opened)
        self._path.chmod(0o600)  # until here its folder kept others out
        try:
            async with server:
                while True:
                    await asyncio.sleep(BEAT_SECONDS)
                    self._sweep()
        finally:
            self._path.unlink(missing_ok=True)

    def _sweep(self) -> None:
        """A call whose end was lost on its way here (a watcher that is too slow loses facts) is up for nobody."""
        alive = frozenset(self._alive())
        with self._lock:
            missing = frozenset(self._calls) - alive
            gone, self._missing = missing & self._missing, missing
            self._calls = without(self._calls, gone)
        if gone:
            self._changed()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        if len(self._readers) >= READERS:
            writer.close()
            return
        self._readers.add(task)
        writer.transport.set_write_buffer_limits(high=_UNREAD)
        try:
            async with asyncio.timeout(FIRST_SECONDS):
                command = read_command(await reader.readline())
            if command is None:
                await self._tell(reader, writer)
            else:
                why = await asyncio.get_running_loop().run_in_executor(self._commands, self._command, command)
                writer.write(answer_line(why))
                await self._drained(writer)
        except (TimeoutError, BadLine, ValueError, OSError) as error:
            log.info("a reader of the live calls is dropped: %s", error or type(error).__name__)
        except asyncio.CancelledError:
            log.debug("a reader of the live calls is left, we stop")  # and asyncio would log it as an error
        finally:
            self._readers.discard(task)
            writer.transport.abort() if writer.transport.get_write_buffer_size() else writer.close()

    async def _tell(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        changed = asyncio.Event()
        self._told.add(changed)
        hung_up = asyncio.ensure_future(reader.read(1))
        try:
            told = self.calls
            writer.write(snapshot(told))
            while not hung_up.done():
                await self._drained(writer)
                with suppress(TimeoutError):
                    async with asyncio.timeout(BEAT_SECONDS):
                        await changed.wait()
                changed.clear()
                calls = self.calls
                lines = [over(id) for id in told if id not in calls]
                lines += [change(call) for id, call in calls.items() if told.get(id) is not call]
                writer.write(b"".join(lines) or BEAT)
                told = calls
                await asyncio.sleep(TELL_EVERY)
        finally:
            self._told.discard(changed)
            hung_up.cancel()

    async def _drained(self, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(self._slow):
            await writer.drain()
