"""When a citizen wants to be called, and what that does to the times of a callback."""

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.callback import CallbackRules, Season, callback_due, in_window, next_attempt
from cases.wish import APPOINTMENT, NO_WISH, BadWish, Wish, wish_of
from routing.calendar import LOCAL
from tests.fakes.told_calls import MORNING

HARVEST = Season(
    name="秋收", begin=(9, 20), end=(10, 20), windows=((time(7), time(8, 30)), (time(18, 30), time(20, 30)))
)
WINTER = Season(name="冬闲", begin=(12, 1), end=(1, 31), windows=((time(10), time(11)),))
RULES = CallbackRules()
SEASONAL = CallbackRules(seasons=(HARVEST, WINTER))
moments = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(LOCAL))  # noqa: DTZ001


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("今晚", "2025-09-11 18:30", "2025-09-11 21:00"),
        ("今晚多晚都可以", "2025-09-11 18:30", "2025-09-12 00:00"),
        ("今天晚上，多晚都行", "2025-09-11 18:30", "2025-09-12 00:00"),
        ("明早", "2025-09-12 07:00", "2025-09-12 09:00"),
        ("明天下午", "2025-09-12 14:30", "2025-09-12 18:00"),
        ("后天中午", "2025-09-13 11:30", "2025-09-13 14:00"),
    ],
)
def test_a_time_that_is_agreed_on(text: str, since: str, until: str) -> None:
    assert wish_of(text, MORNING) == Wish(since=at(since), until=at(until))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("清晨", (time(7), time(8, 30))),
        ("07:00-08:30", (time(7), time(8, 30))),
        ("21：00-22：30", (time(21), time(22, 30))),
    ],
)
def test_hours_of_every_day(text: str, hours: tuple[time, time]) -> None:
    assert wish_of(text, MORNING) == Wish(hours=hours)


def test_no_time_at_all() -> None:
    assert wish_of("", MORNING) == wish_of(APPOINTMENT, MORNING) == NO_WISH


@pytest.mark.parametrize("text", ["有空再打", "今早", "25:00-26:00", "09:00-08:00", "明天", "多晚都可以", "大后天下午"])
def test_what_cannot_be_understood_or_is_past_is_refused_with_what_can_be_written(text: str) -> None:
    with pytest.raises(BadWish, match="回访时间"):
        wish_of(text, MORNING)


@given(st.text(max_size=20), moments)
def test_any_words_are_understood_or_refused(text: str, said: datetime) -> None:
    try:
        wish = wish_of(text, said)
    except BadWish:
        return
    assert wish.until is None or wish.until > said


TONIGHT = wish_of("今晚多晚都可以", MORNING)


def test_what_was_agreed_on_comes_first_and_overrides_quiet_hours() -> None:
    closed = at("2025-09-11 10:00")
    assert callback_due(closed, RULES, TONIGHT) == at("2025-09-11 18:30"), "not in the windows before it"
    late = at("2025-09-11 23:20")
    assert callback_due(late, RULES, TONIGHT) == at("2025-09-11 23:30")
    assert in_window(late, RULES, TONIGHT) and not in_window(late, RULES)


def test_once_it_is_past_the_windows_for_all_hold_again() -> None:
    assert callback_due(at("2025-09-12 10:00"), RULES, TONIGHT) == at("2025-09-12 10:10")
    assert not in_window(at("2025-09-12 00:00"), RULES, TONIGHT)
    assert next_attempt(at("2025-09-11 23:30"), 1, RULES, TONIGHT) == at("2025-09-12 14:30")


def test_an_attempt_waits_for_a_time_agreed_on_for_a_later_day() -> None:
    wish = wish_of("后天中午", MORNING)
    assert next_attempt(MORNING, 1, RULES, wish) == at("2025-09-13 11:30")


def test_a_persons_own_hours_stand_in_place_of_all_windows_and_seasons() -> None:
    wish = Wish(hours=(time(6), time(6, 30)))
    assert callback_due(at("2025-10-01 09:00"), SEASONAL, wish) == at("2025-10-02 06:00")
    assert in_window(at("2025-10-02 06:10"), SEASONAL, wish) and not in_window(at("2025-10-02 19:00"), SEASONAL, wish)


@pytest.mark.parametrize(
    ("day", "hour", "may"),
    [
        ("2025-10-01", "08:00", True),
        ("2025-10-01", "10:00", False),
        ("2025-10-21", "10:00", True),
        ("2025-12-31", "10:30", True),
        ("2026-01-31", "15:00", False),
        ("2026-02-01", "15:00", True),
    ],
)
def test_in_a_season_its_own_windows_hold_over_the_new_year_too(day: str, hour: str, may: bool) -> None:
    assert in_window(at(f"{day} {hour}"), SEASONAL) is may


@given(moments, st.sampled_from([NO_WISH, TONIGHT, Wish(hours=(time(6), time(6, 30)))]))
def test_it_is_due_only_when_one_may_call(closed: datetime, wish: Wish) -> None:
    due = callback_due(closed, SEASONAL, wish)
    assert in_window(due, SEASONAL, wish) and closed + SEASONAL.after <= due
    again = next_attempt(due, 1, SEASONAL, wish)
    assert again is not None and in_window(again, SEASONAL, wish) and again - due < timedelta(days=2)


def test_a_season_cannot_allow_the_night() -> None:
    with pytest.raises(ValueError, match="秋收"):
        Season(name="秋收", begin=(9, 1), end=(9, 2), windows=((time(5), time(6)),))
