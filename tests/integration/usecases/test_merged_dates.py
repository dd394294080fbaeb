"""并单: what is answered together goes by the main case's dates; no start moves, breaches stay, parting restores."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from cases.roles import NotPermitted
from cases.sla import SlaClock
from routing.calendar import LOCAL
from tests.fakes.closing import DESK, HANDLER, HEAD, LEADER
from tests.fakes.told_calls import MORNING, NUMBER, RULES, ToldCall, new_database, talked, tell_it
from zhitong.errors import Refused
from zhitong.notices.notice import due_kind
from zhitong.store.cases import clocks_of, clocks_to_look_at, get_case
from zhitong.store.due import open_tasks
from zhitong.store.engine import reading, writing
from zhitong.store.intakes import add_intake
from zhitong.store.timeline import timeline_of
from zhitong.usecases.anchor_chains import verify_chains
from zhitong.usecases.ask_time import ask_extension, ask_suspension, open_request
from zhitong.usecases.assign_case import sign_for
from zhitong.usecases.case_colours import case_colours
from zhitong.usecases.case_status import StatusDesk
from zhitong.usecases.close_case import close_case
from zhitong.usecases.edit_case import edit_case
from zhitong.usecases.explain_case import explain_case
from zhitong.usecases.grant_time import grant_time
from zhitong.usecases.list_incidents import list_incidents
from zhitong.usecases.merge_cases import merge_cases, split_case
from zhitong.usecases.note_progress import note_progress
from zhitong.usecases.resume_case import resume_case
from zhitong.usecases.staff_codes import installation_key
from zhitong.usecases.take_in import code_digest
from zhitong.usecases.warn_of_clocks import warn_of_clocks

OTHER = "20250912-094030-0008"
"""The younger one, of another citizen."""
NOW = MORNING + timedelta(days=1, hours=1)
MATTERS = {"B2": "取水许可"}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


FIRST, SECOND = at("2025-09-18T17:30"), at("2025-09-19T17:30")
"""When they are due: five working days from a Thursday, and from the Friday."""


@pytest.fixture
def engine(engine: Engine) -> Engine:
    begun(engine)
    return engine


def begun(engine: Engine) -> None:
    tell_it(engine, RULES, talked())
    tell_it(engine, RULES, talked("1757641230.8", MORNING + timedelta(days=1, minutes=20), caller="13800000009"))


def merge(engine: Engine, number: str = NUMBER, into: str = OTHER, now: datetime = NOW) -> None:
    merge_cases(engine, RULES, number=number, into=into, by=DESK, reason="同一根水管", now=now)


def split(engine: Engine, number: str = NUMBER, now: datetime = NOW) -> None:
    split_case(engine, RULES, number=number, by=DESK, reason="不是同一根", now=now)


def extend(engine: Engine, number: str = OTHER, days: int = 3, now: datetime = NOW) -> None:
    ask_extension(engine, RULES, number=number, count=days, by=HANDLER, reason="等配件", leader=lambda _: "李", now=now)
    grant_time(engine, RULES, number=number, by=LEADER, now=now)


def suspend(engine: Engine, number: str = OTHER, days: int = 2, now: datetime = NOW) -> None:
    until = now + timedelta(days=days)
    ask_suspension(engine, RULES, number=number, until=until, by=HEAD, reason="等", leader=lambda _: "李", now=now)
    grant_time(engine, RULES, number=number, by=LEADER, now=now)


def clock(engine: Engine, number: str = NUMBER, code: str = "close") -> SlaClock:
    with reading(engine) as connection:
        return next(one for one in clocks_of(connection, number) if one.code == code)


def todo(engine: Engine) -> list[str]:
    return [one.text for one in list_incidents(engine, by=DESK, now=NOW) if "告诉群众" in one.text]


def told(engine: Engine, number: str = NUMBER) -> list[str]:
    with reading(engine) as connection:
        return [row.text for row in timeline_of(connection, number) if row.what == "并单"]


def warned(engine: Engine, now: datetime) -> list[str | None]:
    warn_of_clocks(engine, RULES, now=now)
    with reading(engine) as connection:
        return [task.case_number for task in open_tasks(connection, kind=due_kind("warning"))]


def test_from_the_merge_on_it_is_due_when_the_main_case_is_and_its_citizen_is_told(engine: Engine) -> None:
    assert (clock(engine).due_at, clock(engine, OTHER).due_at) == (FIRST, SECOND)
    merge(engine)
    found = clock(engine)
    assert (found.started_at, found.first_due_at, found.due_at) == (MORNING, FIRST, SECOND)
    assert clock(engine, OTHER).due_at == SECOND
    (line,) = todo(engine)
    assert NUMBER in line and "并单后一起答复，办结改到 09月19日 17:30" in line
    assert "09月18日 17:30 改到 09月19日 17:30" in told(engine)[0]


def test_each_later_date_of_the_main_case_is_its_date_too(engine: Engine) -> None:
    merge(engine)
    extend(engine)
    assert clock(engine).due_at == clock(engine, OTHER).due_at == at("2025-09-22T17:30")
    assert sorted(NUMBER in line for line in todo(engine)) == [False, True], "each citizen once, of the newest date"
    suspend(engine)
    assert clock(engine).due_at == clock(engine, OTHER).due_at > at("2025-09-22T17:30")
    resume_case(engine, RULES, number=OTHER, by=LEADER, reason="来了", now=NOW + timedelta(hours=2))
    assert clock(engine).due_at == clock(engine, OTHER).due_at
    edit_case(engine, RULES, number=OTHER, by=DESK, reason="问一问", now=NOW, matters=MATTERS, type="咨询")
    assert clock(engine).due_at == clock(engine, OTHER).due_at


def test_what_changes_in_the_merged_case_does_not_make_it_due_at_another_time(engine: Engine) -> None:
    merge(engine)
    note_progress(engine, number=NUMBER, by=DESK, text="告诉了", told=True, now=NOW)
    edit_case(engine, RULES, number=NUMBER, by=DESK, reason="问一问", now=NOW, matters=MATTERS, type="咨询")
    assert clock(engine).due_at == SECOND and clock(engine, OTHER).due_at == SECOND and todo(engine) == []


def test_parted_it_is_due_when_it_was_and_its_citizen_who_was_told_is_told_again(engine: Engine) -> None:
    extend(engine, NUMBER, 2)
    own, now = clock(engine).due_at, NOW + timedelta(hours=1)
    merge(engine, now=now)
    note_progress(engine, number=NUMBER, by=DESK, text="告诉了", told=True, now=now)
    split(engine, now=now + timedelta(hours=1))
    assert clock(engine).due_at == own
    (line,) = todo(engine)
    assert f"单独答复，办结改到 {own:%m月%d日} 17:30" in line


def test_whoever_was_told_nothing_yet_need_not_be_told_when_it_is_parted(engine: Engine) -> None:
    merge(engine)
    split(engine)
    assert clock(engine).due_at == FIRST and todo(engine) == []


def test_what_had_run_out_before_stays_so_and_is_told_on_its_timeline(engine: Engine) -> None:
    late = FIRST + timedelta(hours=1)
    merge(engine, now=late)
    assert clock(engine).due_at == FIRST
    assert "办结时限 09月18日 17:30 已经过了，仍算过了" in told(engine)[0]
    (line,) = todo(engine)
    assert "办结改到 09月19日 17:30" in line, "told is when it is answered now"
    extend(engine, now=late)
    assert clock(engine).due_at == FIRST


def test_a_main_case_that_is_overdue_makes_nothing_overdue(engine: Engine) -> None:
    merge(engine, OTHER, NUMBER, now=FIRST + timedelta(hours=1))
    assert clock(engine, OTHER).due_at == SECOND and todo(engine) == []


def test_nobody_is_warned_of_a_merged_case_until_it_is_parted(engine: Engine) -> None:
    extend(engine)
    merge(engine)
    assert set(warned(engine, FIRST)) == {OTHER}
    colours = case_colours(engine, RULES, [case(engine, NUMBER), case(engine, OTHER)], now=NOW)
    assert colours[NUMBER] == colours[OTHER]
    with reading(engine) as connection:
        assert NUMBER not in {number for number, _ in clocks_to_look_at(connection, FIRST + timedelta(days=9), 50)}
    split(engine, now=FIRST)
    assert set(warned(engine, FIRST + timedelta(minutes=1))) == {NUMBER, OTHER}
    n = len(warned(engine, FIRST + timedelta(minutes=2)))
    assert len(warned(engine, FIRST + timedelta(minutes=3))) == n, "once"


def case(engine: Engine, number: str):  # type: ignore[no-untyped-def]
    with reading(engine) as connection:
        return get_case(connection, number)


def test_what_was_asked_for_it_alone_waits_for_nobody_any_more(engine: Engine) -> None:
    ask_extension(engine, RULES, number=NUMBER, count=2, by=HANDLER, reason="等", leader=lambda _: "李", now=NOW)
    merge(engine)
    with reading(engine) as connection:
        assert open_request(connection, NUMBER) is None


def test_status_by_number_and_code_tells_the_state_and_the_date_of_the_main_case(
    engine: Engine, tmp_path: Path
) -> None:
    with writing(engine) as connection:
        add_intake(connection, NUMBER, account="网站", code_digest=code_digest(installation_key(tmp_path), "123456"))
    desk = StatusDesk(engine, tmp_path)
    merge(engine)
    extend(engine)
    sign_for(engine, number=OTHER, by=HANDLER, now=NOW)
    seen = desk.status(NUMBER, "123456", address="a", holder=None, now=NOW)
    assert (seen.number, seen.received_at) == (NUMBER, MORNING) and seen.due_at == clock(engine, OTHER).due_at
    split(engine)
    parted = desk.status(NUMBER, "123456", address="a", holder=None, now=NOW)
    assert parted.due_at == FIRST and parted.state != seen.state


def test_why_it_is_due_then_is_told_in_a_sentence(engine: Engine) -> None:
    merge(engine)
    lines = explain_case(engine, RULES, number=NUMBER, by=DESK, now=NOW)
    assert any(f"并入 {OTHER}，跟着它走，改到 2025-09-19 17:30" in line for line in lines)
    assert lines[-1].startswith(f"并单：2025-09-12 10:20 起和 {OTHER} 一起答复") and "2025-09-19 17:30" in lines[-1]
    assert not any("并" in line for line in explain_case(engine, RULES, number=OTHER, by=DESK, now=NOW))


def test_closed_together_it_was_in_time_if_the_main_case_was(engine: Engine) -> None:
    merge(engine)
    closed = FIRST + timedelta(hours=1)
    late = replace(RULES, settle_within=timedelta(days=30))
    close_case(engine, late, number=OTHER, result="水管修好了", by=LEADER, now=closed)
    found = clock(engine)
    assert (found.due_at, found.met_at) == (SECOND, closed)


@pytest.mark.parametrize("main", [False, True])
def test_what_becomes_known_late_of_a_call_leaves_both_with_one_date(engine: Engine, main: bool) -> None:
    """The type, and with it when the case is due, is known when the cases are one already."""
    call, begun_at = "1757640630.9", MORNING + timedelta(days=1, minutes=10)
    tell_it(engine, RULES, ToldCall(call, begun_at).opened(caller="13800000005"))
    third = "20250912-093030-0009"
    numbers = (OTHER, third) if main else (third, OTHER)
    merge(engine, *numbers)
    before = clock(engine, third).set_due_at
    tell_it(engine, RULES, ToldCall(call, begun_at).opened(caller="13800000005").understood(type="咨询"))
    assert clock(engine, third).set_due_at != before, "its clocks have been reckoned anew"
    assert clock(engine, numbers[0]).due_at == clock(engine, numbers[1]).due_at


STEPS: dict[str, Callable[[Engine, datetime], None]] = {
    "merge": lambda e, now: merge(e, now=now),
    "merge back": lambda e, now: merge(e, OTHER, NUMBER, now=now),
    "split": lambda e, now: split(e, now=now),
    "split back": lambda e, now: split(e, OTHER, now=now),
    "extend": lambda e, now: extend(e, OTHER, 2, now),
    "extend the first": lambda e, now: extend(e, NUMBER, 1, now),
    "suspend": lambda e, now: suspend(e, OTHER, 1, now),
    "resume": lambda e, now: resume_case(e, RULES, number=OTHER, by=LEADER, reason="来了", now=now) and None,
    "warn": lambda e, now: warn_of_clocks(e, RULES, now=now),
    "told": lambda e, now: note_progress(e, number=NUMBER, by=DESK, text="说了", told=True, now=now) and None,
}


@settings(max_examples=25, deadline=None)
@given(steps=st.lists(st.tuples(st.sampled_from(list(STEPS)), st.integers(1, 1200)), min_size=5, max_size=25))
def test_on_any_walk_no_merge_moves_the_main_case_and_what_is_merged_is_told_its_date(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    folder = tmp_path_factory.mktemp("merged")
    engine, now, alone = new_database(folder), NOW, {NUMBER: FIRST, OTHER: SECOND}
    begun(engine)
    key, desk = installation_key(folder), StatusDesk(engine, folder)
    with writing(engine) as connection:
        for number in alone:
            add_intake(connection, number, account="网站", code_digest=code_digest(key, "123456"))
    into = dict[str, str]()
    for step, minutes in steps:
        now += timedelta(minutes=minutes)
        before = {number: clock(engine, number) for number in alone}
        done = False
        with suppress(Refused, NotPermitted):
            STEPS[step](engine, now)
            done = True
        after = {number: clock(engine, number) for number in alone}
        whose = (NUMBER, OTHER) if step in ("merge", "split") else (OTHER, NUMBER)
        if done and step.startswith("merge"):
            into[whose[0]] = whose[1]
        if done and step.startswith("split"):
            del into[whose[0]]
            assert after[whose[0]].due_at == alone[whose[0]], "as it was"
        if step.startswith(("merge", "split")):
            assert after[whose[1]] == before[whose[1]], "the main case"
        alone |= {number: found.due_at for number, found in after.items() if number not in into}
        for number, found in after.items():
            assert found.started_at == before[number].started_at and found.first_due_at == before[number].first_due_at
            if before[number].due_at <= now:
                restored = done and step.startswith("split") and number == whose[0]
                assert found.due_at == before[number].due_at or restored, "what has run out stays so"
            seen = desk.status(number, "123456", address=number, holder=None, now=now)
            assert seen.due_at == after[into.get(number, number)].due_at
    assert verify_chains(engine, folder=folder / "anchors").breaks == ()
    engine.dispose()
