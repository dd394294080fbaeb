"""A mark in Asterisk tells whether a telephone has rung, whoever has died since."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.attempt import Ended, Fate, Mark, fate_of, read_mark
from cases.tries import Outcome

BEGUN = "1795415872|1795415872.2"


def mark(state: str = "", cause: int = 0) -> Mark:
    return read_mark(f"{BEGUN}|1795415890|{state}|{cause}" if state else BEGUN)


def test_a_mark_is_read_as_the_dialplan_writes_it() -> None:
    assert mark() == Mark(channel="1795415872.2", began=1795415872.0)
    assert mark("Down", 17).ended == Ended(state="Down", cause=17)


@pytest.mark.parametrize("value", ["", "x", "1|", "x|y|z|Down|17", "1795415872|1.2|1795415890"])
def test_what_cannot_be_read_is_never_taken_for_a_call_that_was_not_made(value: str) -> None:
    assert fate_of(read_mark(value), lived=False, up=False, answered=False) is Outcome.UNSEEN


@pytest.mark.parametrize(
    ("state", "cause", "fate"),
    [
        ("Ringing", 19, Outcome.UNANSWERED),
        ("Down", 17, Outcome.BUSY),
        ("Down", 34, Outcome.NO_LINE),
        ("Down", 1, Outcome.NOT_REACHED),
        ("void", 0, Outcome.NOT_DIALLED),
        ("Up", 16, Fate.ANSWERED),
    ],
)
@pytest.mark.parametrize("lived", [True, False])
def test_an_end_that_the_leg_has_noted_counts(state: str, cause: int, fate: object, lived: bool) -> None:
    assert fate_of(mark(state, cause), lived=lived, up=False, answered=False) is fate


def test_a_leg_that_is_up_is_under_way_and_one_that_became_a_call_was_answered() -> None:
    assert fate_of(mark(), lived=True, up=True, answered=False) is Fate.UNDER_WAY
    assert fate_of(mark(), lived=True, up=True, answered=True) is Fate.ANSWERED
    assert fate_of(mark(), lived=True, up=False, answered=False) is Fate.LOST


@given(st.booleans(), st.booleans())
def test_without_a_mark_it_has_not_rung_as_surely_as_asterisk_has_lived_on(up: bool, answered: bool) -> None:
    assert fate_of(None, lived=True, up=up, answered=answered) is Outcome.NOT_DIALLED
    assert fate_of(None, lived=False, up=up, answered=answered) is Outcome.UNSEEN
