"""Due times, policies and working days."""

import logging
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.sla import BadPolicy, Limit, due_times, load_policies, policy_on
from routing.calendar import LOCAL, BadCalendar, Calendar, load_calendar
from tests.fakes.told_calls import CONFIG

POLICIES = load_policies(CONFIG / "policies")
ONE35, HOURS = (policy_on(POLICIES, id, date(2026, 1, 1)) for id in ("135", "2-24-72"))
CALENDAR = Calendar()
moments = st.datetimes(datetime(2024, 1, 1), datetime(2040, 1, 1), timezones=st.just(LOCAL))  # noqa: DTZ001


def due(start: datetime, type: str = "投诉", **more: object) -> dict[str, datetime]:
    clocks = due_times(ONE35, start=start, type=type, calendar=CALENDAR, **more)  # type: ignore[arg-type]
    return {clock.code: clock.due_at for clock in clocks}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)


def test_one_day_to_assign_five_to_close_three_for_a_question() -> None:
    thursday = at("2025-09-11T09:20")
    assert due(thursday) == {"assign": at("2025-09-12T17:30"), "close": at("2025-09-18T17:30")}
    assert due(thursday, "咨询")["close"] == at("2025-09-16T17:30")


def test_the_national_holiday_is_no_working_time_and_the_saturday_after_it_is() -> None:
    # 2025: rest from 1 to 8 October, work on Saturday 11 October.
    assert due(at("2025-09-30T10:00")) == {"assign": at("2025-10-09T17:30"), "close": at("2025-10-14T17:30")}


def test_hours_run_through_the_night() -> None:
    clocks = due_times(HOURS, start=at("2025-09-30T23:30"), type="", calendar=CALENDAR)
    assert [clock.due_at - clock.started_at for clock in clocks] == [timedelta(hours=hours) for hours in (2, 24, 72)]


def test_a_rework_has_clocks_of_its_own_that_start_when_it_starts() -> None:
    answered, reworked = at("2025-09-11T09:20"), at("2025-09-19T15:00")
    first = due_times(ONE35, start=answered, type="投诉", calendar=CALENDAR)
    again = due_times(ONE35, start=reworked, type="投诉", calendar=CALENDAR, round=1)
    assert [(clock.round, clock.started_at, clock.due_at) for clock in again] == [(1, reworked, at("2025-09-24T17:30"))]
    assert due_times(ONE35, start=answered, type="投诉", calendar=CALENDAR) == first


@given(moments, st.sampled_from(["", "咨询", "投诉", "求助"]))
def test_every_clock_ends_after_it_starts_on_a_working_day_when_the_office_closes(start: datetime, type: str) -> None:
    for clock in due_times(ONE35, start=start, type=type, calendar=CALENDAR):
        local = clock.due_at.astimezone(LOCAL)
        assert local.date() > start.date() and local.time() == time(17, 30)
        assert CALENDAR.is_workday(local.date())


@given(moments, st.integers(0, 23 * 60))
def test_the_hour_of_the_call_does_not_change_the_day_it_is_due(start: datetime, minutes: int) -> None:
    other = datetime.combine(start.date(), time(minutes // 60, minutes % 60), tzinfo=LOCAL)
    assert due(start) == due(other)


def test_a_year_nobody_announced_yet_counts_weekdays_and_warns(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="routing.calendar"):
        assert Calendar().is_workday(date(2093, 10, 1)) and not Calendar().is_workday(date(2093, 10, 3))
    assert "2093" in caplog.text and "config/calendar/2093.toml" in caplog.text
    assert not Calendar().knows(2093) and Calendar().knows(2025)


def test_what_the_administrator_entered_goes_first(tmp_path: Path) -> None:
    (tmp_path / "2093.toml").write_text("rest = [2093-10-01]\nwork = [2093-10-03]\n", encoding="utf-8")
    calendar = load_calendar(tmp_path)
    assert not calendar.is_workday(date(2093, 10, 1)) and calendar.is_workday(date(2093, 10, 3))
    assert calendar.knows(2093)


def test_of_a_year_that_was_entered_nothing_is_warned(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "2094.toml").write_text("rest = [2094-10-01]\n", encoding="utf-8")
    calendar = load_calendar(tmp_path)
    assert calendar.is_workday(date(2094, 9, 30)) and not caplog.records
    assert calendar.is_workday(date(2095, 9, 30)) and len(caplog.records) == 1


def test_all_faults_of_the_calendar_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "2027.toml").write_text(
        'rest = ["2027-01-01", 2027-02-01]\nwork = [2027-02-01]\nholiday = []\n', "utf-8"
    )
    (tmp_path / "2028.toml").write_text("rest = [", encoding="utf-8")
    with pytest.raises(BadCalendar) as caught:
        load_calendar(tmp_path)
    for word in ("'2027-01-01'", "既是 rest 又是 work", "holiday", "2028.toml"):
        assert word in str(caught.value)


def test_the_policy_in_force_on_the_day_counts() -> None:
    old = ONE35
    new = type(old)(
        id="135", name="新", valid_from=date(2027, 1, 1), office_closes=old.office_closes, clocks=old.clocks
    )
    assert policy_on((new, old), "135", date(2026, 12, 31)) is old
    assert policy_on((new, old), "135", date(2027, 1, 1)) is new
    assert policy_on((new, old), "135", date(1999, 1, 1)) is old
    with pytest.raises(BadPolicy, match="135"):
        policy_on(POLICIES, "246", date(2026, 1, 1))


def test_all_faults_of_a_policy_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "x.toml").write_text(
        '[[version]]\nvalid_from = "2025"\n'
        '[[version.clock]]\ncode = "close"\nname = "办结"\nwithin = 0\nunit = "weeks"\n',
        encoding="utf-8",
    )
    with pytest.raises(BadPolicy) as caught:
        load_policies(tmp_path)
    for word in ("valid_from", "'2025'", "within", "'weeks'", "workdays"):
        assert word in str(caught.value)


OWN = """
name = "县里自己的"
[[version]]
valid_from = 2025-01-01
[[version.clock]]
code = "close"
name = "办结"
within = 10
unit = "workdays"
by_type = { "咨询" = 3, "投诉" = 5 }
by_urgency = { "红" = 1 }
by_matter = { "A" = 7, "A1" = 6 }
[[version.clock.case]]
matter = "A1"
type = "投诉"
within = 4
[[version.clock.case]]
type = "投诉"
urgency = "红"
within = 2
"""


@pytest.mark.parametrize(
    ("matter", "type", "urgency", "within"),
    [
        ("", "", "normal", 10),
        ("B2", "咨询", "normal", 3),
        ("B2", "咨询", "red", 1),  # urgency before type
        ("A2", "咨询", "red", 7),  # matter before urgency
        ("A1", "咨询", "red", 6),  # a sub-item before its class
        ("A2", "投诉", "orange", 7),
        ("A2", "投诉", "red", 2),  # two named before one
        ("A1", "投诉", "orange", 4),
        ("A1", "投诉", "red", 4),  # of two that name two, the one that names the matter
    ],
)
def test_of_several_numbers_the_closest_to_the_case_counts(
    tmp_path: Path, matter: str, type: str, urgency: str, within: int
) -> None:
    (tmp_path / "own.toml").write_text(OWN, encoding="utf-8")
    (policy,) = load_policies(tmp_path)
    assert policy.rule("close").within_of(matter=matter, type=type, urgency=urgency) == within


def test_what_a_county_writes_wrong_is_told_and_nothing_is_passed_over(tmp_path: Path) -> None:
    wrong = OWN.replace('unit = "workdays"', 'unit = "workdays"\nby_sort = { "A" = 1 }\nextension = { most = 0 }')
    wrong = wrong.replace('{ "红" = 1 }', '{ "紫" = 1 }').replace('urgency = "红"\nwithin = 2', "within = true")
    (tmp_path / "own.toml").write_text(wrong + "[[version.clock.case]]\nwithin = 3\n", encoding="utf-8")
    with pytest.raises(BadPolicy) as caught:
        load_policies(tmp_path)
    for word in (
        "by_sort 不认识",
        "extension.most 是 0",
        "extension.unit 是 None",
        "'紫' 不认识",
        "是 True",
        "没有写是哪些",
    ):
        assert word in str(caught.value), word


def test_the_shipped_policies_let_nothing_but_the_last_clock_be_extended_or_stopped() -> None:
    for policy in (ONE35, HOURS):
        assert [rule.code for rule in policy.clocks if rule.extension or rule.stops] == ["close"]
        assert policy.rule("close").extension == Limit(most=10, unit="days")
    with pytest.raises(BadPolicy, match="'gone'"):
        ONE35.rule("gone")


def test_a_folder_without_policies_is_a_fault(tmp_path: Path) -> None:
    with pytest.raises(BadPolicy, match=r"135\.toml"):
        load_policies(tmp_path)
