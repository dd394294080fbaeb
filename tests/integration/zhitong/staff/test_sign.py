"""A leader signs a reply by telephone: his code, the sentence as the citizen hears it, then a key."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from cases.case import CaseState
from cases.roles import Role
from ivr.menu import Menu
from routing.officials import Official
from tests.fakes.admin import admin
from tests.fakes.closing import DESK, HANDLER, HEAD, UNIT
from tests.fakes.told_calls import ToldCall, tell_it
from zhitong.staff.context import Staff
from zhitong.staff.dialled import dialled
from zhitong.store.cases import find_cases, get_case, update_cases
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.timeline import timeline_of
from zhitong.usecases.accounts import put_account
from zhitong.usecases.assign_case import assign_case, sign_for
from zhitong.usecases.reply_case import reply_case, review_reply
from zhitong.usecases.staff_codes import new_code

RESULT = "水管已经修好，今天下午来水"


@pytest.fixture
def leader(staff: Staff) -> Official:
    official = staff.official("zhang")
    assert official is not None
    put_account(
        staff.engine,
        official.name,
        roles={Role.LEADER},
        units=(),
        known_units=(),
        by=admin(staff.engine, staff.now()),
        now=staff.now(),
    )
    return official


@pytest.fixture
def code(staff: Staff, leader: Official) -> str:
    return new_code(
        staff.engine, staff.settings.folders.data, leader.id, by=admin(staff.engine, staff.now()), now=staff.now()
    )


def reviewed(staff: Staff, call_id: str = "1757553630.7", caller: str = "13800000001", **said: str) -> str:
    """A case whose reply waits for a signature; its number."""
    now: datetime = staff.now()
    call = ToldCall(call_id, now - timedelta(minutes=9)).opened(caller=caller).understood(**said)
    tell_it(staff.engine, staff.rules, call.note(30, "gone", phase="ring").note(30, "ended", outcome="gone"))
    with reading(staff.engine) as connection:
        (number,) = [case.number for case in find_cases(connection) if case.call_id == call_id]
    who = replace(HANDLER, units=frozenset({UNIT}))
    assign_case(staff.engine, number=number, unit=UNIT, by=DESK, reason="对口", units={UNIT}, now=now)
    sign_for(staff.engine, number=number, by=who, now=now)
    reply_case(
        staff.engine,
        staff.rules,
        number=number,
        result=RESULT,
        disposition="已解决",
        by=who,
        now=now,
        reply="水管已经换新，今天下午恢复供水，取水许可照办",
    )
    review_reply(staff.engine, staff.rules, number=number, by=HEAD, now=now, reason="核实过")
    return number


def said(menu: Menu) -> list[str]:
    return [sentence.key for sentence in (*menu.hear, *menu.say)]


def typed(menu: Menu, code: str) -> Menu:
    assert menu.code is not None
    return menu.code[1](code)


def the_state(staff: Staff, number: str) -> CaseState:
    with reading(staff.engine) as connection:
        return get_case(connection, number).state


@pytest.fixture
def first(staff: Staff, leader: Official, code: str) -> Callable[[], Menu]:
    """The first reply that is offered, behind the code."""
    return lambda: typed(dialled(staff, leader).keys["7"](), code)


def test_who_has_nothing_to_sign_or_no_such_account_is_not_offered_it(staff: Staff, leader: Official) -> None:
    assert "7" not in dialled(staff, leader).keys
    reviewed(staff)
    menu = dialled(staff, leader)
    assert "staff_to_sign" in said(menu) and "7" in menu.keys
    other = staff.official("li")
    assert other is not None and "7" not in dialled(staff, other).keys


def test_he_hears_the_sentence_as_the_citizen_will_and_then_signs(
    staff: Staff, leader: Official, first: Callable[[], Menu]
) -> None:
    number = reviewed(staff)
    menu = first()
    assert said(menu) == ["staff_sign_case", "callback_result", "staff_sign_keys"]
    assert menu.hear[1].slots == {"matter": "取水许可", "unit": UNIT, "result": RESULT}
    assert said(menu.keys["1"]()) == ["staff_sign_done", "staff_sign_none"]
    with reading(staff.engine) as connection:
        case = get_case(connection, number)
        assert case.state is CaseState.CLOSED
        told = [(row.what, row.who) for row in timeline_of(connection, number)]
        assert [task.kind for task in open_tasks(connection, case_number=number) if "callback" in task.kind]
    assert case.approved_by == leader.name and ("试听", leader.name) in told and ("审签", leader.name) in told


def test_without_his_code_nothing_is_said_and_nothing_signed(staff: Staff, leader: Official, code: str) -> None:
    number = reviewed(staff)
    asks = dialled(staff, leader).keys["7"]()
    assert said(asks) == ["staff_sign_code"] and not asks.hear
    wrong = "00000000" if code != "00000000" else "11111111"
    assert said(typed(asks, wrong)) == ["staff_sign_wrong"]
    assert the_state(staff, number) is CaseState.REVIEWED


def test_he_sends_it_back_with_the_reason_that_he_says(staff: Staff, first: Callable[[], Menu]) -> None:
    number, other = reviewed(staff), reviewed(staff, "1757553630.8", "13800000002")
    why = first().keys["2"]()
    assert said(why) == ["staff_sign_why"] and why.hears is not None
    then = why.hears("没有说哪天来水")
    assert then is not None and said(then)[:2] == ["staff_sign_sent_back", "staff_sign_case"], "the next one"
    with reading(staff.engine) as connection:
        sent = [one for one in (number, other) if get_case(connection, one).state is CaseState.HANDLING]
        (reason,) = [row.reason for row in timeline_of(connection, sent[0]) if row.what == "退回修改"]
    assert reason == "（电话里说的）没有说哪天来水"
    assert said(first().keys["2"]().keys["1"]()) == ["staff_sign_sent_back", "staff_sign_none"]


def test_what_is_doubted_is_not_signed_by_a_key(staff: Staff, leader: Official, code: str) -> None:
    number = reviewed(staff)
    doubting = replace(staff, rules=replace(staff.rules, empty_phrases=("修好",)))
    menu = typed(dialled(doubting, leader).keys["7"](), code)
    assert said(menu.keys["1"]()) == ["staff_sign_doubt", "staff_sign_none"]
    assert the_state(staff, number) is CaseState.REVIEWED


@pytest.mark.parametrize("changes", [{"secrecy": "保密"}, {"type": "举报"}, {"reviewed_by": "张明远"}])
def test_what_is_secret_or_was_his_own_work_is_not_offered(
    staff: Staff, leader: Official, changes: dict[str, str]
) -> None:
    number = reviewed(staff)
    with writing(staff.engine) as connection:
        update_cases(connection, [replace(get_case(connection, number), **changes)])  # type: ignore[arg-type]
    assert "7" not in dialled(staff, leader).keys


def test_who_is_complained_of_does_not_sign_the_answer(staff: Staff, leader: Official) -> None:
    reviewed(staff, text=f"我要投诉{leader.called}办不了取水许可")
    assert "7" not in dialled(staff, leader).keys


def test_an_account_is_his_that_is_linked_to_him_whatever_it_is_called(staff: Staff, leader: Official) -> None:
    """Two officials of one name: neither signs as the other."""
    number = reviewed(staff)

    def account(name: str, official: str) -> None:
        known = {
            "known_units": (),
            "known_officials": {official},
            "by": admin(staff.engine, staff.now()),
            "now": staff.now(),
        }
        put_account(staff.engine, name, roles={Role.LEADER}, units=(), official=official, **known)  # type: ignore[arg-type]

    account(leader.name, "li")
    assert "7" not in dialled(staff, leader).keys, "that is the account of somebody else"
    account("分管领导", leader.id)
    code = new_code(
        staff.engine, staff.settings.folders.data, leader.id, by=admin(staff.engine, staff.now()), now=staff.now()
    )
    typed(dialled(staff, leader).keys["7"](), code).keys["1"]()
    with reading(staff.engine) as connection:
        assert get_case(connection, number).approved_by == "分管领导"
