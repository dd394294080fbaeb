from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.roster import SHANGHAI, Leave
from routing.route import Route, Rung
from routing.router import MAX_RUNGS, MIN_NUMBERS, RequestFacts, duty_edges, duty_ladder, gaps, route, unit_for
from tests.fakes.directories import (
    DEPUTY,
    DESK,
    DIRECTOR,
    DUTY_ROOM,
    DUTY_ROOM_2,
    NIGHT,
    NOON,
    STAFF,
    all_day,
    directories,
    moments,
    official,
    small_directory,
)

requests = st.builds(
    RequestFacts,
    matter=st.sampled_from((None, "A1", "D2", "Z9")),
    urgency=st.sampled_from(("red", "orange", "yellow", "normal")),
    intent=st.sampled_from(("request", "director", "emergency", "unclear", "greeting")),
    place=st.sampled_from(("", "扎西镇双河村")),
    wish=st.sampled_from(("", "director", "person", "key0", "gave_up", "silent")),
)


def numbers(directory=None, now=NIGHT, **facts):
    return route(request=RequestFacts(**facts), now=now, directory=directory or small_directory()).numbers


@pytest.mark.parametrize("matter", [None, "A1", "D2", "Z9"])
def test_the_director_is_rung_first_whatever_the_matter(matter):
    assert numbers(matter=matter) == (DIRECTOR, DEPUTY, STAFF, DUTY_ROOM)


@pytest.mark.parametrize(
    "facts", [{"wish": "director"}, {"wish": "person"}, {"wish": "key0"}, {"wish": "gave_up"}, {"intent": "emergency"}]
)
def test_asking_for_a_person_or_an_emergency_takes_the_same_ladder(facts):
    assert numbers(**facts) == numbers()


def test_without_a_director_on_duty_the_deputy_is_first():
    assert numbers(small_directory(shifts=all_day("deputy", "clerk")))[0] == DEPUTY


def test_a_caller_who_says_nothing_gets_the_desk_in_working_hours():
    assert numbers(now=NOON, wish="silent") == (DESK, DIRECTOR, DEPUTY, STAFF, DUTY_ROOM)


def test_a_caller_who_says_nothing_at_night_gets_the_duty_room_and_the_director_last():
    assert numbers(wish="silent") == (DUTY_ROOM, STAFF, DEPUTY, DIRECTOR)


def test_a_second_line_of_the_duty_room_ends_the_silent_ladder_at_night():
    directory = small_directory(rooms=(DUTY_ROOM, DUTY_ROOM_2))
    assert numbers(directory, wish="silent") == (DUTY_ROOM, STAFF, DEPUTY, DIRECTOR, DUTY_ROOM_2)


def test_too_few_on_duty_are_filled_up_by_those_off_duty():
    assert numbers(small_directory(shifts=all_day("clerk"))) == (STAFF, DIRECTOR, DUTY_ROOM)
    assert numbers(small_directory(shifts=())) == (DIRECTOR, DEPUTY, DUTY_ROOM)


def test_whoever_is_on_leave_is_not_used_to_fill_up():
    leave = Leave(official="director", start=NIGHT - timedelta(days=1), end=NIGHT + timedelta(days=1))
    assert numbers(small_directory(shifts=all_day("clerk"), leaves=(leave,))) == (STAFF, DEPUTY, DUTY_ROOM)


def test_the_staff_of_the_unit_that_answers_for_the_matter_come_before_other_staff():
    directory = small_directory(shifts=all_day("director", "clerk", "water"))
    people = (*directory.roster.officials, official("water", "13800000009", unit="water"))
    directory = replace(directory, roster=replace(directory.roster, officials=people))
    assert numbers(directory, matter="A1") == (DIRECTOR, "13800000009", STAFF, DUTY_ROOM)
    assert numbers(directory, matter=None) == (DIRECTOR, STAFF, "13800000009", DUTY_ROOM)


def test_the_unit_follows_from_matter_and_place():
    directory = small_directory()
    assert unit_for(RequestFacts(matter="A1"), directory) == "water"
    assert unit_for(RequestFacts(matter="D2", place="扎西镇双河村"), directory) == "zhaxi"
    assert unit_for(RequestFacts(matter="D2", place="旧城镇"), directory) == "home"
    assert unit_for(RequestFacts(), directory) == "home"


def test_every_rung_says_why_it_is_rung():
    rungs = route(request=RequestFacts(wish="director"), now=NIGHT, directory=small_directory()).rungs
    assert [r.reason for r in rungs] == [
        "群众要找局长，打值班局长",
        "前面的还没接，打值班副局长",
        "前面的还没接，打值班人员",
        "值班室全天有人，最后一定打到",
    ]


def test_a_route_without_a_rung_or_with_a_number_twice_cannot_be_made():
    rung = Rung(number=DIRECTOR, official_id="director", name="", post="", reason="")
    with pytest.raises(ValueError, match="without a rung"):
        Route(rungs=(), unit="home", reason="")
    with pytest.raises(ValueError, match="twice"):
        Route(rungs=(rung, rung), unit="home", reason="")


@given(directories(), moments, requests)
def test_every_caller_has_a_ladder_that_reaches_the_duty_room_and_rings_nobody_twice(directory, now, request):
    found = route(request=request, now=now, directory=directory)
    room = directory.duty_room.numbers
    assert 1 <= len(found.rungs) <= MAX_RUNGS
    assert len(set(found.numbers)) == len(found.numbers)
    assert found.numbers[-1] == room[-1] or (request.wish == "silent" and found.numbers[0] == room[-1])
    assert set(found.numbers) <= directory.numbers()
    assert all(rung.reason for rung in found.rungs)
    assert found.unit in {unit.code for unit in directory.units}


@given(directories(), moments, requests)
def test_three_numbers_are_rung_whenever_the_directory_has_three(directory, now, request):
    present = {p for o in directory.roster.officials if not directory.roster.on_leave(o.id, now) for p in o.phones}
    there = present | set(directory.duty_room.numbers)
    found = route(request=request, now=now, directory=directory)
    assert len(found.numbers) >= min(MIN_NUMBERS, len(there))


@given(directories(), moments)
def test_a_director_on_duty_is_rung_before_anybody_else(directory, now):
    directors = {o.phones[0] for o in directory.roster.on_duty(now) if o.rank == "director"}
    last = directory.duty_room.numbers[-1]
    if directors - {last}:
        assert route(request=RequestFacts(), now=now, directory=directory).numbers[0] in directors


@given(directories(), moments, st.integers(0, 72 * 3600 - 1))
def test_the_edges_hold_the_duty_ladder_of_every_moment_of_the_72_hours(directory, now, later):
    moment = now + timedelta(seconds=later)
    valid = [ladder for at, ladder in duty_edges(now, 72, directory=directory) if at <= moment]
    assert valid[-1] == duty_ladder(moment, directory)


@given(directories(), moments, st.integers(0, 72 * 3600 - 1))
def test_a_moment_is_in_a_gap_exactly_when_it_has_fewer_than_three_numbers(directory, now, later):
    moment = now + timedelta(seconds=later)
    inside = any(gap.start <= moment < gap.end for gap in gaps(directory, now))
    assert inside == (len(duty_ladder(moment, directory)) < MIN_NUMBERS)


def test_a_gap_names_its_hours_and_how_many_numbers_are_left():
    leaves = tuple(
        Leave(official=who, start=NIGHT + timedelta(hours=1), end=NIGHT + timedelta(hours=5))
        for who in ("director", "clerk")
    )
    (gap,) = gaps(small_directory(leaves=leaves), NIGHT)
    assert str(gap) == "2026-12-05 03:30 到 2026-12-05 07:30 只有 2 个号码可打"


def test_the_first_edge_is_now():
    edges = duty_edges(NIGHT, directory=small_directory())
    assert edges == ((NIGHT, (DIRECTOR, DEPUTY, STAFF, DUTY_ROOM)),)
    assert edges[0][0].tzinfo is SHANGHAI
