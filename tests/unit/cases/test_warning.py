"""三色预警: at which moments, in which colour, and never in a clock's standing still."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.case import Case, CaseState
from cases.shift import Suspension, shifted
from cases.sla import BadPolicy, SlaClock, due_times, load_policies, policy_on
from cases.warning import (
    Light,
    Told,
    colour_of,
    gravest,
    load_time_rules,
    moment_of,
    next_warning,
    quiet_until,
    reached,
    runs,
)
from routing.calendar import LOCAL, Calendar
from tests.fakes.told_calls import CONFIG, MORNING

POLICY = policy_on(load_policies(CONFIG / "policies"), "135", date(2026, 1, 1))
RULE, OFFICE = POLICY.rule("close"), POLICY.office(Calendar())
WARNINGS = load_time_rules(CONFIG / "policies" / "clocks.toml").warnings


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def close(start: datetime = MORNING) -> SlaClock:
    return next(c for c in due_times(POLICY, start=start, type="投诉", calendar=Calendar()) if c.code == "close")


def moments(clock: SlaClock) -> list[datetime]:
    return [moment_of(one, clock, rule=RULE, office=OFFICE) for one in WARNINGS]


def test_half_a_quarter_nothing_left_and_a_working_day_over() -> None:
    clock = close(at("2025-09-12T08:30"))  # a Friday; due on Friday the 19th: six working days of nine hours
    assert clock.due_at == at("2025-09-19T17:30")
    told = ["2025-09-17T08:30", "2025-09-18T13:00", "2025-09-19T17:30", "2025-09-22T17:30"]
    assert moments(clock) == [at(one) for one in told]
    assert [one.tell for one in WARNINGS] == [
        (Told.HANDLER,),
        (Told.HANDLER, Told.HEAD),
        (Told.HANDLER, Told.HEAD),
        (Told.HEAD, Told.LEADER),
    ]


def test_a_clock_in_hours_is_warned_of_by_the_hour() -> None:
    policy = policy_on(load_policies(CONFIG / "policies"), "2-24-72", date(2026, 1, 1))
    clock = next(c for c in due_times(policy, start=MORNING, type="", calendar=Calendar()) if c.code == "close")
    yellow, orange, red, _ = (moment_of(one, clock, rule=policy.rule("close"), office=OFFICE) for one in WARNINGS)
    assert [moment - MORNING for moment in (yellow, orange, red)] == [timedelta(hours=h) for h in (36, 54, 72)]


@given(st.datetimes(datetime(2025, 1, 1), datetime(2026, 6, 1), timezones=st.just(LOCAL)))  # noqa: DTZ001
def test_the_colour_changes_at_those_moments_and_at_no_other(start: datetime) -> None:
    clock = close(start)

    def colour(now: datetime) -> str:
        return colour_of(clock, WARNINGS, now, rule=RULE, office=OFFICE)

    yellow, orange, red, over = moments(clock)
    second = timedelta(seconds=1)
    assert start < yellow < orange < red < over
    for moment, before, after in ((yellow, "", "yellow"), (orange, "yellow", "orange"), (red, "orange", "red")):
        assert (colour(moment - second), colour(moment)) == (before, after)
    assert colour(over) == "red"
    assert colour_of(replace(clock, met_at=yellow), WARNINGS, over, rule=RULE, office=OFFICE) == ""


def test_each_step_comes_once_and_then_there_is_none() -> None:
    clock, after, found = close(), MORNING, []
    while (moment := next_warning(clock, WARNINGS, after, rule=RULE, office=OFFICE)) is not None:
        found.append(moment)
        after = moment
    assert found == moments(clock)
    assert [one.colour for one in reached(clock, WARNINGS, found[1], rule=RULE, office=OFFICE)] == ["yellow", "orange"]


@given(st.integers(1, 7 * 24 * 60), st.integers(1, 20 * 24 * 60))
def test_no_step_comes_while_a_clock_stands_still_but_one_that_had_come_before(after: int, long: int) -> None:
    clock = close()
    held = Suspension(round=0, at=MORNING + timedelta(minutes=after), until=MORNING + timedelta(minutes=after + long))
    new = shifted(clock, [held], rule=RULE, office=OFFICE)
    for before, moment in zip(moments(clock), moments(new), strict=True):
        if held.at < before and held.at < clock.due_at:
            assert moment >= min(held.until, OFFICE.after(held.until, timedelta(microseconds=1)))


def test_a_case_is_as_red_as_the_worst_of_its_clocks_that_still_matter() -> None:
    clock = close()
    case = Case(number="1", call_id="1", caller="", dialled="1", answered_at=MORNING)
    assert runs(clock, case)
    assert not runs(replace(clock, met_at=MORNING), case)
    assert not runs(clock, replace(case, rework=1)) and not runs(clock, replace(case, state=CaseState.CLOSED))
    later = replace(clock, due_at=clock.due_at + timedelta(days=1))
    assert gravest([]) == Light()
    assert gravest([Light(colour="yellow", clock=clock), Light(colour="red", clock=later)]).clock == later
    assert gravest([Light(colour="red", clock=later), Light(colour="red", clock=clock)]).clock == clock


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2025-09-11T21:59", None),
        ("2025-09-11T22:00", "2025-09-12T07:00"),
        ("2025-09-12T06:59", "2025-09-12T07:00"),
        ("2025-09-12T07:00", None),
    ],
)
def test_nobody_is_warned_at_night(now: str, until: str | None) -> None:
    assert quiet_until(at(now), (time(22), time(7))) == (at(until) if until else None)


def test_quiet_hours_by_day_are_quiet_hours_too() -> None:
    assert quiet_until(at("2025-09-11T12:30"), (time(12), time(14))) == at("2025-09-11T14:00")
    assert quiet_until(at("2025-09-11T14:30"), (time(12), time(14))) is None


def test_all_faults_of_the_file_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "clocks.toml"
    assert load_time_rules(path).warnings == ()
    path.write_text(
        'quiet = "22"\nsuspend_days = 0\nsuspend = 3\n'
        '[[warning]]\ncolour = "紫"\ntell = ["县长"]\n'
        '[[warning]]\ncolour = "红"\ntell = ["经办"]\nlate = -1\nunit = "weeks"\n'
        '[[warning]]\ncolour = "红"\ntell = ["经办"]\nleft_percent = 100\n',
        encoding="utf-8",
    )
    with pytest.raises(BadPolicy) as caught:
        load_time_rules(path)
    for word in (
        "'22'",
        "suspend_days 是 0",
        "suspend 不认识",
        "'紫'",
        "县长",
        "两个里写一个",
        "late 是 -1",
        "'weeks'",
        "100",
    ):
        assert word in str(caught.value), word
