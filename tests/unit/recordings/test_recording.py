"""How long records are kept."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.recording import (
    BadRetention,
    RecordingKind,
    Retention,
    RetentionPolicy,
    days_told,
    load_retention,
    span_of,
)
from routing.calendar import LOCAL
from tests.fakes.told_calls import CONFIG, MORNING


def policy(valid_from: date, days: int) -> RetentionPolicy:
    return RetentionPolicy(valid_from=valid_from, keep_days=dict.fromkeys(RecordingKind, days))


def test_what_was_made_under_a_policy_is_kept_as_it_says() -> None:
    kept = Retention(policies=(policy(date(2024, 1, 1), 365), policy(date(2025, 9, 11), 30)))
    assert kept.days(RecordingKind.TALK, date(2025, 9, 10)) == 365
    assert kept.days(RecordingKind.TALK, date(2025, 9, 11)) == 30
    assert kept.days(RecordingKind.TALK, date(2023, 1, 1)) == 365


def test_the_last_day_is_kept_whole() -> None:
    kept = Retention(policies=(policy(date(2024, 1, 1), 1),))
    assert kept.expires_at(RecordingKind.CLIP, MORNING) == MORNING.replace(hour=23, minute=59, second=59) + timedelta(
        days=1
    )
    with pytest.raises(ValueError, match="time zone"):
        kept.expires_at(RecordingKind.CLIP, datetime(2025, 1, 1))  # noqa: DTZ001
    assert kept.expires_at(RecordingKind.CLIP, MORNING.astimezone(UTC)).utcoffset() == timedelta(0)


MOMENTS = st.datetimes(datetime(2023, 1, 1), datetime(2027, 1, 1), timezones=st.just(LOCAL))  # noqa: DTZ001


@given(made=MOMENTS, now=MOMENTS, first=st.integers(1, 800), then=st.integers(1, 800))
def test_what_is_over_lies_in_one_of_the_spans_and_nothing_else_does(
    made: datetime, now: datetime, first: int, then: int
) -> None:
    kept = Retention(policies=(policy(date(2024, 1, 1), first), policy(date(2025, 9, 11), then)))
    inside = [since <= made < until for since, until in kept.spans(RecordingKind.PERSON, now)]
    assert sum(inside) == (made <= now and kept.expires_at(RecordingKind.PERSON, made) < now.replace(microsecond=0))


def test_a_file_from_before_persons_were_kept_apart_still_works(tmp_path: Path) -> None:
    path = tmp_path / "retention.toml"
    days = "talk = 365, message = 365, clip = 90, transcript = 365, log = 190"
    path.write_text(f"[[policy]]\nvalid_from = 2025-01-01\nkeep_days = {{ {days} }}\n")
    assert load_retention(path).days(RecordingKind.PERSON, date(2026, 1, 1)) == 1095


def test_the_shipped_policy_keeps_talks_the_year_that_callers_are_told() -> None:
    assert load_retention(CONFIG / "retention.toml").days(RecordingKind.TALK, date(2026, 1, 1)) == 365


def test_logs_are_kept_for_six_months_at_least(tmp_path: Path) -> None:
    path = tmp_path / "retention.toml"
    path.write_text(
        "[[policy]]\nvalid_from = 2025-01-01\n"
        "keep_days = { talk = 0, message = 1, clip = 1, transcript = 1, log = 90, access = 30, fax = 1 }",
        encoding="utf-8",
    )
    with pytest.raises(BadRetention) as caught:
        load_retention(path)
    for word in ("keep_days.talk 是 0", "keep_days.log 是 90", "keep_days.access 是 30", "六个月", "keep_days.fax"):
        assert word in str(caught.value)


def test_a_missing_or_empty_file_says_what_to_write(tmp_path: Path) -> None:
    with pytest.raises(BadRetention, match="不存在"):
        load_retention(tmp_path / "none.toml")
    (tmp_path / "empty.toml").write_text("", encoding="utf-8")
    with pytest.raises(BadRetention, match="policy"):
        load_retention(tmp_path / "empty.toml")


@pytest.mark.parametrize(
    ("told", "days"),
    [("一年", 365), ("1年", 366), ("两年", 730), ("半年", 184), ("六个月", 181), ("十二个月", 365), ("90天", 90),
     ("九十天", 90), ("一百八十天", 180), ("十天", 10)],
)  # fmt: skip
def test_a_span_as_it_is_told_to_callers_is_understood(told: str, days: int) -> None:
    found = days_told(told)
    assert found is not None and days in found and len(found) < 30


@pytest.mark.parametrize("told", ["", "一辈子", "年", "一年半", "半天", "1.5年"])
def test_a_span_that_is_none_is_not_guessed(told: str) -> None:
    assert days_told(told) is None


@given(days=st.integers(1, 36500))
def test_so_many_days_are_told_as_what_is_understood_as_so_many_days(days: int) -> None:
    told = days_told(span_of(days))
    assert told is not None and told.start == days


def test_whole_years_are_told_as_years() -> None:
    assert [span_of(days) for days in (90, 365, 366, 730)] == ["90天", "1年", "366天", "2年"]
