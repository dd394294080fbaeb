"""Any sheet is read to its end, names nobody it does not name, and leaves no name out in silence."""

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from routing.sheets.book import read_text
from routing.sheets.cells import letters
from routing.sheets.dates import say
from routing.sheets.people import People, Person
from routing.sheets.read import read_roster

NAMES = ("王强", "赵建国", "李春燕", "刘洋", "陈静", "孙悦", "欧阳春", "张伟")
STRANGERS = ("李春艳", "孙悟空", "赵建", "王局")
NOBODY = ("", "待定", "—", "无", "同上", "/")
ANY_NAME = re.compile("|".join((*NAMES, *STRANGERS)))  # whole names come before their parts
UNITS = ("水务局", "供电局")
FIRST = date(2026, 12, 1)

names = st.sampled_from(NAMES)
places = st.one_of(
    names, st.lists(names, min_size=1, max_size=3, unique=True).map("、".join), names.map("{}局长".format)
)
cells = st.one_of(
    places, places, places, st.sampled_from(STRANGERS), st.sampled_from(NOBODY), names.map("{}（替王强）".format)
)
written = st.sampled_from(
    ("12月{d}日", "2026-12-{d:02d}", "12.{d}", "12/{d}", "2026年12月{d}号", "{d}日", "十二月{d}日")
)
directories = st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(UNITS)), max_size=12).map(
    lambda rows: People(
        tuple(
            Person(name=name, unit=unit, post="科员", mobile=f"138087000{at:02d}")
            for at, (name, unit) in enumerate(rows)
        )
    )
)


@dataclass(frozen=True)
class Place:
    """A name-bearing cell of a generated sheet, and the other cells that are of its day."""

    cell: str
    beside: frozenset[str]
    day: date
    text: str


@dataclass(frozen=True)
class Sheet:
    rows: list[list[str]]
    places: list[Place]

    @property
    def text(self):
        out = io.StringIO()
        csv.writer(out).writerows(self.rows)
        return out.getvalue()


def address(row, col):
    return f"{letters(col)}{row}"


@st.composite
def by_day(draw):
    """One row a day, or days across; with or without those that a careless clerk leaves out or writes twice."""
    days = draw(st.lists(st.integers(1, 28), min_size=1, max_size=12)) if draw(st.booleans()) else range(1, 11)
    form, columns, turned = draw(written), draw(st.integers(1, 3)), draw(st.booleans())
    heads = ["带班领导", "值班人员", "副班"][columns == 1 : columns + (columns == 1)]
    rows = [["日期", *heads, "备注"]]
    places = []
    for d in days:
        there = [draw(cells) for _ in heads]
        rows.append([form.format(d=d), *there, draw(st.sampled_from(("", "", "", "与刘洋调班", "一楼值班室")))])
        # The title stands in the first row of the sheet.
        at = [(len(rows), col) for col in range(1, len(heads) + 3)]
        line = [address(col + 1, row) if turned else address(row + 1, col) for row, col in at]
        day = FIRST + timedelta(days=d - 1)
        places += [
            Place(cell=line[col], beside=frozenset(line), day=day, text=text) for col, text in enumerate(there, 1)
        ]
    body = [list(column) for column in zip(*rows, strict=True)] if turned else rows
    return Sheet([["2026年12月值班表"], *body], places)


@st.composite
def calendar(draw):
    """A month below its weekdays, each day with its names in its cell or in the one below."""
    below = draw(st.booleans())
    rows = [["2026年12月值班表"], list("一二三四五六日")]
    places = []
    day = FIRST - timedelta(days=1)
    while day.day < 28 or day.month == 11:
        week = [day + timedelta(days=n) for n in range(7)]
        texts = [draw(cells) if one.month == 12 else "" for one in week]
        numbers = [str(one.day) if one.month == 12 else "" for one in week]
        row = len(rows) + 1
        for col, (one, text) in enumerate(zip(week, texts, strict=True), 1):
            cell, number = address(row + below, col), address(row, col)
            places.append(Place(cell=cell, beside=frozenset((cell, number)), day=one, text=text))
        rows += [numbers, texts] if below else [["\n".join(both) for both in zip(numbers, texts, strict=True)]]
        day = week[-1] + timedelta(days=1)
    return Sheet(rows, places)


@st.composite
def message(draw):
    """Lines of a message."""
    rows, places = [["12月值班安排"]], []
    for d in range(1, draw(st.integers(2, 9))):
        both = draw(cells), draw(cells)
        rows.append([f"12月{d}日 带班：{both[0]} 值班：{both[1]}"])
        line = frozenset({address(len(rows), 1)})
        day = FIRST + timedelta(days=d - 1)
        places += [Place(cell=address(len(rows), 1), beside=line, day=day, text=text) for text in both]
    return Sheet(rows, places)


def told(place, name, issues):
    """Whether an issue is about the name at its place: at the cell, of its day, or of a swap it is named in."""
    for one in issues:
        of_day = one.cell in place.beside and one.kind in ("bad_date", "weekday_mismatch", "swap_note")
        twice = one.kind == "duplicate_day" and say(place.day) in one.message
        swapped = one.kind == "swap_note" and name in one.message
        if one.cell == place.cell or of_day or twice or swapped:
            return True
    return False


@given(directories, st.one_of(by_day(), calendar(), message()))
def test_every_name_of_a_sheet_ends_as_a_shift_or_an_issue(people, sheet):
    got = read_roster(read_text(sheet.text, "表"), people, today=date(2026, 11, 20))
    assert {(s.name, s.mobile) for s in got.shifts} <= {(p.name, p.mobile) for p in people.everyone}
    on = {(s.start.date(), s.name) for s in got.shifts}
    written = {(place.day, name) for place in sheet.places for name in NAMES if name in place.text}
    if all(place.text not in ("", "同上") for place in sheet.places):
        assert on <= written
    for place in sheet.places:
        for name in ANY_NAME.findall(place.text):
            assert (place.day, name) in on or told(place, name, got.issues)


tokens = st.one_of(
    names,
    st.sampled_from(STRANGERS + NOBODY),
    st.integers(1, 31).map("{}日".format),
    st.integers(1, 31).map("12月{}日".format),
    st.integers(0, 99999).map(str),
    st.sampled_from(
        (
            "日期",
            "星期",
            "带班领导",
            "值班人员",
            "电话",
            "备注",
            "白班",
            "夜班",
            "班次",
            "姓名",
            "周一",
            "二",
            "8:00-18:00",
        )
    ),
    st.sampled_from(
        ("13808700001", "1.38E+10", "带班：王强", "值班：刘洋 陈静", "与刘洋调班", "注：", "审核：", "月", "至")
    ),
    st.text(st.characters(exclude_characters="\0"), max_size=6),
)


@given(directories, st.lists(st.lists(tokens, max_size=8), max_size=12))
def test_no_heap_of_cells_stops_the_reader_or_names_somebody_else(people, rows):
    sheet = Sheet(rows, [])
    got = read_roster(read_text(sheet.text, "表"), people, today=date(2026, 11, 20))
    flat = sheet.text
    # A number alone says whose it is, too.
    assert all((s.name in flat or s.mobile in flat) and s.start < s.end for s in got.shifts)
    assert {(s.name, s.mobile) for s in got.shifts} <= {(p.name, p.mobile) for p in people.everyone}
    assert all(one.message and one.sheet == "表" for one in got.issues)
