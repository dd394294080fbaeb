from datetime import date, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.officials import Hours
from routing.roster import SHANGHAI, Leave, Override, Roster, Shift
from tests.fakes.directories import all_day, directories, moments, official

PEOPLE = (official("deputy", "13800000002", "deputy"), official("director", "13800000001", "director"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def on_duty(roster: Roster, text: str) -> list[str]:
    return [o.id for o in roster.on_duty(at(text))]


def shift(start: str, end: str, *, days: frozenset[int] = frozenset(range(1, 8)), **dates: date) -> Shift:
    hours = Hours(start=time.fromisoformat(start), end=time.fromisoformat(end), days=days)
    return Shift(official="director", hours=(hours,), **dates)


def test_the_director_stands_first_whatever_the_order_of_the_directory():
    roster = Roster(officials=PEOPLE, shifts=all_day("deputy", "director"))
    assert on_duty(roster, "2026-12-05T02:30") == ["director", "deputy"]


def test_a_shift_includes_its_start_and_not_its_end():
    roster = Roster(officials=PEOPLE, shifts=(shift("08:00", "18:00"),))
    assert on_duty(roster, "2026-12-04T07:59:59") == []
    assert on_duty(roster, "2026-12-04T08:00:00") == ["director"]
    assert on_duty(roster, "2026-12-04T17:59:59") == ["director"]
    assert on_duty(roster, "2026-12-04T18:00:00") == []


def test_a_friday_night_runs_into_saturday_morning_and_no_further():
    roster = Roster(officials=PEOPLE, shifts=(shift("20:00", "08:00", days=frozenset({5})),))
    assert on_duty(roster, "2026-12-04T21:00") == ["director"]
    assert on_duty(roster, "2026-12-05T07:59") == ["director"]
    assert on_duty(roster, "2026-12-05T08:00") == []
    assert on_duty(roster, "2026-12-05T21:00") == []
    assert on_duty(roster, "2026-12-04T07:00") == []


def test_the_last_night_of_a_dated_shift_still_runs_until_morning():
    roster = Roster(
        officials=PEOPLE, shifts=(shift("20:00", "08:00", first=date(2026, 12, 4), last=date(2026, 12, 4)),)
    )
    assert on_duty(roster, "2026-12-05T07:00") == ["director"]
    assert on_duty(roster, "2026-12-04T07:00") == []
    assert on_duty(roster, "2026-12-05T21:00") == []


def test_a_day_may_be_split():
    hours = (Hours(start=time(8), end=time(12)), Hours(start=time(14), end=time(18)))
    roster = Roster(officials=PEOPLE, shifts=(Shift(official="director", hours=hours),))
    assert [bool(on_duty(roster, f"2026-12-04T{h:02}:00")) for h in (8, 12, 14, 18)] == [True, False, True, False]


def test_eight_to_eight_is_a_whole_day():
    roster = Roster(officials=PEOPLE, shifts=(shift("08:00", "08:00", days=frozenset({5})),))
    assert on_duty(roster, "2026-12-04T08:00") == ["director"]
    assert on_duty(roster, "2026-12-05T07:59:59") == ["director"]
    assert on_duty(roster, "2026-12-05T08:00") == []


def test_whoever_is_on_leave_is_not_on_duty():
    leave = Leave(official="director", start=at("2026-12-05T00:00"), end=at("2026-12-06T00:00"))
    roster = Roster(officials=PEOPLE, shifts=all_day("director", "deputy"), leaves=(leave,))
    assert on_duty(roster, "2026-12-05T12:00") == ["deputy"]
    assert on_duty(roster, "2026-12-06T00:00") == ["director", "deputy"]


def test_an_override_moves_the_duty_to_the_other():
    swap = Override(off="director", on="deputy", start=at("2026-12-05T00:00"), end=at("2026-12-06T00:00"))
    roster = Roster(officials=PEOPLE, shifts=all_day("director"), overrides=(swap,))
    assert on_duty(roster, "2026-12-05T12:00") == ["deputy"]
    assert on_duty(roster, "2026-12-06T12:00") == ["director"]


def test_the_same_moment_in_another_zone_gives_the_same_people():
    roster = Roster(officials=PEOPLE, shifts=(shift("08:00", "18:00"),))
    assert roster.on_duty(datetime.fromisoformat("2026-12-04T00:00:00+00:00"))[0].id == "director"


def test_a_naive_time_is_refused():
    roster = Roster(officials=PEOPLE, shifts=all_day("director"))
    naive = datetime(2026, 12, 5, 2, 30)  # noqa: DTZ001 - this is what must be refused
    with pytest.raises(ValueError, match="time zone"):
        roster.on_duty(naive)
    with pytest.raises(ValueError, match="time zone"):
        Leave(official="director", start=naive, end=naive)


def test_edges_lie_in_the_span_its_end_excluded():
    roster = Roster(officials=PEOPLE, shifts=(shift("08:00", "18:00"),))
    edges = roster.edges(at("2026-12-04T08:00"), at("2026-12-05T08:00"))
    assert edges == (at("2026-12-04T08:00"), at("2026-12-04T18:00"), at("2026-12-05T00:00"))


@given(directories(), moments, st.integers(0, 3600 * 24 * 3))
def test_nobody_comes_or_goes_between_two_edges(directory, start, seconds):
    roster, end = directory.roster, start + timedelta(days=3)
    marks = (start, *(e for e in roster.edges(start, end) if e > start), end)
    moment = start + timedelta(seconds=min(seconds, 3 * 86400 - 1))
    edge = next(a for a, b in pairwise(marks) if a <= moment < b)
    assert roster.on_duty(moment) == roster.on_duty(edge)


@given(directories(), moments)
def test_on_duty_agrees_with_walking_through_every_span_by_date(directory, now):
    """An oracle that knows no wrapping: it lays each span on the calendar and looks whether `now` is in it."""
    roster = directory.roster
    expected = set()
    for s in roster.shifts:
        for h in s.hours:
            for back in range(3):
                day = now.astimezone(SHANGHAI).date() - timedelta(days=back)
                if day.isoweekday() not in h.days or (s.first and day < s.first) or (s.last and s.last < day):
                    continue
                start = datetime.combine(day, h.start, SHANGHAI)
                end = datetime.combine(day, h.end, SHANGHAI)
                end += timedelta(days=1) if end <= start else timedelta()
                if start <= now < end:
                    who = s.official
                    for o in roster.overrides:
                        if o.off == s.official and o.start <= now < o.end:
                            who = o.on
                    expected.add(who)
    expected -= {x.official for x in roster.leaves if x.start <= now < x.end}
    assert {o.id for o in roster.on_duty(now)} == expected
