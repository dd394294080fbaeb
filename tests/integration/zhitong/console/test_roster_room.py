"""值班表 in the console: month and week, changes by form and by dragging, what is wrong in place."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import Engine

from cases.roles import Role
from routing.calendar import LOCAL
from routing.directory import Directory
from routing.roster import Rotation
from tests.fakes.directories import official, small_directory
from tests.fakes.pages import PACKAGES, Clock, asked, cookie_of, office_with, pages_served, signed_in_page
from tests.fakes.told_calls import RULES
from zhitong.console.office import Office
from zhitong.settings import load_settings
from zhitong.usecases.change_roster import list_changes

NOW = datetime(2026, 12, 2, 9, 30, tzinfo=LOCAL)  # a Wednesday
FIRST = datetime(2026, 11, 30, 8, tzinfo=LOCAL)
INERT = "<script>document.title='x'</script>"
STAFF = ("王建国", "李春燕", "赵敏")


@pytest.fixture
def clock() -> Clock:
    """The office's clock."""
    return Clock(NOW)


def county() -> Directory:
    """Three clerks take turns at 08:00, in the unit of water nobody is there at the week's end."""
    people = (
        *(official(f"o{n}", f"1390000000{n}", name=name, post="科员") for n, name in enumerate(STAFF)),
        official("w", "13700000001", "director", unit="water", name="刘志强", post="局长"),
        official("x", "13700000002", unit="zhaxi", name=INERT, post='"><img src=x onerror=alert(1)>'),
    )
    base = small_directory(shifts=(), more=people)
    turns = Rotation(turns=(("o0",), ("o1",), ("o2",)), start=FIRST)
    water = Rotation(turns=(("w",),), start=FIRST, kind="workdays")
    named = Rotation(turns=(("x",),), start=FIRST)
    units = tuple(replace(unit, name="{{7*7}}镇") if unit.code == "zhaxi" else unit for unit in base.units)
    return replace(base, units=units, roster=replace(base.roster, rotations=(turns, water, named)))


@pytest.fixture
def office(engine: Engine, clock: Clock) -> Office:
    """An office with that roster."""
    settings = load_settings(environ={})
    return office_with(engine, settings=settings, clock=clock, directory=county(), rules=lambda: RULES)


@pytest.fixture
def address(office: Office) -> Iterator[str]:
    """Where its pages are."""
    with pages_served(office) as found:
        yield found


def desk(office: Office) -> str:
    return cookie_of(office.engine, "受理周敏", Role.DESK, now=NOW)


def events(address: str, cookie: str, unit: str = "home", start: str = "2026-11-30", end: str = "2026-12-07") -> Any:
    told = asked(address, f"/roster/events?unit={unit}&start={start}T00:00&end={end}T00:00", cookie=cookie)
    assert told.status == 200, told.body
    return json.loads(told.body)


SWAP = {
    "kind": "swap", "of": "home", "off": "王建国", "on": "李春燕", "start": "2026-12-03T08:00",
    "end": "2026-12-04T08:00", "back_start": "2026-12-04T08:00", "back_end": "2026-12-05T08:00", "reason": "开会",
}  # fmt: skip


def test_the_days_of_a_unit_are_told_in_the_range_asked_for_alone(office: Office, address: str) -> None:
    cookie = desk(office)
    told = [(one["title"], one["start"], one["end"]) for one in events(address, cookie)]
    assert told[0] == ("王建国 值班", "2026-11-30T08:00", "2026-12-01T08:00")
    assert ("李春燕 值班", "2026-12-04T08:00", "2026-12-05T08:00") in told
    assert told[-1] == ("王建国 值班", "2026-12-06T08:00", "2026-12-07T08:00"), "with its own end, beyond the range"
    assert not [
        one for one in events(address, cookie, start="2026-12-20", end="2026-12-21") if one["start"] < "2026-12-19"
    ]
    for wrong in ("unit=home&start=x&end=y", "unit=home&start=2026-12-01&end=2028-12-01", "unit=q&start=1&end=2"):
        assert asked(address, f"/roster/events?{wrong}", cookie=cookie).status == 409, wrong


def test_what_is_over_cannot_be_moved_and_who_may_not_change_moves_nothing(office: Office, address: str) -> None:
    movable = {one["start"]: one["editable"] for one in events(address, desk(office))}
    assert not movable["2026-11-30T08:00"] and movable["2026-12-04T08:00"]
    leader = cookie_of(office.engine, "某领导", Role.LEADER, now=NOW)
    assert not any(one["editable"] for one in events(address, leader))
    page = asked(address, "/roster", cookie=leader)
    assert "逐班列表" in page.body and "/roster/change?" not in page.body


def test_gaps_stand_in_the_calendar_where_they_are_and_in_words_on_the_page(office: Office, address: str) -> None:
    cookie = desk(office)
    (gap,) = (one for one in events(address, cookie, "water") if one.get("wrong"))
    assert gap["title"] == "空档：水务局没有人值班，由值班室补上" and gap["start"] == "2026-12-05T08:00"
    assert "水务局没有人值班，由值班室补上" in asked(address, "/roster?of=water", cookie=cookie).body
    everywhere = asked(address, "/roster/gaps", cookie=cookie)
    assert "水务局没有人值班" in everywhere.body and "号码未试通" in everywhere.body


def test_a_line_shows_the_unit_that_it_reaches(office: Office, address: str) -> None:
    number = office.settings.lines[0].number
    page = asked(address, f"/roster?of=line:{number}", cookie=desk(office))
    assert "值班表 · 政务服务管理局" in page.body and f"线路 {office.settings.lines[0].name} {number}" in page.body


def test_two_swap_by_form_and_it_is_taken_back(office: Office, address: str) -> None:
    cookie = desk(office)
    done = asked(address, "/roster/change", cookie=cookie, form=SWAP)
    assert done.status == 303 and "day=2026-12-03" in done.where
    assert "第 1 号改动记下了" in asked(address, done.where, cookie=cookie).body
    told = {one["start"]: one["title"] for one in events(address, cookie)}
    assert told["2026-12-03T08:00"] == "李春燕 替王建国" and told["2026-12-04T08:00"] == "王建国 替李春燕"
    listed = asked(address, "/roster/changes", cookie=cookie).body
    assert "李春燕替王建国 12-03 08:00 到 12-04 08:00" in listed and "受理周敏" in listed
    refused = asked(address, "/roster/changes/1/undo", cookie=cookie, form={"reason": " "})
    assert refused.status == 409 and "没有写为什么撤销" in refused.body
    asked(address, "/roster/changes/1/undo", cookie=cookie, form={"reason": "会不开了"})
    assert {one["start"]: one["title"] for one in events(address, cookie)}["2026-12-03T08:00"] == "王建国 值班"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"off": "没有这人"}, "没有这人"),
        ({"end": "2026-12-03T07:00"}, "不晚于开始"),
        ({"reason": ""}, "没有写为什么改"),
        ({"start": "明天"}, "“明天”不是时间"),
        ({"kind": "override", "on": "王建国"}, "不能替自己的班"),
    ],
)
def test_a_form_that_is_refused_says_why_and_keeps_what_was_typed(
    office: Office, address: str, wrong: dict[str, str], told: str
) -> None:
    answer = asked(address, "/roster/change", cookie=desk(office), form=SWAP | wrong)
    assert answer.status == 409 and told in answer.body
    kept = (SWAP | wrong)["reason"] or SWAP["start"]
    assert f'value="{kept}"' in answer.body
    assert list_changes(office.engine) == []


def test_leave_that_leaves_too_few_numbers_is_refused(office: Office, address: str) -> None:
    form = {"kind": "leave", "of": "home", "off": "王建国", "start": "2026-12-03T08:00", "end": "2026-12-04T08:00"}
    done = asked(address, "/roster/change", cookie=desk(office), form=form | {"reason": "看病"})
    assert done.status == 303 and list_changes(office.engine)[0].kind == "leave"


def test_an_override_without_effect_is_told(office: Office, address: str) -> None:
    form = {"kind": "override", "of": "home", "off": "李春燕", "on": "赵敏", "reason": "x"}
    span = {"start": "2026-12-03T09:00", "end": "2026-12-03T10:00"}
    cookie = desk(office)
    done = asked(address, "/roster/change", cookie=cookie, form=form | span)
    assert "没有作用" in asked(address, done.where, cookie=cookie).body


def test_a_unit_head_sees_and_changes_his_own_unit(office: Office, address: str) -> None:
    head = cookie_of(office.engine, "水务局长", Role.UNIT_HEAD, now=NOW, units=["水务局"])
    page = asked(address, "/roster", cookie=head)
    assert "值班表 · 水务局" in page.body and "政务服务管理局" not in page.body
    for path in ("/roster?of=home", "/roster/events?unit=home&start=2026-12-01&end=2026-12-02", "/roster/gaps"):
        assert asked(address, path, cookie=head).status == 403, path
    assert asked(address, "/roster/change", cookie=head, form=SWAP).status == 403


def test_what_is_dropped_on_a_day_is_proposed_as_a_swap_with_whoever_has_that_day(office: Office, address: str) -> None:
    query = "of=home&kind=swap&off=o0&start=2026-12-03T08:00&end=2026-12-04T08:00&to=2026-12-04T08:00"
    body = asked(address, f"/roster/change?{query}", cookie=desk(office)).body
    for value in ("王建国", "李春燕", "2026-12-04T08:00", "2026-12-05T08:00"):
        assert f'value="{value}"' in body, value
    body = asked(address, "/roster/change?of=home&kind=override&on=o2&to=2026-12-04", cookie=desk(office)).body
    for value in ("赵敏", "李春燕", "2026-12-04T08:00", "2026-12-05T08:00"):
        assert f'value="{value}"' in body, value


def test_who_rings_is_told_with_reasons_and_masked_numbers(office: Office, address: str) -> None:
    cookie = desk(office)
    form = {"text": "我家三天没有水了", "at": "2026-12-03T02:30", "line": "", "caller": ""}
    body = asked(address, "/roster/rings", cookie=cookie, form=form).body
    for told in ("供水", "对口单位：水务局", "马上打", "刘志强", "137****0001", "值班室"):
        assert told in body, told
    again = asked(address, "/roster/rings", cookie=cookie, form=form | {"text": "有个事情\n我家没有水了"}).body
    assert "对口单位：水务局" in again, "the second line is the answer to what the line asks"
    for wrong in ({"text": " "}, {"at": "半夜"}, {"line": "999"}):
        refused = asked(address, "/roster/rings", cookie=cookie, form=form | wrong)
        assert refused.status == 409, wrong
    kept = asked(address, "/roster/rings", cookie=cookie, form=form | {"at": "半夜"})
    assert "我家三天没有水了" in kept.body
    head = cookie_of(office.engine, "水务局长", Role.UNIT_HEAD, now=NOW, units=["水务局"])
    assert asked(address, "/roster/rings", cookie=head, form=form).status == 403, "whoever is rung may be of any unit"


# ── in a browser ────────────────────────────────────────────────────────────────────────────────────────────────────


def opened(chromium: Browser, office: Office, address: str, path: str, **how: Any) -> tuple[Page, list[str]]:
    page = signed_in_page(chromium, address, desk(office), **how)
    said = list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(f"{address}{path}")
    return page, said


def no_faults(page: Page) -> None:
    page.evaluate((PACKAGES / "axe-core/axe.min.js").read_text())
    found = page.evaluate("axe.run().then(r => r.violations.filter(v => ['serious','critical'].includes(v.impact)))")
    assert [(one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found] == []


def test_the_calendar_shows_and_is_silent_on_the_console(office: Office, address: str, chromium: Browser) -> None:
    page, said = opened(chromium, office, address, "/roster")
    page.wait_for_selector(".fc-event.staff")
    assert page.locator(".fc-event.staff").first.inner_text()
    page.locator(".fc-timeGridWeek-button").click()
    page.wait_for_selector(".fc-timegrid-event")
    no_faults(page)
    assert said == []
    page.context.close()


def test_dragging_a_duty_proposes_a_swap_and_only_the_form_makes_it(
    office: Office, address: str, chromium: Browser
) -> None:
    page, said = opened(chromium, office, address, "/roster")
    duty = page.locator(".fc-daygrid-day[data-date='2026-12-09'] .fc-event")
    duty.drag_to(page.locator(".fc-daygrid-day[data-date='2026-12-11']"))
    page.wait_for_selector("#panel input[name=back_start]")
    assert page.input_value("#panel input[name=off]") == "王建国"
    assert page.input_value("#panel input[name=on]") == "赵敏"
    assert page.input_value("#panel input[name=back_start]") == "2026-12-11T08:00"
    assert list_changes(office.engine) == [], "nothing is changed by dragging alone"
    page.click("#panel button.main")  # without a reason the browser asks for it
    assert list_changes(office.engine) == []
    page.fill("#panel input[name=end]", "2026-12-09T07:00")
    page.fill("#panel input[name=reason]", "出差")
    page.click("#panel button.main")
    page.wait_for_selector("#panel .fault")
    assert "不晚于开始" in page.inner_text("#panel .fault") and page.input_value("#panel [name=reason]") == "出差"
    page.fill("#panel input[name=end]", "2026-12-10T08:00")
    page.click("#panel button.main")
    page.wait_for_selector(".done")
    page.wait_for_selector(".fc-daygrid-day[data-date='2026-12-11'] .fc-event.instead")
    assert page.inner_text(".fc-daygrid-day[data-date='2026-12-11'] .fc-event").strip() == "王建国 替赵敏"
    assert [text for text in said if "409" not in text] == []
    page.context.close()


def test_a_name_is_dragged_onto_a_day_and_an_edge_is_pulled(office: Office, address: str, chromium: Browser) -> None:
    page, _ = opened(chromium, office, address, "/roster")
    page.wait_for_selector(".fc-event.staff")
    page.locator("#people li[data-official=deputy]").drag_to(page.locator(".fc-daygrid-day[data-date='2026-12-10']"))
    page.wait_for_selector("#panel input[name=on]")
    told = [page.input_value(f"#panel input[name={name}]") for name in ("off", "on", "start", "end")]
    assert told == ["李春燕", "deputy", "2026-12-10T08:00", "2026-12-11T08:00"]
    page.context.close()


def test_with_the_keyboard_and_without_a_script_the_same_is_done(
    office: Office, address: str, chromium: Browser
) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    context.add_cookies([{"name": "zhitong", "value": desk(office), "url": address}])
    page = context.new_page()
    page.goto(f"{address}/roster?day=2026-12-03")
    assert "逐班列表一样能看、能改" in page.content()
    page.get_by_label("王建国 12-03 08:00 的班：替班").click()
    page.fill("input[name=on]", "赵敏")
    page.fill("input[name=reason]", "出差")
    page.press("input[name=reason]", "Enter")
    assert "第 1 号改动记下了" in page.inner_text("#told")
    assert page.get_by_text("王建国（调班）").count() == 1
    context.close()


@pytest.mark.parametrize(
    "path", ["/roster", "/roster?of=zhaxi", "/roster/change", "/roster/changes", "/roster/gaps", "/roster/rings"]
)
def test_each_page_fits_a_telephone_runs_no_text_and_has_no_grave_fault(
    office: Office, address: str, chromium: Browser, path: str
) -> None:
    asked(address, "/roster/change", cookie=desk(office), form=SWAP | {"reason": INERT})
    page, said = opened(chromium, office, address, path, width=390)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.title() != "x" and "49镇" not in page.inner_text("body")
    no_faults(page)
    assert said == []
    page.context.close()
