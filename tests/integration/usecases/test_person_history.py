"""一人一档: by telephone number, for who may see; 重点群众; when they want to be called."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.case import CaseState
from cases.roles import Actor, NotPermitted, Role
from cases.tags import TagLists
from cases.tries import Outcome
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER, signed_off
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER, RULES, ToldCall, talked, tell_it, unheard
from zhitong.case_text import case_page
from zhitong.errors import MoveRefused
from zhitong.store.cases import get_case, update_cases
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.records import accesses_to
from zhitong.store.timeline import timeline_of
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.person_history import History, care_for, flag_person, person_history, unflag_person
from zhitong.usecases.place_call import call_failed, place_call, redial_brief
from zhitong.usecases.show_case import show_case
from zhitong.usecases.take_due import take_due

NOW = MORNING + timedelta(hours=1)
NEXT = "20250911-092130-0008"
FLAGGED = "20250911-092030-0008"
AREA = "0870"
SUPERVISION = Actor(name="督查老钱", roles=frozenset({Role.SUPERVISION}))


@pytest.fixture
def engine(engine: Engine) -> Engine:
    tell_it(engine, RULES, talked())
    return engine


def history(engine: Engine, number: str = CITIZEN, by: Actor = DESK, name: str = "") -> History:
    return person_history(engine, number, by=by, now=NOW, area_code=AREA, name=name)


def flag(
    engine: Engine, kind: str = "留守老人", by: Actor = DESK, reason: str = "儿子在浙江打工", name: str = ""
) -> None:
    flag_person(
        engine, CITIZEN, kind=kind, reason=reason, by=by, now=NOW, tags=TagLists(), area_code=AREA, name=name
    )  # fmt: skip


def test_a_persons_cases_with_what_came_of_them_and_that_somebody_looked(engine: Engine) -> None:
    signed_off(engine, RULES, number=NUMBER, now=NOW)
    tell_it(engine, RULES, talked("1757553690.8", MORNING + timedelta(seconds=60), caller=f"+86{CITIZEN}"))
    tell_it(engine, RULES, talked("1757553750.9", MORNING + timedelta(seconds=120), caller="13800000009"))
    found = history(engine)
    assert [(case.number, case.state) for case in found.cases] == [
        (NEXT, CaseState.ASSIGNED),
        (NUMBER, CaseState.CLOSED),
    ]
    assert found.cases[1].result and CITIZEN not in {found.number, *(case.caller for case in found.cases)}
    with reading(engine) as connection:
        assert (DESK.name, "一人一档 138****0001") in [(row.who, row.what) for row in accesses_to(connection, None)]


def test_who_is_to_be_called_at_the_number_is_known_by_it_too(engine: Engine) -> None:
    edit_case(engine, RULES, number=NUMBER, by=DESK, reason="换号", now=NOW, matters={}, contact="13900000077")
    assert [case.number for case in history(engine, "139 0000 0077").cases] == [NUMBER]


def test_several_who_share_a_number_are_told_apart_by_name(engine: Engine) -> None:
    for call, name in ((8, "张桂芳"), (9, "李大山")):
        number = f"20250911-0921{call - 5}0-000{call}"
        tell_it(engine, RULES, talked(f"1.{call}", MORNING + timedelta(seconds=10 * (call - 2))))
        edit_case(engine, RULES, number=number, by=DESK, reason="问了", now=NOW, matters={}, name=name)
    flag(engine, name="张桂芳")
    assert {case.name for case in history(engine, name="张桂芳").cases} == {"", "张桂芳"}
    assert len(history(engine, name="张桂芳").flags) == 1
    assert history(engine, name="李大山").flags == ()


def test_a_unit_sees_its_own_cases_no_reports_and_handlers_see_no_history(engine: Engine) -> None:
    unit = history(engine).cases[0].unit
    head = replace(HEAD, units=frozenset({unit}))
    tell_it(engine, RULES, talked("1757553690.8", MORNING + timedelta(seconds=60)))
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NEXT), secrecy="保密")])
    assert [case.number for case in history(engine, by=head).cases] == [NUMBER]
    assert [case.number for case in history(engine, by=LEADER).cases] == [NUMBER]
    assert len(history(engine, by=SUPERVISION).cases) == 2
    with pytest.raises(MoveRefused, match="没有您能看的"):
        history(engine, by=replace(HEAD, units=frozenset({"能源局"})))
    with pytest.raises(NotPermitted):
        history(engine, by=HANDLER)


def test_a_number_that_is_none_is_told(engine: Engine) -> None:
    with pytest.raises(MoveRefused, match="号码"):
        history(engine, "abc")


# ── 重点群众 ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_who_needs_care_is_known_at_the_next_call_and_on_the_case(engine: Engine) -> None:
    assert care_for(engine, CITIZEN) == ""
    flag(engine)
    assert care_for(engine, CITIZEN) == "留守老人"
    assert history(engine).flags[0].reason == "儿子在浙江打工"
    assert "重点群众 留守老人" in case_page(show_case(engine, number=NUMBER, by=DESK, now=NOW, area_code=AREA))
    with reading(engine) as connection:
        told = timeline_of(connection, NUMBER)[-1]
    assert (told.what, told.text, told.who) == ("重点群众", "标了重点群众", DESK.name)
    tell_it(engine, RULES, unheard())
    (task,) = take_due(engine, now=NOW, kinds=("redial",))
    assert redial_brief(engine, RULES, task_id=task.id).care == "留守老人"
    unflag_person(engine, CITIZEN, kind="留守老人", reason="搬去和儿子住", by=DESK, now=NOW, area_code=AREA)
    assert care_for(engine, CITIZEN) == ""


def test_only_who_may_flags_with_a_reason_and_a_kind_of_the_list(engine: Engine) -> None:
    with pytest.raises(NotPermitted):
        flag(engine, by=HEAD)
    with pytest.raises(MoveRefused, match="低保、留守老人"):
        flag(engine, kind="富人")
    with pytest.raises(MoveRefused, match="没有写标记的原因"):
        flag(engine, reason=" ")
    flag(engine)
    with pytest.raises(MoveRefused, match="已经标了"):
        flag(engine)
    with pytest.raises(MoveRefused, match="没有标低保"):
        unflag_person(engine, CITIZEN, kind="低保", reason="x", by=DESK, now=NOW, area_code=AREA)
    assert care_for(engine, CITIZEN) == "留守老人"


@pytest.mark.parametrize(("flagged", "kind"), [(False, "callback"), (True, "person_callback")])
def test_who_needs_care_is_called_by_a_person_after_one_call_that_nobody_answered(
    engine: Engine, flagged: bool, kind: str
) -> None:
    if flagged:
        flag(engine)
    signed_off(engine, RULES, number=NUMBER, now=NOW)
    at = MORNING + timedelta(hours=2)
    (task,) = take_due(engine, now=at, kinds=("callback",))
    assert place_call(engine, RULES, task, now=at) is not None
    call_failed(engine, RULES, task_id=task.id, now=at, outcome=Outcome.UNANSWERED)
    with reading(engine) as connection:
        waiting = [one.kind for one in open_tasks(connection, case_number=NUMBER)]
    assert (kind in waiting) and waiting.count("callback") == (not flagged)


# ── when they want to be called ──────────────────────────────────────────────────────────────────────────────────────


def wish(engine: Engine, call_when: str) -> None:
    edit_case(engine, RULES, number=NUMBER, by=DESK, reason="群众说的", now=NOW, matters={}, call_when=call_when)


def later_case(engine: Engine) -> str:
    tell_it(engine, RULES, ToldCall("1757726430.8", MORNING + timedelta(days=2)).opened(caller=f"86{CITIZEN}"))
    with reading(engine) as connection:
        return get_case(connection, "20250913-092030-0008").call_when


@pytest.mark.parametrize(
    ("said", "kept"), [("清晨", "清晨"), ("先约", "先约"), ("07:00-08:30", "07:00-08:30"), ("明天下午", "")]
)
def test_hours_of_every_day_and_appointments_hold_for_later_cases_too(engine: Engine, said: str, kept: str) -> None:
    wish(engine, said)
    assert later_case(engine) == kept
    with reading(engine) as connection:
        assert ("以后的工单也照这个时间" in timeline_of(connection, NUMBER)[-1].text) == (kept != "")


def test_a_wish_that_is_taken_back_holds_no_more_and_one_day_changes_no_habit(engine: Engine) -> None:
    wish(engine, "清晨")
    wish(engine, "明天下午")
    assert history(engine).call_when == "清晨"
    wish(engine, "")
    assert later_case(engine) == ""
