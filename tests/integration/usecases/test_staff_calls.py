"""What officials are called for after a citizen's call: who missed it, and who is to be at a window."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cases.roles import Actor, Role
from routing.directory import Directory
from tests.fakes.told_calls import CITIZEN, MORNING, NIGHT, NUMBER, RULES, ToldCall, tell_it
from zhitong.directory_files import directory_of, draft_of
from zhitong.settings import load_settings
from zhitong.store.cases import find_cases, get_case
from zhitong.store.due import DueTask, claim, open_tasks, tasks_of
from zhitong.store.engine import reading, writing
from zhitong.usecases.accused_people import accuse
from zhitong.usecases.open_matters import waiting_for, waits
from zhitong.usecases.rules import StaffRules
from zhitong.usecases.staff_calls import ARRIVAL, KINDS, MISSED, ONSITE, place_staff_call, staff_call_over

STAFF = StaffRules(windows={"12346": "大厅3号窗口"})
WITH_STAFF = replace(RULES, staff=STAFF)
ZHANG, LI, CHEN, SUN, ROOM = "13808700001", "13808700002", "13808700004", "13808700007", "08702120002"
RUNGS = [
    {"number": ZHANG, "name": "张明远", "post": "局长", "reason": ""},
    {"number": LI, "name": "李春燕", "post": "副局长", "reason": ""},
    {"number": ROOM, "name": "值班室", "post": "", "reason": ""},
]


@pytest.fixture
def directory(tmp_path: Path) -> Directory:
    settings = load_settings(environ={"HOME": str(tmp_path)})
    return directory_of(settings, draft_of(settings))


def missed(call: ToldCall | None = None, **understood: str) -> ToldCall:
    """The director does not answer, the deputy passes it on, the duty room does not answer; the caller hangs up."""
    call = (call or ToldCall()).opened().understood(**understood)
    call.note(5, "planned", rungs=RUNGS, unit="政务服务管理局", why="")
    call.note(5, "rung", i=1, number=ZHANG).note(23, "leg", i=1, why="rang", cause=19)
    call.note(17, "rung", i=2, number=LI).note(30, "leg", i=2, why="refused", cause=21)
    call.note(30, "rung", i=3, number=ROOM)
    return call.note(40, "gone", phase="ring").note(40, "ended", outcome="gone")


def tasks(engine: Engine, *kinds: str) -> list[DueTask]:
    with reading(engine) as connection:
        return [task for task in tasks_of(connection, NUMBER) if task.kind in kinds]


def placed(engine: Engine, directory: Directory, *, after: timedelta) -> list[str]:
    """The numbers that are called for what is due so long after the call."""
    now = MORNING + after
    with writing(engine) as connection:
        due = claim(connection, now=now, until=now + timedelta(minutes=5), kinds=KINDS, limit=9)
    calls = [place_staff_call(engine, directory, task, talking=(), now=now) for task in due]
    return [call.number for call in calls if call is not None]


def test_who_missed_a_call_is_called_half_a_minute_later_and_before_the_citizen(
    engine: Engine, directory: Directory
) -> None:
    tell_it(engine, WITH_STAFF, missed(type="求助"))
    (task,), (redial,) = tasks(engine, MISSED), tasks(engine, "redial")
    assert task.due_at == MORNING + timedelta(seconds=70) < redial.due_at
    assert placed(engine, directory, after=timedelta(seconds=71)) == [ZHANG], "not who refused, and no desk"


def test_by_night_who_missed_what_can_wait_is_called_in_the_morning_and_what_is_red_at_once(engine: Engine) -> None:
    tell_it(engine, WITH_STAFF, missed(ToldCall(answered_at=NIGHT), type="求助", urgency="normal"))
    with reading(engine) as connection:
        (task,) = open_tasks(connection, kind=MISSED)
    assert timedelta(hours=8) < task.due_at - NIGHT < timedelta(hours=10)
    tell_it(engine, WITH_STAFF, missed(ToldCall("1757553630.9", NIGHT), type="求助", urgency="red"))
    with reading(engine) as connection:
        soon, _ = open_tasks(connection, kind=MISSED)
    assert soon.due_at - NIGHT < timedelta(minutes=2)


def test_nobody_is_called_again_for_what_is_secret(engine: Engine, directory: Directory) -> None:
    tell_it(engine, WITH_STAFF, missed(type="举报"))
    assert placed(engine, directory, after=timedelta(minutes=2)) == []
    assert [task.outcome for task in tasks(engine, MISSED)] == ["没有人要叫"]


def test_who_is_complained_of_is_not_called_though_he_missed_the_call(engine: Engine, directory: Directory) -> None:
    tell_it(engine, WITH_STAFF, missed(type="投诉", text="我要投诉张明远局长不给办"))
    assert placed(engine, directory, after=timedelta(minutes=2)) == []


def test_who_is_named_only_afterwards_is_not_called_either_nor_told_of_the_citizen_who_waits(
    engine: Engine, directory: Directory
) -> None:
    tell_it(engine, WITH_STAFF, missed(type="求助"))
    waiting = [one.case.number for one in waiting_for(engine, RULES, directory, official="zhang", now=MORNING)]
    assert waiting == [NUMBER]
    by = Actor(name="小周", roles=frozenset({Role.DESK}))
    accuse(engine, number=NUMBER, officials=["zhang"], by=by, reason="又来电说的", directory=directory, now=MORNING)
    assert placed(engine, directory, after=timedelta(minutes=2)) == []
    assert waiting_for(engine, RULES, directory, official="zhang", now=MORNING) == []
    assert waits(engine, RULES, directory, case_number=NUMBER, official="zhang") is None


def test_nobody_is_called_again_once_the_citizen_has_talked_with_somebody(engine: Engine, directory: Directory) -> None:
    tell_it(engine, WITH_STAFF, missed(type="求助"))
    again = ToldCall("1757553690.8", MORNING + timedelta(seconds=50)).opened(caller=CITIZEN)
    again.note(5, "talk", i=1, number=LI).note(25, "talk_over", seconds=20.0).note(26, "ended", outcome="talk")
    tell_it(engine, WITH_STAFF, again)
    assert placed(engine, directory, after=timedelta(minutes=3)) == []


def over(engine: Engine, directory: Directory, number: str, *, after: timedelta, lost: bool) -> None:
    """The call to this number ends so long after the citizen's, and no key was pressed."""
    (task,) = tasks(engine, MISSED)
    now, why = MORNING + after, "声音断了"
    staff_call_over(engine, STAFF, directory, task_id=task.id, number=number, now=now, why=why, lost=lost)


def test_an_official_who_heard_nothing_is_called_once_more_and_then_the_next(
    engine: Engine, directory: Directory
) -> None:
    call = missed(type="求助")
    call.facts = [fact for fact in call.facts if fact.kind != "leg"]  # the deputy has missed it, too
    tell_it(engine, WITH_STAFF, call)
    for seconds, number, lost in ((71, ZHANG, True), (110, ZHANG, True), (125, LI, True), (165, LI, False)):
        assert placed(engine, directory, after=timedelta(seconds=seconds)) == [number]
        over(engine, directory, number, after=timedelta(seconds=seconds + 5), lost=lost)
    assert tasks(engine, MISSED)[0].done_at is not None
    (redial,) = tasks(engine, "redial")
    assert redial.done_at is None, "the citizen is called whatever becomes of that"


def test_an_official_who_dialled_and_was_rung_through_by_the_dialplan_alone_has_a_case_like_any_citizen(
    engine: Engine,
) -> None:
    call = ToldCall().note(8, "asked", prompt="staff_hello")
    call.note(20, "opened", caller=ZHANG, dialled="12345", kind="staff").note(20, "fallback", step="listen")
    call.note(21, "rung", i=1, number=ROOM).note(80, "nobody", why="timeout")
    tell_it(engine, WITH_STAFF, call.note(90, "gone", phase="promise").note(90, "ended", outcome="nobody"))
    with reading(engine) as connection:
        (redial,) = open_tasks(connection, kind="redial")
        assert get_case(connection, str(redial.case_number)).caller == ZHANG


def test_whom_the_system_called_is_no_citizen_though_the_dialplan_went_on_alone(engine: Engine) -> None:
    call = ToldCall().note(0, "opened", caller=ZHANG, dialled="12345", kind="staff", task=7)
    tell_it(engine, WITH_STAFF, call.note(5, "fallback", step="listen").note(9, "ended", outcome="gone"))
    with reading(engine) as connection:
        assert open_tasks(connection) == [] and find_cases(connection) == []


def at_a_window(*pressed: str) -> ToldCall:
    rungs = [{"number": n, "name": "", "post": "", "reason": ""} for n in (SUN, CHEN, ROOM)]
    call = ToldCall().opened(dialled="12346").understood()
    call.note(5, "planned", rungs=rungs, unit="政务服务管理局", why="")
    call.note(5, "rung", i=1, number=SUN).note(9, "accepted", i=1, number=SUN, by="key")
    call.note(10, "talk", i=1, number=SUN)
    for key in pressed:
        call.note(15, "marked", key=key, on=True, i=1, number=SUN)
    return call.note(30, "talk_over", seconds=20.0).note(31, "ended", outcome="talk")


def test_who_takes_a_call_from_a_window_is_asked_after_three_minutes_and_the_next_above_after_five(
    engine: Engine, directory: Directory
) -> None:
    tell_it(engine, WITH_STAFF, at_a_window())
    assert placed(engine, directory, after=timedelta(minutes=3)) == [], "three minutes of the talk, not of the answer"
    assert placed(engine, directory, after=timedelta(minutes=3, seconds=11)) == [SUN]
    assert placed(engine, directory, after=timedelta(minutes=5, seconds=11)) == [CHEN]
    (arrival,), (onsite,) = tasks(engine, ARRIVAL), tasks(engine, ONSITE)
    assert arrival.detail["numbers"] == [SUN] and onsite.detail["numbers"] == [CHEN, ROOM]


@pytest.mark.parametrize("key", ["5", "1"])
def test_who_says_in_the_talk_that_he_is_there_or_that_it_is_settled_is_not_asked(
    engine: Engine, directory: Directory, key: str
) -> None:
    tell_it(engine, WITH_STAFF, at_a_window(key))
    assert placed(engine, directory, after=timedelta(minutes=6)) == []


def test_on_a_line_that_is_no_window_nobody_is_sent(engine: Engine) -> None:
    tell_it(engine, replace(RULES, staff=replace(STAFF, windows={})), at_a_window())
    assert tasks(engine, ARRIVAL, ONSITE) == []
