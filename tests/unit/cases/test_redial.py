"""Who was talked to by nobody is called back in time."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cases.redial import RedialRules, next_day, next_redial, promised_time, redial_due
from routing.calendar import LOCAL

RULES = RedialRules()
moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(LOCAL))  # noqa: DTZ001
urgencies = st.sampled_from(["normal", "yellow", "orange", "red"])


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


@given(moments, urgencies)
@example(at("2024-01-01 08:28"), "normal")
@example(at("2024-01-01 08:29:59"), "normal")
def test_it_is_dialled_before_the_promised_time(now: datetime, urgency: str) -> None:
    promised = promised_time(now, urgency, RULES)
    due = redial_due(now, urgency, promised, RULES)
    assert now < due < promised


@given(moments)
def test_nobody_is_rung_in_the_night_unless_it_is_red(now: datetime) -> None:
    due = redial_due(now, "normal", promised_time(now, "normal", RULES), RULES)
    assert time(8, 10) <= due.time() < time(20, 30)
    again = next_redial(now, 1, "normal", RULES)
    assert again is not None and time(8, 10) <= again.time() < time(20)


@given(moments)
def test_red_is_rung_within_minutes_at_any_hour(now: datetime) -> None:
    assert promised_time(now, "red", RULES) - now == timedelta(minutes=15)
    assert redial_due(now, "red", promised_time(now, "red", RULES), RULES) - now == timedelta(minutes=2)


@given(moments)
def test_orange_waits_for_no_morning_either(now: datetime) -> None:
    promised = promised_time(now, "orange", RULES)
    assert promised - now == timedelta(minutes=30)
    assert redial_due(now, "orange", promised, RULES) - now == timedelta(minutes=2)
    assert next_redial(promised, 2, "orange", RULES, promised) == promised + RULES.again_after


def test_at_night_the_promise_is_half_past_eight_in_the_morning() -> None:
    for now in ("2025-09-11T23:00", "2025-09-12T04:00"):
        assert promised_time(at(now), "yellow", RULES) == at("2025-09-12T08:30")
        assert redial_due(at(now), "yellow", at("2025-09-12T08:30"), RULES) == at("2025-09-12T08:10")


def test_by_day_it_is_half_an_hour_and_the_first_try_is_soon() -> None:
    now = at("2025-09-11T10:00")
    assert promised_time(now, "normal", RULES) == at("2025-09-11T10:30")
    assert redial_due(now, "normal", at("2025-09-11T10:30"), RULES) == at("2025-09-11T10:02")


def test_after_six_attempts_a_person_must_see_to_it() -> None:
    assert next_redial(at("2025-09-11T10:00"), 5, "normal", RULES) == at("2025-09-11T10:10")
    assert next_redial(at("2025-09-11T10:00"), 6, "normal", RULES) is None


@given(moments, urgencies, st.integers(1, 5))
def test_who_did_not_answer_is_left_alone_until_the_next_morning(now: datetime, urgency: str, attempts: int) -> None:
    again = next_redial(now, attempts, urgency, RULES, now + timedelta(hours=2), unanswered=True)
    assert again == next_day(now, RULES)
    assert (again.date(), again.time()) == (now.date() + timedelta(days=1), time(8, 30))
    assert next_redial(now, 6, urgency, RULES, unanswered=True) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": (time(9), time(8))},
        {"first_after": timedelta(minutes=20)},
        {"red_within": timedelta(hours=1)},
        {"lead": timedelta()},
        {"attempts": 0},
    ],
)
def test_rules_that_cannot_keep_their_promise_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="redial"):
        RedialRules(**wrong)  # type: ignore[arg-type]


def test_what_was_promised_for_the_night_is_tried_again_in_the_night() -> None:
    night = at("2026-03-04 23:00")
    promised = night + timedelta(hours=2)
    due = redial_due(night, "normal", promised, RULES)
    assert night < due < promised
    assert next_redial(due, 1, "normal", RULES, promised) == due + RULES.again_after < promised
    assert next_redial(promised, 2, "normal", RULES, promised) == next_redial(promised, 2, "normal", RULES)
