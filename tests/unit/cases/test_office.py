"""Working time against an oracle that counts minute by minute, over the edges of months and years."""

from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from cases.office import Office
from routing.calendar import LOCAL, Calendar

# Around the turn of a year, with days of rest and working weekends of the county's own beside the public ones.
EDGES = [date(2025, 12, 29), date(2026, 2, 12), date(2024, 2, 26), date(2025, 9, 28), date(2026, 4, 28)]
CALENDAR = Calendar(entered={date(2026, 1, 5): False, date(2026, 1, 10): True})
OFFICE = Office(calendar=CALENDAR)
MINUTE = timedelta(minutes=1)


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    day = draw(st.sampled_from(EDGES)) + timedelta(days=draw(st.integers(0, 9)))
    return datetime.combine(day, time(), LOCAL) + MINUTE * draw(st.integers(0, 24 * 60 - 1))


offices = st.sampled_from([OFFICE, Office(calendar=CALENDAR, opens=time(0, 1), closes=time(23, 59))])


def at_work(office: Office, moment: datetime) -> bool:
    """Whether the minute that begins then is one of work."""
    local = moment.astimezone(LOCAL)
    return office.calendar.is_workday(local.date()) and office.opens <= local.time() < office.closes


def minutes_between(office: Office, start: datetime, end: datetime) -> int:
    return sum(at_work(office, start + MINUTE * n) for n in range(max(0, int((end - start) / MINUTE))))


@given(offices, moments(), st.integers(-2000, 9 * 24 * 60))
def test_between_is_what_counting_each_minute_gives(office: Office, start: datetime, minutes: int) -> None:
    end = start + MINUTE * minutes
    assert office.between(start, end) == MINUTE * minutes_between(office, start, end)


@given(offices, moments(), st.integers(0, 4 * 9 * 60))
def test_so_much_later_is_the_first_minute_with_so_much_work_before_it(
    office: Office, start: datetime, minutes: int
) -> None:
    found, counted = start, 0
    while counted < minutes:
        counted += at_work(office, found)
        found += MINUTE
    assert office.after(start, MINUTE * minutes) == found


@given(offices, moments(), st.integers(0, 4 * 9 * 60))
def test_so_much_earlier_is_the_last_minute_with_so_much_work_after_it(
    office: Office, end: datetime, minutes: int
) -> None:
    found, counted = end, 0
    while counted < minutes:
        found -= MINUTE
        counted += at_work(office, found)
    assert office.before(end, MINUTE * minutes) == found


@given(moments(), st.timedeltas(timedelta(), timedelta(days=20)))
def test_there_and_back_is_the_same_working_time(start: datetime, amount: timedelta) -> None:
    assert OFFICE.between(start, OFFICE.after(start, amount)) == amount
    assert OFFICE.between(OFFICE.before(start, amount), start) == amount
