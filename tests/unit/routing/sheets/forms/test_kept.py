from datetime import date, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from routing.sheets.book import Book, read_book
from routing.sheets.forms.fill import days_in
from routing.sheets.forms.kept import LARGEST, fill_all, imported, kept
from routing.sheets.forms.plan import Unfit
from routing.sheets.read import read_roster
from routing.sheets.write import write_pages
from tests.unit.routing.sheets.forms.test_fill import CALENDAR, PEOPLE, SHEETS, TODAY, changed, read, sheet, whole


def keep(*pages):
    return kept(Book(name="值班", pages=pages), PEOPLE, today=TODAY, calendar=CALENDAR)


def filled(detail, shifts, days=None):
    return fill_all(imported(detail, TODAY), PEOPLE, shifts, days, calendar=CALENDAR)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(SHEETS, st.sampled_from(("xlsx", "html")), st.data())
def test_what_is_kept_of_a_sheet_is_written_to_a_file_that_reads_back(tmp_path, page, kind, data):
    now = data.draw(changed(read(page).shifts))
    out = tmp_path / f"值班.{kind}"
    write_pages(filled(keep(page), now), out)
    got = read_roster(read_book(out), PEOPLE, today=TODAY)
    assert (whole(got.shifts), got.issues) == (whole(now), ())


def test_dates_merged_cells_and_the_order_of_columns_come_back_and_what_is_hidden_does_not(tmp_path: Path):
    book = openpyxl.Workbook()
    there = book.active
    assert there is not None
    rows = [["2026年12月值班表", None, None, None, None], ["日期", "星期", "内部", "值班人员", "带班领导"]]
    rows += [[datetime(2026, 12, n), None, "刘洋", "陈静", "王建国"] for n in (1, 2, 3)]  # noqa: DTZ001
    for row in rows:
        there.append(row)
    there.merge_cells("A1:E1")
    there.column_dimensions["C"].hidden = True
    book.create_sheet("旧").append(["日期", "值班人员"])
    book["旧"].append(["2026-12-09", "孙浩"])
    book["旧"].sheet_state = "hidden"
    book.save(tmp_path / "原.xlsx")
    source = read_book(tmp_path / "原.xlsx")
    detail = kept(source, PEOPLE, today=TODAY, calendar=CALENDAR)
    assert "刘洋" not in str(detail)
    assert "孙浩" not in str(detail)
    write_pages(filled(detail, read_roster(source, PEOPLE, today=TODAY).shifts), tmp_path / "新.xlsx")
    back = openpyxl.load_workbook(tmp_path / "新.xlsx").worksheets[0]
    assert [cell.value for cell in back[2]] == ["日期", "星期", "值班人员", "带班领导"]
    assert [back["A3"].value, back["C3"].value, back["D3"].value] == [datetime(2026, 12, 1), "陈静", "王建国"]  # noqa: DTZ001
    assert {str(one) for one in back.merged_cells.ranges} == {"A1:D1", "A6:D6"}
    assert str(back["A6"].value).startswith("制表")


def weeks(*texts):
    return [sheet([["2026年12月值班表"], ["日期", *head], *body]) for head, body in texts]


def test_the_sheets_of_a_file_that_are_of_other_days_or_other_roles_are_filled_each():
    first = (["值班人员"], [[f"12月{n}日", "刘洋"] for n in range(1, 8)])
    second = (["值班人员"], [[f"12月{n}日", "陈静"] for n in range(8, 15)])
    led = (["带班领导"], [[f"12月{n}日", "王建国"] for n in range(1, 15)])
    pages = weeks(first, second, led)
    shifts = read_roster(Book(name="值班", pages=tuple(pages)), PEOPLE, today=TODAY).shifts
    got = filled(keep(*pages), shifts)
    assert len(got) == 3
    assert read_roster(Book(name="值班", pages=tuple(got)), PEOPLE, today=TODAY).shifts == shifts
    january = [date(2027, 1, 1) + timedelta(days=n) for n in range(31)]
    later = [s for s in shifts if s.start.day == 1]
    all_month = [
        type(s)(
            start=s.start + timedelta(days=n), end=s.end + timedelta(days=n), role=s.role, name=s.name, mobile=s.mobile
        )
        for s in later
        for n in range(31, 62)
    ]
    assert len(filled(keep(*pages), all_month, january)) == 2


def test_sheets_that_share_their_days_are_not_filled():
    one = (["值班人员"], [[f"12月{n}日", "刘洋"] for n in range(1, 8)])
    pages = weeks(one, one)
    with pytest.raises(Unfit, match="同一天"):
        filled(keep(*pages), read(pages[0]).shifts)


def test_days_that_the_sheet_left_out_are_filled_in_where_it_would_not_read_back_without_them():
    page = weeks((["值班人员"], [[f"12月{n}日", "刘洋"] for n in (1, 2, 3, 6, 7, 8, 9)]))[0]
    shifts = read(page).shifts
    (got,) = filled(keep(page), shifts)
    assert whole(read(got).shifts) == whole(shifts)
    assert read(got).issues == ()
    assert len(days_in(imported(keep(got), TODAY)[0], PEOPLE, CALENDAR)) == 9


def test_a_file_that_is_too_large_or_no_roster_is_not_kept():
    page = weeks((["值班人员"], [[f"2026-12-{n:02d}", "刘洋", *("x" * 200)] for n in range(1, 31)]))[0]
    assert len(page.cells) > LARGEST
    assert keep(page) is None
    assert keep(sheet([["电话"], ["王建国", "13808700011"]])) is None
