from dataclasses import replace
from datetime import timedelta

import pytest

from routing.checks import check_roster, unreachable
from routing.escalation import Condition, Ladder, Step
from routing.hours import Hours
from routing.roster import Duty, Leave, Rotation, Shift
from routing.router import Timing
from tests.fakes.directories import DESK_HOURS, DIRECTOR, NIGHT, all_day, official, small_directory


def kinds(directory, **how):
    return {f.kind for f in check_roster(directory, NIGHT, days=7, **how)}


def test_a_roster_that_covers_every_minute_has_nothing_wrong():
    assert check_roster(small_directory(), NIGHT, days=7) == []


def test_hours_in_which_nobody_is_on_duty_are_a_gap_with_its_span():
    directory = small_directory(shifts=(Shift(official="director", hours=DESK_HOURS),))
    found = [f for f in check_roster(directory, NIGHT, days=7) if f.kind == "gap"]
    assert (found[0].start, found[0].end) == (NIGHT, NIGHT.replace(day=7, hour=8, minute=30))
    assert str(found[0]) == "【空档】12月05日 02:30 到 12月07日 08:30：政务服务管理局没有人值班，只打值班室"
    assert len(found) == 6


def test_another_unit_has_gaps_only_if_it_has_a_rotation():
    water = official("water", "13800000009", unit="water")
    some = Shift(official="water", hours=DESK_HOURS)
    directory = small_directory(shifts=(*all_day("director"), some), more=(water,))
    assert kinds(directory) == set()
    turns = Rotation(turns=(("water",),), start=NIGHT + timedelta(days=1), hours=DESK_HOURS)
    assert kinds(replace(directory, roster=replace(directory.roster, rotations=(turns,)))) == {"gap"}


def test_a_unit_with_hours_has_gaps_only_within_them():
    directory = small_directory()
    units = tuple(replace(u, hours=DESK_HOURS) if u.code == "water" else u for u in directory.units)
    found = [f for f in check_roster(replace(directory, units=units), NIGHT, days=7) if f.kind == "gap"]
    assert [(f.start.hour, f.end.hour) for f in found] == [(8, 17)] * 5
    assert found[0].text == "水务局没有人值班，只打值班室"


def test_whoever_is_away_without_anybody_to_stand_in_is_told():
    leave = Leave(official="director", start=NIGHT, end=NIGHT + timedelta(hours=5))
    (found,) = check_roster(small_directory(leaves=(leave,)), NIGHT, days=7)
    assert (found.kind, found.start, found.end) == ("leave", leave.start, leave.end)
    people = [replace(o, deputies=("deputy",)) if o.id == "director" else o for o in small_directory().roster.officials]
    directory = small_directory(leaves=(leave,))
    directory = replace(directory, roster=replace(directory.roster, officials=tuple(people)))
    assert check_roster(directory, NIGHT, days=7) == []


def test_one_official_in_two_units_at_once_is_double_duty():
    second = Duty(official="clerk", start=NIGHT, end=NIGHT + timedelta(hours=8), unit="water")
    directory = small_directory()
    directory = replace(directory, roster=replace(directory.roster, duties=(second,)))
    (found,) = check_roster(directory, NIGHT, days=7)
    assert (found.kind, found.end) == ("double", second.end)
    assert "政务服务管理局、水务局" in found.text


def test_telephones_that_nobody_ever_answered_are_told_masked():
    found = [f for f in check_roster(small_directory(), NIGHT, days=7, proven={DIRECTOR}) if f.kind == "unproven"]
    assert len(found) == 4, "deputy, clerk, duty room, supervision"
    assert not [f for f in found if "13800000002" in f.text]


def test_a_year_whose_holidays_are_not_known_is_told():
    assert (
        kinds(
            small_directory(),
        )
        == set()
    )
    late = NIGHT.replace(year=2090)
    assert "calendar" in {f.kind for f in check_roster(small_directory(), late, days=7)}


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (Step(ring=("post:督查股股长",)), "没有这样的人"),
        (Step(ring=("service",)), "没有这样的人"),
        (Step(ring=("first",)), "前面的步骤已经打过"),
        (Step(ring=("deputy",), next=20), ""),
    ],
)
def test_a_step_that_can_never_ring_is_found(step, why):
    ladder = Ladder(profile="试", steps=(Step(ring=("first",)), step))
    told = list(unreachable(small_directory(ladders=(ladder,)), Timing()))
    assert [why in one for one in told] == ([True] if why else [])


def test_a_step_that_comes_after_the_promise_is_found():
    slow = Step(ring=("director",), next=60)
    ladder = Ladder(profile="试", steps=(slow, Step(ring=("deputy",), next=40), Step(ring=("staff",))))
    (told,) = unreachable(small_directory(ladders=(ladder,)), Timing())
    assert told.startswith("“试”第 3 步（staff）：轮不到它")


def test_a_step_under_a_condition_does_not_make_a_later_one_unreachable():
    at_night = Condition(hours=(Hours(start=DESK_HOURS[0].end, end=DESK_HOURS[0].start),))
    ladder = Ladder(profile="试", steps=(Step(ring=("first",), when=at_night), Step(ring=("first",))))
    assert list(unreachable(small_directory(ladders=(ladder,)), Timing())) == []
