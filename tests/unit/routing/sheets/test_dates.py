from datetime import date, datetime, time

import pytest

from routing.sheets.dates import BadDate, Era, days_of, era, spans_in, weekday_of

TODAY = date(2026, 11, 20)
DECEMBER = Era(today=TODAY, year=2026, month=12)


@pytest.mark.parametrize(
    "written",
    [
        *("12月5日", "2026.12.5", "2026-12-5", "12/5", "12.5", "5日", "5", 5, 5.0, 12.5, "12月5日(星期六)", "12-5"),
        *(46361, "2026年12月5日", "12月5号", "１２月５日", "20261205", datetime(2026, 12, 5), "12 月 5 日 周六"),  # noqa: DTZ001
        *(
            "2026-12-05 00:00:00",
            "十二月五日",
            "二〇二六年十二月五日",
            "26年12月5日",
            "26.12.5",
            "12月5日:",
            "12月5日/周六",
        ),
    ],
)
def test_one_day_is_written_in_many_ways(written):
    assert days_of(written, DECEMBER)[0] == (date(2026, 12, 5),)


@pytest.mark.parametrize(
    "written", ["12月5日-7日", "12月5日—12月7日", "12.5-12.7", "5日至7日", "5-7日", "12月5日-7", "5-7"]
)
def test_a_range_is_all_its_days(written):
    assert days_of(written, DECEMBER)[0] == tuple(date(2026, 12, day) for day in (5, 6, 7))


def test_days_may_be_listed():
    for written in ("12月5日、6日", "12月5日和6日", "5,6", "12月5日/6日"):
        assert days_of(written, DECEMBER)[0] == (date(2026, 12, 5), date(2026, 12, 6))
    with pytest.raises(BadDate):
        days_of("12、1", DECEMBER)


def test_two_numbers_are_a_day_or_a_range_by_what_goes_before():
    assert days_of("12-13", DECEMBER, before=date(2026, 12, 12))[0] == (date(2026, 12, 13),)
    assert days_of("12-13", DECEMBER, before=date(2026, 12, 11))[0] == (date(2026, 12, 12), date(2026, 12, 13))
    assert days_of("1-2", DECEMBER, before=date(2027, 1, 1))[0] == (date(2027, 1, 2),)


def test_a_range_runs_over_new_year():
    assert days_of("12月31日-1月1日", DECEMBER)[0] == (date(2026, 12, 31), date(2027, 1, 1))


@pytest.mark.parametrize("written", ["11月31日", "2月30日", "2026-13-1", "32日", "某日", "", 99, datetime(2023, 12, 5)])  # noqa: DTZ001
def test_an_impossible_date_is_refused(written):
    with pytest.raises(BadDate):
        days_of(written, Era(today=TODAY, year=2026, month=11))


def test_a_day_without_any_month_is_refused():
    with pytest.raises(BadDate, match="几月"):
        days_of("5日", Era(today=TODAY))


def test_without_a_year_the_nearest_one_is_meant():
    assert days_of("1月3日", Era(today=date(2026, 12, 20)))[0] == (date(2027, 1, 3),)
    assert days_of("12月30日", Era(today=date(2027, 1, 5)))[0] == (date(2026, 12, 30),)


def test_bare_days_run_on_into_the_next_month():
    assert days_of("1", DECEMBER, before=date(2026, 12, 31))[0] == (date(2027, 1, 1),)


@pytest.mark.parametrize(
    ("titles", "year", "month"),
    [
        (["水务局2026年12月份值班表"], 2026, 12),
        (["值班表", "2026.12"], 2026, 12),
        (["12月值班表"], None, 12),
        (["2026年国庆节值班安排表"], 2026, None),
        (["值班表（2026年12月1日-12月31日）"], 2026, 12),
        (["值班表", "12月"], None, 12),
    ],
)
def test_the_title_tells_year_and_month(titles, year, month):
    assert (era(titles, TODAY).year, era(titles, TODAY).month) == (year, month)


def test_a_roster_of_new_year_begins_in_the_year_before():
    when = era(["2027年元旦值班表"], TODAY)
    assert [days_of(d, when)[0][0] for d in ("12月31日", "1月1日")] == [date(2026, 12, 31), date(2027, 1, 1)]


@pytest.mark.parametrize("written", ["星期六", "周六", "六", "礼拜六", "12月5日（六）"])
def test_a_weekday_is_read(written):
    assert weekday_of(written) == 6


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("白班(8:00-18:00)", (8, 18)),
        ("夜班（18：00—次日8：00）", (18, 8)),
        ("18时至次日8时", (18, 8)),
        ("8点-18点", (8, 18)),
        ("上午8:00-下午6:00", (8, 18)),
        ("8:00～24:00", (8, 0)),
    ],
)
def test_hours_are_read(written, hours):
    assert spans_in(written) == (tuple(time(hour) for hour in hours),)


@pytest.mark.parametrize(
    "title", ["2026年底至元旦值班表", "2026年12月—2027年1月值班表", "2026-2027年元旦春节值班表", "2027年元旦值班表"]
)
def test_a_title_over_two_years_has_december_in_the_first(title):
    when = era([title], TODAY)
    assert days_of("12月31日", when)[0] == (date(2026, 12, 31),)
    assert days_of("1月2日", when, before=date(2027, 1, 1))[0] == (date(2027, 1, 2),)


def test_january_below_december_is_of_the_next_year_though_the_title_tells_one():
    when = era(["2026年值班表"], TODAY)
    assert days_of("1.1", when, before=date(2026, 12, 31))[0] == (date(2027, 1, 1),)
    assert days_of("1.2", when, before=date(2027, 1, 1))[0] == (date(2027, 1, 2),)
