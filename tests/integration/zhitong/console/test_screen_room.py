"""大屏: counts of today and this month, live, with nothing personal, and a memory that stays flat."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from cases.callback import Reply
from cases.case import CaseState
from cases.roles import Role
from tests.fakes.live_hotline import LiveHotline, live_hotline
from tests.fakes.pages import PACKAGES, asked, cookie_of, pages_served, signed_in_page
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER, RULES, ToldCall, talked, tell_it
from zhitong.console.feed import event
from zhitong.console.office import Office
from zhitong.store.cases import get_case, update_cases
from zhitong.store.engine import writing
from zhitong.store.tables import tries
from zhitong.usecases.screen import count_screen

WHO = "大屏账号"
EVENTS = 100_000
"""Fast-forwarded through a page."""
GROWTH = 1 << 20
"""Bytes that the heap may have more after them, after a collection."""


@pytest.fixture
def hotline_and_office(office: Office, tmp_path: Path) -> Iterator[tuple[LiveHotline, Office]]:
    """A hotline that tells its calls, and the office."""
    with live_hotline(office, tmp_path) as both:
        yield both


@pytest.fixture
def hall(hotline_and_office: tuple[LiveHotline, Office]) -> Office:
    return hotline_and_office[1]


@pytest.fixture
def hotline(hotline_and_office: tuple[LiveHotline, Office]) -> LiveHotline:
    return hotline_and_office[0]


def shot(page: Page, name: str) -> None:
    folder = os.environ.get("ZHITONG_SHOTS")
    if folder:
        page.screenshot(path=f"{folder}/screen-{name}.png", full_page=True)


def test_the_counts_are_of_today_and_this_month_and_of_citizens_matters_to_their_end(office: Office) -> None:
    tell_it(office.engine, RULES, talked("1.20", MORNING - timedelta(days=2)))
    tell_it(office.engine, RULES, talked("1.21", MORNING - timedelta(days=40)))
    tell_it(office.engine, RULES, talked("1.22", MORNING - timedelta(minutes=5)))
    with writing(office.engine) as connection:
        closed = replace(get_case(connection, NUMBER), state=CaseState.STRUCK_OFF, closed_at=MORNING)
        row = {"case_number": NUMBER, "kind": "callback", "number": "", "call_id": "1.30", "dialled_at": MORNING}
        told = {"task_id": 1, "answered": True, "person": "", "solved": "", "satisfied": Reply.YES.value}
        told |= {"why": "", "outcome": ""}
        connection.execute(tries.insert().values(**row, **told))
        staff = get_case(connection, f"{MORNING - timedelta(minutes=5):%Y%m%d-%H%M%S}-0022")
        update_cases(connection, [closed, replace(staff, state=CaseState.STRUCK_OFF)])
    told = count_screen(office.engine, towns={"扎西镇"}, now=MORNING)
    assert (told.today.received, told.today.closed) == (1, 1)
    assert (told.month.received, told.month.closed, told.month.rated, told.month.satisfied) == (2, 1, 1, 1)
    assert told.towns == (("扎西镇", 2),) and told.matters == (("取水许可", 2),)


def test_the_screen_shows_calls_as_they_come_and_nothing_personal(
    hotline: LiveHotline, hall: Office, chromium: Browser
) -> None:
    cookie = cookie_of(hall.engine, WHO, Role.LEADER, now=MORNING)
    with pages_served(hall) as address:
        page = signed_in_page(chromium, address, cookie, width=1920, height=1080)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{address}/screen")
        expect(page.locator('[data-told="today.received"]')).to_have_text("1")
        expect(page.locator('[data-told="live.说话"]')).to_have_text("0")
        hotline.hear(ToldCall("2.1").opened(caller="13912345678").note(1, "partial", text="我叫王小明"))
        expect(page.locator('[data-told="live.说话"]')).to_have_text("1")
        shot(page, "1920")
        assert page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]") == [
            1920,
            1080,
        ], "it fills a wall's screen and no more"
        for told in (asked(address, "/screen", cookie=cookie).body, asked(address, "/screen/live", cookie=cookie).body):
            assert "王小明" not in told and "****" not in told and CITIZEN not in told and NUMBER not in told
            assert not re.search(r"1[3-9]\d{9}", told)
        assert not said
        page.context.close()


def test_the_screen_has_a_right_of_its_own(hall: Office) -> None:
    with pages_served(hall) as address:
        auditor = cookie_of(hall.engine, "审计陈红", Role.AUDITOR, now=MORNING)
        wall = cookie_of(hall.engine, "大厅大屏", Role.SCREEN, now=MORNING)
        assert asked(address, "/", cookie=wall).where == "/screen" and asked(address, "/now", cookie=wall).status == 403
        handler = cookie_of(hall.engine, "经办赵敏", Role.HANDLER, now=MORNING, units=["水务局"])
        for path in ("/screen", "/screen/live"):
            assert asked(address, path, cookie=auditor).status == 200
            assert asked(address, path, cookie=handler).status == 403


def test_a_screen_without_a_hotline_shows_the_counts_and_no_live_numbers(office: Office) -> None:
    cookie = cookie_of(office.engine, WHO, Role.LEADER, now=MORNING)
    with pages_served(office) as address:
        told = asked(address, "/screen/live", cookie=cookie).body
        shown = json.loads(told.partition("data: ")[2])
        assert shown["live"] is None and shown["today"]["received"] == 1


FAKE_SOURCE = """
window.EventSource = class {
  static CLOSED = 2;
  constructor() { window.fed = this; this.listeners = {}; this.readyState = 1; }
  addEventListener(name, listener) { this.listeners[name] = listener; }
  close() {}
};
"""
"""A stream that the test feeds, as fast as the page takes it."""


def heap(page: Page) -> int:
    """Bytes in use after a collection."""
    session = page.context.new_cdp_session(page)
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    return int(session.send("Runtime.getHeapUsage")["usedSize"])


def fed(page: Page, name: str, made: str, times: int) -> None:
    """So many events of this name, each made of its number i by a script."""
    page.evaluate(
        f"async (n) => {{ for (let i = 0; i < n; i++) {{ window.fed.listeners.{name}({{data: JSON.stringify({made})}});"
        " if (i % 1000 === 999) await new Promise((go) => setTimeout(go)); } }",
        times,
    )


COUNTS = (
    '{live: {"说话": i % 7, "找人": i % 5, "通话": i % 3},'
    " today: {received: i, closed: i, rated: i, satisfied: i}, month: {received: i, closed: i, rated: i, satisfied: i},"
    " towns: [['扎西镇', i + 9], [`乡镇${i % 50}`, i % 9]], matters: [[`事项${i % 16}`, i + 1]]}"
)
ROWS = (
    "{up: true, all: i % 500 === 0, gone: [`c${i % 40}`], rows: [{id: `c${(i + 7) % 40}`,"
    ' html: `<tr data-call="c${(i + 7) % 40}"><td><a href="/now">138****${i}</a></td>'
    '<td><time data-since="2025-09-11T09:20:00+08:00"></time></td></tr>`}]}'
)


@pytest.mark.parametrize(("path", "name", "made"), [("/screen", "screen", COUNTS), ("/now", "calls", ROWS)])
def test_a_hundred_thousand_events_leave_the_heap_flat(
    hall: Office, chromium: Browser, path: str, name: str, made: str
) -> None:
    cookie = cookie_of(hall.engine, WHO, Role.LEADER, now=MORNING)
    with pages_served(hall) as address:
        page = signed_in_page(chromium, address, cookie, width=1920, height=1080)
        page.add_init_script(FAKE_SOURCE)
        page.goto(address + path)
        fed(page, name, made, 1000)
        before, elements = heap(page), page.evaluate("document.querySelectorAll('*').length")
        fed(page, name, made, EVENTS)
        after = heap(page)
        print(f"{path}: {before} bytes before, {after} after {EVENTS} events")
        assert after - before < GROWTH, f"{before} bytes before, {after} after"
        assert page.evaluate("document.querySelectorAll('*').length") <= elements + 200
        page.context.close()


def test_injected_names_are_inert_on_the_screen(hall: Office, chromium: Browser) -> None:
    injected = '<script>alert(1)</script>"><img src=x onerror=alert(1)>{{7*7}}'
    with writing(hall.engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), matter_name=injected)])
    cookie = cookie_of(hall.engine, WHO, Role.LEADER, now=MORNING)
    with pages_served(hall) as address:
        page = signed_in_page(chromium, address, cookie, width=390)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.goto(f"{address}/screen")
        expect(page.get_by_text(injected)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        axe = (PACKAGES / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
        found = page.evaluate(f"async () => {{ {axe}; return (await axe.run()).violations; }}")
        assert not [one["id"] for one in found if one["impact"] in ("serious", "critical")], found
        shot(page, "390")
        assert not said
        page.context.close()
    assert event("screen", {"a": "\n"}).count(b"\n") == 3, "an event is one line of data"
