"""An imported sheet of any layout is filled with who is on duty now, and reads back as that."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.calendar import LOCAL, Calendar
from routing.sheets.book import Book
from routing.sheets.cells import Page
from routing.sheets.context import context
from routing.sheets.forms.canvas import Canvas
from routing.sheets.forms.fill import Imported, days_in, fill
from routing.sheets.forms.plan import spans_of
from routing.sheets.people import People, Person
from routing.sheets.read import layouts, read_roster
from routing.sheets.reading import SheetShift

LEADS = ("王建国", "李志强", "周涛")
STAFF = ("张伟13808700014", "刘洋", "陈静", "欧阳雪", "吴磊", "阿依古丽·买买提")
OTHERS = ("赵敏", "孙浩", "郑丽", "马超", "胡军", "何婷", "张伟")
NAMES = (*LEADS, *STAFF, *OTHERS)
PEOPLE = People(
    tuple(
        Person(name=name.rstrip("0123456789"), unit="县政府办公室", post="科员", mobile=f"138087000{at + 11}")
        for at, name in enumerate(NAMES)
    )
)
assert PEOPLE.everyone[3].mobile == "13808700014"
TODAY = date(2026, 11, 20)
CALENDAR = Calendar()
MONTH = [date(2026, 12, 1) + timedelta(days=n) for n in range(31)]
SIGN = " 一二三四五六日"


def mobile(name: str) -> str:
    return next(p.mobile for p in PEOPLE.everyone if name in (p.name, p.name + p.mobile))


def sheet(rows: Sequence[Sequence[object]]) -> Page:
    canvas = Canvas()
    for r, row in enumerate(rows, 1):
        for c, value in enumerate(row, 1):
            canvas.put(r, c, value)  # type: ignore[arg-type]
    return canvas.page("值班表")


lengths = st.one_of(st.integers(7, 24), st.just(31))
leads = st.sampled_from(LEADS)
staff = st.lists(st.sampled_from(STAFF), min_size=1, max_size=2, unique=True)
writings = st.sampled_from(("{y}-{m:02d}-{d:02d}", "{m}月{d}日", "{m}.{d}", "{d}日", "{y}年{m}月{d}日", "{m}/{d}"))


@st.composite
def by_day(draw: st.DrawFn) -> Page:
    """One row a day: with weekdays, telephones, two columns of staff, 白班 and 夜班; or turned."""
    style, form = draw(st.sampled_from(("plain", "phones", "two", "shifts", "rows", "weeks"))), draw(writings)
    days = MONTH[: draw(lengths)]
    head = {
        "plain": ["序号", "日期", "星期", "带班领导", "值班人员", "备注"],
        "phones": ["序号", "日期", "星期", "带班领导", "电话", "值班人员", "电话"],
        "two": ["序号", "日期", "星期", "带班领导", "值班人员", "值班人员"],
        "shifts": ["序号", "日期", "星期", "带班领导", "白班(8:00-20:00)", "夜班(20:00-次日8:00)"],
        "rows": ["日期", "班次", "值班人员"],
        "weeks": ["序号", "日期", "星期", "带班领导", "值班人员"],
    }[style]
    rows: list[list[object]] = [["2026年12月值班表"], list(head)]
    for n, day in enumerate(days, 1):
        written = form.format(y=day.year, m=day.month, d=day.day)
        lead, there = draw(leads), draw(staff)
        begin: list[object] = [n, written, f"星期{SIGN[day.isoweekday()]}"]
        match style:
            case "phones":
                rows.append([*begin, lead, mobile(lead), "、".join(there), "、".join(map(mobile, there))])
            case "two":
                rows.append([*begin, lead, there[0], there[-1] if there[1:] else "无"])
            case "shifts":
                rows.append([*begin, lead, there[0], there[-1]])
            case "rows":
                rows += [[written, "白班8:30-17:30", there[0]], [None, "夜班17:30-次日8:30", there[-1]]]
            case "weeks":
                rows.append([*begin, lead if n == 1 or day.isoweekday() == 1 else "同上", "、".join(there)])
            case _:
                rows.append([*begin, lead, "、".join(there), None])
    page = sheet(rows)
    if style != "rows" and draw(st.booleans()):
        body = [list(column) for column in zip(*(r + [None] * (len(head) - len(r)) for r in rows[1:]), strict=True)]
        page = sheet([rows[0], *body[1:]])  # days across; a running number would be a second row of days
    return page


@st.composite
def calendars(draw: st.DrawFn) -> Page:
    """The month below its weekdays: names in the cells of the days, below them, or in labelled rows."""
    style = draw(st.sampled_from(("inside", "below", "labelled", "words")))
    rows: list[list[object]] = [["2026年12月值班表"], ["", *(f"星期{s}" for s in SIGN[1:].strip())]]
    monday = date(2026, 11, 30)
    while monday.month != 1 and monday <= MONTH[-1]:
        week = [monday + timedelta(days=n) for n in range(7)]
        there = {day: (draw(leads), "、".join(draw(staff))) for day in week if day.month == 12}
        numbers = [str(day.day) if day in there else "" for day in week]
        if style == "inside":
            rows.append(["", *(f"{n}\n{there[d][1]}" if n else "" for n, d in zip(numbers, week, strict=True))])
        elif style == "words":
            both = [f"带班：{there[d][0]} 值班：{there[d][1]}" if d in there else "" for d in week]
            rows += [["", *numbers], ["", *both]]
        elif style == "labelled":
            rows += [["日期", *numbers], ["带班", *(there[d][0] if d in there else "" for d in week)]]
            rows.append(["值班", *(there[d][1] if d in there else "" for d in week)])
        else:
            rows += [["", *numbers], ["", *(there[d][1] if d in there else "" for d in week)]]
        monday += timedelta(days=7)
    return sheet(rows)


@st.composite
def matrices(draw: st.DrawFn) -> Page:
    """People × days with marks."""
    style = draw(st.sampled_from(("班", "√", "白夜", "带班")))
    days = MONTH[: draw(lengths)]
    names = [*STAFF[1:], *(LEADS if style == "带班" else ())]
    rows: list[list[object]] = [["2026年12月值班表"], ["序号", "姓名", "电话", *(day.day for day in days)]]
    rows.append(["", "", "", *(SIGN[day.isoweekday()] for day in days)])
    marks = {name: [""] * len(days) for name in names}
    for at in range(len(days)):
        some = draw(st.lists(st.sampled_from(STAFF[1:]), min_size=2, max_size=2, unique=True))
        signs = {"白夜": "白夜", "带班": "班班"}.get(style, style * 2)
        for name, mark in zip(some, signs, strict=True):
            marks[name][at] = mark
        if style == "带班":
            marks[draw(leads)][at] = "带"
    rows += [[n, name, mobile(name), *marks[name]] for n, name in enumerate(names, 1)]
    if style == "白夜":
        rows.append(["说明：白班8:00-18:00，夜班18:00-次日8:00"])
    return sheet(rows)


@st.composite
def messages(draw: st.DrawFn) -> Page:
    """Lines of a message."""
    numbered, apart = draw(st.booleans()), draw(st.booleans())
    lines = ["12月值班安排"]
    for day in MONTH[: draw(st.integers(2, 14))]:
        lead, there = draw(leads), draw(staff)
        told = [f"{n}{mobile(n)}" if numbered and not n[-1].isdigit() else n for n in there]
        lines.append(f"12月{day.day}日（星期{SIGN[day.isoweekday()]}）")
        both = [f"带班领导：{lead}", f"值班人员：{'、'.join(told)}"]
        lines = [*lines, *both] if apart else [*lines[:-1], f"{lines[-1]} {' '.join(both)}"]
    return sheet([[line] for line in lines])


def imported(page: Page) -> Imported:
    return Imported(book="值班", page=page, read_on=TODAY)


def read(page: Page, today: date = TODAY):
    return read_roster(Book(name="值班", pages=(page,)), PEOPLE, today=today)


def layout(page: Page) -> str:
    one = imported(page)
    around = context(one.page, PEOPLE, book=one.book, today=one.read_on, calendar=CALENDAR)
    return next(read.__name__ for read, _, _ in layouts(around))


def whole(shifts: Sequence[SheetShift]) -> set[tuple[str, str, datetime, datetime]]:
    return {(s.mobile, s.role, s.start, s.end) for s in spans_of(shifts)}


@st.composite
def changed(draw: st.DrawFn, shifts: Sequence[SheetShift]) -> list[SheetShift]:
    """The shifts with somebody else for all or some hours of a few of them."""
    found = list(shifts)
    for name in draw(st.lists(st.sampled_from(OTHERS), max_size=4, unique=True)):
        at = draw(st.integers(0, len(found) - 1))
        off = found[at]
        other = next(p for p in reversed(PEOPLE.everyone) if p.name == name)
        hours = (off.end - off.start) // timedelta(hours=1)
        since = off.start + timedelta(hours=draw(st.sampled_from((0, 0, min(2, hours - 1)))))
        until = draw(st.sampled_from((off.end, min(off.end, since + timedelta(hours=3)))))
        on = replace(off, name=other.name, mobile=other.mobile, start=since, end=until)
        kept = [replace(off, end=since), replace(off, start=until)]
        found[at : at + 1] = [one for one in (kept[0], on, kept[1]) if one.start < one.end]
    return found


SHEETS = st.one_of(by_day(), calendars(), matrices(), messages())


@settings(max_examples=50)
@given(SHEETS, st.data())
def test_the_sheet_is_filled_with_who_is_on_duty_now(page, data):
    before = read(page)
    assert before.issues == ()
    now = data.draw(changed(before.shifts))
    filled = fill(imported(page), PEOPLE, now, days_in(imported(page), PEOPLE, CALENDAR), calendar=CALENDAR)
    got = read(filled)
    assert (whole(got.shifts), got.issues) == (whole(now), ())
    assert layout(filled) == layout(page)
    assert any("签字" in cell.text for cell in filled.texts())


@settings(max_examples=25)
@given(SHEETS)
def test_what_nobody_changed_comes_back_as_the_same_shifts(page):
    before = read(page)
    days = days_in(imported(page), PEOPLE, CALENDAR)
    assert read(fill(imported(page), PEOPLE, before.shifts, days, calendar=CALENDAR)).shifts == before.shifts


@settings(max_examples=25)
@given(SHEETS, st.integers(28, 31))
def test_the_sheet_of_the_next_month_has_the_same_layout(page, length):
    days = [date(2027, 1, 1) + timedelta(days=n) for n in range(length)]
    leader, one = PEOPLE.everyone[0], PEOPLE.everyone[4]
    roles = {s.role for s in read(page).shifts}
    starts = read(page).shifts[0].start.time()

    def on(person: Person, role, n: int) -> SheetShift:
        start = datetime.combine(days[0] + timedelta(days=n), starts, LOCAL)
        return SheetShift(start=start, end=start + timedelta(days=1), role=role, name=person.name, mobile=person.mobile)

    shifts = [on(leader, "lead", n) for n in range(-1, length + 1) if "lead" in roles]
    shifts += [on(one, "staff", n) for n in range(-1, length + 1)]
    filled = fill(imported(page), PEOPLE, shifts, days, calendar=CALENDAR)
    got = read(filled, today=days[0])
    assert got.issues == ()
    assert {s.start.date() for s in got.shifts} == set(days)
    assert {(s.mobile, s.role) for s in got.shifts} == {(s.mobile, s.role) for s in shifts}
    assert layout(filled) == layout(page)
