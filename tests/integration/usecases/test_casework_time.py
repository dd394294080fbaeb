"""延期 挂起 恢复: a unit asks, a leader grants, a date moves, the citizen is told; starts and breaches never move."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from cases.record import RecordKind
from cases.roles import Actor, NotPermitted, Role
from cases.sla import SlaClock
from routing.calendar import LOCAL
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER, UNIT
from tests.fakes.told_calls import MORNING, NUMBER, RULES, ToldCall, new_database, talked, tell_it
from zhitong.errors import MoveRefused, Refused
from zhitong.store.case_records import records_of
from zhitong.store.cases import clocks_of, get_case
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading
from zhitong.store.timeline import timeline_of
from zhitong.usecases.anchor_chains import verify_chains
from zhitong.usecases.ask_time import ask_extension, ask_suspension
from zhitong.usecases.close_case import close_case
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.grant_time import deny_time, grant_time
from zhitong.usecases.keep_record import end_record
from zhitong.usecases.list_incidents import list_incidents
from zhitong.usecases.note_progress import note_progress
from zhitong.usecases.resume_case import end_suspensions, resume_case
from zhitong.usecases.rules import Rules

NOW = MORNING + timedelta(days=1)  # a Friday, 9:20
DUE = datetime(2025, 9, 18, 17, 30, tzinfo=LOCAL)
BOTH = Actor(name=HANDLER.name, roles=frozenset({Role.HANDLER, Role.LEADER}), units=frozenset({UNIT}))
MATTERS = {"A1": "供水饮水", "B2": "医疗保障"}


@pytest.fixture
def engine(engine: Engine) -> Engine:
    """A complaint, talked about on a Thursday morning: five working days, until Thursday next."""
    tell_it(engine, RULES, talked())
    return engine


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def clock(engine: Engine, code: str = "close", number: str = NUMBER) -> SlaClock:
    with reading(engine) as connection:
        return next(one for one in clocks_of(connection, number) if one.code == code)


def extend(engine: Engine, days: int = 5, now: datetime = NOW, by: Actor = HANDLER, reason: str = "等配件") -> None:
    ask_extension(engine, RULES, number=NUMBER, count=days, by=by, reason=reason, leader=lambda _: "李县长", now=now)


def suspend(engine: Engine, until: datetime, now: datetime = NOW, rules: Rules = RULES, number: str = NUMBER) -> None:
    why = "等法院判决"
    ask_suspension(engine, rules, number=number, until=until, by=HEAD, reason=why, leader=lambda _: "李县长", now=now)


def grant(engine: Engine, now: datetime = NOW, rules: Rules = RULES, number: str = NUMBER) -> None:
    grant_time(engine, rules, number=number, by=LEADER, now=now)


def todo(engine: Engine) -> list[str]:
    return [one.text for one in list_incidents(engine, by=DESK, now=NOW)]


def test_an_extension_moves_the_date_when_a_leader_grants_it_and_the_old_one_stays_on_record(engine: Engine) -> None:
    assert clock(engine).due_at == DUE
    extend(engine)
    assert clock(engine).due_at == DUE and ["李县长" in line for line in todo(engine)] == [True]
    grant(engine)
    found = clock(engine)
    assert (found.started_at, found.first_due_at, found.due_at) == (MORNING, DUE, at("2025-09-23T17:30"))
    with reading(engine) as connection:
        (record,) = records_of(connection, NUMBER, RecordKind.EXTENSION)
        last = timeline_of(connection, NUMBER)[-1]
    assert datetime.fromisoformat(record.detail["old"]) == DUE and record.closed_by == LEADER.name
    assert datetime.fromisoformat(record.detail["new"]) == found.due_at
    assert (last.what, last.who, last.reason) == ("延期", LEADER.name, "等配件")


def test_the_citizen_is_to_be_told_of_a_new_date_until_somebody_notes_that_he_was(engine: Engine) -> None:
    extend(engine)
    grant(engine)
    (line,) = todo(engine)
    assert "办结改到 09月23日 17:30" in line and "告诉群众" in line and "09月13日 09:20" in line
    extend(engine, 2)
    grant(engine)
    (line,) = todo(engine)
    assert "09月25日" in line, "the newer date alone"
    note_progress(engine, number=NUMBER, by=DESK, text="打电话说了", told=True, now=NOW)
    assert todo(engine) == []


def test_what_was_granted_and_still_runs_hides_no_request_that_waits(engine: Engine) -> None:
    tell_it(engine, RULES, talked("1757553630.8"))
    suspend(engine, NOW + timedelta(days=2))
    grant(engine)
    suspend(engine, NOW + timedelta(days=2), number="20250911-092030-0008")
    listed = [one.text for one in list_incidents(engine, by=DESK, now=NOW, limit=1)]
    assert ["20250911-092030-0008：申请挂起" in line for line in listed].count(True) == 1


def test_a_closed_case_needs_no_telling_the_callback_does_it(engine: Engine) -> None:
    extend(engine, now=MORNING)
    grant(engine, MORNING)
    close_case(engine, RULES, number=NUMBER, result="已经修好了", by=LEADER, now=MORNING)
    assert todo(engine) == []


def test_what_was_asked_for_or_stands_still_is_over_when_the_case_is_closed(engine: Engine) -> None:
    suspend(engine, MORNING + timedelta(days=9), MORNING)
    grant(engine, MORNING)
    extend(engine, now=MORNING)
    close_case(engine, RULES, number=NUMBER, result="已经修好了", by=LEADER, now=MORNING + timedelta(hours=2))
    end_suspensions(engine, now=MORNING + timedelta(days=10))
    with reading(engine) as connection:
        found = records_of(connection, NUMBER)
        assert "恢复" not in [row.what for row in timeline_of(connection, NUMBER)]
    assert {record.outcome for record in found} == {"已经办结"} and len(found) == 2
    assert todo(engine) == []


@pytest.mark.parametrize("days", [0, -1, 11])
def test_no_more_than_ten_days_and_no_fewer_than_one(engine: Engine, days: int) -> None:
    with pytest.raises(MoveRefused, match="最多延 10 天，还可以延 10 天"):
        extend(engine, days)


def test_ten_days_in_all_however_often(engine: Engine) -> None:
    for days in (6, 4):
        extend(engine, days)
        grant(engine)
    with pytest.raises(MoveRefused, match="还可以延 0 天"):
        extend(engine, 1)


def test_only_before_it_runs_out_is_asked_and_granted(engine: Engine) -> None:
    with pytest.raises(MoveRefused, match="已经过了"):
        extend(engine, now=DUE)
    extend(engine, now=DUE - timedelta(minutes=1))
    with pytest.raises(MoveRefused, match="已经过了"):
        grant(engine, DUE)
    assert clock(engine).due_at == DUE
    deny_time(engine, number=NUMBER, by=LEADER, reason="已经过了", now=DUE)
    assert todo(engine) == []


def test_nobody_grants_his_own_wish_nor_without_a_request_and_a_second_one_waits(engine: Engine) -> None:
    with pytest.raises(MoveRefused, match="没有等答复"):
        grant(engine)
    extend(engine, by=BOTH)
    with pytest.raises(MoveRefused, match="您申请的"):
        grant_time(engine, RULES, number=NUMBER, by=BOTH, now=NOW)
    with pytest.raises(MoveRefused, match="等李县长答复"):
        suspend(engine, NOW + timedelta(days=3))
    with pytest.raises(NotPermitted):
        grant_time(engine, RULES, number=NUMBER, by=HEAD, now=NOW)
    with pytest.raises(MoveRefused, match="没有写延期的原因"):
        extend(engine, reason=" ")


def test_what_is_denied_moves_nothing_and_does_not_count(engine: Engine) -> None:
    extend(engine, 10)
    deny_time(engine, number=NUMBER, by=LEADER, reason="抓紧办", now=NOW)
    assert clock(engine).due_at == DUE and todo(engine) == []
    extend(engine, 10)


def test_a_suspension_stops_the_clocks_that_may_stop_and_no_others(engine: Engine) -> None:
    rules = replace(RULES, policy="2-24-72")
    tell_it(engine, rules, talked("1757553630.9"))
    number = "20250911-092030-0009"
    soon, until = MORNING + timedelta(hours=1), MORNING + timedelta(hours=49)
    before = {code: clock(engine, code, number).due_at for code in ("respond", "progress", "close")}
    suspend(engine, until, soon, rules, number)
    grant(engine, soon, rules, number)
    after = {code: clock(engine, code, number).due_at for code in before}
    assert after == before | {"close": before["close"] + timedelta(hours=48)}


def test_resumed_sooner_it_is_due_as_much_sooner_and_else_it_goes_on_by_itself(engine: Engine) -> None:
    until = at("2025-09-17T09:20:30")
    suspend(engine, until)
    grant(engine)
    assert clock(engine).due_at == at("2025-09-23T17:30"), "three working days later"
    with pytest.raises(MoveRefused, match="已经挂起"):
        suspend(engine, until)
    resume_case(engine, RULES, number=NUMBER, by=HEAD, reason="判下来了", now=at("2025-09-15T09:20:30"))
    assert clock(engine).due_at == at("2025-09-19T17:30")
    suspend(engine, until, at("2025-09-16T09:20:30"))
    grant(engine, at("2025-09-16T09:20:30"))
    end_suspensions(engine, now=until - timedelta(seconds=1))
    with reading(engine) as connection:
        assert records_of(connection, NUMBER)[-1].closed_at is None
    for _ in range(2):
        end_suspensions(engine, now=until + timedelta(hours=1))
    with reading(engine) as connection:
        record, last = records_of(connection, NUMBER)[-1], timeline_of(connection, NUMBER)[-1]
        assert [row.what for row in timeline_of(connection, NUMBER)].count("恢复") == 2
    assert (record.closed_at, record.outcome, last.what) == (until, "到期自己恢复", "恢复")
    assert clock(engine).due_at == at("2025-09-22T17:30")
    with pytest.raises(MoveRefused, match="没有挂起"):
        resume_case(engine, RULES, number=NUMBER, by=HEAD, reason="再来", now=until)


def test_a_suspension_is_no_record_to_be_ended_by_hand_its_clocks_would_not_follow(engine: Engine) -> None:
    suspend(engine, NOW + timedelta(days=9))
    grant(engine)
    with reading(engine) as connection:
        (record,) = records_of(connection, NUMBER)
    with pytest.raises(MoveRefused, match="resume"):
        end_record(engine, record.id, outcome="好了", by=LEADER, now=NOW)


@pytest.mark.parametrize("until", [NOW, NOW + timedelta(days=61)])
def test_a_suspension_ends_at_a_date_that_is_not_far_off(engine: Engine, until: datetime) -> None:
    with pytest.raises(MoveRefused, match="60 天以内"):
        suspend(engine, until)


def test_a_correction_of_the_type_keeps_what_was_granted_and_the_citizen_is_told(engine: Engine) -> None:
    extend(engine, 5)
    grant(engine)
    edit_case(engine, RULES, number=NUMBER, by=DESK, reason="听错", now=NOW, matters=MATTERS, type="咨询")
    found = clock(engine)
    assert (found.first_due_at, found.due_at) == (at("2025-09-16T17:30"), at("2025-09-22T17:30"))
    assert ["09月22日" in line for line in todo(engine)] == [True]


def test_a_correction_brings_no_clock_back_that_has_run_out(engine: Engine) -> None:
    edit_case(engine, RULES, number=NUMBER, by=DESK, reason="听错", now=NOW, matters=MATTERS, type="咨询")
    over = clock(engine).due_at + timedelta(minutes=1)
    edit_case(engine, RULES, number=NUMBER, by=DESK, reason="又听了", now=over, matters=MATTERS, type="投诉")
    assert clock(engine).due_at == at("2025-09-16T17:30")


def test_a_fact_that_comes_late_keeps_what_was_granted(engine: Engine) -> None:
    extend(engine, 5)
    grant(engine)
    late = ToldCall(facts=[*talked().facts]).understood(90, matter="A1")
    tell_it(engine, RULES, ToldCall(facts=late.facts[-1:]))
    found = clock(engine)
    assert (found.first_due_at, found.due_at) == (DUE, at("2025-09-23T17:30"))


STEPS: dict[str, Callable[[Engine, datetime], object]] = {
    "extend": lambda e, now: extend(e, 3, now),
    "suspend": lambda e, now: suspend(e, now + timedelta(days=2), now),
    "grant": grant,
    "deny": lambda e, now: deny_time(e, number=NUMBER, by=LEADER, reason="不行", now=now),
    "resume": lambda e, now: resume_case(e, RULES, number=NUMBER, by=HEAD, reason="好了", now=now),
    "end": lambda e, now: end_suspensions(e, now=now),
    "咨询": lambda e, now: retyped(e, now, "咨询"),
    "投诉": lambda e, now: retyped(e, now, "投诉"),
}


def retyped(engine: Engine, now: datetime, type: str) -> None:
    edit_case(engine, RULES, number=NUMBER, by=DESK, reason="听错", now=now, matters=MATTERS, type=type)


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from(list(STEPS)), st.integers(1, 1500)), min_size=5, max_size=30))
def test_on_any_walk_starts_stay_breaches_stay_and_at_most_ten_days_are_given(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("time")
    engine, now = new_database(folder), MORNING
    tell_it(engine, RULES, talked())
    over = False
    for step, minutes in steps:
        before = clock(engine)
        now += timedelta(minutes=minutes)
        over = over or before.due_at <= now
        with suppress(Refused, NotPermitted):
            STEPS[step](engine, now)
        after = clock(engine)
        assert after.started_at == MORNING and after.due_at >= after.set_due_at
        if over:
            assert after.due_at == before.due_at, "what has run out stays so"
    with reading(engine) as connection:
        given_days = [one.detail for one in records_of(connection, NUMBER, RecordKind.EXTENSION)]
        open_telling = len(open_tasks(connection, case_number=NUMBER, kind="tell"))
        assert get_case(connection, NUMBER).answered_at == MORNING
    assert sum(one["count"] for one in given_days if one.get("granted_at")) <= 10 and open_telling <= 1
    assert verify_chains(engine, folder=folder / "anchors").breaks == ()
    engine.dispose()
