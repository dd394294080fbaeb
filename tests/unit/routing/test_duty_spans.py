from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings

from routing.calendar import LOCAL
from routing.duty_spans import duty_spans, unit_spans, without_effect
from routing.roster import Leave, Override, Rotation, Shift
from tests.fakes.directories import DESK_HOURS, all_day, moments, rosters, small_directory

START = datetime(2026, 12, 1, tzinfo=LOCAL)
DAY = timedelta(days=1)


def test_turns_that_follow_each_other_are_one_span_and_hours_make_one_for_each_day():
    turns = Rotation(turns=(("director",), ("deputy",), ("deputy",)), start=START.replace(hour=8))
    roster = replace(small_directory(shifts=()).roster, rotations=(turns,))
    spans = duty_spans(roster, "deputy", START, START + 7 * DAY)
    assert [(s.start.day, s.start.hour, s.end.day) for s in spans] == [(2, 8, 4), (5, 8, 7)]
    assert {s.role for s in spans} == {"lead"}
    office = small_directory(shifts=(Shift(official="clerk", hours=DESK_HOURS),)).roster
    assert [(s.start.day, s.end.hour) for s in duty_spans(office, "clerk", START, START + 7 * DAY)] == [
        (day, 17) for day in (1, 2, 3, 4, 7)
    ]


def test_who_stands_in_has_the_span_and_it_says_for_whom():
    leave = Leave(official="director", start=START + DAY, end=START + 2 * DAY)
    roster = small_directory(shifts=all_day("director"), leaves=(leave,)).roster
    people = tuple(replace(o, deputies=("deputy",)) if o.id == "director" else o for o in roster.officials)
    roster = replace(roster, officials=people)
    (span,) = duty_spans(roster, "deputy", START, START + 7 * DAY)
    assert (span.start, span.end, span.instead, span.because) == (leave.start, leave.end, "director", "请假")
    assert [(s.start, s.end) for s in duty_spans(roster, "director", START, START + 7 * DAY)] == [
        (START, leave.start),
        (leave.end, START + 7 * DAY),
    ]


@settings(max_examples=50, deadline=None)
@given(rosters(), moments)
def test_a_moment_lies_in_a_span_exactly_when_the_official_is_on_duty(roster, at):
    for official in roster.officials:
        spans = duty_spans(roster, official.id, at - DAY, at + DAY)
        for unit in roster.units:
            own = [s for s in spans if s.unit == unit]
            there = [d for d in roster.on_duty(at, unit) if d.official.id == official.id]
            covering = [s for s in own if s.start <= at < s.end]
            assert [(s.role, s.instead) for s in covering] == [(d.role, d.instead) for d in there]
            assert all(one.end <= other.start for one, other in pairwise(own))


@settings(max_examples=50, deadline=None)
@given(rosters(), moments)
def test_the_spans_of_a_unit_hold_just_those_on_duty_at_any_moment(roster, at):
    for unit in roster.units:
        spans = unit_spans(roster, unit, at - DAY, at + DAY)
        for moment in (at - DAY, at, *roster.edges(at - DAY, at + DAY, unit)):
            covering = sorted((s.official.id, s.role, s.planned, s.because) for s in spans if s.start <= moment < s.end)
            there = sorted((d.official.id, d.role, d.planned, d.because) for d in roster.on_duty(moment, unit))
            assert covering == there


def test_an_override_of_somebody_without_duty_then_is_told():
    directory = small_directory(shifts=(Shift(official="clerk", hours=DESK_HOURS),))
    morning = START.replace(hour=6)
    night = Override(off="clerk", on="deputy", start=START, end=morning)
    day = Override(off="clerk", on="deputy", start=morning, end=START.replace(hour=12))
    (told,) = without_effect(directory, [night, day])
    assert told == "clerk 12-01 00:00 到 12-01 06:00 没有班，这次调班现在没有作用。"
