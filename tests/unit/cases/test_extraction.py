"""How many wrong extraction codes are put up with, and what is told."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.case import Case, CaseState
from cases.extraction import IN_WORDS, WITHIN, WRONG, refused_until, told_result
from tests.fakes.told_calls import MORNING

CASE = Case(number="1", call_id="1", caller="", dialled="", answered_at=MORNING, result="水已经通了")


def at(*minutes: float) -> list[datetime]:
    return [MORNING + timedelta(minutes=one) for one in minutes]


def test_the_fifth_wrong_one_within_an_hour_shuts_the_door_for_an_hour() -> None:
    assert refused_until(at(0, 10, 20, 30)) is None
    assert refused_until(at(0, 10, 20, 30, 59)) == MORNING + timedelta(minutes=59) + WITHIN
    assert refused_until(at(0, 10, 20, 30, 61)) is None


@given(st.lists(st.integers(0, 600), max_size=60))
def test_never_more_than_five_are_tried_in_an_hour(minutes: list[int]) -> None:
    tried = list[datetime]()
    for moment in at(*sorted(minutes)):
        until = refused_until(tried)
        if until is None or moment >= until:
            tried.append(moment)
    for first in tried:
        assert sum(first <= one < first + WITHIN for one in tried) <= WRONG


@pytest.mark.parametrize("state", CaseState)
def test_the_result_is_told_once_it_is_signed_and_not_while_it_is_done_again(state: CaseState) -> None:
    case = replace(CASE, state=state)
    signed = state in (CaseState.CLOSED, CaseState.CALLBACK, CaseState.STRUCK_OFF, CaseState.DECLINED)
    assert told_result(case) == ("水已经通了" if signed else "")
    assert IN_WORDS[state]
