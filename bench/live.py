"""(s) Live pages in many browsers: what the console's process uses for server-sent events."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench.figures import Figure, at_most, known
from bench.processes import usage
from tests.fakes.live_hotline import LiveHotline
from tests.fakes.told_calls import ToldCall
from zhitong.console.visitor import COOKIE

BROWSERS, CALLS, EVERY = 200, 20, 0.2
"""Connections, calls that are up, seconds between two events."""
WARM, SECONDS = 3.0, 20.0


def measure(say: Callable[[str], None], *, quick: bool) -> list[Figure]:
    """Figures of part (s)."""
    say(f"  (s) {BROWSERS} browsers look at {CALLS} live calls, an event each {EVERY:g} s")
    with tempfile.TemporaryDirectory() as name:
        server = subprocess.Popen([sys.executable, "-m", "bench.live_server", name], stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None
            port, cookie = server.stdout.readline().split()
            hotline = LiveHotline(Path(name))
            hotline.link.start()
            core, events, size = asyncio.run(
                _looked_at(server.pid, hotline, int(port), cookie, 5 if quick else SECONDS)
            )
            hotline.link.stop()
        finally:
            server.terminate()
            server.wait(10)
    how = f"{BROWSERS} connections, {CALLS} calls up, {events:.1f} events a second each, {size:.0f} bytes an event"
    return [
        at_most("s.sse.cpu", core * 100, 20, "% of a core", f"CPU of the console's process; {how}"),
        known("s.sse.events", events, "1/s", "events that each of them got"),
    ]


async def _looked_at(
    pid: int, hotline: LiveHotline, port: int, cookie: str, seconds: float
) -> tuple[float, float, float]:
    """(cores used, events a second that each browser got, bytes an event)."""
    got = [0, 0]
    calls = [ToldCall(f"{i}.1").opened().note(1, "asked", prompt="question") for i in range(CALLS)]
    hotline.hear(*calls)
    browsers = [asyncio.create_task(_browser(port, cookie, got)) for _ in range(BROWSERS)]
    await _speak(hotline, calls, WARM)
    began, before, (events, size) = time.monotonic(), usage(pid).cpu, got
    await _speak(hotline, calls, seconds)
    took = time.monotonic() - began
    core, events, size = (usage(pid).cpu - before) / took, got[0] - events, got[1] - size
    for browser in browsers:
        browser.cancel()
    await asyncio.gather(*browsers, return_exceptions=True)
    return core, events / took / BROWSERS, size / max(1, events)


async def _speak(hotline: LiveHotline, calls: list[ToldCall], seconds: float) -> None:
    """One of the callers says a word more each time."""
    began = time.monotonic()
    for n in range(round(seconds / EVERY)):
        fact = calls[n % CALLS].note(2, "partial", text=f"我家停水三天了没有人管{n}").facts[-1]
        hotline.link.hear(fact)
        await asyncio.sleep(max(0.0, began + (n + 1) * EVERY - time.monotonic()))


async def _browser(port: int, cookie: str, got: list[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = ["GET /now/live HTTP/1.1", "Host: x", "Accept: text/event-stream", f"Cookie: {COOKIE}={cookie}"]
    writer.write("\r\n".join([*head, "", ""]).encode())
    try:
        while data := await reader.read(65536):
            got[0] += data.count(b"event: calls")
            got[1] += len(data)
        raise ConnectionError("the console has ended a stream")
    finally:
        writer.close()
