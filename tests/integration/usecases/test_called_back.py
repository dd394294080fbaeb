"""回访 that only a person makes: for whom, what it comes to, and that nothing else ends a case that waits for it."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine

from cases.case import Case, CaseState
from cases.red_lines import RedLine
from cases.roles import Actor, NotPermitted, Role
from cases.tries import Outcome
from ivr.facts import Fact
from routing.calendar import LOCAL
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER, UNIT, left_to_people, signed_off
from tests.fakes.told_calls import CITIZEN, MORNING, NUMBER, RULES, ToldCall, placed, talked, tell_it, unheard
from zhitong.errors import MoveRefused
from zhitong.store.cases import case_of_calls, clocks_of, get_case, update_cases
from zhitong.store.due import DueTask, open_tasks, put_off, tasks_of
from zhitong.store.engine import reading, writing
from zhitong.store.figures import Scope, count_all
from zhitong.store.records import all_incidents
from zhitong.store.timeline import timeline_of
from zhitong.store.tries import callbacks_of
from zhitong.usecases.await_person import told_how
from zhitong.usecases.called_back import called_back
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.list_incidents import list_incidents
from zhitong.usecases.merge_cases import merge_cases
from zhitong.usecases.no_contact import no_contact, review_no_contact
from zhitong.usecases.place_call import call_failed, callback_brief, missed_callback, place_call
from zhitong.usecases.recheck_by_person import recheck_by_person
from zhitong.usecases.red_lines import red_lines
from zhitong.usecases.rules import Rules
from zhitong.usecases.take_due import take_due

CLOSED = MORNING + timedelta(days=1)
NOW = CLOSED + timedelta(minutes=10)
SUPERVISION = Actor(name="督查老钱", roles=frozenset({Role.SUPERVISION}))


@pytest.fixture
def engine(engine: Engine) -> Engine:
    tell_it(engine, RULES, talked())
    return engine


def change(engine: Engine, **fields: Any) -> None:
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, NUMBER), **fields)])


def case(engine: Engine) -> Case:
    with reading(engine) as connection:
        return get_case(connection, NUMBER)


def tasks(engine: Engine) -> list[DueTask]:
    with reading(engine) as connection:
        found = open_tasks(connection, case_number=NUMBER)
    return [task for task in found if task.kind in ("callback", "person_callback")]


def waits_for_a_person(engine: Engine) -> Engine:
    """The callback found somebody who said nothing plain."""
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    left_to_people(engine, RULES, number=NUMBER, now=NOW)
    return engine


def record(engine: Engine, by: Actor = DESK, outcome: str = "解决", **more: str) -> Case:
    return called_back(engine, RULES, number=NUMBER, by=by, outcome=outcome, now=NOW + timedelta(hours=1), **more)


SECRET = {"举报": {"type": "举报"}, "保密": {"secrecy": "保密"}, "匿名": {"secrecy": "匿名"}}


@pytest.mark.parametrize("what", SECRET)
def test_of_what_is_secret_no_machine_rings_the_citizen(engine: Engine, what: str) -> None:
    change(engine, **SECRET[what])
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    assert [task.kind for task in tasks(engine)] == ["person_callback"]
    assert take_due(engine, now=NOW + timedelta(days=9), kinds=("callback",)) == []
    assert case(engine).state is CaseState.CLOSED
    (told,) = [one.text for one in list_incidents(engine, by=DESK, now=NOW) if NUMBER in one.text]
    assert "只由人回访" in told and CITIZEN not in told


def test_the_wish_for_secrecy_is_kept_when_the_words_are_deleted(engine: Engine) -> None:
    said = ToldCall("1757553630.8").opened().understood(text="莫让局长晓得是我说的").planned()
    tell_it(engine, RULES, said.note(30, "ended", outcome="gone"))
    with reading(engine) as connection:
        assert get_case(connection, "20250911-092030-0008").secrecy == "保密"


def test_a_callback_that_was_due_before_the_case_was_known_as_secret_is_not_dialled(engine: Engine) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    change(engine, secrecy="匿名")
    (task,) = take_due(engine, now=NOW, kinds=("callback",))
    assert place_call(engine, RULES, task, now=NOW) is None
    assert [task.kind for task in tasks(engine)] == ["person_callback"]
    with reading(engine) as connection:
        assert callbacks_of(connection, [NUMBER]) == []


def test_what_was_said_and_nothing_plain_waits_for_a_person_who_is_told_why(engine: Engine) -> None:
    waits_for_a_person(engine)
    (task,) = tasks(engine)
    assert (task.kind, case(engine).state) == ("person_callback", CaseState.CLOSED)
    assert "没有问到明确的回答" in str(task.detail["why"])
    assert take_due(engine, now=NOW + timedelta(days=9), kinds=("callback",)) == []


def test_solved_said_to_a_person_strikes_off_in_their_name(engine: Engine) -> None:
    waits_for_a_person(engine)
    ended = record(engine, satisfied="一般")
    assert (ended.state, ended.concluded, ended.concluded_by) == (CaseState.STRUCK_OFF, "群众确认解决", DESK.name)
    assert case(engine) == ended and tasks(engine) == []
    with reading(engine) as connection:
        row = callbacks_of(connection, [NUMBER])[-1]
        told = [(entry.what, entry.who) for entry in timeline_of(connection, NUMBER)][-2:]
    assert (row.kind, row.answered, row.solved, row.satisfied) == ("person", True, "yes", "middle")
    assert told == [("回访", DESK.name), ("销号", DESK.name)]


def test_not_solved_is_a_rework_and_the_words_are_not_on_the_timeline(engine: Engine) -> None:
    waits_for_a_person(engine)
    again = record(engine, SUPERVISION, "没解决", why="水龙头还是没水")
    assert (again.state, again.rework) == (CaseState.ASSIGNED, 1)
    with reading(engine) as connection:
        assert callbacks_of(connection, [NUMBER])[-1].why == "水龙头还是没水"
        assert not [entry for entry in timeline_of(connection, NUMBER) if "没水" in f"{entry.text}{entry.reason}"]
        assert {clock.round for clock in clocks_of(connection, NUMBER)} == {0, 1}


def test_who_cannot_be_reached_is_struck_off_by_a_person_with_a_reason_and_counted_apart(engine: Engine) -> None:
    waits_for_a_person(engine)
    with pytest.raises(MoveRefused, match="联系不上的原因"):
        record(engine, outcome="联系不上")
    ended = record(engine, outcome="联系不上", why="三天里打了五次，都关机")
    assert (ended.state, ended.concluded, ended.concluded_by) == (CaseState.STRUCK_OFF, "多次联系不上", DESK.name)
    with reading(engine) as connection:
        row = callbacks_of(connection, [NUMBER])[-1]
        entry = timeline_of(connection, NUMBER)[-1]
    assert (row.answered, row.solved, row.satisfied) == (False, "", "")
    assert (entry.who, entry.reason) == (DESK.name, "三天里打了五次，都关机") and "不算满意" in entry.text


def test_nobody_is_given_up_while_the_system_still_calls(engine: Engine) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    with pytest.raises(MoveRefused, match="还在按时段回访"):
        record(engine, outcome="联系不上", why="不想打了")


# ── the system calls first ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("outcome", "why"), [("解决", ""), ("没解决", "没水")])
def test_nobody_says_for_a_citizen_what_he_said_before_the_system_has_asked_him(
    engine: Engine, outcome: str, why: str
) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    before = case(engine)
    with pytest.raises(MoveRefused, match=r"还没有回访过，09月12日 09:30 起打；.*转人工"):
        record(engine, outcome=outcome, why=why)
    call_failed(engine, RULES, task_id=the_call(engine, NOW), now=NOW, outcome=Outcome.UNANSWERED)
    with pytest.raises(MoveRefused, match="还没有问到，09月13日 14:30 再打"):
        record(engine, outcome=outcome, why=why)
    assert case(engine) == before and [task.kind for task in tasks(engine)] == ["callback"]
    left_to_people(engine, RULES, number=NUMBER, now=NOW + timedelta(days=1))
    assert record(engine, outcome=outcome, why=why).state is not CaseState.CLOSED


def the_call(engine: Engine, now: datetime) -> int:
    (task,) = take_due(engine, now=now, kinds=("callback",))
    assert place_call(engine, RULES, task, now=now) is not None
    return task.id


OWN_CALLS: dict[str, tuple[ToldCall, bool]] = {
    "with the desk": (talked("1757641200.5", NOW), True),
    "in another way of writing it": (talked("1757641200.5", NOW, caller=f"0{CITIZEN}"), True),
    "with the unit that had it": (talked("1757641200.5", NOW), False),
    "of somebody else": (talked("1757641200.5", NOW, caller="13800000009"), False),
    "before the closing": (talked("1757641200.5", CLOSED - timedelta(hours=1)), False),
    "with nobody": (unheard("1757641200.5", NOW), False),
}


@pytest.mark.parametrize("which", OWN_CALLS)
def test_who_has_talked_with_somebody_else_since_the_closing_has_said_it(engine: Engine, which: str) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    call, counts = OWN_CALLS[which]
    if "unit" not in which:
        call = ToldCall(facts=[put_through_to(fact, unit="热线办", name="孙丽") for fact in call.facts])
    tell_it(engine, RULES, call)
    if counts:
        assert record(engine).state is CaseState.STRUCK_OFF and tasks(engine) == []
    else:
        with pytest.raises(MoveRefused, match="还没有回访过"):
            record(engine)


def put_through_to(fact: Fact, *, unit: str, name: str) -> Fact:
    if fact.kind != "planned":
        return fact
    rungs = [rung | {"name": name, "post": ""} for rung in fact.detail["rungs"]]
    return replace(fact, detail={**fact.detail, "unit": unit, "rungs": rungs})


def test_where_no_machine_can_or_does_ring_people_do(engine: Engine) -> None:
    change(engine, caller="")
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    assert record(engine).state is CaseState.STRUCK_OFF


def test_a_machine_that_stands_still_does_not_keep_people_from_calling(engine: Engine) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    (task,) = tasks(engine)
    late = task.due_at + timedelta(days=1)
    with pytest.raises(MoveRefused, match="还没有回访过"):
        called_back(engine, RULES, number=NUMBER, by=DESK, outcome="解决", now=late)
    ended = called_back(engine, RULES, number=NUMBER, by=DESK, outcome="解决", now=late + timedelta(seconds=1))
    assert ended.state is CaseState.STRUCK_OFF


def test_who_could_not_be_rung_for_days_since_our_own_lines_failed_is_a_persons(engine: Engine) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    for _ in range(9):
        (task,) = tasks(engine)
        if task.kind != "callback":
            break
        call_failed(engine, RULES, task_id=the_call(engine, task.due_at), now=task.due_at, outcome=Outcome.NO_LINE)
    assert task.kind == "person_callback" and "3 天都打不出去" in task.detail["why"]
    assert task.due_at > CLOSED + timedelta(days=3)


def test_nobody_of_a_case_that_is_answered_together_with_it_calls_or_is_asked_to(engine: Engine) -> None:
    number = "20250911-092030-0008"
    tell_it(engine, RULES, unheard(caller="13800000009"))
    with writing(engine) as connection:
        update_cases(connection, [replace(get_case(connection, number), unit="能源局")])
    merge_cases(engine, RULES, number=number, into=NUMBER, by=DESK, reason="同一件事", now=MORNING)
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    left_to_people(engine, RULES, number=number, now=NOW)
    left_to_people(engine, RULES, number=NUMBER, now=NOW)
    theirs = [replace(HANDLER, roles=frozenset({Role.DESK}), units=frozenset()), *INSIDERS]
    theirs.append(Actor(name="供电的", roles=frozenset({Role.DESK}), units=frozenset({"能源局"})))
    for who in theirs:
        for one in (number, NUMBER):
            with pytest.raises(NotPermitted, match="请别的人打"):
                called_back(engine, RULES, number=one, by=who, outcome="解决", now=NOW)
        assert not [one for one in list_incidents(engine, by=who, now=NOW) if "请人回访" in one.text]
    assert len([one for one in list_incidents(engine, by=DESK, now=NOW) if "请人回访" in one.text]) == 2


def test_who_handled_it_once_had_a_part_in_it_though_another_unit_has_it_now(engine: Engine) -> None:
    waits_for_a_person(engine)
    record(engine, outcome="没解决", why="没水")
    change(engine, unit="能源局", first_unit="能源局")
    again = NOW + timedelta(days=2)
    signed_off(engine, RULES, number=NUMBER, now=again)
    left_to_people(engine, RULES, number=NUMBER, now=again)
    change(engine, replied_by="", official="", reviewed_by="")
    with pytest.raises(NotPermitted, match="请别的人打"):
        record(engine, replace(HANDLER, roles=frozenset({Role.DESK}), units=frozenset()))
    assert record(engine).state is CaseState.STRUCK_OFF


def test_who_took_the_call_is_known_with_and_without_his_post(engine: Engine) -> None:
    waits_for_a_person(engine)
    change(engine, official="副局长李强")
    with pytest.raises(NotPermitted, match="请别的人打"):
        record(engine, Actor(name="李强", roles=frozenset({Role.DESK})))


INSIDERS = [
    replace(HANDLER, roles=frozenset({Role.DESK})),
    Actor(name="同事", roles=frozenset({Role.DESK}), units=frozenset({UNIT})),
    Actor(name=LEADER.name, roles=frozenset({Role.SUPERVISION})),
    Actor(name=HEAD.name, roles=frozenset({Role.SUPERVISION})),
]


@pytest.mark.parametrize("who", INSIDERS)
def test_nobody_who_had_a_part_in_it_says_what_the_citizen_said(engine: Engine, who: Actor) -> None:
    waits_for_a_person(engine)
    with pytest.raises(NotPermitted, match="请别的人打"):
        record(engine, who)
    for one in (HANDLER, HEAD, LEADER):
        with pytest.raises(NotPermitted):
            record(engine, one)
    assert case(engine).state is CaseState.CLOSED and len(tasks(engine)) == 1


WRONG: list[tuple[dict[str, str], str]] = [
    ({"outcome": "还行"}, "解决、没解决、联系不上"),
    ({"satisfied": "还行"}, "满意、一般、不满意"),
    ({"outcome": "没解决", "why": "没水", "satisfied": "满意"}, "只有解决了的"),
    ({"outcome": "没解决"}, "原话"),
    ({"satisfied": "不满意"}, "原话"),
    ({"outcome": "没解决", "why": "没" * 501}, "501"),
]


@pytest.mark.parametrize(("said", "why"), WRONG)
def test_what_cannot_be_meant_is_refused_and_nothing_changes(engine: Engine, said: dict[str, str], why: str) -> None:
    waits_for_a_person(engine)
    with pytest.raises(MoveRefused, match=why):
        record(engine, **said)
    assert len(tasks(engine)) == 1


def test_a_case_that_is_not_closed_or_is_being_asked_about_takes_none(engine: Engine) -> None:
    with pytest.raises(MoveRefused, match="交办"):
        record(engine)
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    (task,) = take_due(engine, now=NOW, kinds=("callback",))
    tell_it(engine, RULES, placed("callback", NUMBER, task.id, NOW))
    with pytest.raises(MoveRefused, match="正在回访"):
        record(engine)


# ── when and where the citizen wants to be called ─────────────────────────────────────────────────────────────────────


def edit(engine: Engine, now: datetime = MORNING, **changes: str) -> Case:
    return edit_case(engine, RULES, number=NUMBER, by=DESK, reason="群众说的", now=now, matters={}, **changes)


def test_a_time_agreed_on_is_when_the_system_calls_whatever_the_hour(engine: Engine) -> None:
    edit(engine, now=CLOSED, call_when="今晚多晚都可以")
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    (task,) = tasks(engine)
    tonight = CLOSED.replace(hour=18, minute=30, second=0)
    assert task.due_at == tonight
    late = CLOSED.replace(hour=23)
    (task,) = take_due(engine, now=late, kinds=("callback",))
    call = place_call(engine, RULES, task, now=late)
    assert call is not None and call.number == CITIZEN


def test_a_callback_that_waits_already_waits_for_the_time_wished_now(engine: Engine) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    edit(engine, now=CLOSED, call_when="傍晚")
    (task,) = tasks(engine)
    assert task.due_at == CLOSED.replace(hour=18, minute=0, second=0)
    with pytest.raises(MoveRefused, match="看不懂"):
        edit(engine, now=CLOSED, call_when="有空再打")
    with pytest.raises(MoveRefused, match="不能改了"):
        edit(engine, now=CLOSED, call_when="清晨", place="旧城镇")


def test_a_time_agreed_on_for_another_day_is_told_in_the_countys_time(engine: Engine) -> None:
    task = missed(engine)
    edit(engine, now=NOW, call_when="后天中午")
    with writing(engine) as connection:
        put_off(connection, task.id, until=LATER)
    tell_it(engine, RULES, ring_back(task, ("person", "no")).note(40, "ended", outcome="callback"))
    with reading(engine) as connection:
        assert "09月14日 11:30 再打" in " ".join(entry.text for entry in timeline_of(connection, NUMBER))


def test_who_wants_an_appointment_first_is_called_by_a_person(engine: Engine) -> None:
    edit(engine, call_when="先约")
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    (task,) = tasks(engine)
    assert (task.kind, task.detail["why"]) == ("person_callback", "群众要先约时间")


FROM_THE_SYSTEM = [{"call_when": "先约"}, {"secrecy": "保密"}, {"secrecy": "匿名"}, {"type": "举报"}]


@pytest.mark.parametrize("changes", FROM_THE_SYSTEM)
def test_who_took_a_callback_from_the_system_does_not_say_what_the_citizen_said(
    engine: Engine, changes: dict[str, str]
) -> None:
    edit(engine, **changes)
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    with pytest.raises(NotPermitted, match="请别的人打"):
        record(engine)
    assert case(engine).state is CaseState.CLOSED
    assert record(engine, by=replace(DESK, name="受理台老马")).state is CaseState.STRUCK_OFF


def test_nor_does_he_in_the_citizens_later_cases_for_which_it_holds_too(engine: Engine) -> None:
    edit(engine, call_when="先约")
    later = "20250911-102030-0009"
    tell_it(engine, RULES, talked("1757557230.9", MORNING + timedelta(hours=1)))
    signed_off(engine, RULES, number=later, now=CLOSED)
    for by, may in ((DESK, False), (SUPERVISION, True)):
        said = {"number": later, "by": by, "outcome": "解决", "now": NOW}
        if may:
            assert called_back(engine, RULES, **said).state is CaseState.STRUCK_OFF  # type: ignore[arg-type]
        else:
            with pytest.raises(NotPermitted, match="先约"):
                called_back(engine, RULES, **said)  # type: ignore[arg-type]


def test_who_wrote_a_wish_that_is_taken_back_may_record_what_was_left_to_people(engine: Engine) -> None:
    edit(engine, call_when="先约")
    edit(engine, call_when="傍晚")
    waits_for_a_person(engine)
    assert record(engine).state is CaseState.STRUCK_OFF


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({}, "系统会在回访时段给群众打电话"),
        ({"type": "举报"}, "只由人回访，系统不打"),
        ({"secrecy": "匿名"}, "只由人回访，系统不打"),
        ({"call_when": "先约"}, "要先约时间，系统不打"),
        ({"caller": ""}, "没有系统能打的号码"),
        ({"shared_phone": True}, "没有系统能打的号码"),
    ],
)
def test_whoever_closes_a_case_is_told_who_calls_the_citizen(engine: Engine, fields: dict[str, Any], told: str) -> None:
    change(engine, **fields)
    assert told in told_how(case(engine), "0870")


def test_another_number_is_the_one_that_is_called_and_is_not_told_on_the_timeline(engine: Engine) -> None:
    edit(engine, contact="138 7000 0009")
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    (task,) = take_due(engine, now=NOW, kinds=("callback",))
    call = place_call(engine, RULES, task, now=NOW)
    assert call is not None and call.number == "13870000009"
    assert callback_brief(engine, RULES, task_id=task.id, now=NOW).number == "13870000009"
    call_failed(engine, RULES, task_id=task.id, now=NOW, outcome=Outcome.UNANSWERED)
    assert missed_callback(engine, RULES, caller="13870000009", now=LATER) is not None, "and the one that rings back"
    with reading(engine) as connection:
        assert "13870000009" not in " ".join(entry.text for entry in timeline_of(connection, NUMBER))
    for wrong in ("110", "abc", "0085212345678"):
        with pytest.raises(MoveRefused, match="联系电话"):
            edit(engine, contact=wrong)


# ── 回头看 ────────────────────────────────────────────────────────────────────────────────────────────────────────────

MONTH_LATER = NOW + timedelta(days=30)
RECHECKED = replace(RULES, callback=replace(RULES.callback, recheck_matters=frozenset({"B2"})))


def solved(engine: Engine, rules: Rules) -> None:
    signed_off(engine, rules, number=NUMBER, now=CLOSED)
    left_to_people(engine, rules, number=NUMBER, now=NOW)
    called_back(engine, rules, number=NUMBER, by=DESK, outcome="解决", now=NOW)


def solved_with_recheck(engine: Engine) -> DueTask:
    solved(engine, RECHECKED)
    assert take_due(engine, now=MONTH_LATER - timedelta(minutes=1), kinds=("recheck",)) == []
    (task,) = take_due(engine, now=MONTH_LATER, kinds=("recheck",))
    call = place_call(engine, RECHECKED, task, now=MONTH_LATER)
    assert call is not None and (call.kind, call.number) == ("recheck", CITIZEN)
    assert callback_brief(engine, RECHECKED, task_id=task.id, now=MONTH_LATER).recheck
    return task


def rechecked(engine: Engine, task: DueTask, **answers: str) -> None:
    call = placed("callback", NUMBER, task.id, MONTH_LATER)
    for second, (question, answer) in enumerate(answers.items(), start=9):
        call.note(second, "answered", question=question, answer=answer, by="key")
    tell_it(engine, RECHECKED, call.note(40, "ended", outcome="callback"))


def recheck_of(engine: Engine) -> DueTask:
    with reading(engine) as connection:
        return next(task for task in tasks_of(connection, NUMBER) if task.kind == "recheck")


@pytest.mark.parametrize(
    ("solved", "outcome", "told"), [("yes", "还是好的", []), ("no", "又出了问题", ["回头看，群众说又出了问题"])]
)
def test_a_matter_that_comes_again_is_asked_about_once_more_and_counted_apart(
    engine: Engine, solved: str, outcome: str, told: list[str]
) -> None:
    before = (task := solved_with_recheck(engine)) and case(engine)
    rechecked(engine, task, person="yes", solved=solved)
    assert case(engine) == before, "the case stays ended as it was"
    assert recheck_of(engine).outcome == outcome
    with reading(engine) as connection:
        assert [row.kind for row in callbacks_of(connection, [NUMBER])] == ["callback", "person"]
        incidents = [row.text for row in all_incidents(connection, "recheck")]
    assert len(incidents) == len(told) and all(words in text for words, text in zip(told, incidents, strict=True))


def test_a_recheck_nobody_answers_is_tried_on_other_days_and_then_left(engine: Engine) -> None:
    task, now = solved_with_recheck(engine), MONTH_LATER
    for dialled in (True, True, False):
        call_failed(engine, RECHECKED, task_id=task.id, now=now, outcome=Outcome.UNANSWERED)
        later = now + timedelta(hours=1)
        assert missed_callback(engine, RECHECKED, caller=CITIZEN, now=later) is not None, "also after the last one"
        now = recheck_of(engine).due_at
        (again,) = take_due(engine, now=now, kinds=("recheck",))
        assert (place_call(engine, RECHECKED, again, now=now) is not None) is dialled
    assert missed_callback(engine, RECHECKED, caller=CITIZEN, now=now) is None
    with reading(engine) as connection:
        assert [row.text for row in timeline_of(connection, NUMBER) if row.what == "回头看"] == [
            "打了 3 次都没人接，没有问到"
        ]
    assert recheck_of(engine).outcome == "没有问到" and tasks(engine) == []
    assert case(engine).concluded == "群众确认解决"


def test_a_recheck_that_our_own_lines_did_not_place_was_no_try(engine: Engine) -> None:
    task, now = solved_with_recheck(engine), MONTH_LATER
    for _ in range(5):
        call_failed(engine, RECHECKED, task_id=task.id, now=now, outcome=Outcome.NO_LINE)
        now = recheck_of(engine).due_at
        (again,) = take_due(engine, now=now, kinds=("recheck",))
        assert again.attempts == 1 and place_call(engine, RECHECKED, again, now=now) is not None


def test_other_matters_and_secret_ones_are_not_asked_about_again(engine: Engine) -> None:
    solved(engine, RULES)
    assert take_due(engine, now=NOW + timedelta(days=99), kinds=("recheck",)) == []


def test_what_became_secret_meanwhile_is_not_dialled(engine: Engine) -> None:
    solved(engine, RECHECKED)
    change(engine, secrecy="保密")
    (task,) = take_due(engine, now=MONTH_LATER, kinds=("recheck",))
    assert place_call(engine, RECHECKED, task, now=MONTH_LATER) is None and tasks(engine) == []


def doubtful(engine: Engine) -> None:
    rechecked(engine, solved_with_recheck(engine), person="yes", solved="unclear")


def by_person(engine: Engine, outcome: str, by: Actor = DESK, why: str = "") -> Case:
    at = MONTH_LATER + timedelta(hours=1)
    return recheck_by_person(engine, RECHECKED, number=NUMBER, by=by, outcome=outcome, now=at, why=why)


def asked_of(engine: Engine, by: Actor) -> list[str]:
    return [one.text for one in list_incidents(engine, by=by, now=MONTH_LATER) if "case rechecked" in one.text]


def test_an_unclear_answer_to_a_recheck_is_asked_about_by_a_person_who_had_no_part_in_it(engine: Engine) -> None:
    doubtful(engine)
    assert recheck_of(engine).outcome == "转人工回头看" and case(engine).state is CaseState.STRUCK_OFF
    (line,) = asked_of(engine, DESK)
    assert "没有问到明确的回答" in line
    for who in INSIDERS:
        assert asked_of(engine, who) == []
        with pytest.raises(NotPermitted):
            by_person(engine, "还是好的", who)


@pytest.mark.parametrize(
    ("outcome", "why", "told"),
    [("还是好的", "", 0), ("又出了问题", "又停水三天了", 1), ("联系不上", "打了两次没人接", 0)],
)
def test_what_a_person_found_out_of_a_recheck_ends_it_and_moves_nothing(
    engine: Engine, outcome: str, why: str, told: int
) -> None:
    doubtful(engine)
    before = case(engine)
    assert by_person(engine, outcome, why=why) == before == case(engine)
    assert asked_of(engine, DESK) == []
    with pytest.raises(MoveRefused, match="没有在等人工回头看"):
        by_person(engine, "还是好的")
    with reading(engine) as connection:
        assert len(all_incidents(connection, "recheck")) == told
        row = [row for row in timeline_of(connection, NUMBER) if row.what == "回头看"][-1]
        assert (row.text, row.who) == (f"人工回头看：{outcome}", DESK.name)
        assert [row.kind for row in callbacks_of(connection, [NUMBER])] == ["callback", "person"], "counted apart"


@pytest.mark.parametrize(
    ("outcome", "told"), [("又出了问题", "没有写群众的原话"), ("联系不上", "没有写联系不上的原因"), ("好", "不认识")]
)
def test_a_recheck_by_a_person_says_what_it_must(engine: Engine, outcome: str, told: str) -> None:
    doubtful(engine)
    with pytest.raises(MoveRefused, match=told):
        by_person(engine, outcome)
    assert asked_of(engine, DESK)


# ── who has left no number ────────────────────────────────────────────────────────────────────────────────────────────

OTHER = Actor(name="督查老孙", roles=frozenset({Role.SUPERVISION}))


def nobody_to_call(engine: Engine) -> None:
    change(engine, caller="")
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    (task,) = take_due(engine, now=NOW, kinds=("callback",))
    assert place_call(engine, RULES, task, now=NOW) is None


def say_none(engine: Engine, by: Actor = DESK) -> Case:
    return no_contact(engine, RULES, number=NUMBER, by=by, reason="问过窗口和村里，都不认识", now=NOW)


def review(engine: Engine, by: Actor = OTHER, agrees: bool = True) -> Case:
    return review_no_contact(engine, RULES, number=NUMBER, by=by, agrees=agrees, reason="核过登记簿", now=NOW)


def test_who_left_no_number_is_struck_off_after_a_second_person_has_looked_and_counted_apart(engine: Engine) -> None:
    nobody_to_call(engine)
    with pytest.raises(MoveRefused, match="还没有人写"):
        review(engine)
    assert say_none(engine).state is CaseState.CLOSED
    for again, why in ((lambda: say_none(engine, OTHER), "请别的人复核"), (lambda: review(engine, DESK), "是您写的")):
        with pytest.raises(MoveRefused, match=why):
            again()
    ended = review(engine)
    assert (ended.state, ended.concluded, ended.concluded_by) == (CaseState.STRUCK_OFF, "没有联系方式", OTHER.name)
    assert case(engine) == ended and tasks(engine) == []


def test_who_knows_a_number_after_all_keeps_the_case_waiting(engine: Engine) -> None:
    nobody_to_call(engine)
    say_none(engine)
    assert review(engine, agrees=False).state is CaseState.CLOSED and len(tasks(engine)) == 1
    edit(engine, now=NOW, contact="13870000009")
    with pytest.raises(MoveRefused, match="有能打的号码"):
        say_none(engine)


def test_nobody_who_had_a_part_in_it_says_that_there_is_no_number(engine: Engine) -> None:
    nobody_to_call(engine)
    for who in INSIDERS:
        with pytest.raises(NotPermitted):
            say_none(engine, who)
    say_none(engine)
    for who in INSIDERS:
        with pytest.raises(NotPermitted):
            review(engine, who)


# ── who has missed a callback and rings back ──────────────────────────────────────────────────────────────────────────


def missed(engine: Engine, outcome: Outcome = Outcome.UNANSWERED) -> DueTask:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    (task,) = take_due(engine, now=NOW, kinds=("callback",))
    assert place_call(engine, RULES, task, now=NOW) is not None
    call_failed(engine, RULES, task_id=task.id, now=NOW, outcome=outcome)
    return task


def ring_back(task: DueTask, *answers: tuple[str, str]) -> ToldCall:
    call = ToldCall("1757641200.5", LATER).opened().note(6, "rings_back", case=NUMBER, task=task.id)
    for n, (question, answer) in enumerate(answers):
        call.note(10 + n, "answered", question=question, answer=answer, by="key")
    return call


LATER = NOW + timedelta(hours=1)
SOLVED = (("person", "yes"), ("solved", "yes"), ("satisfied", "yes"))


def call_case(engine: Engine) -> Case:
    """The case of the call in which somebody rang back."""
    with reading(engine) as connection:
        number = case_of_calls(connection, ["1757641200.5"])["1757641200.5"]
        return get_case(connection, number)


@pytest.mark.parametrize(
    ("outcome", "known"),
    [(Outcome.UNANSWERED, True), (Outcome.NOT_REACHED, True), (Outcome.BUSY, True), (Outcome.NO_LINE, False)],
)
def test_a_callback_is_known_as_missed_once_it_may_have_rung(engine: Engine, outcome: Outcome, known: bool) -> None:
    assert missed_callback(engine, RULES, caller=CITIZEN, now=NOW) is None
    task = missed(engine, outcome)
    found = missed_callback(engine, RULES, caller=CITIZEN, now=LATER)
    assert (found is not None and (found.task_id, found.case_number) == (task.id, NUMBER)) == known
    for other in ("13800000009", ""):
        assert missed_callback(engine, RULES, caller=other, now=LATER) is None


def missed_recheck(engine: Engine) -> DueTask:
    task = solved_with_recheck(engine)
    call_failed(engine, RECHECKED, task_id=task.id, now=MONTH_LATER, outcome=Outcome.UNANSWERED)
    return task


def ring_back_recheck(task: DueTask, **answers: str) -> ToldCall:
    call = ToldCall("1757641200.5", MONTH_LATER + timedelta(hours=1)).opened()
    call.note(6, "rings_back", case=NUMBER, task=task.id, recheck=True)
    for second, (question, answer) in enumerate(answers.items(), start=10):
        call.note(second, "answered", question=question, answer=answer, by="key")
    return call.note(40, "ended", outcome="callback")


@pytest.mark.parametrize(
    ("solved", "outcome", "told"), [("yes", "还是好的", 0), ("no", "又出了问题", 1), ("unclear", "转人工回头看", 0)]
)
def test_who_rings_back_a_missed_recheck_enters_it_at_once(
    engine: Engine, solved: str, outcome: str, told: int
) -> None:
    task, before = missed_recheck(engine), case(engine)
    found = missed_callback(engine, RECHECKED, caller=CITIZEN, now=MONTH_LATER + timedelta(hours=1))
    assert found is not None and (found.task_id, found.recheck) == (task.id, True)
    call = ring_back_recheck(task, person="yes", solved=solved)
    for cut in (2, len(call.facts)):
        tell_it(engine, RECHECKED, ToldCall(facts=call.facts[:cut]))
    assert missed_callback(engine, RECHECKED, caller=CITIZEN, now=MONTH_LATER + timedelta(hours=2)) is None
    assert case(engine) == before and recheck_of(engine).outcome == outcome
    assert call_case(engine).concluded == "回电回访"
    with reading(engine) as connection:
        assert len(all_incidents(connection, "recheck")) == told
        assert [row.kind for row in callbacks_of(connection, [NUMBER])] == ["callback", "person"]
        entries = [row.text for row in timeline_of(connection, NUMBER) if row.what == "回头看"]
    assert any("当即回头看" in text for text in entries)


def test_a_recheck_that_became_secret_is_entered_by_nobody_who_rings_back(engine: Engine) -> None:
    missed_recheck(engine)
    change(engine, secrecy="保密")
    assert missed_callback(engine, RECHECKED, caller=CITIZEN, now=MONTH_LATER + timedelta(hours=1)) is None


def test_what_is_secret_is_disclosed_to_nobody_who_rings_back(engine: Engine) -> None:
    missed(engine)
    change(engine, secrecy="匿名")
    assert missed_callback(engine, RULES, caller=CITIZEN, now=LATER) is None


def test_the_callback_is_concluded_by_who_rings_back_and_their_call_makes_no_case_of_its_own(engine: Engine) -> None:
    task = missed(engine)
    call = ring_back(task, *SOLVED)
    tell_it(engine, RULES, ToldCall(facts=call.facts[:2]))
    assert case(engine).state is CaseState.CALLBACK
    assert missed_callback(engine, RULES, caller=CITIZEN, now=LATER) is None, "it is being held"
    assert take_due(engine, now=LATER + timedelta(days=2), kinds=("callback",))
    tell_it(engine, RULES, call.note(40, "gone", phase="listen").note(40, "ended", outcome="callback"), call)
    ended = case(engine)
    assert (ended.state, ended.concluded) == (CaseState.STRUCK_OFF, "群众确认解决") and tasks(engine) == []
    own = call_case(engine)
    assert (own.state, own.concluded) == (CaseState.STRUCK_OFF, "回电回访")
    with reading(engine) as connection:
        rows = callbacks_of(connection, [NUMBER])
        assert [task.kind for task in open_tasks(connection, case_number=own.number)] == []
        assert "群众回电" in " ".join(entry.text for entry in timeline_of(connection, NUMBER))
    assert [(row.answered, row.solved, row.outcome) for row in rows] == [
        (False, "", Outcome.UNANSWERED.value),
        (True, "yes", "群众确认解决"),
    ]


def test_the_call_in_which_somebody_rang_back_is_a_call_and_nothing_that_is_late(engine: Engine) -> None:
    task = missed(engine)
    tell_it(engine, RULES, ring_back(task, *SOLVED).note(40, "ended", outcome="callback"))
    span = {"since": MORNING - timedelta(days=1), "until": NOW + timedelta(days=30)}
    with reading(engine) as connection:
        found = count_all(connection, Scope(**span), now=span["until"], repeat_within=timedelta(days=30))
    assert (found.calls, found.cases, found.closed) == (2, 1, 1)
    assert (found.due, found.in_time) == (1, 1)
    lines = (RedLine(key="late", name="超时限"),)
    assert list(red_lines(engine, lines, by=OTHER, now=span["until"], **span)) == []


def test_not_solved_by_who_rings_back_is_a_rework(engine: Engine) -> None:
    call = ring_back(missed(engine), ("person", "yes"), ("solved", "no"), ("why", "还是没水"))
    tell_it(engine, RULES, call.note(40, "ended", outcome="callback"))
    assert (case(engine).state, case(engine).rework) == (CaseState.ASSIGNED, 1)


def test_who_hangs_up_before_answering_is_called_again_another_day(engine: Engine) -> None:
    call = ring_back(missed(engine), ("person", "yes"))
    tell_it(engine, RULES, call.note(20, "gone", phase="listen").note(20, "ended", outcome="gone"))
    assert case(engine).state is CaseState.CLOSED and call_case(engine).state is CaseState.STRUCK_OFF
    (task,) = tasks(engine)
    assert task.due_at.astimezone(LOCAL).date() == LATER.date() + timedelta(days=1)


def test_something_else_is_a_case_like_any_other_and_what_was_answered_counts(engine: Engine) -> None:
    call = ring_back(missed(engine), *SOLVED[:2]).note(15, "rings_back", case="").understood(18)
    tell_it(engine, RULES, call.planned(19).note(40, "gone", phase="ring").note(40, "ended", outcome="gone"))
    assert case(engine).state is CaseState.STRUCK_OFF
    own = call_case(engine)
    assert own.state is CaseState.ACCEPTED
    with reading(engine) as connection:
        assert "redial" in [task.kind for task in open_tasks(connection, case_number=own.number)]


@pytest.mark.parametrize("cut", [1, 2, 3, 4, 5])
def test_in_whatever_portions_its_facts_come_the_end_is_the_same(engine: Engine, cut: int) -> None:
    call = ring_back(missed(engine), *SOLVED).note(40, "ended", outcome="callback")
    tell_it(engine, RULES, ToldCall(facts=call.facts[:cut]), ToldCall(facts=call.facts[cut:]), call)
    assert case(engine).concluded == "群众确认解决" and call_case(engine).concluded == "回电回访"
    with reading(engine) as connection:
        assert len(callbacks_of(connection, [NUMBER])) == 2


def test_a_call_that_the_dialplan_took_over_alone_is_no_mere_ringing_back(engine: Engine) -> None:
    call = ring_back(missed(engine)).note(12, "fallback", step="ladder").note(60, "ended", outcome="gone")
    tell_it(engine, RULES, call)
    assert call_case(engine).state is CaseState.ACCEPTED and case(engine).state is CaseState.CLOSED


def test_answers_that_arrive_late_take_the_task_back_from_people(engine: Engine) -> None:
    signed_off(engine, RULES, number=NUMBER, now=CLOSED)
    (task,) = take_due(engine, now=NOW, kinds=("callback",))
    call = placed("callback", NUMBER, task.id, NOW).note(9, "answered", question="person", answer="yes", by="key")
    call.note(30, "answered", question="solved", answer="unclear", by="voice").note(40, "ended", outcome="callback")
    tell_it(engine, RULES, call)
    late = placed("callback", NUMBER, task.id, NOW).note(35, "answered", question="solved", answer="yes", by="key")
    tell_it(engine, RULES, ToldCall(facts=[replace(late.facts[1], seq=3, call_id=call.call_id)]))
    assert case(engine).state is CaseState.CLOSED, "a number that is taken is not taken twice"
    tell_it(engine, RULES, ToldCall(facts=[replace(late.facts[1], seq=9, call_id=call.call_id)]))
    assert case(engine).state is CaseState.STRUCK_OFF and tasks(engine) == []
