"""值班表 in the console: month and week, changes by form, what is wrong in place, whom a call would ring, sheets."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import Engine

from cases.roles import Role
from routing.sheets.book import book_of
from tests.fakes.pages import Clock, asked, cookie_of, office_with, pages_served
from tests.fakes.roster_county import DOUBTFUL, NOW, SHEET, SWAP, county
from tests.fakes.told_calls import RULES
from zhitong.console.office import Office
from zhitong.settings import load_settings
from zhitong.store.engine import reading
from zhitong.store.records import accesses_to
from zhitong.usecases.change_roster import list_changes


@pytest.fixture
def office(engine: Engine) -> Office:
    """An office with the roster of a small county."""
    settings = load_settings(environ={})
    return office_with(engine, settings=settings, clock=Clock(NOW), directory=county(), rules=lambda: RULES)


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


def test_the_others_duty_of_a_swap_is_chosen_from_a_list(office: Office, address: str) -> None:
    cookie = desk(office)
    query = "of=home&kind=swap&off=o0&start=2026-12-03T08:00&end=2026-12-04T08:00"
    body = asked(address, f"/roster/change?{query}", cookie=cookie).body
    assert "12月4日 周五 08:00 李春燕（值班）" in body and "o0|" not in body
    chosen = {"on": "", "back_start": "", "back_end": "", "back": "o1|2026-12-04T08:00|2026-12-05T08:00"}
    assert asked(address, "/roster/change", cookie=cookie, form=SWAP | chosen).status == 303
    told = {one["start"]: one["title"] for one in events(address, cookie)}
    assert told["2026-12-04T08:00"] == "王建国 替李春燕"


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"off": "没有这人"}, "没有这人"),
        ({"end": "2026-12-03T07:00"}, "不晚于开始"),
        ({"reason": ""}, "没有写为什么改"),
        ({"on": ""}, "没有写和谁换"),
        ({"back": "o1|x"}, "“x”不是时间"),
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
    assert "/roster/rings" not in page.body and "/roster/gaps" not in page.body, "only what he may is offered"
    assert "改先打谁" not in asked(address, "/roster/changes", cookie=head).body
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


def hidden(body: str, name: str) -> str:
    found = re.search(f'name="{name}" value="([^"]*)"', body)
    assert found is not None, name
    return found[1]


def test_a_sheet_is_shown_before_it_counts_and_is_taken_back(office: Office, address: str) -> None:
    cookie = desk(office)
    shown = asked(address, "/roster/import", cookie=cookie, form={"text": SHEET}).body
    assert "读出 <strong>4</strong> 个班次，<strong>0</strong> 处要核对" in shown and "尾号 0001" in shown
    assert list_changes(office.engine) == [], "a preview writes nothing"
    form = {"content": hidden(shown, "content"), "name": hidden(shown, "name"), "unit": "home", "first": "staff"}
    refused = asked(address, "/roster/import/put", cookie=cookie, form=form | {"reason": ""})
    assert refused.status == 409 and "没有写为什么改" in refused.body and list_changes(office.engine) == []
    done = asked(address, "/roster/import/put", cookie=cookie, form=form | {"reason": "周末"})
    assert done.status == 303 and "day=2026-12-05" in done.where
    assert [one.kind for one in list_changes(office.engine)] == ["sheet", "first"]
    told = {(one["start"], one["title"]) for one in events(address, cookie)}
    assert ("2026-12-05T08:00", "王建国 带班") in told and ("2026-12-06T08:00", "赵敏 值班") in told
    asked(address, "/roster/changes/1/undo", cookie=cookie, form={"reason": "弄错了"})
    assert "2026-12-05T08:00" in {one["start"] for one in events(address, cookie) if one["title"] == "赵敏 值班"}


def test_what_is_doubtful_is_told_by_its_cell_and_left_out_only_when_asked(office: Office, address: str) -> None:
    cookie = desk(office)
    shown = asked(address, "/roster/import", cookie=cookie, form={"text": DOUBTFUL}).body
    assert "孙悟空" in shown and "C4" in shown
    form = {"content": hidden(shown, "content"), "name": "粘贴", "unit": "home", "reason": "周末"}
    refused = asked(address, "/roster/import/put", cookie=cookie, form=form)
    assert refused.status == 409 and "只导入没有疑问的班次" in refused.body and "周末" in refused.body
    asked(address, "/roster/import/put", cookie=cookie, form=form | {"only_sure": "1"})
    assert [one.kind for one in list_changes(office.engine)] == ["sheet"]


@pytest.mark.parametrize("form", [{"text": ""}, {"text": "%PDF-1.4"}, {"text": "\0"}])
def test_what_is_no_sheet_is_refused_in_words(office: Office, address: str, form: dict[str, str]) -> None:
    told = asked(address, "/roster/import", cookie=desk(office), form=form)
    assert told.status == 409 and 'class="fault"' in told.body
    put = asked(address, "/roster/import/put", cookie=desk(office), form={"content": "!!!", "reason": "x"})
    assert put.status == 409


def test_a_unit_head_imports_his_own_units_sheet_alone(office: Office, address: str) -> None:
    head = cookie_of(office.engine, "水务局长", Role.UNIT_HEAD, now=NOW, units=["水务局"])
    shown = asked(address, "/roster/import", cookie=head, form={"text": SHEET}).body
    form = {"content": hidden(shown, "content"), "name": "粘贴", "unit": "home", "reason": "周末"}
    assert asked(address, "/roster/import/put", cookie=head, form=form).status == 403
    assert list_changes(office.engine) == []


def test_the_roster_is_printed_with_a_line_to_sign_and_taken_as_a_spreadsheet(office: Office, address: str) -> None:
    cookie = desk(office)
    page = asked(address, "/roster/print?of=home&start=2026-12-02&days=3", cookie=cookie).body
    assert "签" in page and "王建国 13900000000" in page and "一天一行" in page
    with reading(office.engine) as connection:
        assert "导出值班表" in {one.what for one in accesses_to(connection, None)}
    query = Request(f"{address}/roster/export?of=home&start=2026-12-02&days=3", headers={"Cookie": f"zhitong={cookie}"})
    with urlopen(query, timeout=20) as answer:
        book = book_of(answer.read(), "x.xlsx")
    assert any("签" in cell.text for cell in book.pages[0].texts())
    for wrong in ("days=0", "start=x", "days=9999", "of=q", "start=2030-01-01&of=jiwei"):
        assert asked(address, f"/roster/print?{wrong}", cookie=cookie).status == 409, wrong
