"""What follows from the keys of an official: a promised call, marks in the talk, keys and numbers that do not work."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from routing.phone import mask
from tests.fakes.closing import DESK
from tests.fakes.told_calls import (
    CITIZEN,
    DEPUTY,
    MORNING,
    NUMBER,
    RULES,
    ToldCall,
    placed,
    talked,
    tell_it,
)
from zhitong.store.cases import get_case
from zhitong.store.due import DueTask, tasks_of
from zhitong.store.engine import reading
from zhitong.store.records import all_incidents
from zhitong.store.timeline import timeline_of
from zhitong.store.tries import tries_to
from zhitong.usecases.call_record import read_call
from zhitong.usecases.dead_numbers import Dead, dead_in, dead_runs
from zhitong.usecases.lapse_call_backs import KIND, lapse_call_backs
from zhitong.usecases.list_incidents import list_incidents
from zhitong.usecases.place_call import place_call
from zhitong.usecases.take_due import take_due

DIRECTOR = "13900000001"
DUE = MORNING + timedelta(minutes=15)
AGAIN = MORNING + timedelta(minutes=5)


def promised(call_id: str = "1757553630.7", answered_at: datetime = MORNING) -> ToldCall:
    """The director presses 4; the caller hangs up."""
    call = ToldCall(call_id, answered_at).opened().understood().planned().note(4.2, "rung", i=1, number=DIRECTOR)
    call.note(9, "screening", i=1)
    due = (answered_at + timedelta(minutes=15)).isoformat()
    call.note(15, "call_back", i=1, number=DIRECTOR, due=due).note(18, "leg", i=1, why="later", cause=16)
    return call.note(30, "gone", phase="ring").note(30, "ended", outcome="gone")


def tasks(engine: Engine, kind: str) -> list[DueTask]:
    with reading(engine) as connection:
        return [task for task in tasks_of(connection, NUMBER) if task.kind == kind]


# --- the promise ------------------------------------------------------------------------------------------------------


def test_an_official_who_calls_back_has_a_quarter_of_an_hour_and_the_system_waits_for_that(engine: Engine) -> None:
    tell_it(engine, RULES, promised())
    (task,) = tasks(engine, KIND)
    assert (task.due_at, task.promised_at, task.done_at) == (DUE, DUE, None)
    assert tasks(engine, "redial") == []
    (todo,) = list_incidents(engine, by=DESK, now=MORNING)
    assert todo.text == f"工单 {NUMBER}：局长王明说 09:35 以前给群众回电" and todo.at == DUE
    with reading(engine) as connection:
        assert any(row.what == "领导回电" and "09:35" in row.text for row in timeline_of(connection, NUMBER))


def test_before_it_is_due_nothing_happens(engine: Engine) -> None:
    tell_it(engine, RULES, promised())
    lapse_call_backs(engine, RULES, now=DUE - timedelta(seconds=1))
    assert tasks(engine, "redial") == []


def tried(why: str) -> ToldCall:
    """The director has the citizen called five minutes later, who does not answer."""
    call = ToldCall("1757553930.1", AGAIN).note(0, "opened", caller=DIRECTOR, dialled="12345", kind="staff")
    call.note(9, "joins", case=NUMBER, number=DIRECTOR, who="局长王明").note(45, "nobody", why=why)
    return call.note(48, "gone", phase="ring").note(48, "ended", outcome="nobody")


@pytest.mark.parametrize(("why", "may_ring"), [("NOANSWER", False), ("BUSY", True), ("CHANUNAVAIL", True)])
def test_a_citizen_who_does_not_answer_the_official_is_not_rung_again_by_the_system_that_day(
    engine: Engine, why: str, may_ring: bool
) -> None:
    tell_it(engine, RULES, promised(), tried(why), tried(why))
    lapse_call_backs(engine, RULES, now=DUE)
    (promise,) = tasks(engine, KIND)
    assert promise.outcome == "打了，群众没有接"
    (redial,) = take_due(engine, now=DUE, kinds=("redial",))
    assert (place_call(engine, RULES, redial, now=DUE) is not None) is may_ring
    (redial,) = tasks(engine, "redial")
    assert redial.done_at is None, "the case keeps its call"
    with reading(engine) as connection:
        assert len(tries_to(connection, CITIZEN, since=MORNING)) == 1 + may_ring
        people_are_told = [row for row in all_incidents(connection, "redial") if "今天不再打" in row.text]
        assert any("群众没有接" in row.text for row in timeline_of(connection, NUMBER) if row.what == "无人接听")
    assert len(people_are_told) == (not may_ring)


def test_a_promise_that_is_not_kept_is_told_to_people_and_the_system_rings_the_citizen(engine: Engine) -> None:
    tell_it(engine, RULES, promised())
    lapse_call_backs(engine, RULES, now=DUE)
    (task,), (redial,) = tasks(engine, KIND), tasks(engine, "redial")
    assert task.outcome == "没有打" and (redial.due_at, redial.promised_at) == (DUE, DUE)
    assert [one.id for one in take_due(engine, now=DUE, kinds=("redial",))] == [redial.id]
    with reading(engine) as connection:
        (incident,) = all_incidents(connection, KIND)
    assert NUMBER in incident.text and "局长王明" in incident.text and CITIZEN not in incident.text
    lapse_call_backs(engine, RULES, now=DUE + timedelta(hours=1))
    assert len(tasks(engine, "redial")) == 1 == len(list_incidents(engine, by=DESK, now=DUE))


@pytest.mark.parametrize("kind", ["same call", "another call", "placed call"])
def test_a_talk_with_any_official_keeps_it(engine: Engine, kind: str) -> None:
    call = promised()
    if kind == "same call":
        call.facts = [fact for fact in call.facts if fact.kind not in ("gone", "ended")]
        call.note(20, "talk", i=2, number=DEPUTY).note(80, "talk_over", seconds=60.0, why="SUCCESS")
        tell_it(engine, RULES, call.note(81, "ended", outcome="talk"))
    elif kind == "another call":
        tell_it(engine, RULES, call, talked("1757553930.9", AGAIN))
    else:
        tell_it(engine, RULES, call)
        lapse_call_backs(engine, RULES, now=DUE)
        (redial,) = take_due(engine, now=DUE, kinds=("redial",))
        again = placed("redial", NUMBER, redial.id, DUE).planned(0.1).note(9, "talk", i=1, number=DIRECTOR)
        tell_it(engine, RULES, again.note(70, "talk_over", seconds=61.0).note(71, "ended", outcome="talk"))
        assert [task.outcome for task in tasks(engine, "redial")] == ["已经通话"]
        return
    lapse_call_backs(engine, RULES, now=DUE)
    assert [task.outcome for task in tasks(engine, KIND)] in (["已经通话"], ["又打来，已经通话"])
    assert tasks(engine, "redial") == []


def test_while_a_call_of_that_citizen_is_up_nobody_says_that_it_was_not_kept(engine: Engine) -> None:
    tell_it(engine, RULES, promised(), ToldCall("1757554500.9", DUE - timedelta(seconds=30)).opened())
    lapse_call_backs(engine, RULES, now=DUE)
    (task,) = tasks(engine, KIND)
    assert task.done_at is None and task.due_at > DUE
    with reading(engine) as connection:
        assert all_incidents(connection, KIND) == []


def test_two_officials_who_promise_in_one_call_are_one_promise_the_first(engine: Engine) -> None:
    call = promised()
    call.facts = [fact for fact in call.facts if fact.kind not in ("gone", "ended")]
    later = (DUE + timedelta(seconds=40)).isoformat()
    call.note(55, "call_back", i=2, number=DEPUTY, due=later).note(90, "ended", outcome="gone")
    tell_it(engine, RULES, call)
    (task,) = tasks(engine, KIND)
    assert task.due_at == DUE


# --- marks ------------------------------------------------------------------------------------------------------------


def marked(*keys: tuple[str, bool]) -> ToldCall:
    """A talk in which these keys are pressed."""
    call = ToldCall().opened().understood().planned().note(24, "accepted", i=2, number=DEPUTY, by="key")
    call.note(24.1, "talk", i=2, number=DEPUTY)
    for at, (key, on) in enumerate(keys, start=30):
        call.note(at, "marked", key=key, on=on, i=2, number=DEPUTY)
    return call


def test_what_is_marked_in_the_talk_stands_on_the_case_at_once_and_goes_when_it_is_taken_back(engine: Engine) -> None:
    call = marked(("1", True), ("9", True))
    tell_it(engine, RULES, call)
    with reading(engine) as connection:
        case = get_case(connection, NUMBER)
        assert (case.marks, case.urgency) == ("当场解决、加急", "red")
    tell_it(engine, RULES, call.note(40, "marked", key="9", on=False, i=2, number=DEPUTY))
    with reading(engine) as connection:
        case = get_case(connection, NUMBER)
        assert (case.marks, case.urgency) == ("当场解决", "orange")
        told = [row.text for row in timeline_of(connection, NUMBER) if row.what == "标记"]
    assert told == ["通话中按 *1：当场解决", "通话中按 *9：加急", "通话中再按 *9：撤销“加急”"]


def test_what_a_third_official_marks_is_told_with_their_number(engine: Engine) -> None:
    tell_it(engine, RULES, marked(("1", True)).note(40, "marked", key="9", on=True, i=0, number=CITIZEN))
    with reading(engine) as connection:
        assert get_case(connection, NUMBER).marks == "当场解决、加急"
        told = [row.text for row in timeline_of(connection, NUMBER) if row.what == "标记"]
    assert told == ["通话中按 *1：当场解决", f"{mask(CITIZEN)}通话中按 *9：加急"]


def test_escalating_makes_it_one_more_urgent(engine: Engine) -> None:
    tell_it(engine, RULES, marked(("4", True), ("7", True)))
    with reading(engine) as connection:
        case = get_case(connection, NUMBER)
    assert (case.marks, case.urgency) == ("升级、督查", "red")


def test_marks_of_a_call_the_system_placed_are_the_cases_too_and_the_first_ones_stay(engine: Engine) -> None:
    tell_it(engine, RULES, promised())
    lapse_call_backs(engine, RULES, now=DUE)
    (redial,) = take_due(engine, now=DUE, kinds=("redial",))
    again = placed("redial", NUMBER, redial.id, DUE).planned(0.1).note(9, "talk", i=1, number=DIRECTOR)
    again.note(20, "marked", key="7", on=True)
    again.note(21, "marked", key="9", on=True).note(22, "marked", key="9", on=False)
    tell_it(engine, RULES, again)
    with reading(engine) as connection:
        case = get_case(connection, NUMBER)
    assert (case.marks, case.urgency) == ("督查", "orange")


def test_other_keys_mark_nothing(engine: Engine) -> None:
    assert read_call(marked(("3", True), ("8", True), ("", True)).facts).marks == frozenset()


# --- keys and numbers that do not work --------------------------------------------------------------------------------


def test_who_was_connected_because_he_spoke_is_told_once_a_number_and_day(engine: Engine) -> None:
    for n, day in enumerate((0, 0, 1)):
        call = ToldCall(f"1757553630.{n}", MORNING + timedelta(days=day, minutes=n)).opened().planned()
        tell_it(engine, RULES, call.note(24, "accepted", i=2, number=DEPUTY, by="heard"))
    with reading(engine) as connection:
        incidents = all_incidents(connection, "keys")
    assert len(incidents) == 2 and "按键没有传过来" in incidents[0].text and DEPUTY not in incidents[0].text


def rung(n: int, *legs: tuple[str, str], answered_at: datetime | None = None) -> ToldCall:
    """A call in which these (number, end) were rung; an end of `answered` is none."""
    call = ToldCall(f"1757553630.{n}", answered_at or MORNING + timedelta(minutes=10 * n)).opened().planned()
    for i, (number, why) in enumerate(legs, start=1):
        call.note(i, "rung", i=i, number=number)
        if why == "answered":
            call.note(i + 0.5, "screening", i=i)
        else:
            call.note(i + 0.5, "leg", i=i, why=why, cause=0)
    return call.note(90, "ended", outcome="gone")


def dead_numbers(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [row.text for row in all_incidents(connection, "number")]


def test_a_number_that_is_dead_in_three_calls_in_a_row_is_told_once_a_day(engine: Engine) -> None:
    dead = (DIRECTOR, "hopeless")
    tell_it(engine, RULES, rung(1, dead, (DEPUTY, "rang")), rung(2, dead, dead))
    assert dead_numbers(engine) == []
    tell_it(engine, RULES, rung(3, dead, (DEPUTY, "hopeless")), rung(4, dead))
    (text,) = dead_numbers(engine)
    assert text == "局长王明 139****0001 连着 3 个来电都打不通，请核对号码，或问运营商"
    tell_it(engine, RULES, rung(5, dead, answered_at=MORNING + timedelta(days=1)))
    assert len(dead_numbers(engine)) == 2


@pytest.mark.parametrize("end", ["rang", "refused", "answered", "noscreen"])
def test_a_telephone_that_rang_meanwhile_is_alive(engine: Engine, end: str) -> None:
    dead = (DIRECTOR, "hopeless")
    tell_it(engine, RULES, rung(1, dead), rung(2, dead), rung(3, dead, (DIRECTOR, end)), rung(4, dead), rung(5, dead))
    assert dead_numbers(engine) == []


def test_calls_in_which_it_was_not_rung_say_nothing_of_a_number() -> None:
    dead, other = rung(1, (DIRECTOR, "hopeless")).facts, rung(2, (DEPUTY, "rang")).facts
    assert dead_in(other) == {DEPUTY: False}
    before = rung(0, (DIRECTOR, "hopeless")).facts
    assert dead_runs([dead, other, dead, other, [], before]) == {DIRECTOR: Dead(calls=3, since=before[0].at)}
    assert dead_runs([dead, rung(3, (DIRECTOR, "rang")).facts, before]) == {DIRECTOR: Dead(calls=1, since=dead[0].at)}
