"""An official who asked on his pocket page to talk with the citizen is rung, and joined when he presses the key."""

from dataclasses import replace
from datetime import timedelta

import pytest

from cases.case import CaseState
from ivr.menu import StaffCall
from tests.fakes.told_calls import CITIZEN, NUMBER, RULES, talked, tell_it
from zhitong.staff.context import Staff
from zhitong.staff.desk import StaffDesk
from zhitong.store.cases import get_case, update_cases
from zhitong.store.due import claim, get_task
from zhitong.store.engine import reading, writing
from zhitong.usecases.staff_calls import RETURN, place_staff_call, put_return

ZHANG = "13808700001"


def rung(staff: Staff) -> tuple[int, str, StaffCall]:
    """What is asked for is placed, and answered."""
    with writing(staff.engine) as connection:
        put_return(connection, NUMBER, "zhang", at=staff.now())
    with writing(staff.engine) as connection:
        until = staff.now() + timedelta(minutes=5)
        (task,) = claim(connection, now=staff.now(), until=until, kinds=(RETURN,), limit=1)
    call = place_staff_call(staff.engine, staff.directory(), task, talking=(), now=staff.now())
    assert call is not None
    answered = StaffDesk(staff).ports.placed(task.id)
    assert answered is not None
    return task.id, call.number, answered


def change(staff: Staff, **fields: str) -> None:
    with writing(staff.engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), type="求助", **fields)])  # type: ignore[arg-type]


def outcome(staff: Staff, id: int) -> str:
    with reading(staff.engine) as connection:
        return get_task(connection, id).outcome


@pytest.fixture
def staff(staff: Staff) -> Staff:
    tell_it(staff.engine, RULES, talked())
    change(staff)
    return staff


def test_he_is_rung_on_his_own_telephone_and_joined_with_the_citizen_of_the_case(staff: Staff) -> None:
    id, number, call = rung(staff)
    assert number == call.number == ZHANG
    joined = call.menu.keys["1"]()
    assert joined.connect is not None
    assert (joined.connect.number, joined.connect.case_number) == (CITIZEN, NUMBER)
    assert "现在给群众回电" in outcome(staff, id)


def test_he_may_say_not_now(staff: Staff) -> None:
    id, _, call = rung(staff)
    assert call.menu.keys["2"]().connect is None and "现在不打" in outcome(staff, id)


@pytest.mark.parametrize("fields", [{"state": CaseState.CLOSED}, {"secrecy": "保密"}])
def test_what_was_closed_or_made_secret_meanwhile_is_not_joined(staff: Staff, fields: dict[str, str]) -> None:
    change(staff, **fields)
    id, _, call = rung(staff)
    assert call.menu.keys == {} and outcome(staff, id) == "不用再叫领导了"
