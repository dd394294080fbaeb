"""The month as a calendar, filled anew. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from routing.sheets.cells import Page
from routing.sheets.context import Context, hours_told
from routing.sheets.dates import Span
from routing.sheets.forms.canvas import Canvas
from routing.sheets.forms.plan import Form, Mark, Slot, Unfit, marks, names_text, phones_text
from routing.sheets.forms.wording import day_as
from routing.sheets.grid import role_by_place, split_day, weekdays_across
from routing.sheets.reading import after_midnight
from routing.sheets.words import is_footer, kind_of, names_in, phones_in, role_of


@dataclass(frozen=True, kw_only=True, slots=True)
class _Week:
    """The rows of a week in the sheet: the days, and below them names, numbers and notes."""

    rows: tuple[int, ...]
    kinds: tuple[str, ...]
    slots: tuple[Slot, ...]
    """For each row of names its slot, in order."""


def fill_grid(form: Form) -> Canvas:
    """The calendar with the duty of these days. Raises Unfit."""
    around, page, days = form.around, form.around.page, form.days
    head, heads = next((row, h) for row in page.rows if len(set((h := weekdays_across(page, row)).values())) >= 5)
    weeks, after = _weeks(page, head, heads)
    week = _pattern(around, weeks, heads)
    there = marks(form.plan, week.slots, days)
    samples = [cell for rows in weeks for col in heads if (cell := page.cell(rows[0], col)).text and split_day(cell)]
    texts = [cell.text for rows in weeks for row in rows for col in heads if (cell := page.cell(row, col)).text]
    numbered = form.numbered or ("phone" not in week.kinds and any(phones_in(text) for text in texts))
    first_of_row = next(iter(heads.values()))
    canvas = Canvas()
    before = [row for row in page.rows if row <= head]
    canvas.copy(page, before, 1, form.change)
    row = len(before) + 1
    monday = days[0] - timedelta(days=(days[0].isoweekday() - first_of_row) % 7)
    while monday <= days[-1]:
        for offset, sample in enumerate(week.rows):
            for col in page.cols:
                if col not in heads:
                    canvas.put(row + offset, col, page.cell(sample, col).value)
        for at, col in enumerate(heads):
            day = monday + timedelta(days=at)
            if day in days:
                written = split_day(samples[0])
                sample_value = samples[0].value if not written or not written[1] else written[0]
                _day(canvas, row, col, week, day_as(sample_value, day, form.when), there, day, numbered)
        row += len(week.rows)
        monday += timedelta(days=7)
    canvas.copy(page, [r for r in page.rows if r >= after], row)
    return canvas


def _weeks(page: Page, head: int, heads: dict[int, int]) -> tuple[list[tuple[int, ...]], int]:
    """The rows of each week, and the first row below them all."""
    weeks: list[list[int]] = []
    after = page.rows[-1] + 1
    for row in (r for r in page.rows if r > head):
        first = next((cell for cell in page.row(row) if cell.text), None)
        if first is not None and is_footer(first.text) and split_day(first) is None:
            after = row
            break
        cells = [page.cell(row, col) for col in heads]
        parted = [cell for cell in cells if split_day(cell)]
        if parted and (len(parted) * 2 > sum(bool(cell.text) for cell in cells) or not weeks):
            weeks.append([row])
        elif weeks:
            weeks[-1].append(row)
    return [tuple(week) for week in weeks], after


def _pattern(around: Context, weeks: Sequence[tuple[int, ...]], heads: dict[int, int]) -> _Week:
    page = around.page
    rows = max(weeks, key=len)
    labels = [col for col in page.cols if col not in heads]
    kinds: list[str] = []
    slots: list[Slot] = []
    before: tuple[Span, ...] = ()
    rests = [split[1] for week in weeks for col in heads if (split := split_day(page.cell(week[0], col)))]
    inside = sum(map(bool, rests)) * 2 > len(rests)
    for offset, row in enumerate(rows):
        words = " ".join(dict.fromkeys(filter(None, (page.cell(row, col).text for col in labels))))
        texts = [page.cell(week[offset], col).text for week in weeks if offset < len(week) for col in heads]
        numbers = all(phones_in(text) and text[:1].isdigit() for text in texts if text)
        if offset == 0 and not inside:
            kinds.append("days")
        elif kind_of(words)[0] == "note" or not (any(texts) or role_of(words)):
            kinds.append("free")
        elif offset and (kind_of(words)[0] == "phone" or (numbers and any(texts))):
            kinds.append("phone")
        else:
            spans = hours_told(words, around)
            if spans == ():
                raise Unfit(f"“{words}”没有写几点到几点")
            by_place = role_by_place(around, 0)
            cells = [page.cell(week[offset], col) for week in weeks if offset < len(week) for col in heads]
            labelled = any(entry.role for cell in cells for entry in names_in(cell, around.people).entries)
            sure = by_place == role_by_place(around, 1) and not labelled
            role = role_of(words) or (by_place if sure else None)
            later = after_midnight(spans, before)
            slots.append(Slot(role=role, hours=around.day, spans=spans, later=later))
            before = spans or before
            kinds.append("names")
    if not slots:
        raise Unfit("日历里没有写名字的行")
    return _Week(rows=rows, kinds=tuple(kinds), slots=tuple(slots))


def _day(
    canvas: Canvas,
    row: int,
    col: int,
    week: _Week,
    written: object,
    there: dict[tuple[date, int], list[Mark]],
    day: date,
    numbered: bool,
) -> None:
    at = -1
    some: list[Mark] = []
    for offset, kind in enumerate(week.kinds):
        if kind == "names":
            at += 1
            some = there.get((day, at), [])
            text = names_text(some, labelled=week.slots[at].role is None, numbered=numbered)
            if offset == 0:
                text = f"{written:%Y-%m-%d}\n{text}" if isinstance(written, date) else f"{written}\n{text}"
            canvas.put(row + offset, col, text)
        elif kind == "days":
            canvas.put(row + offset, col, written if isinstance(written, str | float | int | date) else None)
        elif kind == "phone":
            canvas.put(row + offset, col, phones_text(some))
