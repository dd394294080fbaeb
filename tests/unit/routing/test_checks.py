from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.calendar import LOCAL
from routing.checks import check_roster, check_unit, unreachable
from routing.escalation import Condition, Ladder, Step
from routing.hours import Hours
from routing.officials import Phone, Service
from routing.roster import DayCount, Duty, Leave, Override, Rotation, Shift, role_of
from routing.router import Timing
from tests.fakes.directories import (
    DESK_HOURS,
    DIRECTOR,
    DUTY_ROOM,
    NIGHT,
    all_day,
    directories,
    moments,
    official,
    small_directory,
)

DAY = timedelta(days=1)
MIDNIGHT = NIGHT.replace(hour=0, minute=0)


def kinds(directory, **how):
    return {f.kind for f in check_roster(directory, NIGHT, days=7, **how)}


def test_a_roster_that_covers_every_minute_has_nothing_wrong():
    assert check_roster(small_directory(), NIGHT, days=7) == []


def test_hours_in_which_nobody_is_on_duty_are_a_gap_with_its_span():
    directory = small_directory(shifts=(Shift(official="director", hours=DESK_HOURS),))
    found = [f for f in check_roster(directory, NIGHT, days=7) if f.kind == "gap"]
    assert (found[0].start, found[0].end) == (NIGHT, NIGHT.replace(day=7, hour=8, minute=30))
    assert str(found[0]) == "【空档】12月05日 02:30 到 12月07日 08:30：政务服务管理局没有人值班，由值班室补上"
    assert len(found) == 6


def test_another_unit_has_gaps_only_if_it_has_a_rotation():
    water = official("water", "13800000009", unit="water")
    some = Shift(official="water", hours=DESK_HOURS)
    directory = small_directory(shifts=(*all_day("director"), some), more=(water,))
    assert kinds(directory) == set()
    turns = Rotation(turns=(("water",),), start=NIGHT + timedelta(days=1), hours=DESK_HOURS)
    rotating = replace(directory.roster, shifts=all_day("director"), rotations=(turns,))
    assert kinds(replace(directory, roster=rotating)) == {"gap"}


def test_a_unit_with_hours_has_gaps_only_within_them():
    directory = small_directory()
    units = tuple(replace(u, hours=DESK_HOURS) if u.code == "water" else u for u in directory.units)
    found = [f for f in check_roster(replace(directory, units=units), NIGHT, days=7) if f.kind == "gap"]
    assert [(f.start.hour, f.end.hour) for f in found] == [(8, 17)] * 5
    assert found[0].text == "水务局没有人值班，由值班室补上"


def test_whoever_is_away_without_anybody_to_stand_in_is_told():
    leave = Leave(official="director", start=NIGHT, end=NIGHT + timedelta(hours=5))
    (found,) = check_roster(small_directory(leaves=(leave,)), NIGHT, days=7)
    assert (found.kind, found.start, found.end) == ("leave", leave.start, leave.end)
    people = [replace(o, deputies=("deputy",)) if o.id == "director" else o for o in small_directory().roster.officials]
    directory = small_directory(leaves=(leave,))
    shifts = all_day("director")
    directory = replace(directory, roster=replace(directory.roster, officials=tuple(people), shifts=shifts))
    assert check_roster(directory, NIGHT, days=7) == []


def test_whose_duty_another_has_taken_over_may_be_away():
    leave = Leave(official="director", start=NIGHT, end=NIGHT + timedelta(hours=5))
    taken = Override(off="director", on="deputy", start=NIGHT, end=NIGHT + timedelta(hours=5))
    directory = small_directory(shifts=all_day("director"), leaves=(leave,))
    directory = replace(directory, roster=replace(directory.roster, overrides=(taken,)))
    assert check_roster(directory, NIGHT, days=7) == []


def with_deputies(directory, **dates):
    """The director's deputy is `deputy`; these dates are the director's."""
    people = tuple(
        replace(o, deputies=("deputy",), **dates) if o.id == "director" else o for o in directory.roster.officials
    )
    return replace(directory, roster=replace(directory.roster, officials=people))


def test_who_has_left_and_is_still_on_the_roster_is_told_once_whoever_stands_in():
    turns = Rotation(turns=(("director",), ("clerk",)), start=NIGHT.replace(hour=8))
    base = small_directory(shifts=())
    directory = replace(base, roster=replace(base.roster, rotations=(turns,)))
    left = with_deputies(directory, last=NIGHT.date() + timedelta(days=1))
    found = check_roster(left, NIGHT.replace(hour=8), days=7)
    assert [*map(str, found)] == [
        "【不在任】12月07日 08:30 到 12月12日 08:30：政务服务管理局值班的director已离任，由副职替，请改值班表"
    ]
    people = tuple(replace(o, last=NIGHT.date()) if o.id == "director" else o for o in base.roster.officials)
    alone = replace(left, roster=replace(left.roster, officials=people))
    told = [f for f in check_roster(alone, NIGHT.replace(hour=8), days=3) if f.kind == "leave"]
    assert [(f.start.day, f.end.day, f.text) for f in told] == [
        (6, 6, "政务服务管理局值班的director已离任，没有人替"),
        (7, 8, "政务服务管理局值班的director已离任，没有人替"),
    ]


def test_who_has_not_begun_is_told_too():
    directory = with_deputies(small_directory(), first=NIGHT.date() + timedelta(days=1))
    (found,) = (f for f in check_roster(directory, NIGHT, days=7) if f.kind == "left")
    assert (found.end.day, found.text) == (6, "政务服务管理局值班的director未到任，由副职替，请改值班表")


def test_who_is_on_duty_without_a_number_in_use_is_told_with_the_span():
    phones = (Phone(number=DIRECTOR, last=NIGHT.date()), Phone(number=DIRECTOR, first=NIGHT.date() + 3 * DAY))
    directory = with_deputies(small_directory(), phones=phones)
    (found,) = check_roster(directory, NIGHT, days=7)
    assert (found.kind, found.text) == ("no_number", "政务服务管理局值班的director没有在用的号码，打不到他")
    assert (found.start, found.end) == (MIDNIGHT + DAY, MIDNIGHT + 3 * DAY)


def test_a_step_that_names_who_has_left_rings_nobody_and_so_does_the_rank_he_had():
    steps = (Step(ring=("official:director",)), Step(ring=("director",)), Step(ring=("post:局长",)))
    directory = small_directory(ladders=(Ladder(profile="试", steps=steps),))
    left = with_deputies(directory, last=NIGHT.date(), post="局长")
    assert list(unreachable(left, Timing(), NIGHT, NIGHT + DAY)) == []
    assert len(list(unreachable(left, Timing(), NIGHT + DAY, NIGHT + 2 * DAY))) == 3


def test_what_only_somebody_spoke_who_has_left_is_told():
    speaks = official("miao", "13800000009", languages=("苗语",), last=NIGHT.date() - DAY)
    found = check_roster(small_directory(more=(speaks,)), NIGHT, days=7, languages=("苗语",))
    assert [f.kind for f in found] == ["language"]


def test_who_serves_another_units_rotation_makes_no_gap_in_their_own():
    water = official("water", "13800000009", unit="water")
    turns = Rotation(turns=(("water",),), start=NIGHT - timedelta(days=1), hours=DESK_HOURS, unit="home")
    directory = small_directory(shifts=all_day("director"), more=(water,))
    assert kinds(replace(directory, roster=replace(directory.roster, rotations=(turns,)))) == set()


def test_one_official_in_two_units_at_once_is_double_duty():
    second = Duty(official="clerk", start=NIGHT, end=NIGHT + timedelta(hours=8), unit="water")
    directory = small_directory()
    directory = replace(directory, roster=replace(directory.roster, duties=(second,)))
    (found,) = check_roster(directory, NIGHT, days=7)
    assert (found.kind, found.end) == ("double", second.end)
    assert "政务服务管理局、水务局" in found.text


ROW = {"start": NIGHT + timedelta(hours=1), "end": NIGHT + timedelta(hours=9), "unit": "home"}


def doubled(*duties, **changes):
    """What is told of double duty while the director is on duty day and night, and of nothing else."""
    directory = small_directory(shifts=changes.pop("shifts", all_day("director")))
    roster = replace(directory.roster, duties=duties, **changes)
    found = check_roster(replace(directory, roster=roster), NIGHT, days=7)
    assert all(f.kind == "double" and (f.start, f.end) == (ROW["start"], ROW["end"]) for f in found)
    return [f.text.removeprefix("clerk在政务服务管理局一人两岗：") for f in found]


def test_who_leads_and_is_staff_at_the_same_time_has_two_posts():
    assert doubled(*(Duty(official="clerk", role=role, **ROW) for role in ("staff", "lead"))) == ["带班，又值班"]


def test_a_name_written_twice_for_the_same_hours_is_told():
    rows = [Duty(official="clerk", **ROW) for _ in range(2)]
    assert doubled(*rows) == ["值班（写了2次）"]
    later = {**ROW, "end": ROW["end"] + timedelta(hours=8)}
    assert doubled(rows[0], Duty(official="clerk", **later)) == ["值班（写了2次）"], "only while both hold"


def test_who_stands_in_for_another_beside_a_duty_of_his_own_is_told_with_the_reason():
    rows = [Duty(official=who, **ROW) for who in ("clerk", "deputy")]
    span = {"start": NIGHT, "end": NIGHT + timedelta(days=1)}
    assert doubled(*rows, overrides=(Override(off="deputy", on="clerk", **span),)) == ["替deputy（调班）带班，又值班"]
    people = tuple(replace(o, deputies=("clerk",)) for o in small_directory().roster.officials)
    away = {"officials": people, "leaves": (Leave(official="deputy", **span),)}
    assert doubled(*rows, **away) == ["替deputy（请假）带班，又值班"]
    assert doubled(rows[1], **away) == [], "one duty, one person"


def test_who_is_rung_day_and_night_has_no_second_post_when_it_is_his_turn():
    always = replace(all_day("director")[0], always=True)
    assert doubled(Duty(official="director", **ROW), shifts=(always,)) == []
    (text,) = doubled(Duty(official="director", role="staff", **ROW), shifts=(always,))
    assert text == "director在政务服务管理局一人两岗：带班，又值班"


def test_telephones_that_nobody_ever_answered_are_told_masked():
    found = [f for f in check_roster(small_directory(), NIGHT, days=7, proven={DIRECTOR}) if f.kind == "unproven"]
    assert len(found) == 5, "deputy, clerk, duty room, supervision, desk"
    assert not [f for f in found if "13800000002" in f.text]


def test_telephones_rung_at_some_hours_or_by_name_or_as_a_desk_are_unproven_too():
    phones = (Phone(number="08702120003", hours=DESK_HOURS), Phone(number="13800000009"), Phone(number="13800000010"))
    guard = replace(official("guard", "13800000009"), post="大厅值班长", phones=phones)
    steps = (Step(ring=("post:大厅值班长",)), Step(ring=("first",)))
    directory = replace(small_directory(more=(guard,)), ladders=(Ladder(profile="现场", steps=steps),))
    service = Service(name="供水抢修", number="08702120015", matters=("A1",))
    directory = replace(directory, services=(service,))
    told = " ".join(f.text for f in check_roster(directory, NIGHT, days=7, proven=set()) if f.kind == "unproven")
    assert "大厅值班长guard 087****0003" in told and "大厅值班长guard 138****0009" in told
    assert "138****0010" not in told, "it is rung only where others are missing"
    assert "供水抢修 087****0015" in told and "受理台" in told


def test_a_dead_number_is_told_masked_with_whose_it_is_since_when_and_the_duty_that_rests_on_it_alone():
    since, office = NIGHT - DAY, "08702120003"
    phones = (Phone(number="13800000008"), Phone(number=office, hours=DESK_HOURS))
    keeper = official("keeper", "", unit="water", name="周敏", post="股长", phones=phones)
    rows = tuple(
        Duty(
            official="keeper", start=MIDNIGHT + n * DAY + timedelta(hours=8), end=MIDNIGHT + (n + 1) * DAY, unit="water"
        )
        for n in range(4)
    )
    directory = small_directory(more=(keeper,))
    directory = replace(directory, roster=replace(directory.roster, duties=rows))
    dead = {"13800000008": since, "13999999999": since}
    (found,) = check_roster(directory, NIGHT, days=7, dead=dead)
    assert str(found) == (
        "【打不通】股长周敏 138****0008 从 12月04日 02:30 起没有打通过，请核对号码，或问运营商；只靠它的班："
        "水务局 12月05日 08:00 到 12月06日 00:00，水务局 12月06日 08:00 到 12月07日 00:00，"
        "水务局 12月07日 08:00 到 12月07日 08:30 等 6 段"
    ), "on Monday and Tuesday the office telephone rings too; who has the other number is not known any more"
    beside = replace(rows[0], official="clerk", end=rows[-1].end)
    (found, *_) = (
        f
        for f in check_roster(
            replace(directory, roster=replace(directory.roster, duties=(*rows, beside), shifts=all_day("director"))),
            NIGHT,
            days=7,
            dead=dead,
        )
        if f.kind == "dead"
    )
    assert "只靠它" not in found.text, "the clerk is there too"
    (found,) = check_roster(small_directory(), NIGHT, days=7, dead={DUTY_ROOM: since})
    assert found.text.startswith("值班室 087****0001 从")


def test_a_number_that_is_not_his_in_these_days_need_not_be_proven_and_a_new_one_only_then():
    phones = (
        Phone(number="13800000008", last=NIGHT.date() - timedelta(days=1)),
        Phone(number="13800000009", last=NIGHT.date()),
        Phone(number="13800000010", first=NIGHT.date() + timedelta(days=1)),
        Phone(number="13800000011"),
    )
    directory = small_directory(shifts=all_day("boss"), more=(official("boss", "", phones=phones),))
    told = [f.text for f in check_roster(directory, NIGHT, days=7, proven=set()) if "boss" in f.text]
    assert told == [
        "boss 138****0009，请用 zhitong roster ring 试打",
        "boss 138****0010，请启用以后用 zhitong roster ring 试打",
    ]


def test_a_year_whose_holidays_are_not_known_is_told():
    assert (
        kinds(
            small_directory(),
        )
        == set()
    )
    late = NIGHT.replace(year=2090)
    assert "calendar" in {f.kind for f in check_roster(small_directory(), late, days=7)}


def test_the_language_of_a_line_that_nobody_speaks_is_told():
    speaks = official("miao", "13800000009", languages=("苗语",))
    found = check_roster(small_directory(more=(speaks,)), NIGHT, days=7, languages=("苗语", "苗话"))
    assert [str(f) for f in found] == ["【没有人会说】线路写的 苗话，名单里会说的有：苗语"]


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
    told = list(unreachable(small_directory(ladders=(ladder,)), Timing(), NIGHT, NIGHT + timedelta(days=7)))
    assert [why in one for one in told] == ([True] if why else [])


def test_a_step_that_comes_after_the_promise_is_found():
    slow = Step(ring=("director",), next=60)
    ladder = Ladder(profile="试", steps=(slow, Step(ring=("deputy",), next=40), Step(ring=("staff",))))
    (told,) = unreachable(small_directory(ladders=(ladder,)), Timing(), NIGHT, NIGHT + timedelta(days=7))
    assert told.startswith("“试”第 3 步（staff）：轮不到它")


def test_a_step_that_rings_nobody_takes_no_time_from_those_after_it_and_one_that_repeats_takes_several():
    nobody, first = Step(ring=("post:没有",), next=60), Step(ring=("first",), next=5, repeat=3)
    steps = (nobody, nobody, first, Step(ring=("second",)), Step(ring=("official:clerk",)), Step(ring=("desk",)))
    told = list(
        unreachable(
            small_directory(ladders=(Ladder(profile="试", steps=steps),)), Timing(), NIGHT, NIGHT + timedelta(days=7)
        )
    )
    assert [one.partition("：")[0] for one in told] == [
        *(f"“试”第 {n} 步（post:没有）" for n in (1, 2)),
        "“试”第 6 步（desk）",
    ]
    assert "前面的已经有 5 个号码" in told[-1]


def test_a_step_under_a_condition_does_not_make_a_later_one_unreachable():
    at_night = Condition(hours=(Hours(start=DESK_HOURS[0].end, end=DESK_HOURS[0].start),))
    ladder = Ladder(profile="试", steps=(Step(ring=("first",), when=at_night), Step(ring=("first",))))
    assert list(unreachable(small_directory(ladders=(ladder,)), Timing(), NIGHT, NIGHT + timedelta(days=7))) == []


@settings(max_examples=60, deadline=None)
@given(directories(), moments, st.integers(0, 4 * 86400 - 1))
def test_what_is_found_is_what_is_wrong_at_each_moment(directory, start, later):
    """All units are walked through once, each from edge to edge; here one moment is asked, unit by unit."""
    found = [f for f in check_roster(directory, start, days=4) if f.kind in ("gap", "leave", "double", "no_number")]
    at = start + timedelta(seconds=later)
    now = {(f.kind, f.text) for f in found if f.start <= at < f.end}
    assert {(kind, text.partition("一人两岗：")[0]) for kind, text in now} == wrong_at(directory, at)
    for one in {(f.kind, f.text) for f in found}:
        assert all(a.end < b.start for a, b in pairwise(f for f in found if (f.kind, f.text) == one)), "each once"


def wrong_at(directory, at):
    roster, found, where = directory.roster, set(), {}
    rotating = {r.unit or roster.official(r.turns[0][0]).unit for r in roster.rotations}
    for unit in directory.units:
        there = roster.on_duty(at, unit.code)
        found |= {
            ("double", f"{roster.official(who).post}{who}在{unit.name}") for who in doubled_at(roster, at, unit.code)
        }
        works = any(h.covers(at.astimezone(LOCAL), roster.calendar) for h in unit.hours)
        if not there and (works if unit.hours else unit.code == "home" or unit.code in rotating):
            found.add(("gap", f"{unit.name}没有人值班，由值班室补上"))
        for one in map(roster.official, roster.expected(at, unit.code)):
            if roster.present(one.id, at) is None:
                found.add(("leave", f"{unit.name}值班的{one.post}{one.name}{roster.away(one.id, at)}，没有人替"))
        for duty in there:
            where.setdefault(duty.official.id, []).append(unit.code)
    for who, units in where.items():
        if not directory.callable(roster.official(who), at):
            for unit in units:
                name = directory.unit(unit).name
                found.add(("no_number", f"{name}值班的{roster.official(who).post}{who}没有在用的号码，打不到他"))
        if len(units) > 1:
            names = "、".join(directory.unit(u).name for u in roster.units if u in units)
            found.add(("double", f"{roster.official(who).post}{who}同时在{names}值班"))
    return found


def doubled_at(roster, at, unit):
    """Who has more than one of the duties that are written down for now; what always holds is no duty beside itself."""
    sheet = any(s.unit == unit and s.start <= at < s.end for s in roster.sheets)
    rules = [r for r in (*roster.shifts, *roster.rotations) if roster.unit_of(r) == unit and (r.always or not sheet)]
    days = DayCount(roster.calendar)
    written = [(who, r.role, r.always) for r in rules for who in r.on(at.astimezone(LOCAL), days)]
    rows = [d for d in roster.duties if (d.unit or roster.official(d.official).unit) == unit]
    written += [(d.official, d.role, False) for d in rows if d.start <= at < d.end]
    duties = [(who, role or role_of(roster.official(who))) for who, role, always in written if not always]
    beside = {(who, role or role_of(roster.official(who))) for who, role, always in written if always}
    taken = [
        roster.present(
            next((o.on for o in reversed(roster.overrides) if o.off == who and o.start <= at < o.end), who), at
        )
        for who, _ in (*duties, *(beside - set(duties)))
    ]
    return {who for who in taken if who is not None and taken.count(who) > 1}


@settings(max_examples=30, deadline=None)
@given(directories(), moments, st.integers(0, 4 * 86400 - 1))
def test_every_telephone_on_duty_is_unproven_until_it_is_proven(directory, start, later):
    def told(proven):
        found = [f for f in check_roster(directory, start, days=4, proven=proven) if f.kind == "unproven"]
        return {f.text.split()[0] for f in found}

    at = start + timedelta(seconds=later)
    there = {d.official for unit in directory.units for d in directory.roster.on_duty(at, unit.code)}
    assert {f"{o.post}{o.name}" for o in there if directory.callable(o, at)} <= told(set())
    rung = {n for o in there for n in directory.callable(o, at)[:1]}
    for number in rung:
        assert told(directory.numbers() - {number}), "rung now, and never answered"
    assert told(directory.numbers()) == set()


@settings(max_examples=40, deadline=None)
@given(directories(), moments)
def test_what_is_wrong_with_a_unit_is_what_the_whole_check_says_of_it(directory, start):
    whole = check_roster(directory, start, days=4)
    for unit in (one.code for one in directory.units if one.code in directory.roster.units):
        name = directory.unit(unit).name
        told = {f for f in check_unit(directory, unit, start, days=4) if f.kind != "numbers"}
        assert told <= set(whole), "nothing that is not so"
        assert {f for f in whole if f.unit == unit} <= told
        both = {f for f in whole if f.kind == "double" and not f.unit and f"同时在{name}、" in f.text}
        assert both <= told, "who is on duty elsewhere too"


def test_a_unit_is_told_who_of_its_people_is_on_duty_elsewhere_too():
    base = small_directory()
    twice = Duty(official="director", start=NIGHT, end=NIGHT + DAY, unit="water")
    directory = replace(base, roster=replace(base.roster, duties=(twice,)))
    for unit in ("home", "water"):
        (found,) = check_unit(directory, unit, NIGHT, days=3)
        assert (found.text, found.end) == ("director同时在政务服务管理局、水务局值班", NIGHT + DAY), unit
