from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.accused import Accused
from routing.calendar import LOCAL
from routing.escalation import Condition, Ladder, Step
from routing.officials import Phone
from routing.roster import Duty, Leave, Override, Rotation
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
    SUPERVISION,
    accusations,
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
    secret=st.booleans(),
    complained_of=accusations,
    profile=st.sampled_from(("找局长直通", "任意")),
    dialled=st.sampled_from(("", "12345")),
    language=st.sampled_from(("", "苗语")),
    handler=st.sampled_from(("", "o0", "gone")),
    busy=st.frozensets(st.integers(0, 7).map(lambda n: f"1380000000{n}"), max_size=3),
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


WATER = official("water", "13800000009", unit="water")


def test_those_on_duty_in_the_unit_that_answers_for_the_matter_come_before_other_staff():
    directory = small_directory(shifts=all_day("director", "clerk", "water"), more=(WATER,))
    assert numbers(directory, matter="A1") == (DIRECTOR, "13800000009", STAFF, DUTY_ROOM)
    assert numbers(directory, matter=None) == (DIRECTOR, STAFF, DUTY_ROOM)


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


def test_the_county_may_have_the_staff_on_duty_rung_before_those_who_lead():
    directory = replace(small_directory(), first="staff")
    assert numbers(directory) == (STAFF, DIRECTOR, DEPUTY, DUTY_ROOM)


def test_a_complaint_about_the_duty_room_rings_supervision_first_and_never_the_duty_room():
    found = numbers(complained_of=Accused(terminals=frozenset({"duty_room"})))
    assert found[0] == SUPERVISION == found[-1] and DUTY_ROOM not in found and DIRECTOR in found


def test_a_rung_says_for_whom_its_official_stands_in():
    override = Override(off="director", on="clerk", start=NIGHT - timedelta(hours=1), end=NIGHT + timedelta(hours=1))
    directory = small_directory(shifts=all_day("director", "deputy"))
    directory = replace(directory, roster=replace(directory.roster, overrides=(override,)))
    (first, *_) = route(request=RequestFacts(), now=NIGHT, directory=directory).rungs
    assert (first.number, first.reason) == (STAFF, "找局长直通，不论什么事，打值班局长，替director（调班）")


@pytest.mark.parametrize("whom", ["director", "deputy", "clerk"])
def test_an_official_complained_of_is_not_rung_and_whoever_is_above_is_rung_first(whom):
    mayor = official("mayor", "13800000008", "director", unit="county")
    directory = small_directory(shifts=all_day("director", "deputy", "clerk", "mayor"), more=(mayor,))
    found = route(
        request=RequestFacts(complained_of=Accused(officials=frozenset({whom}))), now=NIGHT, directory=directory
    )
    accused_number = {"director": DIRECTOR, "deputy": DEPUTY, "clerk": STAFF}[whom]
    assert accused_number not in found.numbers
    assert found.numbers[0] == "13800000008"
    assert (whom, "群众反映的就是他，或他的单位") in found.left_out


def test_with_nobody_above_on_duty_supervision_is_rung_first():
    found = numbers(complained_of=Accused(officials=frozenset({"director"})))
    assert found == (SUPERVISION, DEPUTY, STAFF, DUTY_ROOM)


def test_a_complaint_about_the_unit_of_the_duty_room_ends_at_supervision():
    mayor = official("mayor", "13800000008", "director", unit="county")
    directory = small_directory(shifts=all_day("director", "mayor"), more=(mayor,))
    found = numbers(directory, complained_of=Accused(units=frozenset({"home"})))
    assert found == ("13800000008", SUPERVISION)


def test_supervision_that_ends_the_ladder_is_rung_first_too_when_nobody_else_may_hear_of_it_before():
    directory = small_directory(more=(WATER,))
    against_home = {"complained_of": Accused(units=frozenset({"home"}))}
    secret = route(request=RequestFacts(secret=True, **against_home), now=NIGHT, directory=directory)
    assert secret.numbers == (SUPERVISION, "13800000009", SUPERVISION)
    assert [rung.again for rung in secret.rungs] == [False, False, True]
    assert secret.open_end == SUPERVISION
    assert numbers(directory, **against_home) == secret.numbers, "there is nobody above"
    assert numbers(secret=True, **against_home) == (SUPERVISION,), "there is nobody else"


def test_a_telephone_that_the_accused_shares_is_not_rung_either():
    twin = official("twin", DIRECTOR)
    directory = small_directory(shifts=all_day("director", "twin", "clerk"), more=(twin,))
    assert DIRECTOR not in numbers(directory, complained_of=Accused(officials=frozenset({"director"})))


def test_what_is_secret_goes_to_supervision_before_anybody_else_rings():
    assert numbers(secret=True) == (SUPERVISION, DIRECTOR, DEPUTY, STAFF, DUTY_ROOM)


def test_a_known_callers_handler_is_rung_first():
    directory = small_directory(shifts=all_day("director", "clerk"), more=(WATER,))
    assert numbers(directory, handler="water") == ("13800000009", DIRECTOR, STAFF, DUTY_ROOM)
    assert numbers(directory, handler="water", secret=True)[0] == SUPERVISION


def test_whoever_is_in_a_talk_comes_last_except_for_red():
    assert numbers(busy=frozenset({DIRECTOR})) == (DEPUTY, STAFF, DIRECTOR, DUTY_ROOM)
    assert numbers(busy=frozenset({DIRECTOR}), urgency="red")[0] == DIRECTOR
    assert numbers(busy=frozenset({DIRECTOR}), intent="emergency")[0] == DIRECTOR


def test_a_marked_caller_rings_the_duty_room_only_unless_it_is_urgent():
    directory = small_directory(rooms=(DUTY_ROOM, DUTY_ROOM_2))
    assert numbers(directory, marked=True) == (DUTY_ROOM, DUTY_ROOM_2)
    assert numbers(directory, marked=True, urgency="red")[0] == DIRECTOR


def ladder(*steps: Step, more=(), **facts):
    directory = small_directory(ladders=(Ladder(profile="试", steps=steps),), more=more)
    return route(request=RequestFacts(profile="试", **facts), now=NIGHT, directory=directory).rungs


def test_what_a_marked_caller_tells_in_secret_goes_to_supervision_first_too():
    assert numbers(marked=True, secret=True) == (SUPERVISION, DUTY_ROOM)


def test_a_step_may_ring_several_at_once_and_say_its_seconds():
    rungs = ladder(Step(ring=("first",), together=True, seconds=25, next=20), Step(ring=("second",)))
    assert [(r.number, r.seconds, r.next) for r in rungs] == [
        (DIRECTOR, 25, 0.0),
        (DEPUTY, 25, 20),
        (STAFF, None, None),
        (DUTY_ROOM, None, None),
    ]


def test_a_step_that_repeats_rings_its_numbers_again_once_they_have_rung_out():
    rungs = ladder(Step(ring=("director",), repeat=2, seconds=20, next=5), Step(ring=("second",)))
    assert [(r.number, r.again, r.next) for r in rungs][:3] == [
        (DIRECTOR, False, 21),
        (DIRECTOR, True, 21),
        (STAFF, False, None),
    ]


def test_a_step_applies_only_under_its_conditions():
    only_red = Step(ring=("director",), when=Condition(urgency=frozenset({"red"})))
    only_water = Step(ring=("deputy",), when=Condition(matters=frozenset({"A1"})))
    rest = Step(ring=("second",))
    assert ladder(only_red, only_water, rest)[0].number == STAFF
    assert ladder(only_red, only_water, rest, urgency="red")[0].number == DIRECTOR
    assert ladder(only_red, only_water, rest, matter="A1")[0].number == DEPUTY


def test_a_step_may_name_a_post_or_an_official_on_duty_or_not():
    inspector = official("chen", "13800000007", post="督查股股长")
    rungs = ladder(Step(ring=("post:督查股股长", "official:water")), more=(inspector, WATER))
    assert [r.number for r in rungs][:2] == ["13800000007", "13800000009"]


def test_a_ladder_that_is_too_long_still_rings_the_duty_room_before_the_promise():
    slow = Step(ring=("first", "second"), next=40)
    assert [r.number for r in ladder(slow)] == [DIRECTOR, DEPUTY, DUTY_ROOM]


def test_a_telephone_outside_its_hours_is_not_rung_if_the_official_has_another():
    directory = small_directory(shifts=all_day("boss"), more=(official("boss", "13800000005", "director"),))
    people = [
        replace(o, phones=(Phone(number="13800000005", hours=tuple(directory.desk.hours)), Phone(number="13800000006")))
        if o.id == "boss"
        else o
        for o in directory.roster.officials
    ]
    directory = replace(directory, roster=replace(directory.roster, officials=tuple(people)))
    assert numbers(directory, now=NOON)[0] == "13800000005"
    assert numbers(directory)[0] == "13800000006"


LAST, FIRST = date(2026, 12, 4), date(2026, 12, 5)
MIDNIGHT = datetime(2026, 12, 5, tzinfo=LOCAL)
"""NOON lies before it, NIGHT after."""


def dated(who, **dates):
    """The small directory with these dates of one of its officials."""
    directory = small_directory()
    people = tuple(replace(o, deputies=("deputy",), **dates) if o.id == who else o for o in directory.roster.officials)
    return replace(directory, roster=replace(directory.roster, officials=people))


def test_who_has_left_is_not_rung_by_anything_and_the_rung_says_for_whom_the_deputy_is_there():
    directory = dated("director", last=LAST)
    assert numbers(directory, now=NOON)[0] == DIRECTOR
    found = route(request=RequestFacts(handler="director"), now=NIGHT, directory=directory)
    assert found.numbers == (DEPUTY, STAFF, DUTY_ROOM)
    assert found.rungs[0].reason.endswith("打值班局长，替director（已离任）")
    assert ("director", "已离任") in found.left_out
    by_name = replace(directory, ladders=(Ladder(profile="试", steps=(Step(ring=("official:director",)),)),))
    assert DIRECTOR not in numbers(by_name, profile="试")
    alone = replace(directory, roster=replace(directory.roster, shifts=()))
    assert DIRECTOR not in numbers(alone), "nor to fill up"


def test_who_has_not_begun_is_not_rung_either():
    directory = dated("director", first=FIRST)
    assert numbers(directory, now=NOON)[0] == DEPUTY and numbers(directory)[0] == DIRECTOR


def test_of_two_who_have_a_post_one_after_the_other_the_step_rings_the_one_who_has_it():
    before = official("before", "13800000008", post="督查股股长", last=LAST)
    after = official("after", "13800000009", post="督查股股长", first=FIRST)
    found = ladder(Step(ring=("post:督查股股长",)), more=(before, after))
    assert next(r.official_id for r in found) == "after"
    assert "before" not in [r.official_id for r in found]


def test_the_new_number_is_rung_from_its_midnight_on_and_asterisks_own_ladder_changes_there():
    def edges(on="director", **dates):
        """Of a roster in which nothing else happens at midnight."""
        directory = dated("director", **dates)
        turns = Rotation(turns=((on,),), start=NOON - timedelta(days=1, hours=4))
        roster = replace(directory.roster, shifts=(), rotations=(turns,))
        return duty_edges(NOON, 24, directory=replace(directory, desk=None, roster=roster))

    (_, before), (at, after) = edges(
        phones=(Phone(number=DIRECTOR, last=LAST), Phone(number="13800000009", first=FIRST))
    )
    assert (before[0], at, after[0]) == (DIRECTOR, MIDNIGHT, "13800000009")
    (_, before), (at, after) = edges(last=LAST)
    assert (before[0], at, after[0]) == (DIRECTOR, MIDNIGHT, DEPUTY)
    (_, before), (at, after) = edges(first=FIRST)
    assert (before[0], at, after[0]) == (DEPUTY, MIDNIGHT, DIRECTOR)
    (_, before), (at, after) = edges(on="clerk", last=LAST)
    assert (before[1], at, after[1]) == (DIRECTOR, MIDNIGHT, DEPUTY), "who fills up the ladder"


def test_on_duty_without_a_number_in_use_is_passed_over_and_told():
    directory = dated("director", phones=(Phone(number=DIRECTOR, last=LAST),))
    found = route(request=RequestFacts(), now=NIGHT, directory=directory)
    assert found.numbers == (DEPUTY, STAFF, DUTY_ROOM)
    assert found.left_out == (("director", "今天没有在用的号码"),)


def test_key_3_hands_the_call_to_no_deputy_who_is_away():
    leave = Leave(official="deputy", start=NIGHT - timedelta(hours=1), end=NIGHT + timedelta(hours=1))
    for directory in (dated("deputy", last=LAST), small_directory(leaves=(leave,))):
        people = tuple(replace(o, deputies=("deputy", "clerk")) for o in directory.roster.officials)
        there = replace(directory, roster=replace(directory.roster, officials=people))
        assert route(request=RequestFacts(), now=NIGHT, directory=there).rungs[0].deputies == (STAFF,)


def test_a_complaint_about_who_has_left_bars_nobody_who_has_the_telephone_now():
    before = official("before", DIRECTOR, "director", last=LAST)
    directory = small_directory(more=(before,))
    about = {"complained_of": Accused(officials=frozenset({"before"}))}
    assert DIRECTOR in numbers(directory, **about)
    assert DIRECTOR not in numbers(directory, now=NOON, **about)


def test_a_number_of_a_unit_reaches_those_on_duty_in_it():
    directory = small_directory(shifts=all_day("director", "water"), more=(WATER,))
    units = tuple(replace(u, numbers=("12345",)) if u.code == "water" else u for u in directory.units)
    assert numbers(replace(directory, units=units), dialled="12345")[0] == "13800000009"


def test_of_the_same_rank_on_duty_who_speaks_the_language_of_the_line_is_rung_first_and_it_says_so():
    second = official("second", "13800000009", "deputy", languages=("苗语",))
    clerk = official("miao", "13800000008", languages=("苗语",))
    directory = small_directory(shifts=all_day("director", "deputy", "second", "clerk", "miao"), more=(second, clerk))
    found = route(request=RequestFacts(language="苗语"), now=NIGHT, directory=directory)
    assert found.numbers == (DIRECTOR, "13800000009", DEPUTY, "13800000008", STAFF, DUTY_ROOM)
    assert found.rungs[1].reason == "前面的还没接，打值班副局长，会说苗语"
    assert numbers(directory) == (DIRECTOR, DEPUTY, "13800000009", STAFF, "13800000008", DUTY_ROOM)


def with_hours(directory, unit):
    units = tuple(
        replace(u, hours=tuple(directory.desk.hours), numbers=("12345",)) if u.code == unit else u
        for u in directory.units
    )
    return replace(directory, units=units)


def test_on_a_line_of_a_unit_that_is_closed_those_on_duty_above_are_rung_and_not_those_who_went_home():
    directory = with_hours(small_directory(shifts=all_day("director", "deputy"), more=(WATER,)), "water")
    assert numbers(directory, dialled="12345") == (DIRECTOR, DEPUTY, DUTY_ROOM)
    assert numbers(directory, dialled="12345", now=NOON) == ("13800000009", DIRECTOR, DUTY_ROOM), "open: its own first"
    (first, *_) = route(request=RequestFacts(dialled="12345"), now=NIGHT, directory=directory).rungs
    assert first.reason == "找局长直通，不论什么事，水务局不上班，打值班局长"


def test_the_duty_ladder_changes_when_the_countys_own_unit_opens_and_closes():
    mayor = official("mayor", "13800000008", "director", unit="county")
    directory = with_hours(small_directory(shifts=all_day("mayor"), more=(mayor,)), "home")
    edges = dict(duty_edges(NOON, 24, directory=replace(directory, desk=None)))
    open_, closed = (DIRECTOR, DEPUTY, DUTY_ROOM), ("13800000008", DIRECTOR, DUTY_ROOM)
    assert edges == {NOON: open_, NOON.replace(hour=17, minute=30): closed}


def test_no_more_numbers_are_rung_than_can_begin_before_the_promise():
    crowd = tuple(official(f"c{n}", f"1380000001{n}", "deputy") for n in range(8))
    directory = small_directory(shifts=all_day("director", *(o.id for o in crowd)), more=crowd)
    assert len(numbers(directory)) == MAX_RUNGS and numbers(directory)[-1] == DUTY_ROOM


def test_whoever_is_on_duty_in_a_closed_unit_is_rung_all_the_same():
    directory = with_hours(small_directory(shifts=all_day("director", "water"), more=(WATER,)), "water")
    assert numbers(directory, dialled="12345")[0] == "13800000009"
    assert numbers(directory, matter="A1") == (DIRECTOR, "13800000009", DUTY_ROOM)


def test_a_closed_unit_without_anybody_on_duty_is_told_to_be_left_out():
    directory = with_hours(small_directory(more=(WATER,)), "water")
    closed = ("水务局", "现在不上班，也没有人值班")
    assert closed in route(request=RequestFacts(matter="A1"), now=NIGHT, directory=directory).left_out
    assert closed not in route(request=RequestFacts(matter="A1"), now=NOON, directory=directory).left_out


def test_a_row_of_a_sheet_is_rung_as_the_role_it_has_there():
    duty = Duty(official="clerk", start=NIGHT - timedelta(hours=1), end=NIGHT + timedelta(hours=1), role="lead")
    directory = small_directory(shifts=all_day("deputy"))
    directory = replace(directory, roster=replace(directory.roster, duties=(duty,)))
    assert numbers(directory) == (DEPUTY, STAFF, DUTY_ROOM)


@given(directories(), moments, requests)
def test_every_caller_has_a_ladder_that_ends_at_a_number_that_always_answers(directory, now, request):
    found = route(request=request, now=now, directory=directory)
    assert 1 <= len(found.rungs) <= MAX_RUNGS
    assert all(rung.reason for rung in found.rungs)
    assert found.unit in {unit.code for unit in directory.units}
    people = [o for o in directory.roster.officials if not outside(o, now)]
    in_use = {phone.number for o in people for phone in o.phones if not outside(phone, now)}
    desks = [*directory.services, *filter(None, [directory.desk])]
    in_use |= {*directory.duty_room.numbers, *directory.supervision.numbers, *(d.number for d in desks)}
    assert set(found.numbers) <= in_use == directory.in_use(now)
    rooms, over = set(directory.duty_room.numbers), set(directory.supervision.numbers)
    if "home" not in request.complained_of.units and not rooms & barred(directory, request.complained_of, now):
        assert found.numbers[-1] in rooms or (request.wish == "silent" and found.numbers[0] in rooms)
    elif not over & barred(directory, request.complained_of, now):
        assert found.numbers[-1] in over | rooms or (request.wish == "silent" and found.numbers[0] in rooms)


def outside(dated, now):
    """Whether a day before its first, or after its last, is now."""
    first, last = (day and datetime(day.year, day.month, day.day, tzinfo=LOCAL) for day in (dated.first, dated.last))
    return (first is not None and now < first) or (last is not None and last + timedelta(days=1) <= now)


def barred(directory, accused, now):
    people = [o for o in directory.roster.officials if o.id in accused.officials or {o.unit, *o.units} & accused.units]
    kinds = {"duty_room": directory.duty_room, "supervision": directory.supervision}
    terminals = [t for kind, t in kinds.items() if kind in accused.terminals or t.unit in accused.units]
    return {n for o in people for n in o.numbers_on(now.date())} | {n for t in terminals for n in t.numbers}


@given(directories(), moments, requests)
def test_nobody_complained_of_is_rung_unless_there_is_no_other_number_at_all(directory, now, request):
    found = route(request=request, now=now, directory=directory)
    bad = barred(directory, request.complained_of, now)
    if bad & set(found.numbers):
        present = {
            n
            for o in directory.roster.officials
            if not directory.roster.away(o.id, now)
            for n in directory.callable(o, now)[:1]
        }
        terminals = {*directory.duty_room.numbers, *directory.supervision.numbers}
        assert not (present | terminals) - bad


@given(directories(), moments, requests)
def test_no_number_is_rung_twice_unless_a_step_says_so(directory, now, request):
    found = route(request=request, now=now, directory=directory)
    first = [rung.number for rung in found.rungs if not rung.again]
    assert len(set(first)) == len(first)


@given(directories(), moments, requests)
def test_what_is_secret_rings_supervision_first_unless_it_is_complained_of(directory, now, request):
    request = replace(request, secret=True, wish="", busy=frozenset())
    found = route(request=request, now=now, directory=directory)
    over = set(directory.supervision.numbers) - barred(directory, request.complained_of, now)
    if over:
        assert found.numbers[0] in over


@given(directories(), moments)
def test_three_numbers_are_rung_whenever_the_directory_has_three(directory, now):
    roster = directory.roster
    there = {n for o in roster.officials if not roster.away(o.id, now) for n in directory.callable(o, now)[:1]}
    there |= set(directory.duty_room.numbers)
    found = route(request=RequestFacts(), now=now, directory=directory)
    assert len(set(found.numbers)) >= min(MIN_NUMBERS, len(there))


@given(directories(), moments, st.integers(0, 72 * 3600 - 1))
def test_the_edges_hold_the_duty_ladder_of_every_moment_of_the_72_hours(directory, now, later):
    moment = now + timedelta(seconds=later)
    valid = [ladder for at, ladder in duty_edges(now, 72, directory=directory) if at <= moment]
    assert valid[-1] == duty_ladder(moment, directory)


@given(directories(), moments, st.integers(0, 72 * 3600 - 1))
def test_a_moment_is_in_a_gap_exactly_when_it_has_fewer_than_three_numbers(directory, now, later):
    moment = now + timedelta(seconds=later)
    inside = any(gap.start <= moment < gap.end for gap in gaps(directory, now))
    assert inside == (len(set(duty_ladder(moment, directory))) < MIN_NUMBERS)


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
    assert edges[0][0].tzinfo is LOCAL


def test_a_duty_room_on_the_telephone_of_the_official_complained_of_is_not_rung_and_supervision_is():
    directory = small_directory(rooms=(DIRECTOR,))
    planned = route(
        request=RequestFacts(complained_of=Accused(officials=frozenset({"director"}))), now=NOON, directory=directory
    )
    assert DIRECTOR not in planned.numbers and planned.numbers[-1] == SUPERVISION


def test_the_reason_of_supervision_at_the_end_does_not_call_it_the_duty_room():
    request = RequestFacts(complained_of=Accused(terminals=frozenset({"duty_room"})))
    last = route(request=request, now=MIDNIGHT, directory=small_directory()).rungs[-1]
    assert (last.official_id, last.reason) == ("supervision", "被反映的是值班室或它的单位，最后打督查")
