"""A roster as a message, written anew. Pure."""

from collections.abc import Sequence

from routing.sheets.context import hours_told
from routing.sheets.dates import Span
from routing.sheets.forms.canvas import Canvas
from routing.sheets.forms.plan import LABELS, NOBODY, Form, Mark, Slot, Unfit, marks, names_text
from routing.sheets.forms.wording import day_as
from routing.sheets.message import MessagePart, days_and_parts
from routing.sheets.reading import after_midnight
from routing.sheets.words import phones_in, role_of


def fill_message(form: Form) -> Canvas:
    """The lines of the message with the duty of these days. Raises Unfit."""
    around, page, days = form.around, form.around.page, form.days
    begun, parts = days_and_parts(around)
    if not begun or not parts:
        raise Unfit("文字里没有一天读得出来")
    longest = max(range(len(begun)), key=lambda at: len({_words(p) for p in parts if p.day == at}))
    pattern = list({_words(part): part for part in parts if part.day == longest}.values())
    slots: list[Slot] = []
    before: tuple[Span, ...] = ()
    for part in pattern:
        spans = hours_told(part.words, around)
        if spans == ():
            raise Unfit(f"“{part.words}”没有写几点到几点")
        role = role_of(part.words) or "staff"
        slots.append(Slot(role=role, hours=around.day, spans=spans, later=after_midnight(spans, before)))
        before = spans or before
    there = marks(form.plan, slots, days)
    numbered = form.numbered or any(phones_in(part.cell.text) for part in parts)
    rows = {cell.row for cell, _ in begun} | {part.cell.row for part in parts}
    canvas = Canvas()
    above = [row for row in page.rows if row < min(rows)]
    canvas.copy(page, above, 1, form.change)
    row = len(above) + 1
    cell, written = begun[longest]
    for nth, day in enumerate(days):
        lines: dict[int, str] = {}
        date_text = day_as(written, day, form.when, days[nth - 1] if nth else None)
        lines[cell.row] = str(date_text)
        for at, (part, slot) in enumerate(zip(pattern, slots, strict=True)):
            text = _names(there.get((day, at), []), numbered)
            label = part.words.strip().rstrip(":") or LABELS[slot.role or "staff"]
            lines[part.cell.row] = f"{lines.get(part.cell.row, '')} {label}：{text}".strip()
        for line in lines.values():
            canvas.put(row, page.cols[0], line)
            row += 1
    canvas.copy(page, [r for r in page.rows if r > max(rows)], row)
    return canvas


def _words(part: MessagePart) -> str:
    return part.words.strip()


def _names(there: Sequence[Mark], numbered: bool) -> str:
    if not there:
        return NOBODY
    return "、".join(names_text([mark], labelled=False, numbered=numbered) for mark in there)
