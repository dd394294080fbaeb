"""The room of callbacks: who is to be called, by whom, what was said; and the form of what a person has found out."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from cases.roles import Role
from tests.fakes.axe import serious
from tests.fakes.closing import left_to_people, settled
from tests.fakes.pages import Clock, asked, cookie_of, pages_served, signed_in_page
from tests.fakes.told_calls import MORNING, NUMBER, RULES
from zhitong.console.office import Office
from zhitong.store.engine import writing
from zhitong.store.tries import put_try

INERT = '<script>window.hurt=1</script>"><img src=x onerror=window.hurt=1>{{7*7}}'
LATER = MORNING + timedelta(hours=6)


@pytest.fixture
def closed(office: Office, clock: Clock) -> Office:
    """NUMBER is closed, and the system has called in vain: a person is to."""
    settled(office.engine, RULES, number=NUMBER, now=MORNING)
    left_to_people(office.engine, RULES, number=NUMBER, now=MORNING + timedelta(hours=5, minutes=30))
    clock.time = LATER
    return office


def desk(office: Office) -> str:
    return cookie_of(office.engine, "受理周敏", Role.DESK, now=LATER)


def test_what_a_person_found_out_is_recorded_with_the_citizens_words(closed: Office, chromium: Browser) -> None:
    with pages_served(closed) as address:
        cookie = desk(closed)
        page = signed_in_page(chromium, address, cookie)
        page.goto(f"{address}/callbacks")
        page.get_by_text("记人工回访…").click()
        page.get_by_label("结果").select_option("没解决")
        page.get_by_role("button", name="记下").click()
        expect(page.locator("#told")).to_contain_text("没有写群众的原话")
        page.get_by_label("群众的原话").fill(INERT)
        page.get_by_role("button", name="记下").click()
        expect(page.get_by_role("status")).to_have_text("人工回访记下了。")
        expect(page.locator("main")).not_to_contain_text(NUMBER)
        page.get_by_role("link", name="有结果的").click()
        expect(page.get_by_role("row", name=NUMBER)).to_contain_text(f"“{INERT}”")
        assert page.evaluate("window.hurt") is None
        page.goto(f"{address}/cases/{NUMBER}")
        expect(page.locator(".head")).to_contain_text("第 1 次重办")
        page.context.close()


def test_those_whose_work_it_judges_get_no_form(closed: Office) -> None:
    with pages_served(closed) as address:
        his = cookie_of(closed.engine, "局长王明", Role.UNIT_HEAD, now=LATER, units=["水务局"])
        told = asked(address, "/callbacks", cookie=his).body
        assert NUMBER in told and "记人工回访…" not in told
        both = cookie_of(closed.engine, "周小敏", Role.DESK, Role.HANDLER, now=LATER, units=["水务局"])
        assert "记人工回访…" not in asked(address, "/callbacks", cookie=both).body
        assert "记人工回访…" in asked(address, "/callbacks", cookie=desk(closed)).body


def test_calls_in_vain_and_calls_with_an_answer_stand_in_lists_of_their_own(closed: Office) -> None:
    row = {"case_number": NUMBER, "task_id": 0, "kind": "callback", "number": "13800000001", "dialled_at": LATER}
    with writing(closed.engine) as connection:
        put_try(connection, **row, answered=True, solved="yes", satisfied="yes", outcome="群众确认解决")
        put_try(connection, **row, answered=True, solved="no", why="水还是黄的", outcome="群众说没解决")
    with pages_served(closed) as address:
        cookie = desk(closed)
        tried = asked(address, "/callbacks?which=打过没问到", cookie=cookie).body
        concluded = asked(address, "/callbacks?which=有结果的", cookie=cookie).body
        unhappy = asked(address, "/callbacks?which=有结果的&unhappy=yes", cookie=cookie).body
        assert "没有问到" in tried and "水还是黄的" not in tried
        assert "水还是黄的" in concluded and concluded.count(f"/cases/{NUMBER}") == 2
        assert "水还是黄的" in unhappy and unhappy.count(f"/cases/{NUMBER}") == 1
        assert asked(address, "/callbacks?which=别的", cookie=cookie).status == 409


def test_the_system_says_when_it_calls(office: Office, clock: Clock) -> None:
    settled(office.engine, RULES, number=NUMBER, now=MORNING)
    with pages_served(office) as address:
        told = asked(
            address, "/callbacks?which=系统要打的", cookie=cookie_of(office.engine, "受理周敏", Role.DESK, now=MORNING)
        )
        assert NUMBER in told.body and "2025-09-11 09:30 起" in told.body and "138****0001" in told.body


@pytest.mark.parametrize("which", ["要人打的", "打过没问到"])
def test_it_fits_a_telephone_and_a_screen_reader(closed: Office, chromium: Browser, which: str) -> None:
    with pages_served(closed) as address:
        cookie = desk(closed)
        assert serious(chromium, address, cookie, f"/callbacks?which={which}", 390) == []
        page = signed_in_page(chromium, address, cookie, width=390)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{address}/callbacks?which={which}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 390 and said == []
        page.context.close()
