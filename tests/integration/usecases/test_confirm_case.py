"""核实电话: whose case came by web or letter is called first; what may be said, when, and what becomes of it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine

from cases.case import Case, CaseEvent, CaseState, apply
from cases.roles import NotPermitted
from cases.tries import Outcome
from cases.wish import APPOINTMENT
from routing.calendar import LOCAL
from tests.fakes.closing import DESK, HANDLER, LEADER, UNIT
from tests.fakes.told_calls import CITIZEN, MORNING, NIGHT, RULES, ToldCall, placed, tell_it
from zhitong.errors import MoveRefused
from zhitong.store.cases import case_of_calls, get_case, insert_cases, update_cases
from zhitong.store.due import DueTask, open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.recordings import recordings_of_case
from zhitong.store.records import all_incidents
from zhitong.store.timeline import timeline_of
from zhitong.store.tries import callbacks_of, last_try
from zhitong.usecases.assign_case import sign_for
from zhitong.usecases.close_case import close_case
from zhitong.usecases.confirm_case import (
    BY_PERSON,
    KIND,
    WARNING,
    awaits_confirmation,
    confirm_by_person,
    confirm_later,
)
from zhitong.usecases.list_incidents import list_incidents
from zhitong.usecases.place_call import call_failed, callback_brief, missed_callback, place_call
from zhitong.usecases.replay_call import replay_call
from zhitong.usecases.reply_case import reply_case
from zhitong.usecases.take_due import take_due

NUMBER = "20250911-092030-0123"
WRITTEN = Case(
    number=NUMBER,
    call_id="web:123",
    caller=CITIZEN,
    dialled="",
    answered_at=MORNING,
    channel="网上",
    matter="A1",
    matter_name="供水饮水",
    type="求助",
    place="扎西镇",
    demand="家里停水三天",
    transcript="家里停水三天",
)
CALL = "1757640000.5"


def written(engine: Engine, at: datetime = MORNING, **changes: str) -> None:
    """A case that came by the web at this time, given to a unit, its confirm call waiting."""
    case = replace(WRITTEN, answered_at=at, **changes)  # type: ignore[arg-type]
    with writing(engine) as connection:
        case = apply(case, CaseEvent.ASSIGN, at=at, unit=UNIT)
        insert_cases(connection, [(case, at + timedelta(days=365))])
        confirm_later(connection, RULES, case, at=at)


def the_case(engine: Engine) -> Case:
    with reading(engine) as connection:
        return get_case(connection, NUMBER)


def tasks(engine: Engine) -> list[tuple[str, str]]:
    """(kind, local time) of what waits."""
    with reading(engine) as connection:
        return [
            (task.kind, f"{task.due_at.astimezone(LOCAL):%d %H:%M}")
            for task in open_tasks(connection, case_number=NUMBER)
            if task.kind != "archive"
        ]


def told(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        return [row.text for row in timeline_of(connection, NUMBER) if row.what == "核实" and "已接通" not in row.text]


def due(engine: Engine, now: datetime = MORNING) -> DueTask:
    (task,) = take_due(engine, now=now, kinds=(KIND,))
    return task


def dial(engine: Engine, now: datetime = MORNING) -> DueTask:
    task = due(engine, now)
    call = place_call(engine, RULES, task, now=now)
    assert call is not None and (call.kind, call.number) == (KIND, CITIZEN)
    return task


def answered(engine: Engine, now: datetime = MORNING, kind: str = "confirm", **answers: str) -> ToldCall:
    call = placed(kind, NUMBER, dial(engine, now).id, now, CALL)
    for at, (question, answer) in enumerate(answers.items(), start=10):
        call.note(at, "answered", question=question, answer=answer, by="key")
    call.note(60, "ended", outcome="callback")
    tell_it(engine, RULES, call, call)
    return call


def test_it_is_called_in_the_next_window_and_says_day_channel_and_matter(engine: Engine) -> None:
    written(engine, NIGHT)
    assert tasks(engine) == [(KIND, "12 08:30")]
    morning = NIGHT + timedelta(hours=9, minutes=30)
    brief = callback_brief(engine, RULES, task_id=dial(engine, morning).id, now=morning)
    assert (brief.channel, brief.matter_name, brief.place, brief.called_at) == ("网上", "供水饮水", "扎西镇", NIGHT)
    assert not brief.coached and not brief.recheck


@pytest.mark.parametrize("urgency", ["red", "orange"])
def test_red_and_orange_are_called_at_once_at_night_too(engine: Engine, urgency: str) -> None:
    written(engine, NIGHT, urgency=urgency)
    dial(engine, NIGHT)


def test_who_gave_no_number_is_not_called(engine: Engine) -> None:
    written(engine, caller="")
    assert tasks(engine) == []


@pytest.mark.parametrize(
    "changes", [{"secrecy": "保密"}, {"secrecy": "匿名"}, {"type": "举报"}, {"call_when": APPOINTMENT}]
)
def test_what_no_machine_may_ring_about_is_a_persons_from_the_start_or_once_it_is_known(
    engine: Engine, changes: dict[str, str]
) -> None:
    written(engine)
    with writing(engine) as connection:
        update_cases(connection, [replace(the_case(engine), **changes)])  # type: ignore[arg-type]
    assert place_call(engine, RULES, due(engine), now=MORNING) is None
    assert [kind for kind, _ in tasks(engine)] == [BY_PERSON]
    (line,) = [one.text for one in list_incidents(engine, by=DESK, now=MORNING) if NUMBER in one.text]
    assert "请人打电话核实" in line and "case confirmed" in line


def test_a_report_that_came_in_writing_is_never_rung_by_a_machine(engine: Engine) -> None:
    written(engine, secrecy="保密")
    assert [kind for kind, _ in tasks(engine)] == [BY_PERSON]


def test_yes_and_what_is_added_stand_on_the_timeline_and_the_words_in_the_case(engine: Engine) -> None:
    written(engine)
    answered(engine, writer="yes", yours="yes", addition="水表也坏了")
    assert told(engine) == ["群众确认属实，并补充了情况"] and tasks(engine) == []
    case = the_case(engine)
    assert case.transcript == "家里停水三天\n补充：水表也坏了" and case.state is CaseState.ASSIGNED
    with reading(engine) as connection:
        assert not [row for row in timeline_of(connection, NUMBER) if "水表" in row.text], (
            "words are kept for less long"
        )
        assert callbacks_of(connection, [NUMBER]) == [], "it is no callback"
        row = last_try(connection, 1)
    assert row is not None and (row.kind, row.outcome, row.answered) == (KIND, "确认属实", True)
    lines = replay_call(engine, call_id=CALL, by=DESK, now=MORNING)
    assert any("系统核实" in line for line in lines) and any("核实问“是您反映的吗”，答：是" in line for line in lines)


def test_nothing_to_add(engine: Engine) -> None:
    written(engine)
    answered(engine, writer="yes", yours="yes", addition="no")
    assert told(engine) == ["群众确认属实"] and the_case(engine).transcript == "家里停水三天"


def test_an_addition_without_words_is_told_to_the_desk(engine: Engine) -> None:
    written(engine)
    answered(engine, writer="yes", yours="yes", addition="unclear")
    with reading(engine) as connection:
        (row,) = all_incidents(connection, KIND)
    assert "请听录音" in row.text and told(engine) == ["群众确认属实，并补充了情况"]


def test_not_his_is_the_desks(engine: Engine) -> None:
    written(engine)
    answered(engine, writer="yes", yours="no")
    assert told(engine) == ["群众说不是本人反映的"] and [kind for kind, _ in tasks(engine)] == [BY_PERSON]
    with reading(engine) as connection:
        (row,) = all_incidents(connection, KIND)
    assert NUMBER in row.text and "受理台" in row.text and CITIZEN not in row.text
    assert the_case(engine).state is CaseState.ASSIGNED, "what becomes of it a person decides"


@pytest.mark.parametrize(
    ("said", "waits"),
    [
        ({}, KIND),
        ({"writer": "no"}, KIND),
        ({"writer": "unclear"}, KIND),
        ({"writer": "yes"}, KIND),
        ({"writer": "yes", "yours": "unclear"}, BY_PERSON),
    ],
)
def test_without_a_plain_answer_it_is_tried_another_day_or_a_person_asks(
    engine: Engine, said: dict[str, str], waits: str
) -> None:
    written(engine)
    answered(engine, **said)
    ((kind, when),) = tasks(engine)
    assert kind == waits and (waits == BY_PERSON or when == "12 14:30")


def test_after_the_attempts_a_person_is_to_ask(engine: Engine) -> None:
    written(engine)
    now, days = MORNING, []
    for _ in range(3):
        task = dial(engine, now)
        call_failed(engine, RULES, task_id=task.id, now=now + timedelta(seconds=40), outcome=Outcome.UNANSWERED)
        days.append(now.date())
        with reading(engine) as connection:
            (waiting,) = open_tasks(connection, case_number=NUMBER)
        now = waiting.due_at.astimezone(LOCAL)
    assert len(set(days)) == 3 and waiting.kind == BY_PERSON
    assert told(engine) == ["打了 3 次核实电话，没人接，转人工核实"]


def test_what_is_urgent_and_has_rung_is_a_persons_at_once_and_is_tried_again_when_it_has_not(engine: Engine) -> None:
    written(engine, urgency="red")
    task = dial(engine)
    call_failed(engine, RULES, task_id=task.id, now=MORNING, outcome=Outcome.BUSY)
    assert tasks(engine) == [(KIND, "11 09:30")]
    later = MORNING + RULES.redial.again_after
    task = dial(engine, later)
    call_failed(engine, RULES, task_id=task.id, now=later, outcome=Outcome.UNANSWERED)
    assert [kind for kind, _ in tasks(engine)] == [BY_PERSON]


def test_a_number_is_rung_once_a_day_whatever_the_case(engine: Engine) -> None:
    written(engine)
    dial(engine)
    again = due(engine, MORNING + timedelta(minutes=30))  # as after a crash: the lease is over
    assert place_call(engine, RULES, again, now=MORNING + timedelta(minutes=30)) is None
    assert tasks(engine) == [(KIND, "12 08:30")]


def test_a_number_that_may_not_be_dialled_is_a_persons(engine: Engine) -> None:
    written(engine, caller="110")
    assert place_call(engine, RULES, due(engine), now=MORNING) is None
    assert [kind for kind, _ in tasks(engine)] == [BY_PERSON]


def test_replying_and_closing_before_is_warned_of_and_the_callback_asks_instead(engine: Engine) -> None:
    written(engine)
    handler = HANDLER
    sign_for(engine, number=NUMBER, by=handler, now=MORNING)
    found = reply_case(
        engine, RULES, number=NUMBER, result="水管今天修好，下午来水", disposition="已解决", by=handler, now=MORNING
    )
    assert WARNING in found.doubts


def test_closing_on_the_spot_ends_it_and_says_so(engine: Engine) -> None:
    written(engine)
    assert awaits_confirmation(engine, NUMBER)
    task = dial(engine)
    close_case(engine, RULES, number=NUMBER, result="水管今天修好，下午来水", by=LEADER, now=MORNING)
    assert [kind for kind, _ in tasks(engine)] == ["callback"] and not awaits_confirmation(engine, NUMBER)
    with reading(engine) as connection:
        assert WARNING in timeline_of(connection, NUMBER)[-1].text
    # The call that is up meanwhile moves nothing.
    call = placed("confirm", NUMBER, task.id, MORNING, CALL).note(
        10, "answered", question="writer", answer="yes", by="key"
    )
    tell_it(engine, RULES, call.note(20, "ended", outcome="gone"))
    assert the_case(engine).state is CaseState.CLOSED


@pytest.mark.parametrize("closed", [False, True])
def test_what_asterisk_noted_of_a_call_that_outlived_the_controller_is_a_confirm_call_all_the_same(
    engine: Engine, closed: bool
) -> None:
    written(engine)
    task = dial(engine)
    if closed:
        close_case(engine, RULES, number=NUMBER, result="水管今天修好，下午来水", by=LEADER, now=MORNING)
    call = placed("callback", NUMBER, task.id, MORNING, CALL).note(5, "ended", outcome="unknown")
    tell_it(engine, RULES, call)
    assert the_case(engine).state is (CaseState.CLOSED if closed else CaseState.ASSIGNED)
    assert [kind for kind, _ in tasks(engine)] == (["callback"] if closed else [KIND])


def test_a_person_records_what_he_found_out(engine: Engine) -> None:
    written(engine, secrecy="保密")
    with pytest.raises(NotPermitted):
        confirm_by_person(engine, RULES, number=NUMBER, by=HANDLER, outcome="属实", now=MORNING)
    with pytest.raises(MoveRefused, match="原因"):
        confirm_by_person(engine, RULES, number=NUMBER, by=DESK, outcome="联系不上", now=MORNING)
    case = confirm_by_person(engine, RULES, number=NUMBER, by=DESK, outcome="属实", now=MORNING, added="还停电")
    assert case.transcript.endswith("补充：还停电") and tasks(engine) == []
    assert told(engine) == ["人工核实：确认属实，群众补充了情况"]
    with pytest.raises(MoveRefused, match="没有在等核实"):
        confirm_by_person(engine, RULES, number=NUMBER, by=DESK, outcome="属实", now=MORNING)


# ── who has missed it and rings back ──────────────────────────────────────────────────────────────────────────────────

BACK = MORNING + timedelta(hours=1)
BACK_CALL = "1757641200.5"


def missed(engine: Engine, outcome: Outcome = Outcome.UNANSWERED, **changes: str) -> DueTask:
    written(engine, **changes)
    task = dial(engine)
    call_failed(engine, RULES, task_id=task.id, now=MORNING, outcome=outcome)
    return task


def ring_back(task: DueTask, **answers: str) -> ToldCall:
    call = ToldCall(BACK_CALL, BACK).opened().note(6, "rings_back", case=NUMBER, task=task.id, confirm=True)
    for at, (question, answer) in enumerate(answers.items(), start=10):
        call.note(at, "answered", question=question, answer=answer, by="key")
    return call


@pytest.mark.parametrize(("outcome", "known"), [(Outcome.UNANSWERED, True), (Outcome.NO_LINE, False)])
def test_a_confirm_call_is_known_as_missed_once_it_may_have_rung(engine: Engine, outcome: Outcome, known: bool) -> None:
    assert missed_callback(engine, RULES, caller=CITIZEN, now=BACK) is None
    task = missed(engine, outcome)
    found = missed_callback(engine, RULES, caller=CITIZEN, now=BACK)
    assert (found is not None and (found.task_id, found.channel) == (task.id, "网上")) == known
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), secrecy="保密")])
    assert missed_callback(engine, RULES, caller=CITIZEN, now=BACK) is None, "no machine speaks of that"


@pytest.mark.parametrize("cut", [1, 2, 3, 5, 8])
def test_who_rings_back_is_asked_at_once_and_what_is_added_belongs_to_that_case(engine: Engine, cut: int) -> None:
    call = ring_back(missed(engine), writer="yes", yours="yes", addition="隔壁也停了")
    call.note(30, "message", path="/r/1757641200.5-addition.wav", seconds=3.0, case=NUMBER)
    call.note(40, "gone", phase="listen").note(40, "ended", outcome="callback")
    tell_it(engine, RULES, ToldCall(facts=call.facts[:cut]), ToldCall(facts=call.facts[cut:]), call)
    assert told(engine)[-1] == "群众确认属实，并补充了情况" and "群众回电" in told(engine)[-2]
    assert the_case(engine).transcript.endswith("补充：隔壁也停了") and not awaits_confirmation(engine, NUMBER)
    with reading(engine) as connection:
        (own,) = case_of_calls(connection, [BACK_CALL]).values()
        assert get_case(connection, own).state is CaseState.STRUCK_OFF
        assert [row.path for row in recordings_of_case(connection, NUMBER)] == ["/r/1757641200.5-addition.wav"]
        assert [task.kind for task in open_tasks(connection, case_number=own) if task.kind != "archive"] == []
    assert the_case(engine).state is CaseState.ASSIGNED, "no callback has begun"


def test_who_rings_back_and_hangs_up_before_answering_is_called_another_day(engine: Engine) -> None:
    call = ring_back(missed(engine), writer="yes")
    tell_it(engine, RULES, call.note(20, "gone", phase="listen").note(20, "ended", outcome="gone"))
    assert tasks(engine) == [(KIND, "12 14:30")]


def test_not_his_and_something_else_is_a_case_of_its_own_and_the_answer_counts(engine: Engine) -> None:
    call = ring_back(missed(engine), writer="yes", yours="no").note(15, "rings_back", case="").understood(18)
    tell_it(engine, RULES, call.planned(19).note(40, "gone", phase="ring").note(40, "ended", outcome="gone"))
    assert told(engine)[-1] == "群众说不是本人反映的" and awaits_confirmation(engine, NUMBER)
    with reading(engine) as connection:
        (own,) = case_of_calls(connection, [BACK_CALL]).values()
        assert get_case(connection, own).state is CaseState.ACCEPTED
