"""Facts of a call come late, or while people work on its case: neither undoes what the other did."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from cases.case import Case, CaseState
from cases.record import RecordKind
from cases.roles import Actor, Role
from tests.fakes.closing import DESK, HEAD, LEADER, RESULT, left_to_people, settled
from tests.fakes.told_calls import MORNING, NUMBER, RULES, ToldCall, placed, talked, tell_it, unheard
from zhitong.store.case_records import records_of
from zhitong.store.cases import clocks_of, get_case
from zhitong.store.engine import reading, writing
from zhitong.usecases.apply_facts import apply_facts
from zhitong.usecases.assign_case import assign_case, return_case
from zhitong.usecases.called_back import called_back
from zhitong.usecases.close_case import close_case
from zhitong.usecases.decline_case import decline_case
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.keep_record import open_record
from zhitong.usecases.take_due import take_due

NOW = MORNING + timedelta(hours=1)
LATER = NOW + timedelta(days=3)
UNITS = frozenset({"水务局", "能源局"})
SUPERVISOR = Actor(name="督查老吴", roles=frozenset({Role.SUPERVISION}))


def case(engine: Engine, number: str = NUMBER) -> Case:
    with reading(engine) as connection:
        return get_case(connection, number)


def met(engine: Engine, code: str, round: int = 0, number: str = NUMBER) -> object:
    with reading(engine) as connection:
        found = [clock for clock in clocks_of(connection, number) if (clock.code, clock.round) == (code, round)]
    return found[0].met_at


def tell(engine: Engine, call: ToldCall, until: int | None = None) -> None:
    with writing(engine) as connection:
        apply_facts(connection, RULES, call.facts[:until])


def no_said(engine: Engine) -> ToldCall:
    """The callback in which the citizen says that nothing is solved."""
    (task,) = take_due(engine, now=NOW + timedelta(days=2), kinds=("callback",))
    call = placed("callback", NUMBER, task.id, NOW + timedelta(days=1))
    call.note(9, "answered", question="person", answer="yes", by="key")
    return call.note(15, "answered", question="solved", answer="no", by="key").note(20, "ended", outcome="callback")


@pytest.mark.parametrize("how", ["当场办结", "不予受理"])
def test_what_is_closed_before_a_unit_has_it_waits_for_no_unit(engine: Engine, how: str) -> None:
    tell_it(engine, RULES, unheard("1757553630.7"))
    if how == "当场办结":
        settled(engine, RULES, number=NUMBER, now=NOW)
    else:
        decline_case(engine, RULES, number=NUMBER, result="请找法院", by=LEADER, reason="已经立案", now=NOW)
    assert (met(engine, "assign"), met(engine, "close")) == (NOW, NOW)


def test_a_unit_that_returns_a_rework_has_it_all_the_same_and_a_leader_owns_it(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    close_case(engine, RULES, number=NUMBER, result=RESULT, by=LEADER, now=NOW)
    tell_it(engine, RULES, no_said(engine))
    head = replace(HEAD, units=frozenset({case(engine).unit}))
    decided = return_case(engine, number=NUMBER, by=head, reason="不归我们", leader=lambda case: "副县长", now=LATER)
    assert (decided.state, decided.unit, decided.returns) == (CaseState.ASSIGNED, "水务局", 0)
    with reading(engine) as connection:
        (lead,) = records_of(connection, NUMBER, RecordKind.LEAD)
    assert lead.owner == "副县长"


def test_whom_people_gave_a_case_while_it_still_rang_keeps_it(engine: Engine) -> None:
    call = talked()
    rings = next(i for i, fact in enumerate(call.facts) if fact.kind == "rung")
    tell(engine, call, rings)
    assign_case(engine, number=NUMBER, unit="能源局", by=DESK, reason="听出是电站的事", units=UNITS, now=MORNING)
    tell(engine, call)
    now = case(engine)
    assert (now.state, now.unit, now.official) == (CaseState.ASSIGNED, "能源局", "")


def test_what_people_corrected_stays_whatever_the_call_says_later(engine: Engine) -> None:
    call = ToldCall().opened().understood()
    tell(engine, call)
    matters = {"A1": "供水饮水"}
    edit_case(engine, RULES, number=NUMBER, by=DESK, reason="听录音", now=NOW, matters=matters, matter="A1")
    tell(engine, call.understood(9, matter="C1", matter_name="道路", place="林凤镇"))
    now = case(engine)
    assert (now.matter, now.matter_name, now.place) == ("A1", "供水饮水", "林凤镇")


def test_a_talk_that_becomes_known_after_a_rework_answers_the_first_round(engine: Engine) -> None:
    rules = replace(RULES, policy="2-24-72")
    call = talked()
    hears = next(i for i, fact in enumerate(call.facts) if fact.kind == "talk")
    with writing(engine) as connection:
        apply_facts(connection, rules, call.facts[:hears])
    settled(engine, rules, number=NUMBER, now=NOW)
    for told in (no_said(engine), call):
        with writing(engine) as connection:
            apply_facts(connection, rules, told.facts)
    assert (met(engine, "respond"), met(engine, "respond", round=1)) == (MORNING + timedelta(seconds=24.1), None)


def test_what_is_struck_off_leaves_nobody_with_a_task_but_what_was_promised_stays(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    head = replace(HEAD, units=frozenset({"水务局"}))
    by = {RecordKind.LEAD: LEADER, RecordKind.CO_HANDLE: DESK, RecordKind.COMMITMENT: head}
    for kind, who in (by | {RecordKind.SUPERVISE: SUPERVISOR}).items():
        open_record(engine, number=NUMBER, kind=kind, owner="副县长", text="盯着", by=who, now=NOW, due_at=LATER)
    close_case(engine, RULES, number=NUMBER, result=RESULT, by=LEADER, now=NOW)
    left_to_people(engine, RULES, number=NUMBER, now=NOW)
    called_back(engine, RULES, number=NUMBER, by=SUPERVISOR, outcome="解决", now=NOW)
    with reading(engine) as connection:
        left = {record.kind for record in records_of(connection, NUMBER) if record.closed_at is None}
    assert left == {RecordKind.COMMITMENT, RecordKind.SUPERVISE}
