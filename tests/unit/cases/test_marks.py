"""What the keys of a talk make of a case."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.marks import MARKS, URGENCIES, pressed, raised, remarked

presses = st.lists(st.tuples(st.sampled_from([*MARKS, "3", "0", ""]), st.booleans()), max_size=12)
marks = st.sets(st.sampled_from([*MARKS])).map(frozenset)


@pytest.mark.parametrize(
    ("keys", "on"),
    [
        ([], ""),
        ([("1", True)], "1"),
        ([("1", True), ("1", False)], ""),
        ([("1", True), ("9", True), ("1", False), ("1", True)], "19"),
        ([("9", False)], ""),
        ([("3", True), ("8", True)], ""),
    ],
)
def test_the_last_press_of_a_key_counts_and_only_marks_are_marks(keys, on):
    assert pressed(keys) == frozenset(on)


@pytest.mark.parametrize(
    ("urgency", "keys", "now"),
    [
        ("normal", "", "normal"),
        ("normal", "4", "yellow"),
        ("yellow", "4", "orange"),
        ("orange", "4", "red"),
        ("red", "4", "red"),
        ("normal", "9", "red"),
        ("orange", "49", "red"),
        ("yellow", "127", "yellow"),
        ("no such", "4", "yellow"),
    ],
)
def test_what_marks_make_of_the_urgency(urgency, keys, now):
    assert raised(urgency, frozenset(keys)) == now


@given(st.sampled_from(URGENCIES), marks, marks)
def test_more_marks_never_make_it_less_urgent(urgency, some, more):
    assert URGENCIES.index(raised(urgency, some | more)) >= URGENCIES.index(raised(urgency, some))


@given(presses, presses)
def test_marks_that_are_taken_back_leave_nothing(before, after):
    first, second = pressed(before), pressed(after)
    told = remarked("", frozenset(), first)
    assert remarked(told, first, frozenset()) == ""
    assert set(remarked(told, first, second).split("、")) - {""} == {MARKS[key] for key in second}


def test_marks_of_another_call_stay():
    assert remarked("督查、加急", frozenset("9"), frozenset("19")) == "当场解决、督查、加急"
    assert remarked("督查、加急", frozenset("9"), frozenset()) == "督查"
