from dataclasses import replace
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings

from routing.calendar import LOCAL, Calendar
from routing.hours import ALL_DAY, EVERY_DAY, Hours, is_kind
from routing.officials import RANKS
from routing.roster import DayCount, Duty, Leave, Override, Roster, Rotation, Sheet, Shift, role_of
from tests.fakes.directories import all_day, moments, official, rosters

PEOPLE = (official("deputy", "13800000002", "deputy"), official("director", "13800000001", "director"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def on_duty(roster: Roster, text: str) -> list[str]:
    return [d.official.id for d in roster.on_duty(at(text), "home")]


def shift(start: str, end: str, *, days: frozenset[int] = EVERY_DAY, **dates: date) -> Shift:
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
    assert roster.on_duty(datetime.fromisoformat("2026-12-04T00:00:00+00:00"), "home")[0].official.id == "director"


def test_leave_without_an_end_in_sight_holds_like_any_other():
    ever = Leave(official="director", start=at("2026-12-05T00:00"), end=at("9999-12-31T00:00"))
    roster = Roster(officials=PEOPLE, shifts=all_day("director"), leaves=(ever,))
    assert on_duty(roster, "2026-12-04T23:59") == ["director"]
    assert on_duty(roster, "2026-12-05T00:00") == []
    assert ever.start in roster.edges(at("2026-12-01T00:00"), at("2026-12-31T00:00"), "home")


def test_a_naive_time_is_refused():
    roster = Roster(officials=PEOPLE, shifts=all_day("director"))
    naive = datetime(2026, 12, 5, 2, 30)  # noqa: DTZ001 - this is what must be refused
    with pytest.raises(ValueError, match="time zone"):
        roster.on_duty(naive, "home")
    with pytest.raises(ValueError, match="time zone"):
        Leave(official="director", start=naive, end=naive)


def test_edges_lie_in_the_span_its_end_excluded():
    roster = Roster(officials=PEOPLE, shifts=(shift("08:00", "18:00"),))
    edges = roster.edges(at("2026-12-04T08:00"), at("2026-12-05T08:00"), "home")
    assert edges == (at("2026-12-04T08:00"), at("2026-12-04T18:00"))


def turns(*names: str, start: str = "2026-12-01T08:00", **how: object) -> Roster:
    return Roster(officials=PEOPLE, rotations=(Rotation(turns=tuple((n,) for n in names), start=at(start), **how),))


def test_a_rotation_hands_over_at_the_clock_of_its_start():
    roster = turns("director", "deputy", start="2026-12-01T08:30")
    assert on_duty(roster, "2026-12-01T08:29") == []
    assert on_duty(roster, "2026-12-01T08:30") == ["director"]
    assert on_duty(roster, "2026-12-02T08:29") == ["director"]
    assert on_duty(roster, "2026-12-02T08:30") == ["deputy"]
    assert on_duty(roster, "2026-12-03T08:30") == ["director"]


def test_a_rotation_may_have_weeks_or_hours_and_several_together():
    weekly = turns("director", "deputy", every=timedelta(days=7))
    assert [on_duty(weekly, f"2026-12-{d:02}T12:00")[0] for d in (1, 7, 8, 14, 15)] == [
        *("director", "director", "deputy", "deputy", "director")
    ]
    hourly = turns("director", "deputy", every=timedelta(hours=12))
    assert on_duty(hourly, "2026-12-01T19:59") == ["director"]
    assert on_duty(hourly, "2026-12-01T20:00") == ["deputy"]
    both = Rotation(turns=(("director", "deputy"),), start=at("2026-12-01T08:00"))
    assert on_duty(Roster(officials=PEOPLE, rotations=(both,)), "2026-12-09T08:00") == ["director", "deputy"]


def test_a_rotation_of_working_days_waits_over_the_weekend_and_the_holiday():
    roster = turns("director", "deputy", start="2026-09-29T08:00", kind="workdays")
    # Tuesday and Wednesday; 1 to 7 October are holidays; 10 October 2026, a Saturday, is worked (调休).
    assert on_duty(roster, "2026-09-29T12:00") == ["director"]
    assert on_duty(roster, "2026-09-30T12:00") == ["deputy"]
    assert [on_duty(roster, f"2026-10-{d:02}T12:00") for d in range(1, 8)] == [[]] * 7
    assert on_duty(roster, "2026-10-08T12:00") == ["director"]
    assert on_duty(roster, "2026-10-09T12:00") == ["deputy"]
    assert on_duty(roster, "2026-10-10T12:00") == ["director"]
    assert on_duty(roster, "2026-10-11T12:00") == []


def test_days_of_rest_have_a_rotation_of_their_own():
    roster = turns("director", "deputy", start="2026-12-05T08:00", kind="restdays")
    found = {d: on_duty(roster, f"2026-12-{d:02}T12:00") for d in (5, 6, 7, 11, 12, 13)}
    assert found == {5: ["director"], 6: ["deputy"], 7: [], 11: [], 12: ["director"], 13: ["deputy"]}
    assert on_duty(roster, "2026-12-07T07:59") == ["deputy"], "Sunday's duty runs into Monday morning"


def test_a_year_whose_holidays_are_not_known_goes_by_the_week_and_by_what_was_entered():
    roster = turns("director", start="2090-01-02T08:00", kind="workdays")
    entered = Calendar(entered={date(2090, 1, 7): True})  # a Saturday
    assert on_duty(roster, "2090-01-06T12:00") == ["director"]
    assert on_duty(roster, "2090-01-07T12:00") == []
    rules = roster.rotations
    assert on_duty(Roster(officials=PEOPLE, rotations=rules, calendar=entered), "2090-01-07T12:00") == ["director"]


def test_the_deputy_has_the_duty_of_whoever_is_on_leave_and_says_for_whom():
    people = (official("director", "13800000001", "director", deputies=("deputy",)), PEOPLE[0])
    leave = Leave(official="director", start=at("2026-12-05T00:00"), end=at("2026-12-06T00:00"))
    roster = Roster(officials=people, shifts=all_day("director"), leaves=(leave,))
    (one,) = roster.on_duty(at("2026-12-05T12:00"), "home")
    assert (one.official.id, one.instead, one.because, one.role) == ("deputy", "director", "请假", "lead")


def test_when_who_took_a_duty_over_is_away_nobody_is_said_to_be_on_leave_who_is_not():
    people = (PEOPLE[1], official("deputy", "13800000002", "deputy", deputies=("clerk",)), official("clerk", "138"))
    day = {"start": at("2026-12-05T00:00"), "end": at("2026-12-06T00:00")}
    taken, leave = Override(off="director", on="deputy", **day), Leave(official="deputy", **day)
    roster = Roster(officials=people, shifts=all_day("director"), overrides=(taken,), leaves=(leave,))
    (one,) = roster.on_duty(at("2026-12-05T12:00"), "home")
    assert (one.official.id, one.instead, one.because) == ("clerk", "director", "调班")
    back = (people[0], replace(people[1], deputies=("director",)))
    (one,) = replace(roster, officials=back).on_duty(at("2026-12-05T12:00"), "home")
    assert (one.official.id, one.instead, one.because) == ("director", "", ""), "nobody stands in for himself"


def test_who_leaves_or_comes_does_so_at_midnight_and_the_deputy_has_the_duty_meanwhile():
    leaves = official("director", "13800000001", "director", deputies=("deputy",), last=date(2026, 11, 30))
    comes = official("clerk", "13800000003", deputies=("deputy",), first=date(2026, 12, 1))
    roster = Roster(officials=(leaves, PEOPLE[0], comes), shifts=all_day("director", "clerk"))

    def told(text: str) -> list[tuple[str, str, str]]:
        return [(d.official.id, d.instead, d.because) for d in roster.on_duty(at(text), "home")]

    assert told("2026-11-30T23:59:59") == [("director", "", ""), ("deputy", "clerk", "未到任")]
    assert told("2026-12-01T00:00") == [("deputy", "director", "已离任"), ("clerk", "", "")]
    assert at("2026-12-01T00:00") in roster.edges(at("2026-11-30T08:00"), at("2026-12-02T08:00"), "home")
    assert set(roster.absence_edges(at("2026-11-30T08:00"), at("2026-12-02T08:00"))) == {at("2026-12-01T00:00")}


def test_who_has_left_stands_in_for_nobody():
    people = (
        official("director", "13800000001", "director", deputies=("gone", "deputy")),
        official("gone", "13800000009", "deputy", last=date(2026, 11, 30)),
        PEOPLE[0],
    )
    leave = Leave(official="director", start=at("2026-11-30T00:00"), end=at("2026-12-02T00:00"))
    roster = Roster(officials=people, shifts=all_day("director"), leaves=(leave,))
    assert on_duty(roster, "2026-11-30T12:00") == ["gone"]
    assert on_duty(roster, "2026-12-01T12:00") == ["deputy"]


def test_a_last_date_that_means_for_ever_is_no_fault():
    ever = official("director", "13800000001", "director", first=date(1, 1, 1), last=date.max)
    roster = Roster(officials=(ever,), shifts=all_day("director"))
    for now in (at("2026-12-01T12:00"), datetime.fromisoformat("2026-12-01T12:00+00:00")):
        assert [d.official.id for d in roster.on_duty(now, "home")] == ["director"]


def test_deputies_of_each_other_who_are_both_away_leave_nobody_and_no_loop():
    people = (
        official("director", "13800000001", "director", deputies=("deputy",)),
        official("deputy", "13800000002", "deputy", deputies=("director",)),
    )
    leaves = tuple(Leave(official=o.id, start=at("2026-12-05T00:00"), end=at("2026-12-06T00:00")) for o in people)
    assert on_duty(Roster(officials=people, shifts=all_day("director"), leaves=leaves), "2026-12-05T12:00") == []


def test_a_sheet_stands_in_place_of_the_rules_for_its_days_but_not_of_those_that_always_hold():
    always = Shift(official="director", hours=(ALL_DAY,), always=True)
    duty = Duty(official="clerk", start=at("2026-12-05T08:00"), end=at("2026-12-06T08:00"), role="staff", unit="home")
    sheet = Sheet(unit="home", start=duty.start, end=duty.end)
    people = (*PEOPLE, official("clerk", "13800000003"))
    roster = Roster(officials=people, shifts=(always, *all_day("deputy")), duties=(duty,), sheets=(sheet,))
    assert on_duty(roster, "2026-12-05T07:59") == ["director", "deputy"]
    assert on_duty(roster, "2026-12-05T08:00") == ["director", "clerk"]
    assert on_duty(roster, "2026-12-06T08:00") == ["director", "deputy"]


def test_a_row_that_names_nobody_in_the_directory_is_passed_over():
    duty = Duty(official="gone", start=at("2026-12-05T08:00"), end=at("2026-12-06T08:00"))
    assert on_duty(Roster(officials=PEOPLE, duties=(duty,)), "2026-12-05T12:00") == []


def test_the_days_of_a_kind_are_counted_from_any_day_to_any_other():
    days = DayCount(Calendar())
    assert days.between(date(2026, 12, 1), date(2026, 12, 8), "workdays") == 5
    assert days.between(date(2026, 12, 1), date(2026, 12, 8), "restdays") == 2
    assert days.between(date(2026, 12, 31), date(2027, 1, 4), "all") == 4


def test_only_a_year_that_is_asked_about_is_warned_of(caplog):
    on_duty(turns("director", "deputy", start="2087-01-02T08:00", kind="workdays"), "2088-01-02T12:00")
    assert {record.args[0] for record in caplog.records} == {2087, 2088}


any_roster = rosters() | rosters(dense=True)


@settings(max_examples=200, deadline=None)
@given(any_roster, moments)
def test_on_duty_agrees_with_the_oracle_at_any_moment(roster, now):
    """An oracle that knows no wrapping, no index and no arithmetic of turns: it lays each span on the calendar."""
    for unit in ("home", "water", "jiwei", "county"):
        assert told(roster, now, unit) == oracle(roster, now, unit)


@settings(max_examples=300, deadline=None)
@given(any_roster, moments)
def test_on_duty_agrees_with_the_oracle_to_the_second_wherever_anything_begins_or_ends(roster, start):
    for moment in beginnings_and_ends(roster, start, start + timedelta(days=2)):
        for at in (moment - timedelta(seconds=1), moment, moment + timedelta(seconds=1)):
            assert told(roster, at, "home") == oracle(roster, at, "home")


@settings(max_examples=300, deadline=None)
@given(any_roster, moments)
def test_whoever_comes_or_goes_does_so_at_an_edge(roster, start):
    end = start + timedelta(days=2)
    for unit in ("home", "water"):
        edges, before = roster.edges(start, end, unit), oracle(roster, start, unit)
        for moment in beginnings_and_ends(roster, start, end):
            now = oracle(roster, moment, unit)
            assert now == before or moment in edges
            before = now


@settings(max_examples=40, deadline=None)
@given(rosters(dense=True), moments)
def test_on_duty_agrees_with_the_oracle_minute_by_minute(roster, start):
    for minute in range(24 * 60):
        at = start.replace(second=0) + timedelta(minutes=minute)
        assert told(roster, at, "home") == oracle(roster, at, "home")


def told(roster, now, unit):
    return {(d.official.id, d.because, d.instead, d.role, d.rank) for d in roster.on_duty(now, unit)}


def beginnings_and_ends(roster, start, end):
    """Every moment in (start, end) at which anything written in the roster begins or ends, whatever unit it is of."""
    spans = (*roster.duties, *roster.sheets, *roster.leaves, *roster.overrides)
    terms = [day for o in roster.officials for day in (o.first, o.last and o.last + timedelta(days=1)) if day]
    found = {at for span in spans for at in (span.start, span.end)}
    found |= {datetime.combine(day, time(), LOCAL) for day in terms}
    clocks = {clock for r in (*roster.shifts, *roster.rotations) for h in r.hours for clock in (h.start, h.end)}
    days = [start.date() + timedelta(days=n) for n in range(-1, (end - start).days + 2)]
    found |= {datetime.combine(day, clock, LOCAL) for day in days for clock in clocks}
    for rotation in roster.rotations:
        at = rotation.start
        while at < end:
            found.add(at)
            at += rotation.every if rotation.kind == "all" else timedelta(days=1)
    return sorted(at for at in found if start < at < end)


def oracle(roster: Roster, now: datetime, unit: str) -> set[tuple[str, str, str, str, str]]:
    """What `told` tells of those on duty in the unit, found by walking from day to day and turn to turn."""
    people = {o.id: o for o in roster.officials}
    sheet = any(s.unit == unit and s.start <= now < s.end for s in roster.sheets)
    planned: list[tuple[str, str | None]] = []
    for s in roster.shifts:
        mine = (s.unit or people[s.official].unit) == unit and (s.always or not sheet)
        if mine and any(began is not None for h in s.hours for began in [began_on(h, now, roster, s.first, s.last)]):
            planned.append((s.official, s.role))
    for r in roster.rotations:
        mine = (r.unit or people[r.turns[0][0]].unit) == unit and (r.always or not sheet)
        inside = any(began_on(h, now, roster, None, None) for h in r.hours)
        turn = turn_at(r, now, roster)
        planned += [(who, r.role) for who in (turn if mine and inside else ())]
    planned += [
        (d.official, d.role)
        for d in roster.duties
        if (d.unit or people[d.official].unit) == unit and d.start <= now < d.end
    ]
    found: dict[str, tuple[tuple[int, int, str, str], tuple[str, str, str, str]]] = {}
    for who, role in planned:
        swaps = [o.on for o in roster.overrides if o.off == who and o.start <= now < o.end]
        serves = swaps[-1] if swaps else who
        there = present(serves, now, roster, people, [])
        if there is None:
            continue
        because = "" if there == who else why_away(people[who], now) if serves == who else "调班"
        duty, rank = role or role_of(people[who]), people[who].rank
        instead = people[who].name if because else ""
        place = (0 if duty == "lead" else 1, RANKS.index(rank), because, instead)
        if there not in found or place < found[there][0]:
            found[there] = (place, (because, instead, duty, rank))
    return {(who, *how) for who, (_, how) in found.items()}


def present(who, now, roster, people, asked):
    if who in asked:
        return None
    asked.append(who)
    on_leave = any(x.official == who and x.start <= now < x.end for x in roster.leaves)
    if not on_leave and why_away(people[who], now) == "请假":
        return who
    found = (present(deputy, now, roster, people, asked) for deputy in people[who].deputies)
    return next((one for one in found if one), None)


def why_away(who, now):
    """Of somebody who is not there: why. Whole days are compared, so that midnights are found without arithmetic."""
    day = now.astimezone(LOCAL).date()
    return "未到任" if who.first and day < who.first else "已离任" if who.last and who.last < day else "请假"


def began_on(h: Hours, now: datetime, roster: Roster, first: date | None, last: date | None) -> date | None:
    for back in range(3):
        day = now.astimezone(LOCAL).date() - timedelta(days=back)
        start, end = datetime.combine(day, h.start, LOCAL), datetime.combine(day, h.end, LOCAL)
        end += timedelta(days=1) if end <= start else timedelta()
        fits = day.isoweekday() in h.days and is_kind(day, h.kind, roster.calendar)
        if start <= now < end and fits and not (first and day < first) and not (last and last < day):
            return day
    return None


def turn_at(r: Rotation, now: datetime, roster: Roster) -> tuple[str, ...]:
    """The turn that holds now, found by handing over again and again from the first one on."""
    begins, number = r.start, 0
    if now < begins:
        return ()
    if r.kind == "all":
        while begins + r.every <= now:
            begins, number = begins + r.every, number + 1
    else:
        while begins + timedelta(days=1) <= now:
            number += is_kind(begins.astimezone(LOCAL).date(), r.kind, roster.calendar)
            begins += timedelta(days=1)
        if not is_kind(begins.astimezone(LOCAL).date(), r.kind, roster.calendar):
            return ()
        number //= r.every.days
    if r.last is not None and begins.astimezone(LOCAL).date() > r.last:
        return ()
    return r.turns[number % len(r.turns)]
