"""监听: who may listen to a live call, with which reason; that supervision is told, and reads who did."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine, select

from cases.accused import account_key, kept_with
from cases.case import Case
from cases.roles import Role
from tests.fakes.live_hotline import LiveHotline, live_hotline, wait_seen
from tests.fakes.pages import PACKAGES, asked, cookie_of, pages_served, signed_in_page
from tests.fakes.told_calls import MORNING, NUMBER, ToldCall
from zhitong.console.office import Office
from zhitong.live.calls import Command
from zhitong.live_words import HIDDEN
from zhitong.notices.notice import due_kind
from zhitong.store.cases import get_case, update_cases
from zhitong.store.due import tasks_of
from zhitong.store.engine import reading, writing
from zhitong.store.tables import accesses
from zhitong.usecases.monitor_live import monitoring_began, monitoring_over

WHO, CALL = "督查刘波", "1757553630.7"
LISTEN = f"/now/calls/{CALL}/monitor"
INJECTED = '<script>alert(1)</script>"><img src=x onerror=alert(1)>{{7*7}}'


@pytest.fixture
def both(office: Office, tmp_path: Path) -> Iterator[tuple[LiveHotline, Office]]:
    """A hotline with one call, of the case NUMBER, and the office of a county that has turned 监听 on."""
    change(office.engine, type="求助", transcript="停水三天", accused="")
    console = replace(office.settings.console, monitoring=True)
    office = replace(office, settings=replace(office.settings, console=console))
    with live_hotline(office, tmp_path) as (hotline, desk):
        hotline.hear(ToldCall(CALL).opened(line="找局长热线").note(6, "asked", prompt="question"))
        wait_seen(desk.live, hotline.link.calls)
        yield hotline, desk


@pytest.fixture
def hotline(both: tuple[LiveHotline, Office]) -> LiveHotline:
    return both[0]


@pytest.fixture
def desk(both: tuple[LiveHotline, Office]) -> Office:
    return both[1]


def change(engine: Engine, **fields: str) -> Case:
    with writing(engine) as connection:
        case = replace(get_case(connection, NUMBER), **fields)  # type: ignore[arg-type]
        update_cases(connection, [case])
    return case


def supervision(desk: Office, name: str = WHO) -> str:
    return cookie_of(desk.engine, name, Role.SUPERVISION, now=desk.now())


def notices(desk: Office) -> list[str]:
    with reading(desk.engine) as connection:
        return [one.outcome for one in tasks_of(connection, NUMBER) if one.kind == due_kind("monitor")]


def test_with_a_reason_the_hotline_is_told_to_ring_and_supervision_is_told_of_it(
    hotline: LiveHotline, desk: Office, chromium: Browser
) -> None:
    cookie = supervision(desk)
    with pages_served(desk) as address:
        page = signed_in_page(chromium, address, cookie, width=390)
        said: list[str] = []
        page.on("console", lambda message: said.append(message.text))
        page.goto(f"{address}/now/calls/{CALL}")
        page.get_by_label("为什么监听").fill(INJECTED)
        page.get_by_role("button", name="监听", exact=True).click()
        expect(page.get_by_text(f"{WHO}的电话在响")).to_be_visible()
        expect(page.get_by_text(INJECTED)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        monitoring_began(desk.engine, 1, now=MORNING)
        page.get_by_role("link", name="刷新").click()
        expect(page.get_by_text(f"{WHO}正在听")).to_be_visible()
        page.get_by_role("button", name="停止监听").click()
        expect(page.get_by_role("button", name="停止监听")).to_be_visible()
        monitoring_over(desk.engine, 1, now=MORNING + timedelta(seconds=90), outcome="停了")
        page.goto(f"{address}/supervision/monitored")
        row = page.get_by_role("row").filter(has_text=WHO)
        expect(row).to_contain_text("90 秒，停了")
        expect(row).to_contain_text(INJECTED)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert said == []
        page.context.close()
    told = Command(do="monitor", call=CALL, by=WHO, to="supervision", id="1")
    assert hotline.commands == [told, replace(told, do="stop", to="")]
    assert notices(desk) == [""]
    with reading(desk.engine) as connection:
        looks = [row.what for row in connection.execute(select(accesses)) if row.case_number == NUMBER]
    assert "监听来电" in looks and "停止监听来电" in looks


def test_the_pages_of_it_have_nothing_that_a_screen_reader_could_not_use(desk: Office, chromium: Browser) -> None:
    cookie = supervision(desk)
    with pages_served(desk) as address:
        asked(address, LISTEN, cookie=cookie, form={"reason": "抽查"})
        page = signed_in_page(chromium, address, cookie)
        page.context.close()
        context = chromium.new_context(bypass_csp=True, locale="zh-CN")
        context.add_cookies([{"name": "zhitong", "value": cookie, "url": address}])
        page = context.new_page()
        for path in (f"/now/calls/{CALL}", "/supervision/monitored"):
            page.goto(address + path)
            page.evaluate((PACKAGES / "axe-core" / "axe.min.js").read_text("utf-8"))
            found = page.evaluate("axe.run().then(r => r.violations.map(v => [v.impact, v.id]))")
            assert [one for one in found if one[0] in ("serious", "critical")] == [], path
        context.close()


def test_unless_the_county_has_turned_it_on_nobody_is_offered_it_or_can(office: Office, tmp_path: Path) -> None:
    change(office.engine, type="求助", accused="")
    cookie = supervision(office)
    with live_hotline(office, tmp_path) as (hotline, desk), pages_served(desk) as address:
        hotline.hear(ToldCall(CALL).opened().note(6, "asked", prompt="question"))
        wait_seen(desk.live, hotline.link.calls)
        assert "监听" not in asked(address, f"/now/calls/{CALL}", cookie=cookie).body
        told = asked(address, LISTEN, cookie=cookie, form={"reason": "抽查"})
        assert told.status == 409 and "没有开监听" in told.body
        assert "现在没有开监听" in asked(address, "/supervision/monitored", cookie=cookie).body
        assert hotline.commands == []


def test_without_a_reason_nobody_listens(hotline: LiveHotline, desk: Office) -> None:
    with pages_served(desk) as address:
        told = asked(address, LISTEN, cookie=supervision(desk), form={"reason": " "})
    assert told.status == 409 and hotline.commands == [] and notices(desk) == []


@pytest.mark.parametrize("fields", [{"secrecy": "保密"}, {"type": "举报"}, {"transcript": "我要匿名举报"}])
def test_nobody_listens_to_what_is_secret(hotline: LiveHotline, desk: Office, fields: dict[str, str]) -> None:
    change(desk.engine, **fields)
    cookie = supervision(desk)
    with pages_served(desk) as address:
        told = asked(address, f"/now/calls/{CALL}", cookie=cookie).body
        assert "为什么监听" not in told and "不能监听" in told
        assert asked(address, LISTEN, cookie=cookie, form={"reason": "抽查"}).status == 409
    assert hotline.commands == [] and notices(desk) == []


def test_a_call_in_which_words_must_not_be_shown_is_not_offered(hotline: LiveHotline, desk: Office) -> None:
    with writing(desk.engine) as connection:
        assert get_case(connection, NUMBER).type == "求助", "nobody has written it into the case yet"
    hotline.link.hear(ToldCall(CALL).note(7, "heard", text=HIDDEN).facts[-1])
    wait_seen(desk.live, hotline.link.calls)
    with pages_served(desk) as address:
        assert "为什么监听" not in asked(address, f"/now/calls/{CALL}", cookie=supervision(desk)).body


def test_of_one_call_one_listens_and_only_he_or_supervision_ends_it(hotline: LiveHotline, desk: Office) -> None:
    leader = cookie_of(desk.engine, "县长", Role.LEADER, now=MORNING, official="director")
    other = cookie_of(desk.engine, "副县长", Role.LEADER, now=MORNING, official="deputy")
    with pages_served(desk) as address:
        assert asked(address, LISTEN, cookie=leader, form={"reason": "听听"}).status == 303
        again = asked(address, LISTEN, cookie=other, form={"reason": "也听听"})
        assert again.status == 409 and "已经有人在监听" in again.body
        assert asked(address, f"{LISTEN}/stop", cookie=other, form={}).status == 409
        assert asked(address, f"{LISTEN}/stop", cookie=supervision(desk), form={}).status == 303
    assert [(one.do, one.by, one.to) for one in hotline.commands] == [
        ("monitor", "县长", "director"),
        ("stop", WHO, ""),
    ]


def test_who_has_no_telephone_that_is_known_is_told_what_to_do(hotline: LiveHotline, desk: Office) -> None:
    leader = cookie_of(desk.engine, "县长", Role.LEADER, now=MORNING)
    with pages_served(desk) as address:
        assert "没有连到名单里的人" in asked(address, f"/now/calls/{CALL}", cookie=leader).body
        assert asked(address, LISTEN, cookie=leader, form={"reason": "听听"}).status == 409
    assert hotline.commands == []


def test_what_the_hotline_refuses_is_written_down_and_supervision_not_told_of_it(
    hotline: LiveHotline, desk: Office
) -> None:
    hotline.why_not = "您的电话正在通话。"
    cookie = supervision(desk)
    with pages_served(desk) as address:
        told = asked(address, LISTEN, cookie=cookie, form={"reason": "抽查"})
        assert told.status == 409 and "正在通话" in told.body
        assert "没有办成：您的电话正在通话" in asked(address, "/supervision/monitored", cookie=cookie).body
        hotline.why_not = ""
        assert asked(address, LISTEN, cookie=cookie, form={"reason": "抽查"}).status == 303, "nobody listens yet"
    assert notices(desk) == ["没有监听成", ""]


def test_supervision_that_a_case_complains_of_neither_listens_nor_reads_of_it(
    hotline: LiveHotline, desk: Office
) -> None:
    first = supervision(desk, "督查老钱")
    with pages_served(desk) as address:
        assert asked(address, LISTEN, cookie=first, form={"reason": "抽查"}).status == 303
        cookie = supervision(desk)
        assert "督查老钱" in asked(address, "/supervision/monitored", cookie=cookie).body
        change(desk.engine, accused=kept_with("", [account_key(WHO)]))
        assert "督查老钱" not in asked(address, "/supervision/monitored", cookie=cookie).body
