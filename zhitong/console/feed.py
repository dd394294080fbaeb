"""Live parts of pages as server-sent events: each event is made once, and the same bytes go to every browser.

Each browser has a bounded queue: one that takes nothing for some seconds is dropped, and comes again by itself. A
stream ends after some minutes, and once its viewer is not signed in any more or may not see it.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, Protocol

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from zhitong.console.door import PROLONG
from zhitong.console.words import as_json

EVERY_SECONDS = 0.2
"""Events come no closer than this: what happens meanwhile is in one."""
QUEUED = 25
"""Events that may wait for one browser: some five seconds."""
BEAT_SECONDS = 15.0
CHECK_SECONDS = 30.0
STREAM_SECONDS = 600.0
SEND_SECONDS = 5.0
STREAM = "text/event-stream"


class Source(Protocol):
    """What a feed tells. Both are called one at a time."""

    def first(self) -> bytes:
        """The event for a browser that has just come: all there is, as the last `next` left it."""

    def next(self) -> bytes | None:
        """The event for those who are there; None: nothing is new."""


def event(name: str, told: Any) -> bytes:
    """An event as it goes over the line; told: what JSON can hold."""
    return f"event: {name}\ndata: {as_json(told)}\n\n".encode()


class Feed:
    """One source for all browsers of one server. Asks it while anybody looks, on a thread of its own."""

    def __init__(self, source: Source, *, every: float = EVERY_SECONDS) -> None:
        """every: seconds."""
        self._source, self._every = source, every
        self._lock = threading.Lock()
        self._members: dict[_Member, asyncio.AbstractEventLoop] = {}
        self._nobody = threading.Event()
        self._thread: threading.Thread | None = None

    def first(self) -> bytes:
        """What a browser is told that asks once."""
        with self._lock:
            if not self._members:
                self._source.next()
            return self._source.first()

    def join(self) -> "_Member":
        """A browser has come; on its loop's thread."""
        member, loop = _Member(), asyncio.get_running_loop()
        with self._lock:
            if not self._members:
                self._source.next()
                self._nobody = threading.Event()
                run = threading.Thread(target=self._run, args=[self._nobody], name="feed", daemon=True)
                run.start()
            member.put(self._source.first())
            self._members[member] = loop
        return member

    def leave(self, member: "_Member") -> None:
        """It has gone."""
        with self._lock:
            self._members.pop(member, None)
            if not self._members:
                self._nobody.set()

    def _run(self, nobody: threading.Event) -> None:
        while not nobody.wait(self._every):
            with self._lock:
                told = self._source.next()
                loops = set(self._members.values())
            for loop in loops if told else ():
                with suppress(RuntimeError):  # that server has just ended
                    loop.call_soon_threadsafe(self._spread, told, loop)

    def _spread(self, told: bytes | None, loop: asyncio.AbstractEventLoop) -> None:
        for member, its in list(self._members.items()):
            if its is loop:
                member.put(told)


class _Member:
    """One browser's queue; None in it: it is dropped."""

    def __init__(self) -> None:
        self._queue = asyncio.Queue[bytes | None](QUEUED)

    def put(self, told: bytes | None) -> None:
        try:
            self._queue.put_nowait(told)
        except asyncio.QueueFull:
            while not self._queue.empty():
                self._queue.get_nowait()
            self._queue.put_nowait(None)

    async def next(self) -> bytes | None:
        """The next event, or a sign of life."""
        try:
            async with asyncio.timeout(BEAT_SECONDS):
                return await self._queue.get()
        except TimeoutError:
            return b":\n\n"


class Stream(Response):
    """A feed as an answer; to who does not ask for a stream, its first event alone."""

    def __init__(self, feed: Feed, still: Callable[[], Awaitable[bool]], *, check: float = CHECK_SECONDS) -> None:
        """still: whether the viewer may go on looking; asked every `check` seconds."""
        self._feed, self._still, self._check = feed, still, check
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-type", f"{STREAM}; charset=utf-8".encode()), (b"x-accel-buffering", b"no")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        accepted = next((value for name, value in scope["headers"] if name == b"accept"), b"")
        if STREAM.encode() in accepted:
            scope[PROLONG](STREAM_SECONDS + BEAT_SECONDS + SEND_SECONDS)
            await self._stream(receive, send)
        else:
            told = await asyncio.get_running_loop().run_in_executor(None, self._feed.first)
            await send({"type": "http.response.body", "body": told, "more_body": True})
        with suppress(OSError):
            await send({"type": "http.response.body", "body": b""})

    async def _stream(self, receive: Receive, send: Send) -> None:
        loop = asyncio.get_running_loop()
        until, check = loop.time() + STREAM_SECONDS, loop.time() + self._check
        await loop.run_in_executor(None, self._feed.first)  # what may take long is not read on the loop's own thread
        hung_up = asyncio.ensure_future(_hung_up(receive))
        member = self._feed.join()
        try:
            while not hung_up.done() and loop.time() < until:
                told = await member.next()
                if told is None:
                    return
                async with asyncio.timeout(SEND_SECONDS):
                    await send({"type": "http.response.body", "body": told, "more_body": True})
                if loop.time() >= check:
                    check = loop.time() + self._check
                    if not await self._still():
                        await send({"type": "http.response.body", "body": event("left", {}), "more_body": True})
                        return
        except TimeoutError:
            return  # a browser that takes nothing
        except asyncio.CancelledError:
            return  # the server stops, or its time is up: no fault to be logged
        finally:
            self._feed.leave(member)
            hung_up.cancel()


async def _hung_up(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
