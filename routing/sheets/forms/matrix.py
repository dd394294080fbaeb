"""People down, days across, marked anew. Pure."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date

from routing.roster import Role
from routing.sheets.cells import plain
from routing.sheets.context import Context
from routing.sheets.dates import Span, weekday_of
from routing.sheets.forms.canvas import Canvas
from routing.sheets.forms.plan import Form, Mark, Slot, Unfit, hours_text, marks
from routing.sheets.forms.wording import day_as, weekday_as
from routing.sheets.matrix import LEADS, ON, SHIFTS, Matrix, matrix_at, role_of_row
from routing.sheets.people import Person
from routing.sheets.words import kind_of, phones_in, shift_word, sign_word


def fill_matrix(form: Form) -> Canvas:
    """The sheet with the duty of these days. Raises Unfit."""
    around, page, days = form.around, form.around.page, form.days
    at, found = next((at, f) for at, row in enumerate(page.rows) if (f := matrix_at(around, at, row)))
    if not found.days or not found.rows:
        raise Unfit("表里没有一天读得出来")
    first, last = found.days[0][1].col, found.days[-1][1].col
    words: dict[str, tuple[Span, ...]] = {word: spans for word, spans in around.hours.items() if len(spans) == 1}
    written = [plain(page.cell(row, head.col).text).lower() for row in found.rows for _, head in found.days]
    slots = [Slot(role="lead", hours=around.day), Slot(role="staff", hours=around.day)]
    told = _marks(marks(form.plan, slots, days), around)
    rows = _people(around, found, told)
    canvas = Canvas()
    above = [row for row in page.rows if row < found.rows[0]]
    moved = len(days) - (last - first + 1)
    for row in above:
        for col in page.cols:
            cell = page.cell(row, col)
            if cell.text and not cell.merged and not first <= col <= last:
                wide = cell.width + moved if col < first and cell.width > first - col else cell.width
                there = col + (moved if col > last else 0)
                canvas.put(above.index(row) + 1, there, form.change(cell.value), width=max(1, wide))
    for nth, day in enumerate(days):
        head = page.cell(found.header, first)
        before = days[nth - 1] if nth else None
        canvas.put(above.index(found.header) + 1, first + nth, day_as(head.value, day, form.when, before))
        for row in (*page.rows[at + 1 : at + 2], *page.rows[max(0, at - 1) : at]):
            told_day = page.cell(row, first)
            if row in above and not told_day.merged and weekday_of(told_day.text) is not None:
                canvas.put(above.index(row) + 1, first + nth, weekday_as(told_day.text, day))
    on = Counter(mark for mark in written if mark in ON).most_common(1)
    on_mark = on[0][0] if on else "班"
    for nth, (person, sample, role) in enumerate(rows):
        place = len(above) + 1 + nth
        _beside(canvas, around, found, place, nth, person, sample, first)
        for n, day in enumerate(days):
            text = _mark(told.get((_key(person), day), []), role, day, around, words, written, on_mark)
            canvas.put(place, first + n, text)
    canvas.copy(page, [row for row in page.rows if row > found.rows[-1]], len(above) + len(rows) + 1)
    return canvas


def _key(person: Person) -> str:
    return person.key or f"{person.name} {person.mobile}"


def _marks(there: dict[tuple[date, int], list[Mark]], around: Context) -> dict[tuple[str, date], list[Mark]]:
    found: defaultdict[tuple[str, date], list[Mark]] = defaultdict(list)
    for (day, _), of in there.items():
        for mark in of:
            found[_key(mark.person), day].append(mark)
    return dict(found)


def _people(
    around: Context, found: Matrix, told: dict[tuple[str, date], list[Mark]]
) -> list[tuple[Person, int | None, Role]]:
    """Who has a row: all of the sheet, then whoever is on duty now and was not on it."""
    rows: list[tuple[Person, int | None, Role]] = []
    for row in found.rows:
        one, role = role_of_row(around, found, row)
        if isinstance(one, Person):  # whoever is nobody of the directory has no duty
            rows.append((one, row, role))
    usual = rows[-1][2] if rows else "staff"
    known = {_key(person) for person, _, _ in rows}
    for of in told.values():
        for mark in of:
            if _key(mark.person) not in known:
                known.add(_key(mark.person))
                rows.append((mark.person, None, usual))
    return rows


def _beside(
    canvas: Canvas,
    around: Context,
    found: Matrix,
    row: int,
    nth: int,
    person: Person,
    sample: int | None,
    first: int,
) -> None:
    """The columns left of the days: number, unit, name, telephone."""
    page = around.page
    last = found.rows[-1]
    for col in (col for col in page.cols if col < first):
        kind = kind_of(page.cell(found.header, col).text)[0]
        kept = page.cell(sample or last, col)
        if col == found.names:
            with_number = bool(phones_in(page.cell(last, col).text))
            canvas.put(row, col, kept.value if sample else f"{person.name}{person.mobile if with_number else ''}")
        elif kind == "phone":
            canvas.put(row, col, person.mobile)
        elif sample:
            canvas.put(row, col, kept.value)
        elif kind == "unit":
            canvas.put(row, col, person.unit)
        elif kind == "post":
            canvas.put(row, col, person.post)
        elif page.cell(last, col).text.isdigit():
            canvas.put(row, col, nth + 1)
        else:
            canvas.put(row, col, kept.value)


def _mark(
    there: Sequence[Mark],
    role: Role,
    day: date,
    around: Context,
    words: dict[str, tuple[Span, ...]],
    written: Sequence[str],
    on: str,
) -> str:
    """班 for the whole day, 白 or 夜 for theirs, else the hours; 带 for a leader in the row of one of the staff."""
    if not there:
        return ""
    if len({mark.role for mark in there}) > 1 or (there[0].role == "staff" and role == "lead"):
        raise Unfit("一个人同一天又带班又值班，或带班的行里有人值班，格子里写不下")
    whole = [mark for mark in there if mark.span is None]
    if whole and len(there) > 1:
        raise Unfit("一个人同一天有几段班，格子里写不下")
    leads = there[0].role != role
    if leads and whole:
        return next((mark for mark in written if mark in LEADS), "带")
    if whole:
        return on
    spans = [mark.span for mark in there if mark.span]
    for sign in (*written, *SHIFTS):
        if not leads and sign in SHIFTS and words.get(shift_word(sign_word(sign))) == tuple(spans):
            return sign
    told = "、".join(hours_text(span) for span in spans)
    return f"带({told})" if leads else told
