"""From 办结 to 销号 or 重办: closing, calling back, recording what was answered."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from cases.case import CaseState
from cases.tries import Outcome
from routing.calendar import LOCAL
from routing.phone import mask
from tests.fakes.closing import DESK, LEADER, signed_off
from tests.fakes.told_calls import (
    CITIZEN,
    MORNING,
    NIGHT,
    NUMBER,
    RULES,
    ToldCall,
    placed,
    talked,
    tell_it,
    unheard,
)
from zhitong.errors import CaseNotFound, MoveRefused, ResultRefused, TaskNotFound
from zhitong.store.cases import clocks_of, find_cases, get_case
from zhitong.store.due import DueTask, get_task, open_tasks, put_due
from zhitong.store.engine import reading, writing
from zhitong.store.records import all_incidents
from zhitong.store.timeline import timeline_of
from zhitong.store.tries import callbacks_of
from zhitong.usecases.close_case import close_case
from zhitong.usecases.lapse_call_backs import lapse_call_backs
from zhitong.usecases.list_incidents import list_incidents
from zhitong.usecases.place_call import call_failed, callback_brief, place_call, redial_brief
from zhitong.usecases.take_due import next_due_at, take_due

UNHEARD = "20250911-092030-0008"
CLOSED = MORNING + timedelta(days=1)  # Friday, 09:20
TALKED_AT = MORNING + timedelta(seconds=24.1)


@pytest.fixture
def engine(engine: Engine) -> Engine:
    tell_it(engine, RULES, talked())
    return engine


def close(engine: Engine, now: datetime = CLOSED, number: str = NUMBER) -> None:
    signed_off(engine, RULES, number=number, now=now)


def due_callback(engine: Engine, now: datetime) -> DueTask:
    (task,) = take_due(engine, now=now, kinds=("callback",))
    return task


def answer(engine: Engine, task: DueTask, now: datetime, call_id: str, **answers: str) -> None:
    call = placed("callback", NUMBER, task.id, now, call_id)
    for seconds, (question, said) in enumerate(answers.items(), start=10):
        call.note(seconds, "answered", question=question, answer=said, by="key")
    tell_it(engine, RULES, call.note(60, "ended", outcome="callback"))


def waiting_for_a_person(engine: Engine, number: str = NUMBER) -> str:
    """What `case todo` says of the callback, and that no machine rings."""
    with reading(engine) as connection:
        tasks = open_tasks(connection, case_number=number)
        told = timeline_of(connection, number)[-1].text
    told = ("archive", "notice:missed", "notice:call")
    assert [task.kind for task in tasks if task.kind not in told] == ["person_callback"]
    (line,) = [one.text for one in list_incidents(engine, by=DESK, now=CLOSED) if number in one.text]
    assert "请人回访" in line
    return f"{line} {told}"


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
    assert (row.answered, row.person, row.solved, row.satisfied) == (True, "yes", "yes", "yes")


def test_not_solved_is_a_rework_with_the_first_clock_intact(engine: Engine) -> None:
    with reading(engine) as connection:
        first = clocks_of(connection, NUMBER)
    close(engine)
    now = CLOSED + timedelta(minutes=10)
    task = due_callback(engine, now)
    place_call(engine, RULES, task, now=now)
    promised = callback_brief(engine, RULES, task_id=task.id, now=now).promise
    answer(engine, task, now, "1757640000.1", person="yes", solved="no", why="窗口没人")
    assert state(engine) is CaseState.ASSIGNED
    with reading(engine) as connection:
        after = clocks_of(connection, NUMBER)
        (row,) = callbacks_of(connection, [NUMBER])
        told = [entry.text for entry in timeline_of(connection, NUMBER) if entry.what == "重办"]
    assert [replace(clock, met_at=None) for clock in after[: len(first)]] == [
        replace(clock, met_at=None) for clock in first
    ]
    assert {clock.started_at for clock in first} == {MORNING}
    assert {clock.code: clock.met_at for clock in after[: len(first)]} == {"assign": TALKED_AT, "close": CLOSED}
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
        ({"person": "yes", "solved": "no"}, CaseState.ASSIGNED),
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
    assert state(engine) is CaseState.ASSIGNED
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
        call_failed(engine, RULES, task_id=task.id, now=now + timedelta(seconds=40), outcome=Outcome.UNANSWERED)
        days.append(now.date())
        upcoming = next_due_at(engine, ("callback",))
        now = upcoming.astimezone(LOCAL) if upcoming else now
    assert len(set(days)) == 3 and state(engine) is CaseState.CLOSED, "the system strikes off nobody"
    with reading(engine) as connection:
        assert [row.answered for row in callbacks_of(connection, [NUMBER])] == [False] * 3
    assert "请人回访" in waiting_for_a_person(engine)


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


@pytest.mark.parametrize("result", ["", "  ", "……！", "好" * 41, "第一行\n第二行"])
def test_without_a_usable_sentence_for_the_citizen_nothing_is_closed(engine: Engine, result: str) -> None:
    with pytest.raises(ResultRefused):
        close_case(engine, RULES, number=NUMBER, result=result, by=LEADER, now=CLOSED)
    with pytest.raises(ResultRefused, match="结论"):
        close_case(engine, RULES, number=NUMBER, result="好了", by=LEADER, now=CLOSED, disposition="随便")
    with pytest.raises(ResultRefused, match="依据"):
        close_case(engine, RULES, number=NUMBER, result="办不了", by=LEADER, now=CLOSED, disposition="不符合政策")
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


def test_closing_ends_an_officials_promise_to_call_too(engine: Engine) -> None:
    call, due = ToldCall("1757553630.8").opened().understood().planned(), MORNING + timedelta(minutes=15)
    call.note(15, "call_back", i=1, number="13900000001", due=due.isoformat())
    tell_it(engine, RULES, call.note(30, "gone", phase="ring").note(30, "ended", outcome="gone"))
    close(engine, MORNING + timedelta(minutes=5), UNHEARD)
    lapse_call_backs(engine, RULES, now=due)
    with reading(engine) as connection:
        assert [task.kind for task in open_tasks(connection, case_number=UNHEARD) if task.kind != "archive"] == [
            "notice:missed",
            "callback",
        ]
        assert all_incidents(connection, "official_callback") == [], "nobody has broken a promise"


def test_the_brief_has_what_the_conversation_needs(engine: Engine) -> None:
    close(engine)
    task = due_callback(engine, CLOSED + timedelta(minutes=10))
    brief = callback_brief(engine, RULES, task_id=task.id, now=CLOSED + timedelta(minutes=10))
    assert (brief.matter_name, brief.unit, brief.result) == ("取水许可", "水务局", "取水许可今天已经发到您手上")
    assert brief.called_at == MORNING and brief.promise.isoformat() == "2025-09-17T17:30:00+08:00"
    with pytest.raises(TaskNotFound):
        redial_brief(engine, RULES, task_id=task.id)


def test_a_redial_brief_has_what_was_understood(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    (task,) = take_due(engine, now=MORNING + timedelta(minutes=5), kinds=("redial",))
    assert place_call(engine, RULES, task, now=MORNING + timedelta(minutes=5)) is not None
    brief = redial_brief(engine, RULES, task_id=task.id)
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
    assert redial_brief(engine, RULES, task_id=task.id).no_recording


# ── one call a day to who does not answer ─────────────────────────────────────────────────────────────────────────────


def due_redial(engine: Engine, now: datetime) -> DueTask:
    (task,) = take_due(engine, now=now, kinds=("redial",))
    return task


def waiting_redial(engine: Engine) -> DueTask:
    with reading(engine) as connection:
        (task,) = open_tasks(connection, kind="redial")
    return task


def incidents(engine: Engine, kind: str) -> list[str]:
    with reading(engine) as connection:
        return [row.text for row in all_incidents(connection, kind)]


@pytest.mark.parametrize("outcome", [Outcome.UNANSWERED, Outcome.NOT_REACHED])
def test_a_redial_that_is_not_answered_waits_for_tomorrow_and_a_person_is_told_at_once(
    engine: Engine, outcome: Outcome
) -> None:
    tell_it(engine, RULES, unheard())
    now = MORNING + timedelta(minutes=5)
    task = due_redial(engine, now)
    assert place_call(engine, RULES, task, now=now) is not None
    call_failed(engine, RULES, task_id=task.id, now=now + timedelta(seconds=40), outcome=outcome)
    assert waiting_redial(engine).due_at.astimezone(LOCAL).isoformat() == "2025-09-12T08:30:00+08:00"
    (told,) = incidents(engine, "redial")
    assert UNHEARD in told and "人工" in told and "09月11日 09:51 以前" in told and CITIZEN not in told
    assert take_due(engine, now=now + timedelta(hours=12), kinds=("redial",)) == []


@pytest.mark.parametrize("outcome", [Outcome.BUSY, Outcome.NO_LINE])
def test_a_redial_that_never_rang_is_tried_again_soon(engine: Engine, outcome: Outcome) -> None:
    tell_it(engine, RULES, unheard())
    now = MORNING + timedelta(minutes=5)
    for _ in range(2):
        task = due_redial(engine, now)
        assert place_call(engine, RULES, task, now=now) is not None
        call_failed(engine, RULES, task_id=task.id, now=now, outcome=outcome)
        assert waiting_redial(engine).due_at == now + timedelta(minutes=10)
        now += timedelta(minutes=10)
    assert incidents(engine, "redial") == []


def test_a_callback_that_was_not_answered_leaves_no_redial_for_the_day_and_the_other_way_round(engine: Engine) -> None:
    close(engine)
    now = CLOSED + timedelta(minutes=10)
    task = due_callback(engine, now)
    place_call(engine, RULES, task, now=now)
    call_failed(engine, RULES, task_id=task.id, now=now, outcome=Outcome.UNANSWERED)
    tell_it(engine, RULES, unheard(answered_at=now))
    later = now + timedelta(minutes=5)
    assert place_call(engine, RULES, due_redial(engine, later), now=later) is None
    redial = waiting_redial(engine)
    assert (redial.due_at.astimezone(LOCAL).day, redial.attempts) == (13, 0)
    assert "人工" in incidents(engine, "redial")[0], "what was promised for today is left to people"

    morning = redial.due_at
    task = due_redial(engine, morning)
    assert place_call(engine, RULES, task, now=morning) is not None
    call_failed(engine, RULES, task_id=task.id, now=morning, outcome=Outcome.UNANSWERED)
    afternoon = morning + timedelta(hours=6)
    assert place_call(engine, RULES, due_callback(engine, afternoon), now=afternoon) is None


def test_a_crash_after_dialling_a_redial_does_not_ring_twice_a_day(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    now = MORNING + timedelta(minutes=5)
    place_call(engine, RULES, due_redial(engine, now), now=now)
    again = due_redial(engine, now + timedelta(minutes=6))
    assert place_call(engine, RULES, again, now=now + timedelta(minutes=6)) is None
    assert waiting_redial(engine).due_at.astimezone(LOCAL).day == 12 and len(incidents(engine, "redial")) == 1


def test_who_picked_up_and_reached_nobody_is_rung_again_the_same_day(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    now = MORNING + timedelta(minutes=5)
    task = due_redial(engine, now)
    place_call(engine, RULES, task, now=now)
    tell_it(engine, RULES, placed("redial", UNHEARD, task.id, now).note(60, "ended", outcome="nobody"))
    later = now + timedelta(minutes=11)
    assert place_call(engine, RULES, due_redial(engine, later), now=later) is not None


@pytest.mark.parametrize("urgency", ["normal", "orange"])
def test_a_redial_that_was_due_by_day_wakes_nobody_at_night_unless_it_is_urgent(engine: Engine, urgency: str) -> None:
    call = ToldCall("1757553630.8").opened().understood(urgency=urgency).planned()
    tell_it(engine, RULES, call.note(30, "ended", outcome="gone"))
    night = MORNING.replace(hour=23, minute=30)  # as after a long outage
    placed_now = place_call(engine, RULES, due_redial(engine, night), now=night)
    assert (placed_now is not None) is (urgency == "orange")
    if urgency == "orange":
        return
    redial = waiting_redial(engine)
    assert (redial.due_at.astimezone(LOCAL).isoformat(), redial.attempts) == ("2025-09-12T08:10:00+08:00", 0)
    (told,) = incidents(engine, "redial")
    assert UNHEARD in told and "人工" in told and CITIZEN not in told
    assert place_call(engine, RULES, due_redial(engine, redial.due_at), now=redial.due_at) is not None


def test_who_was_promised_a_call_in_this_night_gets_it_a_little_late_too(engine: Engine) -> None:
    call = ToldCall("1757553630.8", NIGHT).opened().understood(urgency="normal").planned()
    call.note(29, "promise", due=(NIGHT + timedelta(minutes=30)).isoformat(), text="")
    tell_it(engine, RULES, call.note(30, "ended", outcome="gone"))
    late = NIGHT + timedelta(minutes=50)
    assert place_call(engine, RULES, due_redial(engine, late), now=late) is not None


def test_a_line_of_ours_that_fails_gives_nobody_up_and_is_no_try(engine: Engine) -> None:
    close(engine)
    now = CLOSED + timedelta(minutes=10)
    for _ in range(3):  # after that a person is to call: tests of called_back
        task = due_callback(engine, now)
        assert place_call(engine, RULES, task, now=now) is not None
        call_failed(engine, RULES, task_id=task.id, now=now, outcome=Outcome.NO_LINE)
        upcoming = next_due_at(engine, ("callback",))
        assert upcoming is not None and upcoming.astimezone(LOCAL).date() == now.date() + timedelta(days=1)
        now = upcoming.astimezone(LOCAL)
    assert state(engine) is CaseState.CLOSED and incidents(engine, "callback") == []


def test_who_is_on_the_line_with_us_is_not_called_meanwhile(engine: Engine) -> None:
    tell_it(engine, RULES, unheard())
    now = MORNING + timedelta(minutes=5)
    again = ToldCall("1757553999.9", now - timedelta(seconds=30)).opened()
    tell_it(engine, RULES, again)
    assert place_call(engine, RULES, due_redial(engine, now), now=now) is None
    redial = waiting_redial(engine)
    assert (redial.due_at, redial.attempts) == (now + timedelta(minutes=2), 0)
    tell_it(engine, RULES, again.note(40, "ended", outcome="nobody"))
    assert place_call(engine, RULES, redial, now=redial.due_at) is not None


# ── numbers that must not be dialled ──────────────────────────────────────────────────────────────────────────────────

NOT_TO_BE_DIALLED = ["119", "0870119", "95588", "0085212345678", "12345678901234"]


@pytest.mark.parametrize("caller", NOT_TO_BE_DIALLED)
def test_nobody_is_promised_a_redial_to_a_number_that_must_not_be_dialled(
    engine: Engine, caplog: pytest.LogCaptureFixture, caller: str
) -> None:
    tell_it(engine, RULES, unheard("1757553699.5", caller=caller))
    with reading(engine) as connection:
        assert open_tasks(connection, kind="redial") == []
        case = find_cases(connection, caller=caller)[0]
        (row,) = (row for row in timeline_of(connection, case.number) if row.what == "回拨")
    assert "无法回拨" in row.text and incidents(engine, "redial") == [f"工单 {case.number}：{row.text}"]
    assert f"{mask(caller)} is no number to dial" in caplog.text
    assert caller not in row.text and caller not in caplog.text


@pytest.mark.parametrize("kind", ["callback", "redial"])
@pytest.mark.parametrize("caller", ["13900000009", *NOT_TO_BE_DIALLED])
def test_the_gate_before_dialling_refuses_and_logs_it(
    engine: Engine, caplog: pytest.LogCaptureFixture, kind: str, caller: str
) -> None:
    tell_it(engine, RULES, talked("1757553699.5", caller=caller))
    number = "20250911-092030-0005"
    now = CLOSED + timedelta(minutes=10)
    if kind == "callback":
        close(engine, number=number)
    else:  # as an earlier version of the program, or a person, may have put it there
        row = {"kind": "redial", "mark": "m", "case_number": number, "call_id": "1757553699.5", "due_at": now}
        with writing(engine) as connection:
            put_due(connection, [row])
    (task,) = take_due(engine, now=now, kinds=(kind,))
    call = place_call(engine, RULES, task, now=now)
    if caller == "13900000009":
        assert call is not None and call.number == caller
        return
    assert call is None
    assert f"refused to dial {mask(caller)} for the {kind} of case {number}" in caplog.text
    assert caller not in caplog.text.replace(number, "")
    with reading(engine) as connection:
        assert get_task(connection, task.id).outcome == "号码不能拨"
    told = waiting_for_a_person(engine, number) if kind == "callback" else incidents(engine, kind)[0]
    assert "不能拨" in told and "人" in told and caller not in told.replace(number, "")
