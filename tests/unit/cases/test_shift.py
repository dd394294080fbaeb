"""延期 and 挂起: what moves, by how much, and what never does. Against an oracle that counts minute by minute."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.office import Office
from cases.record import CaseRecord, RecordKind
from cases.shift import Extension, Shift, Suspension, granted, shifted, suspended_until
from cases.sla import Policy, SlaClock, due_times, load_policies, policy_on
from routing.calendar import LOCAL, Calendar
from tests.fakes.told_calls import CONFIG

CALENDAR = Calendar(entered={date(2026, 1, 5): False, date(2026, 1, 10): True})
POLICIES = load_policies(CONFIG / "policies")
ONE35, HOURS = (policy_on(POLICIES, id, date(2026, 1, 1)) for id in ("135", "2-24-72"))
MINUTE = timedelta(minutes=1)
starts = st.builds(
    lambda day, minutes: datetime(2025, 12, 15, tzinfo=LOCAL) + timedelta(days=day, minutes=minutes),
    *(st.integers(0, 75), st.integers(0, 24 * 60 - 1)),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def clocks_from(start: datetime, policy: Policy = ONE35) -> dict[str, SlaClock]:
    return {clock.code: clock for clock in due_times(policy, start=start, type="投诉", calendar=CALENDAR)}


def moved(clock: SlaClock, *shifts: Shift, policy: Policy = ONE35) -> datetime:
    found = shifted(clock, shifts, rule=policy.rule(clock.code), office=policy.office(CALENDAR))
    assert (found.started_at, found.first_due_at) == (clock.started_at, clock.first_due_at)
    return found.due_at


def test_an_extension_in_days_ends_on_a_working_day_and_leaves_the_clock_of_assigning_alone() -> None:
    clocks = clocks_from(at("2025-09-11T09:20"))
    extension = Extension(round=0, at=at("2025-09-12T10:00"), count=9, unit="days")
    assert clocks["close"].due_at == at("2025-09-18T17:30")
    # The ninth day is Saturday 27 September; Sunday the 28th is a working day for the national holiday.
    assert moved(clocks["close"], extension) == at("2025-09-28T17:30")
    assert moved(clocks["assign"], extension) == clocks["assign"].due_at
    workdays = replace(extension, unit="workdays", count=9)
    assert moved(clocks["close"], workdays) == at("2025-09-30T17:30")


def test_a_suspension_gives_back_the_office_hours_that_it_took() -> None:
    close = clocks_from(at("2025-09-11T09:20"))["close"]
    held = Suspension(round=0, at=at("2025-09-12T15:30"), until=at("2025-09-15T10:30"))
    assert moved(close, held) == at("2025-09-19T12:30"), "two hours of Friday, two of Monday"
    hours = clocks_from(at("2025-09-11T09:20"), HOURS)
    assert moved(hours["close"], held, policy=HOURS) == hours["close"].due_at + timedelta(hours=67)
    for code in ("respond", "progress"):
        soon = Suspension(round=0, at=at("2025-09-11T10:00"), until=at("2025-09-15T10:30"))
        assert moved(hours[code], soon, policy=HOURS) == hours[code].due_at, "these may not stop"


def test_what_has_run_out_is_not_brought_back_nor_is_what_was_met_nor_another_round() -> None:
    close = clocks_from(at("2025-09-11T09:20"))["close"]
    late, early = close.due_at, close.due_at - MINUTE
    for shift in (
        Extension(round=0, at=late, count=5, unit="days"),
        Suspension(round=0, at=late, until=late + timedelta(days=3)),
        Extension(round=1, at=early, count=5, unit="days"),
    ):
        assert moved(close, shift) == close.due_at
    met = replace(close, met_at=early)
    assert moved(met, Extension(round=0, at=early, count=5, unit="days")) == close.due_at
    assert moved(close, Extension(round=0, at=early, count=5, unit="days")) > close.due_at


@st.composite
def lives(draw: st.DrawFn) -> tuple[SlaClock, Policy, list[Shift]]:
    """A clock, and what was granted while it ran."""
    policy = draw(st.sampled_from([ONE35, HOURS]))
    clock = clocks_from(draw(starts), policy)["close"]
    when, shifts = clock.started_at, list[Shift]()
    for _ in range(draw(st.integers(0, 4))):
        when += MINUTE * draw(st.integers(1, 2000))
        if draw(st.booleans()):
            unit = draw(st.sampled_from(["days", "workdays", "hours"]))
            shifts.append(Extension(round=0, at=when, count=draw(st.integers(1, 10)), unit=unit))
        else:
            until = when + MINUTE * draw(st.integers(1, 9000))
            shifts.append(Suspension(round=0, at=when, until=until))
            when = until
    return clock, policy, shifts


@given(lives(), st.randoms())
def test_nothing_that_is_granted_makes_a_case_due_sooner_in_whatever_order_it_is_reckoned(
    life: tuple[SlaClock, Policy, list[Shift]], chance: object
) -> None:
    clock, policy, shifts = life
    before = clock.due_at
    for n in range(len(shifts) + 1):
        now = moved(clock, *shifts[:n], policy=policy)
        assert now >= before
        before = now
    mixed: Sequence[Shift] = [*shifts]
    chance.shuffle(mixed)  # type: ignore[attr-defined]
    again = shifted(clock, mixed, rule=policy.rule("close"), office=policy.office(CALENDAR))
    assert again.due_at == before
    assert shifted(again, shifts, rule=policy.rule("close"), office=policy.office(CALENDAR)) == again, "twice is once"


def minutes_left(office: Office, clock: SlaClock, due: datetime, now: datetime, workdays: bool) -> int:
    """Minute by minute: what is left of the time to work in."""
    found, moment = 0, now
    while moment < due:
        local = moment.astimezone(LOCAL)
        open_now = office.calendar.is_workday(local.date()) and office.opens <= local.time() < office.closes
        found += open_now or not workdays
        moment += MINUTE
    return found


@given(starts, st.sampled_from([ONE35, HOURS]), st.integers(1, 2 * 24 * 60), st.integers(1, 7 * 24 * 60))
def test_when_a_suspension_ends_as_much_time_is_left_as_when_it_began(
    start: datetime, policy: Policy, after: int, long: int
) -> None:
    clock, office = clocks_from(start, policy)["close"], policy.office(CALENDAR)
    begins = start + MINUTE * after
    ends = begins + MINUTE * long
    workdays = policy.rule("close").unit == "workdays"
    left = minutes_left(office, clock, clock.due_at, begins, workdays)
    due = moved(clock, Suspension(round=0, at=begins, until=ends), policy=policy)
    assert minutes_left(office, clock, due, ends, workdays) == left


def record(kind: RecordKind, **more: object) -> CaseRecord:
    known = {"id": 1, "case_number": "1", "owner": "", "text": "", "opened_at": at("2025-09-11T10:00"), "opened_by": ""}
    return CaseRecord(**{**known, "kind": kind, **more})  # type: ignore[arg-type]


def test_only_what_was_granted_counts_and_a_suspension_ended_early_ends_early() -> None:
    asked = {"round": 0, "count": 3, "unit": "days"}
    given_at = at("2025-09-12T10:00")
    yes = {**asked, "granted_at": given_at.isoformat()}
    until, early = at("2025-09-20T10:00"), at("2025-09-15T10:00")
    assert granted([record(RecordKind.EXTENSION, detail=asked), record(RecordKind.LEAD, detail=yes)]) == ()
    assert granted([record(RecordKind.EXTENSION, detail=yes)]) == (
        Extension(round=0, at=given_at, count=3, unit="days"),
    )
    for closed, end in ((None, until), (early, early), (at("2025-09-21T10:00"), until)):
        found = granted([record(RecordKind.SUSPENSION, detail=yes, due_at=until, closed_at=closed)])
        assert found == (Suspension(round=0, at=given_at, until=end),)
        assert suspended_until(found, end - MINUTE) == end and suspended_until(found, end) is None


@pytest.mark.parametrize("unit", ["days", "workdays"])
def test_an_extension_over_a_long_holiday_never_ends_in_it(unit: str) -> None:
    clock = clocks_from(at("2025-09-23T09:00"))["close"]
    for count in range(1, 11):
        due = moved(clock, Extension(round=0, at=at("2025-09-24T09:00"), count=count, unit=unit))  # type: ignore[arg-type]
        assert CALENDAR.is_workday(due.date()) and (due.hour, due.minute) == (17, 30)


@given(starts, st.integers(1, 10), st.sampled_from(["days", "workdays"]), st.integers(0, 2000))
def test_an_extension_is_what_counting_day_by_day_gives(start: datetime, count: int, unit: str, after: int) -> None:
    clock = clocks_from(start)["close"]
    at_work = [clock.due_at + timedelta(days=n) for n in range(1, 60)]
    at_work = [day for day in at_work if CALENDAR.is_workday(day.date())]
    if unit == "workdays":
        expected = at_work[count - 1]
    else:
        expected = next(day for day in at_work if day >= clock.due_at + timedelta(days=count))
    granted_at = min(start + MINUTE * after, clock.due_at - MINUTE)
    assert moved(clock, Extension(round=0, at=granted_at, count=count, unit=unit)) == expected  # type: ignore[arg-type]
