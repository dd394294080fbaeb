"""The sheet as it was imported, with who is on duty now; or for other days. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from routing.calendar import Calendar
from routing.roster import Role
from routing.sheets.book import Book
from routing.sheets.cells import Page, Value, plain
from routing.sheets.context import Context, context
from routing.sheets.forms.canvas import SIGNATURE, Canvas, Change
from routing.sheets.forms.grid import fill_grid
from routing.sheets.forms.matrix import fill_matrix
from routing.sheets.forms.message import fill_message
from routing.sheets.forms.plan import Form, Plan, Unfit, identity, plan_of, spans_of
from routing.sheets.forms.rows import fill_rows
from routing.sheets.forms.wording import title_as
from routing.sheets.grid import read_grid
from routing.sheets.header import headless, tables
from routing.sheets.matrix import read_matrix
from routing.sheets.message import read_message
from routing.sheets.people import People
from routing.sheets.read import Layout, layouts, read_roster
from routing.sheets.reading import SheetShift
from routing.sheets.rows import read_headed
from routing.sheets.swaps import footnotes

_SIGNED = re.compile(r"制表|填表|审核|审批|审签|签发|签字")


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """A sheet that was imported, and the day on which it was: a date without a year is near it."""

    book: str
    page: Page
    read_on: date


def days_in(imported: Imported, people: People, calendar: Calendar) -> tuple[date, ...]:
    """The days the sheet has somebody for; empty when it is no roster any more."""
    fits = next(layouts(_around(imported, imported.page, people, calendar)), None)
    return tuple(sorted(fits[2].days)) if fits else ()


def roles_in(imported: Imported, people: People, calendar: Calendar) -> frozenset[Role]:
    """The roles that the sheet has somebody in."""
    fits = next(layouts(_around(imported, imported.page, people, calendar)), None)
    return frozenset(s.role for s in fits[2].shifts) if fits else frozenset()


def fill(
    imported: Imported, people: People, shifts: Iterable[SheetShift], days: Sequence[date], *, calendar: Calendar
) -> Page:
    """The sheet with the shifts of these days; raises Unfit when it would not read back as exactly them.

    The shifts may be of more days than these.
    """
    around = _around(imported, imported.page, people, calendar)
    fits = next(layouts(around), None)
    if fits is None or not (old := sorted(fits[2].days)):
        raise Unfit("原来的表里没有一天读得出来")
    read, here, reading = fits
    book = title_as(imported.book, old, days)

    def change(value: Value) -> Value:
        return title_as(value, old, days) if isinstance(value, str) else value

    name = str(change(imported.page.name))
    stale = {one.cell for one in footnotes(here, reading)[0]}
    titled = _titled(around, change)
    when = _around(Imported(book=book, page=titled, read_on=days[0]), titled, people, calendar).when
    why = "填好以后读出来和值班安排不一样"
    for numbered in (False, True):
        plan = plan_of(shifts, people.everyone)
        form = Form(around=here, plan=plan, days=tuple(days), when=when, change=change, numbered=numbered)
        canvas = _filled(read, form)
        if here.page is not around.page:
            canvas = canvas.turned()
        page = _signed(canvas, around, stale).page(name, named=imported.page.named)
        if _reads_back(Imported(book=book, page=page, read_on=days[0]), people, plan, days, calendar):
            return page
    raise Unfit(why)


def _around(imported: Imported, page: Page, people: People, calendar: Calendar) -> Context:
    return context(page, people, book=imported.book, today=imported.read_on, calendar=calendar)


def _titled(around: Context, change: Change) -> Page:
    """The texts above the table alone, as they will be: they tell of which year and month its days are."""
    canvas = Canvas()
    for row in around.page.rows[:6]:
        for cell in around.page.row(row):
            if cell.text and not cell.merged and cell.text in around.titles:
                canvas.put(row, cell.col, change(cell.value))
    return canvas.page(str(change(around.page.name)), named=around.page.named)


def _filled(read: Layout, form: Form) -> Canvas:
    around = form.around
    if read is read_grid:
        return fill_grid(form)
    if read is read_matrix:
        return fill_matrix(form)
    if read is read_message:
        return fill_message(form)
    headed = read is read_headed
    page, when = around.page, around.when
    return fill_rows(form, tables(page, when, around.people) if headed else headless(page, when))


def _signed(canvas: Canvas, around: Context, stale: set[str]) -> Canvas:
    """Without notes of swaps that are in force by now, and with a line to sign, unless the sheet has one."""
    gone = {plain(cell.text) for cell in around.page.texts() if cell.address in stale}
    kept = {place: put for place, put in canvas.puts.items() if plain(str(put.value)) not in gone}
    if not any(_SIGNED.search(plain(str(put.value))) for put in kept.values()):
        last = max(row + put.height - 1 for (row, _), put in kept.items())
        width = max(col + put.width - 1 for (_, col), put in kept.items())
        signed = Canvas(kept)
        signed.put(last + 1, 1, SIGNATURE, width=width)
        return signed
    return Canvas(kept)


def _reads_back(imported: Imported, people: People, plan: Plan, days: Sequence[date], calendar: Calendar) -> bool:
    """Whether the sheet says who is on duty, no more and no less, without a doubt."""
    book = Book(name=imported.book, pages=(imported.page,))
    got = read_roster(book, people, today=imported.read_on, calendar=calendar)
    return not got.issues and _spans(got.shifts) == _spans(plan.placed)


def _spans(shifts: Iterable[SheetShift]) -> set[tuple[object, ...]]:
    return {(identity(s), s.role, s.start, s.end) for s in spans_of(shifts)}
