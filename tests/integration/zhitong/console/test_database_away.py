"""The database away: every page says so within its time, in words, and is there again with the database."""

import http.client
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cases.roles import Role
from tests.fakes.databases import Databases
from tests.fakes.directories import small_directory
from tests.fakes.page_routes import filled, routes
from tests.fakes.pages import asked, cookie_of, pages_served
from tests.fakes.told_calls import MORNING, NUMBER
from zhitong.console.office import Office
from zhitong.console.visitor import COOKIE

FILLED = {"number": NUMBER, "code": "accepted", "path": "console.css"}
PLAIN = "数据库暂时用不了"
SOON = 6.0
"""Seconds: two waits for a lock, and a busy machine."""


@pytest.fixture
def cookies(engine: Engine) -> dict[Role, str]:
    return {role: cookie_of(engine, f"某{role}", role, now=MORNING, units=["水务局"]) for role in Role}


@pytest.fixture
def away(databases: Databases, database_url: str) -> Iterator[None]:
    databases.take_away(database_url)
    yield
    databases.bring_back(database_url)


def test_each_page_says_in_words_that_the_database_is_away_and_tries_again_by_itself(
    office: Office, cookies: dict[Role, str], away: None
) -> None:
    with pages_served(office) as address:
        for method, path, _ in routes(office):
            form = {} if method == "POST" else None
            begun = time.monotonic()
            told = asked(address, filled(path, FILLED), cookie=cookies[Role.DESK], form=form)
            assert time.monotonic() - begun < SOON, path
            assert told.status == 503 and PLAIN in told.body and "电话不受影响" in told.body, f"{method} {path}"
            assert "unable to open" not in told.body, "what the database says is for the log"
            assert ('http-equiv="refresh"' in told.body) == (method == "GET"), "a form is not sent a second time"


def test_nobody_is_signed_out_by_it_and_who_signs_in_is_told(
    office: Office, cookies: dict[Role, str], databases: Databases, database_url: str
) -> None:
    with pages_served(office) as address:
        databases.take_away(database_url)
        told = asked(address, "/sign-in", form={"account": "某受理台", "password": "云上的灯笼 渡口的船"})
        assert told.status == 503 and PLAIN in told.body
        assert asked(address, "/now", cookie=cookies[Role.DESK]).status == 503
        databases.bring_back(database_url)
        for path in ("/now", "/cases", f"/cases/{NUMBER}"):
            assert asked(address, path, cookie=cookies[Role.DESK]).status == 200, path


def test_a_part_of_a_page_says_it_as_well(office: Office, cookies: dict[Role, str], away: None) -> None:
    with pages_served(office) as address:
        told = asked(address, "/cases/search", cookie=cookies[Role.DESK], HX_Request="true")
        assert told.status == 503 and told.body.startswith("<p") and PLAIN in told.body


def test_a_database_in_which_another_program_writes_without_end_is_told_within_the_time(
    office: Office, cookies: dict[Role, str], databases: Databases, database_url: str
) -> None:
    with pages_served(office) as address, databases.written_elsewhere(database_url):
        begun = time.monotonic()
        told = asked(address, "/now", cookie=cookies[Role.DESK])
        assert time.monotonic() - begun < SOON
        assert told.status == 503 and PLAIN in told.body


def hanging(office: Office, over: threading.Event) -> Office:
    """An office in which whoever asks for the roster waits until it is over."""

    def directory():  # type: ignore[no-untyped-def]
        over.wait(20)
        return small_directory()

    return replace(office, directory=directory)


def test_a_page_that_is_not_done_in_time_is_told_in_words(office: Office, cookies: dict[Role, str]) -> None:
    over = threading.Event()
    with pages_served(hanging(office, over), answer_seconds=0.5) as address:
        told = asked(address, "/now", cookie=cookies[Role.DESK])
        over.set()
        assert told.status == 503 and "系统太忙" in told.body and told.headers["retry-after"]
        assert "script" not in told.body and told.headers["content-security-policy"]


def test_a_page_has_its_time_however_old_its_connection_is(office: Office, cookies: dict[Role, str]) -> None:
    over = threading.Event()
    with pages_served(hanging(office, over), connection_seconds=1.0) as address:
        connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=20)
        connection.request("GET", "/now", headers={"Cookie": f"{COOKIE}={cookies[Role.DESK]}"})
        threading.Timer(1.5, over.set).start()
        assert connection.getresponse().status == 200
        connection.close()


def test_a_fault_of_ours_is_told_in_words_and_tells_nothing_of_itself(office: Office, cookies: dict[Role, str]) -> None:
    def broken():  # type: ignore[no-untyped-def]
        raise RuntimeError(f"secret of {Path(__file__)}")

    with pages_served(replace(office, directory=broken)) as address:
        told = asked(address, "/now", cookie=cookies[Role.DESK])
        assert told.status == 500 and "这一页出错了" in told.body and "secret" not in told.body
