"""From 办结 to 销号 or 重办: closing, calling back, recording what was answered."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from cases.calendar import LOCAL
from cases.case import CaseState
from tests.fakes.told_calls import (
    CITIZEN,
    MORNING,
    NIGHT,
    ToldCall,
    new_database,
    placed,
    shipped_rules,
    talked,
    tell_it,
    unheard,
)
from zhitong.errors import CaseNotFound, MoveRefused, ResultRefused, TaskNotFound
from zhitong.store.callbacks import callbacks_of
from zhitong.store.cases import clocks_of, get_case
from zhitong.store.due import DueTask, get_task, open_tasks
from zhitong.store.engine import reading
from zhitong.store.records import all_incidents, timeline_of
from zhitong.usecases.close_case import close_case
from zhitong.usecases.place_call import call_failed, callback_brief, place_call, redial_brief
from zhitong.usecases.take_due import next_due_at, take_due

RULES = shipped_rules()
NUMBER = "20250911-092030-0007"
CLOSED = MORNING + timedelta(days=1)  # Friday, 09:20


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = new_database(tmp_path)
    tell_it(engine, RULES, talked())
    return engine


def close(engine: Engine, now: datetime = CLOSED, number: str = NUMBER) -> None:
    close_case(engine, RULES, number=number, result="取水许可今天已经发到您手上", by="副局长李强", now=now)


def due_callback(engine: Engine, now: datetime) -> DueTask:
    (task,) = take_due(engine, now=now, kinds=("callback",))
    return task


def answer(engine: Engine, task: DueTask, now: datetime, call_id: str, **answers: str) -> None:
    call = placed("callback", NUMBER, task.id, now, call_id)
    for seconds, (question, said) in enumerate(answers.items(), start=10):
        call.note(seconds, "answered", question=question, answer=said, by="key")
    tell_it(engine, RULES, call.note(60, "ended", outcome="callback"))


def state(engine: Engine) -> CaseState:
    with reading(engine) as connection:
        return get_case(connection, NUMBER).state


def test_solved_and_satisfied_is_struck_off_with_the_answers_kept(engine: Engine) -> None:
    close(engine)
    now = CLOSED + timedelta(minutes=10)
    assert next_due_at(engine, ("callback",)) == now and state(engine) is CaseState.CLOSED
    task = due_callback(engine, now)
    call = place_call(engine, RULES, task, now=now)
    assert call is not None and (call.kind, call.number, call.case_number) == ("callback", CITIZEN, NUMBER)
    answer(engine, task, now, "1757640000.1", person="yes", solved="yes", satisfied="yes")
    assert state(engine) is CaseState.STRUCK_OFF and next_due_at(engine, ("callback", "redial")) is None
    with reading(engine) as connection:
        (row,) = callbacks_of(connection, [NUMBER])
    assert (row.answered, row.person, row.solved, row.satisfied, row.attempt) == (True, "yes", "yes", "yes", 1)


def test_not_solved_is_a_rework_with_the_first_clock_intact(engine: Engine) -> None:
    with reading(engine) as connection:
        first = clocks_of(connection, NUMBER)
    close(engine)
    now = CLOSED + timedelta(minutes=10)
    task = due_callback(engine, now)
    place_call(engine, RULES, task, now=now)
    promised = callback_brief(engine, RULES, task_id=task.id, now=now).promise
    answer(engine, task, now, "1757640000.1", person="yes", solved="no", why="窗口没人")
    assert state(engine) is CaseState.REWORK
    with reading(engine) as connection:
        after = clocks_of(connection, NUMBER)
        (row,) = callbacks_of(connection, [NUMBER])
        told = [entry.text for entry in timeline_of(connection, NUMBER) if entry.what == "重办"]
    assert after[: len(first)] == first and {clock.started_at for clock in first} == {MORNING}
    (rework,) = after[len(first) :]
    assert (rework.round, rework.code, rework.due_at) == (1, "close", promised)
    assert rework.started_at == now + timedelta(seconds=60)
    assert row.why == "窗口没人" and "09月11日 09:20" in told[0] and "窗口没人" not in told[0]


def test_after_a_rework_the_citizen_is_called_again_and_can_agree(engine: Engine) -> None:
    close(engine)
    now = CLOSED + timedelta(minutes=10)
    answer(engine, due_callback(engine, now), now, "1757640000.1", person="yes", solved="no")
    close(engine, now + timedelta(days=1))
    later = now + timedelta(days=1, minutes=20)
    task = due_callback(engine, later)
    assert place_call(engine, RULES, task, now=later) is not None
    answer(engine, task, later, "1757640000.2", person="yes", solved="yes")
    assert state(engine) is CaseState.STRUCK_OFF
    with reading(engine) as connection:
        assert [row.solved for row in callbacks_of(connection, [NUMBER])] == ["no", "yes"]


@pytest.mark.parametrize(
    ("said", "after"),
    [
        ({}, CaseState.CLOSED),
        ({"person": "no"}, CaseState.CLOSED),
        ({"person": "yes"}, CaseState.CLOSED),
        ({"person": "yes", "solved": "yes"}, CaseState.STRUCK_OFF),
        ({"person": "yes", "solved": "no"}, CaseState.REWORK),
    ],
)
def test_a_hang_up_midway_counts_what_was_answered(engine: Engine, said: dict[str, str], after: CaseState) -> None:
    close(engine)
    now = CLOSED + timedelta(minutes=10)
    answer(engine, due_callback(engine, now), now, "1757640000.1", **said)
    assert state(engine) is after
    with reading(engine) as connection:
        waiting = open_tasks(connection, kind="callback")
    assert len(waiting) == (after is CaseState.CLOSED)
    if waiting:
        assert waiting[0].due_at.astimezone(LOCAL).date() == now.date() + timedelta(days=1)


def test_answers_that_come_after_the_end_still_count(engine: Engine) -> None:
    close(engine)
    now = CLOSED + timedelta(minutes=10)
    task = due_callback(engine, now)
    call = placed("callback", NUMBER, task.id, now).note(9, "answered", question="person", answer="yes", by="key")
    call.note(20, "answered", question="solved", answer="no", by="voice").note(30, "ended", outcome="callback")
    opened, person, solved, ended = call.facts
    for portion in ([opened], [ended], [person, solved]):
        tell_it(engine, RULES, ToldCall(facts=list(portion)))
    assert state(engine) is CaseState.REWORK
    with reading(engine) as connection:
        assert open_tasks(connection, kind="callback") == []
        assert len(callbacks_of(connection, [NUMBER])) == 1


def test_nobody_picks_up_three_days_running(engine: Engine) -> None:
    close(engine)
    now = CLOSED + timedelta(minutes=10)
    days = []
    for _ in range(3):
        task = due_callback(engine, now)
        assert place_call(engine, RULES, task, now=now) is not None
        call_failed(engine, RULES, task_id=task.id, now=now + timedelta(seconds=40), cause="没人接")
        days.append(now.date())
        upcoming = next_due_at(engine, ("callback",))
        now = upcoming.astimezone(LOCAL) if upcoming else now
    assert len(set(days)) == 3 and state(engine) is CaseState.STRUCK_OFF
    with reading(engine) as connection:
        assert [row.answered for row in callbacks_of(connection, [NUMBER])] == [False] * 3
        assert "联系不上" in timeline_of(connection, NUMBER)[-1].text


def test_a_silent_number_is_called_once_a_day_whatever_the_case(engine: Engine) -> None:
    tell_it(engine, RULES, talked("1757553631.8", MORNING + timedelta(seconds=1)))
    other = "20250911-092031-0008"
    close(engine)
    close(engine, number=other)
    now = CLOSED + timedelta(minutes=10)
    first, second = take_due(engine, now=now, kinds=("callback",))
    assert place_call(engine, RULES, first, now=now) is not None
    assert place_call(engine, RULES, second, now=now) is None
    with reading(engine) as connection:
        task = get_task(connection, second.id)
    assert task.due_at.astimezone(LOCAL).date() == now.date() + timedelta(days=1) and task.attempts == 0


def test_a_crash_after_dialling_does_not_ring_twice_a_day(engine: Engine) -> None:
    close(engine)
    now = CLOSED + timedelta(minutes=10)
    place_call(engine, RULES, due_callback(engine, now), now=now)
    again = due_callback(engine, now + timedelta(minutes=30))
    assert place_call(engine, RULES, again, now=now + timedelta(minutes=30)) is None
    assert take_due(engine, now=now + timedelta(hours=2), kinds=("callback",)) == []


def test_a_callback_that_is_late_waits_for_the_morning(engine: Engine) -> None:
    close(engine)
    task = due_callback(engine, NIGHT + timedelta(days=1))
    assert place_call(engine, RULES, task, now=NIGHT + timedelta(days=1)) is None
    upcoming = next_due_at(engine, ("callback",))
    assert upcoming is not None and upcoming.astimezone(LOCAL).isoformat() == "2025-09-13T08:30:00+08:00"


@pytest.mark.parametrize("result", ["", "  ", "……！", "好" * 61, "第一行\n第二行"])
def test_without_a_usable_sentence_for_the_citizen_nothing_is_closed(engine: Engine, result: str) -> None:
    with pytest.raises(ResultRefused):
        close_case(engine, RULES, number=NUMBER, result=result, by="李强", now=CLOSED)
    with pytest.raises(ResultRefused, match="结论"):
        close_case(engine, RULES, number=NUMBER, result="好了", by="李强", now=CLOSED, disposition="随便")
    with pytest.raises(ResultRefused, match="谁"):
        close_case(engine, RULES, number=NUMBER, result="好了", by=" ", now=CLOSED)
    assert state(engine) is CaseState.ASSIGNED


def test_a_closed_case_cannot_be_closed_again(engine: Engine) -> None:
    close(engine)
    with pytest.raises(MoveRefused, match="办结"):
        close(engine)
    with pytest.raises(CaseNotFound, match="0000"):
        close(engine, number="0000")


def test_closing_ends_a_redial_that_was_waiting(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    close(engine, number="20250911-092030-0008")
    with reading(engine) as connection:
        assert open_tasks(connection, kind="redial") == []


def test_the_brief_has_what_the_conversation_needs(engine: Engine) -> None:
    close(engine)
    task = due_callback(engine, CLOSED + timedelta(minutes=10))
    brief = callback_brief(engine, RULES, task_id=task.id, now=CLOSED + timedelta(minutes=10))
    assert (brief.matter_name, brief.unit, brief.result) == ("取水许可", "水务局", "取水许可今天已经发到您手上")
    assert brief.called_at == MORNING and brief.promise.isoformat() == "2025-09-17T17:30:00+08:00"
    with pytest.raises(TaskNotFound):
        redial_brief(engine, task_id=task.id)


def test_a_redial_brief_has_what_was_understood(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    (task,) = take_due(engine, now=MORNING + timedelta(minutes=5), kinds=("redial",))
    assert place_call(engine, RULES, task, now=MORNING + timedelta(minutes=5)) is not None
    brief = redial_brief(engine, task_id=task.id)
    assert (brief.intent, brief.matter, brief.urgency, brief.text) == (
        "request",
        "B2",
        "orange",
        "水务局办不了取水许可",
    )


def test_a_redial_knows_that_the_citizen_wanted_no_recording(engine: Engine) -> None:
    call = unheard()
    told = ToldCall(call.call_id).note(5, "no_recording", why="群众不要录音").facts[0]
    tell_it(engine, RULES, ToldCall(facts=[*call.facts[:-1], replace(told, seq=50), replace(call.facts[-1], seq=51)]))
    (task,) = take_due(engine, now=MORNING + timedelta(minutes=5), kinds=("redial",))
    assert redial_brief(engine, task_id=task.id).no_recording


@pytest.mark.parametrize("caller", ["119", "0085212345678", "12345678901234"])
def test_a_number_the_system_must_not_dial_is_left_to_people(engine: Engine, caller: str) -> None:
    tell_it(engine, RULES, unheard("1757553699.5", caller=caller))
    (task,) = take_due(engine, now=MORNING + timedelta(minutes=5), kinds=("redial",))
    assert place_call(engine, RULES, task, now=MORNING + timedelta(minutes=5)) is None
    with reading(engine) as connection:
        assert get_task(connection, task.id).outcome == "号码不能拨"
        assert [row.kind for row in all_incidents(connection)] == ["redial"]
