from datetime import date, datetime, time, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.calendar import LOCAL
from routing.sheets.book import read_book
from routing.sheets.people import People, Person
from routing.sheets.read import read_roster
from routing.sheets.reading import SheetShift
from routing.sheets.write import own_page, write_pages

NAMES = ["王强", "赵建国", "李春燕", "刘洋", "欧阳锋", "张伟", "张伟", "阿依古丽·买买提"]
PEOPLE = tuple(Person(name=n, unit="水务局", post="科员", mobile=f"1380870001{i}") for i, n in enumerate(NAMES))
TODAY = date(2026, 11, 20)


def shift(day, person, role, hours=(8, 8)):
    start = datetime.combine(TODAY + timedelta(days=day), time(hours[0]), LOCAL)
    end = start + timedelta(hours=(hours[1] - hours[0] - 1) % 24 + 1)
    return SheetShift(start=start, end=end, role=role, name=person.name, mobile=person.mobile)


def back(shifts, path, kind="xlsx"):
    write_pages([own_page(shifts, "2026年11月20日起值班表")], path / f"表.{kind}")
    return read_roster(read_book(path / f"表.{kind}"), People(PEOPLE), today=TODAY)


@st.composite
def rosters(draw):
    days = draw(st.integers(1, 6))
    found = set()
    for day in range(days):
        hours = draw(st.sampled_from([[(8, 8)], [(8, 18), (18, 8)], [(0, 12), (12, 0)]]))
        for span in hours:
            on = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=4, unique=True))
            found |= {shift(day, p, draw(st.sampled_from(("lead", "staff"))), span) for p in on}
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rosters(), st.sampled_from(("xlsx", "html")))
def test_what_is_written_reads_back(tmp_path, roster, kind):
    found = back(sorted(roster, key=lambda s: (s.start, s.mobile)), tmp_path, kind)
    assert (set(found.shifts), found.issues) == (roster, ())


def test_a_sheet_without_staff_reads_back(tmp_path):
    leads = [shift(day, PEOPLE[0], "lead") for day in range(5)]
    assert list(back(leads, tmp_path).shifts) == leads
