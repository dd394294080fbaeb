"""Live parts of pages: made once for all who look, in bounded queues, ended for whom they are no more."""

import asyncio
import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.types import Message, Scope

from cases.roles import Role
from tests.fakes.live_hotline import LiveHotline, live_hotline
from tests.fakes.pages import cookie_of, pages_served
from tests.fakes.told_calls import MORNING, ToldCall
from zhitong.console.door import PROLONG
from zhitong.console.feed import QUEUED, Feed, Stream, event
from zhitong.console.office import Office
from zhitong.console.visitor import COOKIE

WHO = "受理周敏"
LIMIT = 10.0


class Counter:
    """A source that counts how often it was asked to make an event."""

    def __init__(self) -> None:
        self.made = self.due = 0

    def first(self) -> bytes:
        return event("n", self.made)

    def next(self) -> bytes | None:
        if self.made == self.due:
            return None
        self.made += 1
        return event("n", self.made)


async def gathered(source: Counter, browsers: int) -> list[list[bytes]]:
    """What so many browsers get of a feed while ten events come."""
    feed = Feed(source, every=0.01)
    members = [feed.join() for _ in range(browsers)]
    source.due += 10
    told = [[await member.next() for _ in range(11)] for member in members]
    for member in members:
        feed.leave(member)
    return [[one for one in of if one] for of in told]


def test_an_event_is_made_once_however_many_look() -> None:
    source = Counter()
    told = asyncio.run(gathered(source, 50))
    assert source.made == 10
    assert told == [[event("n", n) for n in range(11)]] * 50


def test_a_browser_that_takes_nothing_is_dropped_once_its_queue_is_full() -> None:
    async def left_alone() -> bytes | None:
        feed = Feed(Counter(), every=LIMIT)
        member = feed.join()
        for n in range(QUEUED + 1):
            member.put(event("n", n))
        feed.leave(member)
        return await member.next()

    assert asyncio.run(left_alone()) is None


def test_a_feed_at_which_nobody_looks_asks_for_nothing() -> None:
    source = Counter()
    asyncio.run(gathered(source, 1))
    source.due += 5
    for thread in threading.enumerate():
        if thread.name == "feed":
            thread.join(LIMIT)
    assert source.made == 10


# ── over HTTP ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def hotline_and_office(office: Office, tmp_path: Path) -> Iterator[tuple[LiveHotline, Office]]:
    with live_hotline(office, tmp_path) as both:
        yield both


@contextmanager
def streamed(address: str, cookie: str) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=20)
    headers = {"Cookie": f"{COOKIE}={cookie}", "Accept": "text/event-stream"}
    connection.request("GET", "/now/live", headers=headers)
    try:
        yield connection.getresponse()
    finally:
        connection.close()


def told_until(response: http.client.HTTPResponse, words: str) -> str:
    """The line of the stream that has these words; raises EOFError where it ends before."""
    while line := response.readline():
        if words in line.decode():
            return line.decode()
    raise EOFError(f"the stream ended without {words}")


def test_a_browser_that_does_not_read_holds_up_nobody(hotline_and_office: tuple[LiveHotline, Office]) -> None:
    hotline, desk = hotline_and_office
    cookie = cookie_of(desk.engine, WHO, Role.DESK, now=MORNING)
    call = ToldCall("1.1").opened()
    with pages_served(desk) as address, streamed(address, cookie) as reads:
        host, port = address.removeprefix("http://").split(":")
        with socket.socket() as stuck:
            stuck.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stuck.connect((host, int(port)))
            accept = "Accept: text/event-stream"
            head = f"GET /now/live HTTP/1.1\r\nHost: x\r\n{accept}\r\nCookie: {COOKIE}={cookie}\r\n\r\n"
            stuck.sendall(head.encode())
            hotline.hear(*(ToldCall(f"{i}.1").opened() for i in range(400)))  # some 300 kB at once
            for n in range(20):
                hotline.link.hear(call.note(1, "partial", text=f"第{n}句").facts[-1])
                told_until(reads, f"第{n}句")


def test_a_stream_ends_for_whom_it_is_no_more(hotline_and_office: tuple[LiveHotline, Office]) -> None:
    """Asked of the answer itself, with a clock of its own: half a minute is too long for a test."""
    allowed = [True, True, False]
    sent: list[bytes] = []

    async def still() -> bool:
        return allowed.pop(0)

    async def run() -> None:
        source = Counter()
        source.due = 10_000
        answer = Stream(Feed(source, every=0.005), still, check=0.02)

        async def receive() -> Message:
            await asyncio.sleep(LIMIT)
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            sent.append(message.get("body", b""))

        scope: Scope = {"type": "http", "headers": [(b"accept", b"text/event-stream")], PROLONG: lambda seconds: None}
        await answer(scope, receive, send)

    asyncio.run(run())
    assert not allowed and sent[-2:] == [event("left", {}), b""]
