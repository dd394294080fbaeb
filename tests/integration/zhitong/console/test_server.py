"""The console's server on a real socket: what it answers, and what it does not put up with."""

import http.client
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime

import pytest

from routing.calendar import LOCAL
from zhitong.console.app import console_app
from zhitong.console.door import HEADERS
from zhitong.console.ports import ConsolePorts, DutyCalendar, NotThere
from zhitong.console.server import HEAD_BYTES, OF_ONE_ADDRESS, console_server, listen
from zhitong.trial import wait_until

CHANGED = datetime(2026, 12, 4, 12, 0, 0, 500_000, tzinfo=LOCAL)
CALENDAR = DutyCalendar(body=b"BEGIN:VCALENDAR\r\n", tag="abc123", changed_at=CHANGED)
TOKEN = "A_token-of-32-characters-00000x"
SILENT = http.client.HTTPMessage()


class Console:
    """A console on a port of its own, whose calendar is what the test says."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.answers: dict[str, DutyCalendar | NotThere] = {TOKEN: CALENDAR}
        self.holding: threading.Event | None = None

    def calendar(self, token: str) -> DutyCalendar | NotThere:
        if self.holding:
            self.holding.wait(20)
        return self.answers.get(token, "unknown")

    def ask(
        self, path: str, method: str = "GET", *, body: bytes | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """One request on a connection of its own: status, headers, body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            told = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, body=body, headers=told)
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    def status(self, path: str = f"/calendar/{TOKEN}.ics", **headers: str) -> int:
        return self.ask(path, **headers)[0]


@contextmanager
def serving(
    *,
    per_minute: int = 6000,
    proxies: tuple[str, ...] = (),
    answer_seconds: float = 10.0,
    connection_seconds: float = 15,
) -> Iterator[Console]:
    with listen("127.0.0.1", 0) as door:
        console = Console(door.getsockname()[1])
        ports = ConsolePorts(calendar=console.calendar)
        app = console_app(ports, per_minute=per_minute, answer_seconds=answer_seconds)
        server = console_server(app, proxies=proxies, connection_seconds=connection_seconds)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield console
        finally:
            server.should_exit = True
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture(scope="module")
def console() -> Iterator[Console]:
    with serving() as console:
        yield console


def test_a_calendar_comes_with_its_tag_its_time_and_strict_headers(console: Console) -> None:
    status, headers, body = console.ask(f"/calendar/{TOKEN}.ics")
    assert (status, body) == (200, CALENDAR.body)
    assert headers["content-type"] == "text/calendar; charset=utf-8" and headers["etag"] == '"abc123"'
    assert parsedate_to_datetime(headers["last-modified"]) == CHANGED.replace(microsecond=0)
    assert headers["cache-control"] == "private, no-cache" and "server" not in headers
    assert all(headers[name] == value for name, value in HEADERS.items())


def test_asked_for_the_head_it_sends_the_head_alone(console: Console) -> None:
    status, headers, body = console.ask(f"/calendar/{TOKEN}.ics", "HEAD")
    assert (status, body, headers["content-length"]) == (200, b"", str(len(CALENDAR.body)))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"If_None_Match": '"abc123"'}, 304),
        ({"If_None_Match": '"old", W/"abc123"'}, 304),
        ({"If_None_Match": "*"}, 304),
        ({"If_None_Match": '"old"'}, 200),
        ({"If_None_Match": "abc123"}, 200),
        ({"If_Modified_Since": format_datetime(CHANGED)}, 304),
        ({"If_Modified_Since": format_datetime(CHANGED - timedelta(seconds=1))}, 200),
        ({"If_Modified_Since": "yesterday"}, 200),
        ({"If_Modified_Since": format_datetime(CHANGED), "If_None_Match": '"old"'}, 200),
    ],
)
def test_what_the_reader_has_already_is_not_sent_again(console: Console, headers: dict[str, str], status: int) -> None:
    found, _, body = console.ask(f"/calendar/{TOKEN}.ics", **headers)
    assert (found, body) == (status, CALENDAR.body if status == 200 else b"")


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/",
            "/docs",
            "/redoc",
            "/openapi.json",
            "/docs/oauth2-redirect",
            "/calendar",
            "/calendar/",
            "/calendar/.ics",
        ),
        *(f"/calendar/{TOKEN}", f"/calendar/{TOKEN}.ics/", f"/calendar/x/{TOKEN}.ics", f"//calendar/{TOKEN}.ics"),
        *(f"/calendar/{TOKEN}.ICS", f"/calendar/{TOKEN}x.ics", "/calendar/%00%ff%0d%0a.ics", "/calendar/../x.ics"),
    ],
)
def test_nothing_else_answers(console: Console, path: str) -> None:
    status, headers, body = console.ask(path)
    assert (status, body) == (404, b"") and all(headers[name] == value for name, value in HEADERS.items())


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "PROPFIND"])
def test_a_calendar_is_read_and_nothing_else(console: Console, method: str) -> None:
    status, headers, body = console.ask(f"/calendar/{TOKEN}.ics", method, body=b"x" * 100_000)
    assert (status, body, headers["allow"]) == (404, b"", None)


@pytest.mark.parametrize(("found", "status"), [("unknown", 404), ("ended", 410), ("not yet", 503)])
def test_what_is_not_there_is_told_without_a_word(console: Console, found: NotThere, status: int) -> None:
    console.answers["gone"] = found
    told, headers, body = console.ask("/calendar/gone.ics")
    assert (told, body, headers["cache-control"]) == (status, b"", "no-store")
    assert headers["retry-after"] == ("60" if status == 503 else None)


def test_a_fault_of_ours_tells_nothing_of_itself(console: Console) -> None:
    console.answers["broken"] = None  # type: ignore[assignment]
    status, headers, body = console.ask("/calendar/broken.ics")
    assert status == 500 and b"Traceback" not in body and headers["x-content-type-options"] == "nosniff"


def test_who_asks_too_often_waits_and_others_do_not() -> None:
    with serving(per_minute=6, proxies=("127.0.0.1",)) as console:
        here, there = {"X_Forwarded_For": "192.0.2.1"}, {"X_Forwarded_For": "192.0.2.2"}
        assert [console.status(**here) for _ in range(4)] == [200, 200, 200, 429]
        assert console.status(**there) == 200
        _, headers, body = console.ask(f"/calendar/{TOKEN}.ics", **here)
        assert (headers["retry-after"], body) == ("60", b"") and headers["x-robots-tag"] == "noindex"


@pytest.mark.parametrize("proxies", [(), ("192.0.2.9",)])
def test_only_a_proxy_is_believed_who_asks(proxies: tuple[str, ...]) -> None:
    with serving(per_minute=6, proxies=proxies) as console:
        told = [console.status(X_Forwarded_For=f"192.0.2.{i}") for i in range(4)]
        assert told == [200, 200, 200, 429], "all of them are 127.0.0.1"


def test_a_calendar_that_takes_too_long_is_given_up() -> None:
    with serving(answer_seconds=0.3) as console:
        console.holding = threading.Event()
        try:
            status, headers, body = console.ask(f"/calendar/{TOKEN}.ics")
            assert (status, body, headers["retry-after"]) == (503, b"", "60")
        finally:
            console.holding.set()


def test_a_connection_that_does_not_get_to_its_point_is_ended() -> None:
    with serving(connection_seconds=0.5) as console, socket.create_connection(("127.0.0.1", console.port)) as slow:
        slow.settimeout(5)
        slow.sendall(f"GET /calendar/{TOKEN}.ics HTTP/1.1\r\nHost: x\r\n".encode())
        assert ended(slow)
        assert console.status() == 200


def test_a_head_that_never_ends_is_refused(console: Console) -> None:
    with socket.create_connection(("127.0.0.1", console.port)) as long:
        long.settimeout(5)
        long.sendall(b"GET / HTTP/1.1\r\nX: " + b"x" * (2 * HEAD_BYTES))
        assert long.recv(1000).startswith(b"HTTP/1.1 400") and ended(long)


def test_one_address_has_a_bounded_number_of_connections(console: Console) -> None:
    held = [socket.create_connection(("127.0.0.1", console.port)) for _ in range(OF_ONE_ADDRESS)]
    try:
        with socket.create_connection(("127.0.0.1", console.port)) as more:
            more.settimeout(5)
            assert ended(more)
    finally:
        for one in held:
            one.close()
    wait_until(lambda: answers(console), 5, "there is room again")


def test_the_log_names_neither_tokens_nor_what_it_does_not_know(
    console: Console, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        console.status()
        console.status("/calendar/%1b%5b31m-a-token-with-escapes.ics")
        console.status(f"/{TOKEN}?token={TOKEN}")
        console.ask(f"/calendar/{TOKEN}.ics", "PROPFIND")
        # After the answer has gone out.
        wait_until(lambda: "127.0.0.1 ? /calendar/A_to****.ics 404" in caplog.text, 5, "the last one is logged")
    assert "127.0.0.1 GET /calendar/A_to****.ics 200" in caplog.text
    assert caplog.text.count("127.0.0.1 GET ? 404") == 2
    assert TOKEN not in caplog.text and "\x1b" not in caplog.text and "escapes" not in caplog.text


def ended(connection: socket.socket) -> bool:
    """Whether the other side ends it, sooner than this one's patience."""
    try:
        while connection.recv(1000):
            pass
    except ConnectionResetError:
        pass
    return True


def answers(console: Console) -> bool:
    try:
        return console.status() == 200
    except (OSError, http.client.HTTPException):
        return False
