from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from routing.changes import Change, after, in_force, leave_detail, override_detail, sheet_detail, standing
from routing.checks import check_roster
from routing.roster import Duty, Leave, Override
from tests.fakes.directories import NIGHT, all_day, small_directory

BASE = small_directory(shifts=all_day("director"))
HOUR = timedelta(hours=1)


def change(id, kind, detail, **how):
    return Change(id=id, kind=kind, detail=detail, author="王", reason="病假", at=NIGHT, **how)


def on_duty(changes, now=NIGHT):
    return [d.official.id for d in in_force(BASE, standing(changes)).roster.on_duty(now, "home")]


def rows(official, first, last):
    return [
        Duty(official=official, start=NIGHT + d * 24 * HOUR, end=NIGHT + (d + 1) * 24 * HOUR, role="staff", unit="home")
        for d in range(first, last)
    ]


SWAP = Override(off="director", on="deputy", start=NIGHT - HOUR, end=NIGHT + HOUR)


def test_an_override_holds_from_its_start_to_its_end():
    changes = [change(1, "override", override_detail([SWAP]))]
    assert [on_duty(changes, NIGHT + n * HOUR) for n in (-2, -1, 0, 1)] == [
        *(["director"], ["deputy"], ["deputy"], ["director"])
    ]


def test_a_later_override_wins_over_an_earlier_one():
    other = replace(SWAP, on="clerk")
    changes = [change(1, "override", override_detail([other])), change(2, "override", override_detail([SWAP]))]
    assert on_duty(changes) == ["deputy"]
    assert on_duty(changes[::-1]) == ["clerk"]


def test_what_was_undone_does_not_hold():
    assert on_duty([change(1, "override", override_detail([SWAP]), undone_at=NIGHT)]) == ["director"]


def test_leave_takes_whoever_is_away_off_duty():
    leave = Leave(official="director", start=NIGHT - HOUR, end=NIGHT + HOUR)
    assert on_duty([change(1, "leave", leave_detail(leave))]) == []


def test_a_sheet_of_a_unit_that_is_no_more_has_no_effect_and_the_others_stand():
    gone = [replace(row, unit="gone") for row in rows("clerk", 0, 3)]
    sheets = [
        change(1, "sheet", sheet_detail("gone", gone)),
        change(2, "sheet", sheet_detail("home", rows("clerk", 0, 1))),
    ]
    found = in_force(BASE, standing(sheets)).roster
    assert {row.unit for row in found.duties} == {sheet.unit for sheet in found.sheets} == {"home"}
    assert "gone" not in found.units
    check_roster(in_force(BASE, standing(sheets)), NIGHT, days=2)
    assert on_duty(sheets, NIGHT + HOUR) == ["clerk"]


def test_a_sheet_stands_in_place_of_the_rules_for_its_days_only():
    changes = [change(1, "sheet", sheet_detail("home", rows("clerk", 0, 3)))]
    assert on_duty(changes, NIGHT - HOUR) == ["director"]
    assert on_duty(changes, NIGHT + 30 * HOUR) == ["clerk"]
    assert on_duty(changes, NIGHT + 80 * HOUR) == ["director"]


def test_a_later_sheet_stands_in_place_of_an_earlier_one_where_they_meet():
    changes = [
        change(1, "sheet", sheet_detail("home", rows("clerk", 0, 3))),
        change(2, "sheet", sheet_detail("home", rows("deputy", 1, 2))),
    ]
    assert [on_duty(changes, NIGHT + (24 * d + 1) * HOUR) for d in range(3)] == [["clerk"], ["deputy"], ["clerk"]]


def test_undoing_the_later_sheet_brings_the_earlier_one_back():
    changes = [
        change(1, "sheet", sheet_detail("home", rows("clerk", 0, 3))),
        change(2, "sheet", sheet_detail("home", rows("deputy", 1, 2)), undone_at=NIGHT),
    ]
    assert on_duty(changes, NIGHT + 25 * HOUR) == ["clerk"]


def test_which_class_is_rung_first_may_be_changed():
    assert in_force(BASE, standing([change(1, "first", {"first": "staff"})])).first == "staff"
    assert in_force(BASE, standing([change(1, "first", {"first": "nobody"})])).first == "lead"


def test_people_who_are_not_in_the_file_have_no_effect():
    gone = replace(SWAP, on="gone")
    assert on_duty([change(1, "override", override_detail([gone]))]) == []
    assert on_duty([change(1, "sheet", sheet_detail("home", rows("gone", 0, 1)))]) == []


@given(st.integers(0, 5), st.integers(1, 5), st.integers(-24, 24 * 12))
def test_a_sheet_says_after_storing_what_it_said_before(first, days, hour):
    sheet = rows("clerk", first, first + days)
    now = NIGHT + hour * HOUR
    expected = ["clerk"] if any(row.start <= now < row.end for row in sheet) else ["director"]
    assert on_duty([change(1, "sheet", sheet_detail("home", sheet))], now) == expected


def test_changes_added_one_by_one_amount_to_what_all_together_do_and_leave_the_rest_as_it_is():
    sheet = change(1, "sheet", sheet_detail("home", rows("clerk", 0, 3)))
    override = change(2, "override", override_detail([SWAP]))
    first = standing([sheet])
    both = after(first, [override])
    assert both.rows is first.rows
    before = in_force(BASE, first)
    before.roster.on_duty(NIGHT, "home")
    assert in_force(BASE, both, before=before).roster.on_duty(NIGHT, "home") == in_force(
        BASE, standing([sheet, override])
    ).roster.on_duty(NIGHT, "home")
