"""Case numbers."""

from datetime import UTC, datetime

import pytest

from cases.number import case_number, first_free, spoken_candidates, spoken_elsewhere

ANSWERED = datetime(2026, 11, 21, 10, 37, 12, tzinfo=UTC)


def test_the_number_tells_the_local_time_and_the_channel() -> None:
    assert case_number(ANSWERED, "1763721432.57") == "20261121-183712-0057"
    assert case_number(ANSWERED, "hotline-1763721432.120057") == "20261121-183712-0057"


def test_two_calls_of_one_second_differ_and_one_call_never_does() -> None:
    numbers = {case_number(ANSWERED, f"1763721432.{n}") for n in range(500)}
    assert len(numbers) == 500
    assert case_number(ANSWERED, "没有点号") == case_number(ANSWERED, "没有点号")


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        case_number(ANSWERED.replace(tzinfo=None), "1.2")


def test_the_digits_that_are_spoken_are_four_or_five_and_the_same_for_the_same_case() -> None:
    number = case_number(ANSWERED, "1763721432.57")
    assert spoken_candidates(number) == spoken_candidates(f"{number}b")
    assert spoken_candidates(number)[:3] == ("0057", "10057", "20057")
    assert spoken_elsewhere(number) == spoken_elsewhere(number)
    every = (*spoken_candidates(number), *spoken_elsewhere(number), *spoken_candidates("x"))
    assert all(one.isdigit() and len(one) in (4, 5) for one in every)
    assert first_free(("1", "2"), {"1"}) == "2" and first_free(("1",), {"1"}) == ""


def test_the_first_call_after_asterisk_started_is_not_called_four_noughts() -> None:
    number = case_number(ANSWERED, "1763721432.0")
    assert number.endswith("-0000")
    for one in (number, f"{number}b", "x"):
        assert not any(short.endswith("0000") for short in spoken_candidates(one))
    assert spoken_candidates(number) == spoken_candidates(f"{number}b")
    assert spoken_candidates(number) != spoken_candidates(case_number(ANSWERED.replace(minute=38), "1763721432.0"))
