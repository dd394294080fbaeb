"""您手上的工单 on the telephone: heard, signed for, answered, given to somebody else; behind the work code."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from cases.accused import kept_with, official_keys
from cases.case import Case, CaseState
from ivr.menu import Menu
from routing.officials import Official
from tests.fakes.admin import admin
from tests.fakes.told_calls import CITIZEN, NUMBER, talked, tell_it
from zhitong.clock import FastForwardClock
from zhitong.staff.context import Staff
from zhitong.staff.dialled import by_code, dialled
from zhitong.staff.own_cases import in_hand, own_cases
from zhitong.store.cases import get_case, update_cases
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.tables import accesses
from zhitong.store.timeline import timeline_of
from zhitong.usecases.staff_calls import TOLD
from zhitong.usecases.staff_codes import new_code

RESULT = "水管今天修好了"


@pytest.fixture
def staff(staff: Staff) -> Staff:
    tell_it(staff.engine, staff.rules, talked())
    change(staff, unit="政务服务管理局", official="", state=CaseState.ASSIGNED, type="求助", matter="A1", demand="停水")
    change(staff, matter_name="供水饮水", place="扎西镇", answered_at=staff.now() - timedelta(hours=5))
    return staff


@pytest.fixture
def director(staff: Staff) -> Official:
    official = staff.official("zhang")
    assert official is not None
    return official


def change(staff: Staff, **fields: object) -> None:
    with writing(staff.engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), **fields)])  # type: ignore[arg-type]


def the_case(staff: Staff) -> Case:
    with reading(staff.engine) as connection:
        return get_case(connection, NUMBER)


def said(menu: Menu) -> list[str]:
    return [sentence.key for sentence in (*menu.hear, *menu.say)]


def spoken(menu: Menu, text: str) -> Menu:
    assert menu.hears is not None
    after = menu.hears(text)
    assert after is not None
    return after


@pytest.fixture
def first(staff: Staff, director: Official) -> Callable[[], Menu]:
    """The first case, behind the code."""

    def heard() -> Menu:
        code = new_code(
            staff.engine, staff.settings.folders.data, "zhang", by=admin(staff.engine, staff.now()), now=staff.now()
        )
        menu = dialled(staff, director).keys["8"]()
        assert said(menu) == ["staff_sign_code"] and menu.code is not None
        assert said(menu.code[1]("1")) == ["staff_sign_wrong"]
        return menu.code[1](code)

    return heard


def test_he_hears_his_cases_behind_his_code_and_that_he_did_is_recorded(
    staff: Staff, director: Official, first: Callable[[], Menu]
) -> None:
    assert "staff_cases" in said(dialled(staff, director))
    menu = first()
    assert said(menu)[0] == "staff_case" and said(menu)[-3:] == [
        "staff_case_key_sign",
        "staff_case_key_hand",
        "staff_case_keys",
    ]
    assert menu.say[0].slots["place"] == "扎西镇" and menu.say[0].slots["matter"] == "供水饮水"
    assert CITIZEN not in str(menu.say)
    assert said(menu.keys["3"]()) == ["staff_cases_none"]
    with reading(staff.engine) as connection:
        (row,) = [one for one in connection.execute(select(accesses)) if one.what == "电话里听工单"]
    assert (row.case_number, row.login) == (NUMBER, "电话")


def test_a_case_of_which_place_and_matter_are_not_known_is_told_by_its_number(
    staff: Staff, first: Callable[[], Menu]
) -> None:
    change(staff, place="", matter_name="")
    assert all(first().say[0].slots.values()), "with an empty word a sentence without any is said"


def test_who_typed_his_code_to_be_known_types_it_once(staff: Staff, director: Official) -> None:
    by = admin(staff.engine, staff.now())
    code = new_code(staff.engine, staff.settings.folders.data, "zhang", by=by, now=staff.now())
    menu = by_code(staff, lambda official: None)
    assert menu.code is not None
    assert said(menu.code[1](code).keys["8"]())[0] == "staff_case"


def test_he_signs_for_it_and_says_what_came_of_it_and_only_what_he_confirms_is_kept(
    staff: Staff, first: Callable[[], Menu]
) -> None:
    signed = first().keys["1"]()
    assert said(signed)[:2] == ["staff_case_signed", "staff_case"] and "staff_case_key_result" in said(signed)
    assert the_case(staff).state is CaseState.SIGNED_FOR
    ask = signed.keys["1"]()
    again = spoken(ask, "水管今天秀好了")
    assert said(again) == ["staff_result_said", "staff_result_keys"]
    assert said(again.keys["3"]()) == ["staff_result_ask"] and the_case(staff).result == ""
    sure = spoken(again.keys["3"](), RESULT)
    assert sure.hear[0].slots == {"result": RESULT}
    assert said(sure.keys["1"]()) == ["staff_result_sent", "staff_cases_none"]
    case = the_case(staff)
    assert (case.state, case.result, case.disposition) == (CaseState.REPLIED, RESULT, "已解决")


def test_of_what_is_not_solved_he_says_what_is_planned(staff: Staff, first: Callable[[], Menu]) -> None:
    ask = first().keys["1"]().keys["1"]()
    plan = spoken(ask, "管子要换新的").keys["2"]()
    assert said(plan) == ["staff_result_plan"]
    sure = spoken(plan, "下周三换好")
    assert said(sure) == ["staff_result_said", "staff_result_plan_keys"]
    sure.keys["1"]()
    case = the_case(staff)
    assert (case.disposition, case.reply) == ("暂不能解决", "（电话里说的）下周三换好")


def test_where_nothing_is_listened_to_the_result_is_told_to_the_desk(staff: Staff, director: Official) -> None:
    change(staff, state=CaseState.SIGNED_FOR)
    menu = own_cases(replace(staff, hears=False), director, [NUMBER])
    assert "staff_case_by_desk" in said(menu) and "1" not in menu.keys and "2" in menu.keys


def test_what_is_too_long_to_be_said_to_a_citizen_is_asked_again(staff: Staff, first: Callable[[], Menu]) -> None:
    ask = first().keys["1"]().keys["1"]()
    assert said(spoken(ask, "好" * 41).keys["1"]()) == ["staff_result_again"]
    assert the_case(staff).state is CaseState.SIGNED_FOR


def test_he_gives_it_to_a_colleague_with_the_reason_that_he_says(staff: Staff, first: Callable[[], Menu]) -> None:
    whom = first().keys["2"]()
    assert whom.say[0].slots["who"] == "副局长李春燕", "his deputies come first"
    other = whom.keys["2"]()
    assert other.say[0].slots["who"] != "副局长李春燕"
    after = spoken(whom.keys["1"](), "她分管供水")
    assert said(after) == ["staff_handed", "staff_cases_none"]
    assert the_case(staff).official == "副局长李春燕"
    with reading(staff.engine) as connection:
        (row,) = [one for one in timeline_of(connection, NUMBER) if one.what == "移交"]
        (task,) = open_tasks(connection, kind=TOLD)
    assert row.reason == "（电话里说的）她分管供水" and task.detail["official"] == "li"


def test_he_calls_the_citizen_from_the_case(staff: Staff, first: Callable[[], Menu]) -> None:
    joined = first().keys["4"]()
    assert joined.connect is not None and (joined.connect.number, joined.connect.case_number) == (CITIZEN, NUMBER)


def test_what_was_decided_elsewhere_meanwhile_is_passed_over(
    staff: Staff, director: Official, first: Callable[[], Menu]
) -> None:
    menu = first()
    change(staff, unit="水务局")
    assert said(menu.keys["1"]())[0] in ("staff_sorry", "staff_case_desk") and the_case(staff).official == ""
    assert said(own_cases(staff, director, [NUMBER])) == ["staff_cases_none"]


@pytest.mark.parametrize(
    "fields",
    [
        {"secrecy": "保密"},
        {"type": "举报"},
        {"unit": "水务局"},
        {"state": CaseState.REPLIED},
        {"official": "副局长李春燕"},
        {"accused": kept_with("", dict.fromkeys(official_keys("zhang", "张明远"), "张明远"))},
    ],
)
def test_what_is_not_his_or_is_not_for_the_telephone_is_not_told(
    staff: Staff, director: Official, fields: dict[str, object]
) -> None:
    change(staff, **fields)
    assert in_hand(staff, director) == []
    assert "8" not in dialled(staff, director).keys


def test_a_case_that_bears_nobodys_name_is_its_leaders_and_one_that_bears_his_is_a_handlers(
    staff: Staff, clock: FastForwardClock
) -> None:
    chen = staff.official("chen")
    assert chen is not None and in_hand(staff, chen) == []
    change(staff, official=chen.called)
    assert in_hand(staff, chen) == [NUMBER]
